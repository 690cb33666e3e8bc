//! Uploads over the stores in memory.

use std::sync::Arc;

use bytes::Bytes;
use packhouse_git::hash::{ObjectFormat, ObjectId, finish, hasher, object_id};
use packhouse_git::object::Kind as ObjectKind;
use packhouse_git::pack::entry::{self, Content, pack_header};
use packhouse_git::ref_name::RefName;
use packhouse_git::zlib::deflate;
use packhouse_storage::blobs::Blobs;
use packhouse_storage::blobs::presigned::Signer;
use packhouse_storage::fault::{Fault, FaultyBlobs, FaultyTable, Plan};
use packhouse_storage::keys;
use packhouse_storage::limits::Limits;
use packhouse_storage::memory::{MemoryBlobs, MemoryTable};
use packhouse_storage::push::{Command, Ingest, Verdict};
use packhouse_storage::store::Store;
use packhouse_storage::table::Table;

use super::*;
use crate::error::Kind;
use crate::git::Push;
use crate::installation::Installation;
use crate::jobs::Queue;
use crate::master_key::MasterKey;
use crate::names::{AccountId, Region};
use crate::repositories;
use crate::testing;

const MAIN: &str = "refs/heads/main";

/// The stores, with the repository `demo`.
struct Bed {
    table: Arc<dyn Table>,
    blobs: Arc<dyn Blobs>,
}

impl Bed {
    async fn new() -> Self {
        let bed = Self {
            table: Arc::new(MemoryTable::default()),
            blobs: Arc::new(MemoryBlobs::new(Signer::new(&[7; 32]))),
        };
        for repository in ["demo", "other"] {
            create(&bed.forge(&Arc::default()), repository).await;
        }
        bed
    }

    fn forge(&self, plan: &Arc<Plan>) -> Forge {
        let table = Arc::new(FaultyTable::new(Arc::clone(&self.table), Arc::clone(plan)));
        let blobs = Arc::new(FaultyBlobs::new(Arc::clone(&self.blobs), Arc::clone(plan)));
        let limits = Limits {
            pack_bytes: 1 << 30,
            ..Limits::default()
        };
        let installation = Installation {
            account: AccountId::new("210987654321").unwrap(),
            region: Region::new("us-east-1").unwrap(),
        };
        Forge::new(
            Store::new(table, blobs, std::env::temp_dir(), limits),
            installation,
            Arc::new(MasterKey::new([1; 32])),
            Arc::new(Queue::default()),
            "http://localhost",
        )
    }

    /// Begins an upload and puts all of `pack` into the store.
    async fn upload(&self, pack: &Bytes) -> UploadId {
        let forge = self.forge(&Arc::default());
        let (upload, cut) = begin(&forge, &caller(), &name("demo"), pack.len() as u64)
            .await
            .unwrap();
        assert_eq!(cut.parts, 1);
        self.blobs
            .put(&self.part(&upload).await, pack.clone(), None)
            .await
            .unwrap();
        upload
    }

    async fn part(&self, upload: &UploadId) -> String {
        let forge = self.forge(&Arc::default());
        let found = repositories::resolve(&forge, &name("demo")).await.unwrap();
        keys::incoming_part(found.id.as_str(), upload.as_str(), 1)
    }

    async fn has_part(&self, upload: &UploadId) -> bool {
        self.blobs.head(&self.part(upload).await).await.is_ok()
    }

    /// Finishes an upload to `demo`.
    async fn finish(&self, upload: &UploadId, pack: &Bytes, commands: Vec<Command>) -> Result<Vec<Verdict>> {
        finish_to(&self.forge(&Arc::default()), "demo", upload, pack, commands).await
    }

    async fn main(&self) -> Option<ObjectId> {
        let forge = self.forge(&Arc::default());
        let snapshot = git::open(&forge, &caller(), &name("demo"), Action::GitPush)
            .await
            .unwrap();
        snapshot
            .refs()
            .get(&RefName::new(MAIN.as_bytes()).unwrap())
            .map(|target| target.id)
    }
}

async fn create(forge: &Forge, text: &str) {
    let new = repositories::New {
        name: name(text),
        description: None,
        tags: std::collections::BTreeMap::new(),
        kms_key: None,
    };
    repositories::create(forge, &caller(), new).await.unwrap();
}

