use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use bytes::Bytes;
use packhouse_git::hash::{ObjectFormat, ObjectId, finish, hasher, object_id};
use packhouse_git::object::Kind as ObjectKind;
use packhouse_git::pack::entry::{self, Content, pack_header};
use packhouse_git::ref_name::RefName;
use packhouse_git::zlib::deflate;
use packhouse_storage::blobs::Blobs;
use packhouse_storage::blobs::presigned::Signer;
use packhouse_storage::fault::{FaultyBlobs, FaultyTable, Plan};
use packhouse_storage::limits::Limits;
use packhouse_storage::log::Actor;
use packhouse_storage::manifest::Manifest;
use packhouse_storage::memory::{MemoryBlobs, MemoryTable};
use packhouse_storage::push::{Command, Ingest, Request, Verdict, push};
use packhouse_storage::repository::{Amendment, Creation, purge};
use packhouse_storage::repository_id::RepositoryId;
use packhouse_storage::snapshot::Snapshot;
use packhouse_storage::store::Store;
use packhouse_storage::table::{Table, Write};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::*;
use crate::events::{Event, Refused};
use crate::forge::unborn_head;
use crate::installation::Installation;
use crate::jobs::Queue;
use crate::master_key::MasterKey;
use crate::names::{AccountId, Region};

mod faults;
mod stuck;

/// No time limit.
const EVER: Duration = Duration::MAX;

/// A bus whose consumer reads a channel. It takes half of the call that it is to fail at.
#[derive(Debug)]
struct ChannelBus {
    sender: UnboundedSender<Event>,
    calls: AtomicUsize,
    fails_at: usize,
}

fn bus_failing_at(fails_at: usize) -> (ChannelBus, UnboundedReceiver<Event>) {
    let (sender, receiver) = unbounded_channel();
    let calls = AtomicUsize::new(0);
    (
        ChannelBus {
            sender,
            calls,
            fails_at,
        },
        receiver,
    )
}

fn bus() -> (ChannelBus, UnboundedReceiver<Event>) {
    bus_failing_at(0)
}

#[async_trait]
impl EventBus for ChannelBus {
    async fn publish(&self, events: &[Event]) -> Result<Vec<Refused>, BusError> {
        let call = self.calls.fetch_add(1, Ordering::Relaxed) + 1;
        let taken = if call == self.fails_at {
            events.len() / 2
        } else {
            events.len()
        };
        for event in &events[..taken] {
            self.sender
                .send(event.clone())
                .map_err(|error| BusError(error.to_string()))?;
        }
        if taken < events.len() {
            return Err(BusError("by plan".into()));
        }
        Ok(Vec::new())
    }
}

fn drain(receiver: &mut UnboundedReceiver<Event>) -> Vec<Event> {
    std::iter::from_fn(|| receiver.try_recv().ok()).collect()
}

/// What a bus was told, each event once.
fn told(receiver: &mut UnboundedReceiver<Event>) -> BTreeSet<(String, String)> {
    let text = |event: &Event, field: &str| event.detail[field].as_str().unwrap().to_owned();
    let name = |event: &Event| format!("{} {}", text(event, "event"), text(event, "referenceFullName"));
    drain(receiver)
        .iter()
        .map(|event| (event.id.clone(), name(event)))
        .collect()
}

/// One repository with one commit, on stores that forges with or without faults share.
struct Bed {
    table: Arc<dyn Table>,
    blobs: Arc<dyn Blobs>,
    id: RepositoryId,
    commit: ObjectId,
    pack: Option<Bytes>,
}

impl Bed {
    async fn new() -> Self {
        let (commit, pack) = first_commit();
        let bed = Self {
            table: Arc::new(MemoryTable::default()),
            blobs: Arc::new(MemoryBlobs::new(Signer::new(&[1; 32]))),
            id: RepositoryId::fresh(),
            commit,
            pack: None,
        };
        let forge = bed.forge(&Arc::default());
        make(&forge, &bed.id).await;
        let bed = Self {
            pack: Some(pack),
            ..bed
        };
        bed.pushed(&["refs/heads/main"]).await;
        Self { pack: None, ..bed }
    }

