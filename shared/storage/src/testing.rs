//! What the tests of this crate share: a repository over the memory ports, real `git` in folders of its own, and the
//! check that what is stored is sound.

mod crafted;
mod git;
mod history;
mod sound;

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use packhouse_git::hash::{ObjectFormat, ObjectId, object_id};
use packhouse_git::object::Kind;
use packhouse_git::ref_name::RefName;
use packhouse_git::upload_pack::FetchRequest;

pub(crate) use crafted::{crafted, padded};
pub(crate) use git::Git;
pub(crate) use history::{Rng, history};
pub(crate) use sound::{assert_clean, table_items};

use crate::blobs::Blobs;
use crate::blobs::presigned::Signer;
use crate::error::Result;
use crate::fault::{FaultyBlobs, FaultyTable, Plan};
use crate::fetch::{Asked, PackStream, Session};
use crate::limits::Limits;
use crate::log::Actor;
use crate::manifest::Manifest;
use crate::memory::{MemoryBlobs, MemoryTable};
use crate::push::{Command, Ingest, Request, Verdict, push};
use crate::repository::Creation;
use crate::repository_id::RepositoryId;
use crate::snapshot::Snapshot;
use crate::store::Store;
use crate::table::{Expect, Item, Table, Write};

/// One repository over the memory ports.
#[derive(Clone)]
pub(crate) struct Bed {
    table: Arc<dyn Table>,
    blobs: Arc<dyn Blobs>,
    /// The same, as what they are.
    pub(crate) memory: Arc<MemoryBlobs>,
    pub(crate) id: RepositoryId,
    pub(crate) store: Store,
}

fn store_over(table: &Arc<dyn Table>, blobs: &Arc<dyn Blobs>) -> Store {
    // Nothing merges packs unless a test says so.
    let limits = Limits {
        cache_bytes: 16 << 20,
        inline_merge_packs: 0,
        repack_bytes: 0,
        ..Limits::default()
    };
    Store::new(Arc::clone(table), Arc::clone(blobs), std::env::temp_dir(), limits)
}

impl Bed {
    /// The same repository through a store with other limits.
    pub(crate) fn limited(&self, change: impl FnOnce(&mut Limits)) -> Self {
        let mut limits = self.store.limits().clone();
        change(&mut limits);
        let store = Store::new(
            Arc::clone(&self.table),
            Arc::clone(&self.blobs),
            std::env::temp_dir(),
            limits,
        );
        Self { store, ..self.clone() }
    }

    /// An empty repository whose HEAD is `main`.
    pub(crate) async fn new(format: ObjectFormat) -> Self {
        let bed = Self::without_repository();
        let manifest = Manifest::empty("demo".into(), BTreeMap::new(), format, name("refs/heads/main"));
        let mut creation = Creation::new(&bed.store, &bed.id, &manifest, &actor());
        assert!(creation.read().await.unwrap() && creation.write(Vec::new()).await.unwrap());
        bed
    }

    pub(crate) async fn sha1() -> Self {
        Self::new(ObjectFormat::Sha1).await
    }

    pub(crate) fn without_repository() -> Self {
        let table: Arc<dyn Table> = Arc::new(MemoryTable::default());
        let memory = Arc::new(MemoryBlobs::new(Signer::new(&[1; 32])));
        let blobs: Arc<dyn Blobs> = Arc::clone(&memory) as _;
        let store = store_over(&table, &blobs);
        Self {
            table,
            blobs,
            memory,
            id: RepositoryId::fresh(),
            store,
        }
    }

    /// The same repository behind a plan, with caches of its own.
    pub(crate) fn planned(&self, plan: &Arc<Plan>) -> Store {
        let table: Arc<dyn Table> = Arc::new(FaultyTable::new(Arc::clone(&self.table), Arc::clone(plan)));
        let blobs: Arc<dyn Blobs> = Arc::new(FaultyBlobs::new(Arc::clone(&self.blobs), Arc::clone(plan)));
        Store::new(table, blobs, std::env::temp_dir(), self.store.limits().clone())
    }