async fn finish_to(
    forge: &Forge,
    repository: &str,
    upload: &UploadId,
    pack: &Bytes,
    commands: Vec<Command>,
) -> Result<Vec<Verdict>> {
    let snapshot = git::open(forge, &caller(), &name(repository), Action::GitPush).await?;
    let incoming = Incoming::new(&snapshot, upload.clone(), pack.len() as u64)?;
    let ingest = Ingest::new(&snapshot)?;
    let asked = Push {
        name: name(repository),
        commands,
        atomic: false,
    };
    push(forge, &caller(), snapshot, &incoming, ingest, asked).await
}

fn caller() -> Caller {
    testing::administrator(&AccountId::new("210987654321").unwrap())
}

fn name(text: &str) -> RepositoryName {
    RepositoryName::new(text).unwrap()
}

/// A commit without parents, and a pack of it.
fn commit(message: &str) -> (ObjectId, Bytes) {
    let format = ObjectFormat::Sha1;
    let tree = object_id(format, ObjectKind::Tree, b"").unwrap();
    let who = "C <c@example.com> 0 +0000";
    let text = format!("tree {tree}\nauthor {who}\ncommitter {who}\n\n{message}\n");
    let mut pack = pack_header(2).to_vec();
    for (kind, data) in [(ObjectKind::Commit, text.as_bytes()), (ObjectKind::Tree, b"")] {
        entry::write(Content::Full(kind), data.len() as u64, &mut pack);
        pack.extend(deflate(data));
    }
    let mut hash = hasher(format);
    hash.update(&pack);
    pack.extend(finish(hash).unwrap().as_slice());
    (
        object_id(format, ObjectKind::Commit, text.as_bytes()).unwrap(),
        pack.into(),
    )
}

fn set_main(old: Option<ObjectId>, new: ObjectId) -> Vec<Command> {
    vec![Command {
        name: RefName::new(MAIN.as_bytes()).unwrap(),
        old,
        new: Some(new),
    }]
}

fn is_done(verdicts: &[Verdict]) -> bool {
    verdicts.iter().all(|verdict| matches!(verdict, Verdict::Done { .. }))
}

#[tokio::test]
async fn an_uploaded_pack_is_pushed_and_its_parts_go() {
    let bed = Bed::new().await;
    let (id, pack) = commit("one");
    let upload = bed.upload(&pack).await;
    assert!(is_done(&bed.finish(&upload, &pack, set_main(None, id)).await.unwrap()));
    assert_eq!((bed.main().await, bed.has_part(&upload).await), (Some(id), false));

    let again = bed.finish(&upload, &pack, set_main(None, id)).await.unwrap();
    assert!(is_done(&again), "the answer may have been lost");
    let (other, _) = commit("two");
    let error = bed.finish(&upload, &pack, set_main(Some(id), other)).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Invalid);
    assert_eq!(bed.main().await, Some(id));
}

#[tokio::test]
async fn the_parts_of_a_refused_push_stay_and_those_of_a_broken_pack_go() {
    let bed = Bed::new().await;
    let ((first, pack), (second, second_pack)) = (commit("one"), commit("two"));
    let upload = bed.upload(&pack).await;
    bed.finish(&upload, &pack, set_main(None, first)).await.unwrap();

    let upload = bed.upload(&second_pack).await;
    let late = bed.finish(&upload, &second_pack, set_main(None, second)).await.unwrap();
    assert!(matches!(late.as_slice(), [Verdict::Refused(_)]), "{late:?}");
    assert_eq!((bed.main().await, bed.has_part(&upload).await), (Some(first), true));
    assert!(is_done(
        &bed.finish(&upload, &second_pack, set_main(Some(first), second))
            .await
            .unwrap()
    ));
    assert_eq!((bed.main().await, bed.has_part(&upload).await), (Some(second), false));

    for broken in [
        second_pack.slice(..second_pack.len() - 1),
        Bytes::from_static(b"no pack at all"),
    ] {
        let upload = bed.upload(&broken).await;
        let error = bed
            .finish(&upload, &broken, set_main(Some(second), first))
            .await
            .unwrap_err();
        assert_eq!(error.kind(), Kind::Invalid, "{error}");
        assert_eq!((bed.main().await, bed.has_part(&upload).await), (Some(second), false));
    }
}