    fn forge(&self, plan: &Arc<Plan>) -> Forge {
        let table = FaultyTable::new(Arc::clone(&self.table), Arc::clone(plan));
        let blobs = FaultyBlobs::new(Arc::clone(&self.blobs), Arc::clone(plan));
        let store = Store::new(
            Arc::new(table),
            Arc::new(blobs),
            std::env::temp_dir(),
            Limits::default(),
        );
        let installation = Installation {
            account: AccountId::new("000000000000").unwrap(),
            region: Region::new("us-east-1").unwrap(),
        };
        let key = Arc::new(MasterKey::new([1; 32]));
        Forge::new(store, installation, key, Arc::new(Queue::default()), "http://x")
    }

    fn sound(&self) -> Forge {
        self.forge(&Arc::default())
    }

    /// Makes refs; whether the push says that all were made.
    async fn push(&self, forge: &Forge, names: &[&str]) -> bool {
        let pushing = async {
            let snapshot = Snapshot::open(forge.store(), &self.id).await?;
            let ingest = match &self.pack {
                None => None,
                Some(pack) => {
                    let mut ingest = Ingest::new(&snapshot)?;
                    ingest.feed(pack.clone()).await?;
                    Some(ingest)
                }
            };
            let command = |name: &&str| Command {
                name: RefName::new(name.as_bytes()).unwrap(),
                old: None,
                new: Some(self.commit),
            };
            let request = Request {
                commands: names.iter().map(command).collect(),
                atomic: true,
                actor: actor(),
                audited_in: Some("000000000000".into()),
                ..Request::default()
            };
            push(snapshot, ingest, &request).await
        };
        let done = |verdicts: Vec<Verdict>| verdicts.iter().all(|verdict| matches!(verdict, Verdict::Done { .. }));
        pushing.await.is_ok_and(done)
    }

    async fn pushed(&self, names: &[&str]) {
        assert!(self.push(&self.sound(), names).await, "{names:?}");
    }

    /// What the outbox points to.
    async fn outbox(&self) -> Vec<Pointer> {
        let store = self.sound();
        let mut all = Vec::new();
        for shard in 0..SHARDS {
            let (keys, next) = outbox::page(store.store(), shard, None).await.unwrap();
            assert_eq!(next, None);
            all.extend(keys.iter().map(|key| Pointer::parse(key).unwrap()));
        }
        all
    }

    /// The events that the log calls for, written down without the code under test.
    async fn due(&self) -> BTreeSet<(String, String)> {
        let forge = self.sound();
        let version = forge.store().manifest(&self.id).await.unwrap().version;
        let mut due = BTreeSet::new();
        for version in 1..=version {
            let entry = forge
                .store()
                .log_entry(&self.id, ObjectFormat::Sha1, version)
                .await
                .unwrap();
            for (index, change) in entry.unwrap().refs.iter().enumerate() {
                let name = change.name.to_string();
                if name.starts_with("refs/heads/") || name.starts_with("refs/tags/") {
                    due.insert((
                        format!("{}/{version}/{index}", self.id),
                        format!("referenceCreated {name}"),
                    ));
                }
            }
        }
        due
    }

    async fn write(&self, write: Write) {
        self.table.transact(vec![write]).await.unwrap();
    }
}

fn actor() -> Actor {
    Actor {
        arn: "arn:aws:iam::000000000000:user/ana".into(),
        request: "1".into(),
        details: None,
    }
}

async fn make(forge: &Forge, id: &RepositoryId) {
    let manifest = Manifest::empty("demo".into(), BTreeMap::new(), ObjectFormat::Sha1, unborn_head());
    let actor = actor();
    let mut creation = Creation::new(forge.store(), id, &manifest, &actor);
    assert!(creation.read().await.unwrap() && creation.write(Vec::new()).await.unwrap());
}