    /// A copy whose changes do not reach this one.
    pub(crate) async fn copy(&self) -> Self {
        let copy = Self {
            id: self.id.clone(),
            ..Self::without_repository()
        };
        for item in table_items(&*self.table, &crate::keys::repository(self.id.as_str()), "").await {
            // Versions start at 1 and grow by 1.
            for _ in 0..item.version {
                copy.table
                    .transact(vec![Write::put(item.key.clone(), Expect::Any, item.body.clone())])
                    .await
                    .unwrap();
            }
        }
        for (key, bytes) in self.blobs_of_repository().await {
            copy.blobs.put(&key, bytes, None).await.unwrap();
        }
        copy
    }

    /// Every blob with its bytes.
    pub(crate) async fn blobs_of_repository(&self) -> Vec<(String, Bytes)> {
        let mut all = Vec::new();
        let mut after: Option<String> = None;
        loop {
            let page = self
                .blobs
                .list(&crate::keys::blobs(self.id.as_str()), after.as_deref())
                .await
                .unwrap();
            for (key, length) in page.blobs {
                let bytes = self.blobs.get_range(&key, 0..length).await.unwrap();
                all.push((key, bytes));
            }
            match page.next {
                Some(next) => after = Some(next),
                None => return all,
            }
        }
    }

    pub(crate) async fn snapshot(&self) -> Snapshot {
        Snapshot::open(&self.store, &self.id).await.unwrap()
    }

    /// Every ref with its id.
    pub(crate) async fn refs(&self) -> BTreeMap<RefName, ObjectId> {
        refs_of(&self.snapshot().await)
    }

    pub(crate) async fn push(&self, commands: Vec<Command>, pack: Option<Bytes>) -> Result<Vec<Verdict>> {
        push_to(&self.store, &self.id, commands, pack, false).await
    }

    /// Pushes and expects that every command is carried out.
    pub(crate) async fn pushed(&self, commands: Vec<Command>, pack: Option<Bytes>) {
        let verdicts = self.push(commands, pack).await.unwrap();
        assert!(
            verdicts.iter().all(|verdict| matches!(verdict, Verdict::Done { .. })),
            "{verdicts:?}"
        );
    }

    /// Makes the refs those of `git`, in one push with what the repository lacks, as a thin pack.
    pub(crate) async fn mirror(&self, git: &Git) {
        let now = self.refs().await;
        let wanted = git.refs();
        let mut commands = Vec::new();
        for (name, id) in &wanted {
            if now.get(name) != Some(id) {
                commands.push(command(name.as_str(), now.get(name).copied(), Some(*id)));
            }
        }
        for (name, id) in now.iter().filter(|(name, _)| !wanted.contains_key(*name)) {
            commands.push(command(name.as_str(), Some(*id), None));
        }
        let want: Vec<ObjectId> = wanted.values().copied().collect();
        let have: Vec<ObjectId> = now.values().copied().collect();
        self.pushed(commands, Some(git.pack(&want, &have))).await;
    }
}

/// Pushes `count` commits to `main`, each in a pack of its own, and makes one more; all of them.
pub(crate) async fn chain(bed: &Bed, count: usize) -> Vec<(ObjectId, Bytes)> {
    let tree = object_id(ObjectFormat::Sha1, Kind::Tree, b"").unwrap();
    let mut commits: Vec<(ObjectId, Bytes)> = Vec::new();
    for at in 0..=count {
        let parent = commits
            .last()
            .map(|(id, _)| format!("parent {id}\n"))
            .unwrap_or_default();
        let who = format!("C <c@example.com> {at} +0000");
        let text = format!("tree {tree}\n{parent}author {who}\ncommitter {who}\n\nc\n");
        let id = object_id(ObjectFormat::Sha1, Kind::Commit, text.as_bytes()).unwrap();
        let objects = [(Kind::Commit, text.as_bytes()), (Kind::Tree, b"".as_slice())];
        commits.push((
            id,
            crafted(ObjectFormat::Sha1, &objects[..if at == 0 { 2 } else { 1 }], &[]),
        ));
    }
    let mut old = None;
    for (id, pack) in &commits[..count] {
        bed.pushed(vec![command("refs/heads/main", old, Some(*id))], Some(pack.clone()))
            .await;
        old = Some(*id);
    }
    commits
}