#[tokio::test]
async fn an_upload_is_of_no_use_for_another_repository() {
    let bed = Bed::new().await;
    let (id, pack) = commit("one");
    let upload = bed.upload(&pack).await;
    let forge = bed.forge(&Arc::default());
    let error = finish_to(&forge, "other", &upload, &pack, set_main(None, id))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), Kind::Invalid, "{error}");
    assert!(bed.has_part(&upload).await);
    let parts = parts(&forge, &caller(), &name("other"), (upload, pack.len() as u64), &[1]).await;
    assert!(parts.unwrap()[0].put.is_some(), "nothing is there");
}

#[tokio::test]
async fn who_may_not_push_may_not_upload() {
    let bed = Bed::new().await;
    let forge = bed.forge(&Arc::default());
    let policy =
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"codecommit:GitPull","Resource":"*"}]}"#;
    let stranger = testing::user(&AccountId::new("210987654321").unwrap(), policy);
    let begun = begin(&forge, &stranger, &name("demo"), 1).await.unwrap_err();
    let asked = parts(&forge, &stranger, &name("demo"), (UploadId::fresh(), 1), &[1])
        .await
        .unwrap_err();
    assert_eq!((begun.kind(), asked.kind()), (Kind::Denied, Kind::Denied));
    let absent = begin(&forge, &caller(), &name("absent"), 1).await.unwrap_err();
    assert_eq!(absent.kind(), Kind::NotFound);
}

#[tokio::test]
async fn parts_are_handed_out_within_bounds() {
    let bed = Bed::new().await;
    let forge = bed.forge(&Arc::default());
    let ask = async |bytes: u64, numbers: &[u32]| {
        let upload = (UploadId::fresh(), bytes);
        parts(&forge, &caller(), &name("demo"), upload, numbers)
            .await
            .map_err(|error| error.kind())
    };
    let lengths = ask(40 << 20, &[3, 1]).await.unwrap();
    let lengths: Vec<_> = lengths
        .iter()
        .map(|part| (part.number, part.bytes, part.put.is_some()))
        .collect();
    assert_eq!(lengths, [(3, 8 << 20, true), (1, 16 << 20, true)]);
    for (bytes, numbers, kind) in [
        (40 << 20, vec![4], Kind::Invalid),
        (40 << 20, vec![0], Kind::Invalid),
        (40 << 20, vec![u32::MAX], Kind::Invalid),
        (40 << 20, vec![1; MAX_PARTS_AT_ONCE + 1], Kind::Invalid),
        (0, vec![1], Kind::Invalid),
        ((1 << 30) + 1, vec![1], Kind::TooLarge),
        (u64::MAX, vec![1], Kind::TooLarge),
    ] {
        assert_eq!(ask(bytes, &numbers).await.map(|_| ()), Err(kind), "{bytes} {numbers:?}");
    }
}

#[tokio::test]
async fn a_finish_that_failed_anywhere_can_be_repeated() {
    let (id, pack) = commit("one");
    let counting = Arc::new(Plan::counting());
    let bed = Bed::new().await;
    let upload = bed.upload(&pack).await;
    let forge = bed.forge(&counting);
    finish_to(&forge, "demo", &upload, &pack, set_main(None, id))
        .await
        .unwrap();
    let calls = counting.calls().len();
    assert!(calls >= 9, "{:?}", counting.calls());

    for fault in Fault::ALL {
        for nth in 1..=calls {
            let bed = Bed::new().await;
            let upload = bed.upload(&pack).await;
            let plan = Arc::new(Plan::fail_at(nth, fault));
            let first = finish_to(&bed.forge(&plan), "demo", &upload, &pack, set_main(None, id)).await;
            if !plan.was_hit() {
                break;
            }
            if first.is_ok() {
                assert_eq!(bed.main().await, Some(id), "{fault:?} at {nth}");
            }
            let second = bed.finish(&upload, &pack, set_main(None, id)).await;
            assert!(
                second.is_ok_and(|verdicts| is_done(&verdicts)),
                "{fault:?} at {nth} after {first:?}"
            );
            assert_eq!(bed.main().await, Some(id), "{fault:?} at {nth}");
        }
    }
}