fn first_commit() -> (ObjectId, Bytes) {
    let format = ObjectFormat::Sha1;
    let tree = object_id(format, ObjectKind::Tree, b"").unwrap();
    let who = "C <c@example.com> 1 +0000";
    let text = format!("tree {tree}\nauthor {who}\ncommitter {who}\n\nc\n");
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

fn counts(results: &[Result<usize, RelayError>]) -> Vec<Option<usize>> {
    results.iter().map(|result| result.as_ref().ok().copied()).collect()
}

#[tokio::test]
async fn events_are_told_once_each_and_the_pointers_go() {
    let bed = Bed::new().await;
    bed.pushed(&["refs/heads/a", "refs/notes/n", "refs/tags/t"]).await;
    bed.pushed(&["refs/notes/only"]).await;
    let (bus, mut receiver) = bus();
    let forge = bed.sound();
    let mut pointers = bed.outbox().await;
    pointers.sort_unstable_by_key(ToString::to_string);
    let results = relay(&forge, &bus, &pointers).await;
    assert_eq!(counts(&results), [Some(1), Some(2), Some(0)]);
    let events = drain(&mut receiver);
    let ids: Vec<&str> = events
        .iter()
        .map(|event| event.id.rsplit_once('/').unwrap().1)
        .collect();
    assert_eq!(ids, ["0", "0", "2"]);
    assert_eq!(bed.outbox().await, []);
    assert_eq!(counts(&relay(&forge, &bus, &pointers).await), [Some(0); 3]);
    assert_eq!(drain(&mut receiver), []);
}

#[tokio::test]
async fn a_large_push_goes_on_near_where_it_stopped() {
    let bed = Bed::new().await;
    let (bus, _receiver) = bus();
    relay(&bed.sound(), &bus, &bed.outbox().await).await;
    let names: Vec<String> = (0..2_500).map(|at| format!("refs/heads/b{at:04}")).collect();
    bed.pushed(&names.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let pointers = bed.outbox().await;
    let due: BTreeSet<_> = bed
        .due()
        .await
        .into_iter()
        .filter(|(id, _)| !id.contains("/2/"))
        .collect();
    assert_eq!(due.len(), 2_500);

    let (failing, mut receiver) = bus_failing_at(18);
    let results = relay(&bed.sound(), &failing, &pointers).await;
    assert_eq!(counts(&results), [None]);
    let first = drain(&mut receiver);
    assert_eq!(first.len(), 1_750);
    let (bus, mut receiver) = self::bus();
    assert_eq!(counts(&relay(&bed.sound(), &bus, &pointers).await), [Some(1_500)]);
    let ids: BTreeSet<String> = first
        .into_iter()
        .chain(drain(&mut receiver))
        .map(|event| event.id)
        .collect();
    assert_eq!(ids, due.into_iter().map(|(id, _)| id).collect());
    assert_eq!(bed.outbox().await, []);
}

#[tokio::test]
async fn a_deleted_repository_still_tells_and_a_purged_one_is_forgotten() {
    for purged in [false, true] {
        let bed = Bed::new().await;
        let forge = bed.sound();
        let actor = actor();
        let mut amendment = Amendment::new(forge.store(), &bed.id, &actor, "delete");
        let mut manifest = amendment.read().await.unwrap().unwrap();
        manifest.deleted = Some(1);
        assert!(amendment.write(manifest, Vec::new()).await.unwrap());
        if purged {
            // Its items would go in a later pass.
            purge(forge.store(), &bed.id, 1).await.unwrap();
        }
        let (bus, mut receiver) = bus();
        let results = relay(&forge, &bus, &bed.outbox().await).await;
        assert_eq!(counts(&results), [Some(usize::from(!purged))]);
        assert_eq!(drain(&mut receiver).len(), usize::from(!purged));
        assert_eq!(bed.outbox().await, []);
    }
}

#[tokio::test]
async fn a_sweep_leaves_what_is_young_and_stops_in_time() {
    let bed = Bed::new().await;
    let forge = bed.sound();
    let (bus, _receiver) = bus();
    let hour = Duration::from_secs(3600);
    assert_eq!(sweep(&forge, &bus, hour, EVER).await, Swept::default());
    let cut = Swept {
        cut_short: true,
        ..Swept::default()
    };
    assert_eq!(sweep(&forge, &bus, Duration::ZERO, Duration::ZERO).await, cut);
    let one = Swept {
        relayed: 1,
        ..Swept::default()
    };
    assert_eq!(sweep(&forge, &bus, Duration::ZERO, hour).await, one);
    assert_eq!(sweep(&forge, &bus, Duration::ZERO, hour).await, Swept::default());
}
