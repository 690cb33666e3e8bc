//! A push over the emulators, with a fault at each of its calls.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use packhouse_git::hash::{ObjectFormat, ObjectId};
use packhouse_git::ref_name::RefName;
use packhouse_harness::fault_proxy::{Answer, Fault as WireFault, FaultProxy, Rule};
use packhouse_harness::pack::{self, Object};
use packhouse_storage::blobs::Blobs;
use packhouse_storage::error::{Error, Result};
use packhouse_storage::fault::{Fault, FaultyBlobs, FaultyTable, Plan};
use packhouse_storage::limits::Limits;
use packhouse_storage::log::Actor;
use packhouse_storage::manifest::Manifest;
use packhouse_storage::push::{Command, Ingest, Request, Verdict, push};
use packhouse_storage::repository::Creation;
use packhouse_storage::repository_id::RepositoryId;
use packhouse_storage::snapshot::Snapshot;
use packhouse_storage::store::Store;
use packhouse_storage::table::Table;

use crate::setting::Setting;

fn actor() -> Actor {
    Actor {
        arn: "arn:aws:iam::000000000000:user/tester".into(),
        request: "request".into(),
        details: None,
    }
}

fn branch() -> RefName {
    RefName::new(b"refs/heads/main").expect("a valid name")
}

fn store(table: Arc<dyn Table>, blobs: Arc<dyn Blobs>) -> Store {
    Store::new(table, blobs, env!("CARGO_TARGET_TMPDIR"), Limits::default())
}

/// A repository without refs.
async fn repository(store: &Store) -> RepositoryId {
    let id = RepositoryId::fresh();
    let manifest = Manifest::empty("demo".into(), BTreeMap::new(), ObjectFormat::Sha1, branch());
    let actor = actor();
    let mut creation = Creation::new(store, &id, &manifest, &actor);
    assert!(creation.read().await.expect("the table answers"));
    assert!(creation.write(Vec::new()).await.expect("the id is fresh"));
    id
}

/// A commit, and the pack that brings it.
fn commit() -> (ObjectId, Bytes) {
    let blob = Object::blob("content");
    let tree = Object::tree(&[("100644", "file", &blob.id())]);
    let commit = Object::commit(&tree.id(), &[]);
    let id = ObjectId::from_hex(commit.id().as_bytes()).expect("the id of an object");
    (id, pack::of(&[blob, tree, commit]).into())
}

async fn push_to(store: &Store, id: &RepositoryId, new: ObjectId, pack: Bytes) -> Result<Vec<Verdict>> {
    let snapshot = Snapshot::open(store, id).await?;
    let mut ingest = Ingest::new(&snapshot)?;
    ingest.feed(pack).await?;
    let command = Command {
        name: branch(),
        old: None,
        new: Some(new),
    };
    let request = Request {
        commands: vec![command],
        atomic: false,
        actor: actor(),
        audited_in: Some("000000000000".into()),
        ..Request::default()
    };
    push(snapshot, Some(ingest), &request).await
}

/// What the branch points to, seen without caches, and the version of the manifest.
async fn state(setting: &Setting, id: &RepositoryId) -> (Option<ObjectId>, u64) {
    let store = store(Arc::new(setting.table.clone()), Arc::new(setting.blobs.clone()));
    let snapshot = Snapshot::open(&store, id).await.expect("the repository is there");
    let target = snapshot
        .refs()
        .iter()
        .find(|(name, _)| **name == branch())
        .map(|(_, target)| target.id);
    (target, snapshot.manifest().version)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_push_that_fails_at_any_store_call_is_done_or_not_and_can_be_repeated() {
    let setting = Setting::fresh();
    let (table, blobs): (Arc<dyn Table>, Arc<dyn Blobs>) =
        (Arc::new(setting.table.clone()), Arc::new(setting.blobs.clone()));
    let healthy = store(Arc::clone(&table), Arc::clone(&blobs));
    let (new, pack) = commit();
    for fault in Fault::ALL {
        for nth in 1.. {
            let id = repository(&healthy).await;
            let plan = Arc::new(Plan::fail_at(nth, fault));
            let faulty = store(
                Arc::new(FaultyTable::new(Arc::clone(&table), Arc::clone(&plan))),
                Arc::new(FaultyBlobs::new(Arc::clone(&blobs), Arc::clone(&plan))),
            );
            let pushed = push_to(&faulty, &id, new, pack.clone()).await;
            let (target, version) = state(&setting, &id).await;
            match &pushed {
                Ok(verdicts) => assert_eq!(verdicts[..], [Verdict::Done { forced: false }], "{fault:?} at {nth}"),
                Err(Error::Unavailable(_)) => assert_eq!(target, None, "{fault:?} at {nth}"),
                Err(error) => assert!(matches!(error, Error::Ambiguous(_)), "{fault:?} at {nth}: {error}"),
            }
            if target.is_none() {
                push_to(&healthy, &id, new, pack.clone())
                    .await
                    .expect("nothing fails any more");
            } else {
                assert_eq!(version, 2, "{fault:?} at {nth}: it was done once");
            }
            assert_eq!(state(&setting, &id).await, (Some(new), 2), "{fault:?} at {nth}");
            if !plan.was_hit() {
                assert!(nth > 1, "{fault:?} fits no call of a push");
                break;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_push_survives_any_one_fault_on_the_wire() {
    let setting = Setting::fresh();
    let (new, pack) = commit();
    let table = [
        Answer::throttled(),
        Answer::internal_server_error(),
        Answer::transaction_in_progress(),
    ];
    let objects = [
        Answer::slow_down(),
        Answer::internal_error(),
        Answer::conditional_request_conflict(),
    ];
    let lost = [WireFault::DropBefore, WireFault::DropAfter];
    let sides: [(&FaultProxy, _); 2] = [(&setting.dynamo, table), (&setting.s3, objects)];
    for (proxy, answers) in sides {
        for fault in answers.map(WireFault::Answer).into_iter().chain(lost.clone()) {
            for nth in 1.. {
                let store = store(Arc::new(setting.table.clone()), Arc::new(setting.blobs.clone()));
                let id = repository(&store).await;
                let hits = proxy.inject(Rule::nth(nth, "*", fault.clone()));
                let pushed = push_to(&store, &id, new, pack.clone()).await;
                proxy.heal();
                let verdicts = pushed.unwrap_or_else(|error| panic!("{fault:?} at {nth}: {error}"));
                assert_eq!(verdicts, [Verdict::Done { forced: false }], "{fault:?} at {nth}");
                assert_eq!(
                    state(&setting, &id).await,
                    (Some(new), 2),
                    "{fault:?} at {nth}: done, and once"
                );
                if hits.count() == 0 {
                    assert!(nth > 1, "{fault:?} struck no call of a push");
                    break;
                }
            }
        }
    }
}