/// A stored record as a program of another schema would have written it.
pub(crate) fn of_schema(item: &Item, schema: u32) -> Item {
    let mut record: serde_json::Value = serde_json::from_slice(&item.body).unwrap();
    record["schema"] = schema.into();
    Item {
        body: serde_json::to_vec(&record).unwrap().into(),
        ..item.clone()
    }
}

/// What a snapshot's refs point to.
pub(crate) fn refs_of(snapshot: &Snapshot) -> BTreeMap<RefName, ObjectId> {
    snapshot
        .refs()
        .iter()
        .map(|(name, target)| (name.clone(), target.id))
        .collect()
}

/// A push as the transport makes it, its pack in chunks.
pub(crate) async fn push_to(
    store: &Store,
    id: &RepositoryId,
    commands: Vec<Command>,
    pack: Option<Bytes>,
    atomic: bool,
) -> Result<Vec<Verdict>> {
    let snapshot = Snapshot::open(store, id).await?;
    let ingest = match pack {
        Some(pack) => {
            let mut ingest = Ingest::new(&snapshot)?;
            for chunk in pack.chunks(8 << 10) {
                ingest.feed(Bytes::copy_from_slice(chunk)).await?;
            }
            Some(ingest)
        }
        None => None,
    };
    push(
        snapshot,
        ingest,
        &Request {
            commands,
            atomic,
            actor: actor(),
            audited_in: Some("000000000000".into()),
            ..Request::default()
        },
    )
    .await
}

pub(crate) fn actor() -> Actor {
    Actor {
        arn: "arn:aws:iam::000000000000:user/tester".into(),
        request: "request".into(),
        details: None,
    }
}

pub(crate) fn name(text: &str) -> RefName {
    RefName::new(text.as_bytes()).unwrap()
}

pub(crate) fn command(text: &str, old: Option<ObjectId>, new: Option<ObjectId>) -> Command {
    Command {
        name: name(text),
        old,
        new,
    }
}

/// All bytes of a pack.
pub(crate) async fn bytes_of(mut stream: PackStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    while let Some(piece) = stream.next().await.unwrap() {
        bytes.extend_from_slice(&piece);
    }
    bytes
}

/// What a fetch brings to who has `common`.
pub(crate) async fn planned(session: &Session, request: FetchRequest, common: Vec<ObjectId>) -> Result<PackStream> {
    let asking = move |session: &Session| {
        let wants = session.wants(&request)?;
        let boundary = session.boundary(&wants, &request)?;
        Ok(Asked {
            wants,
            common,
            boundary,
            request,
        })
    };
    session.plan(session.run(asking).await?).await
}

/// What a clone of every ref brings, as git reads it; sorted.
pub(crate) async fn clone_of(bed: &Bed, request: &FetchRequest) -> Vec<String> {
    let store = bed.planned(&Arc::default());
    let session = Session::open(Snapshot::open(&store, &bed.id).await.unwrap())
        .await
        .unwrap();
    let mut wants: Vec<ObjectId> = session.visible_refs().map(|(_, target)| target.id).collect();
    wants.sort_unstable();
    wants.dedup();
    let request = FetchRequest {
        wants,
        ..request.clone()
    };
    // What a filter leaves out, git misses when it is strict.
    let strict = request.filter.is_none();
    let stream = planned(&session, request, Vec::new()).await.unwrap();
    let count = stream.count();
    Git::new(session.odb().format()).receive(&bytes_of(stream).await, count, strict)
}
