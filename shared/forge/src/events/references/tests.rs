use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use packhouse_git::hash::{ObjectFormat, ObjectId, parse_hex};
use packhouse_storage::blobs::presigned::Signer;
use packhouse_storage::limits::Limits;
use packhouse_storage::log::Actor;
use packhouse_storage::manifest::Manifest;
use packhouse_storage::memory::{MemoryBlobs, MemoryTable};
use packhouse_storage::repository_id::RepositoryId;
use packhouse_storage::store::Store;
use serde_json::json;

use super::*;
use crate::forge::unborn_head;
use crate::installation::Installation;
use crate::jobs::Queue;
use crate::master_key::MasterKey;
use crate::names::{AccountId, Region, RepositoryName};

const ID: &str = "1b2c3d4e-1111-2222-3333-444455556666";

fn forge() -> Forge {
    let table = Arc::new(MemoryTable::default());
    let blobs = Arc::new(MemoryBlobs::new(Signer::new(&[7; 32])));
    let store = Store::new(table, blobs, std::env::temp_dir(), Limits::default());
    let installation = Installation {
        account: AccountId::new("210987654321").unwrap(),
        region: Region::new("eu-west-1").unwrap(),
    };
    let key = Arc::new(MasterKey::new([1; 32]));
    Forge::new(store, installation, key, Arc::new(Queue::default()), "http://x")
}

fn repository() -> Repository {
    let manifest = Manifest::empty("widgets".into(), BTreeMap::new(), ObjectFormat::Sha1, unborn_head());
    Repository {
        id: RepositoryId::parse(ID).unwrap(),
        name: RepositoryName::new("widgets").unwrap(),
        manifest: Arc::new(manifest),
    }
}

fn id(digit: char) -> ObjectId {
    parse_hex(ObjectFormat::Sha1, digit.to_string().repeat(40).as_bytes()).unwrap()
}

fn change(name: &str, old: Option<char>, new: Option<char>) -> RefChange {
    RefChange {
        name: RefName::new(name.as_bytes()).unwrap(),
        old: old.map(id),
        new: new.map(id),
    }
}

fn entry(refs: Vec<RefChange>) -> Entry {
    Entry {
        version: 12,
        kind: "push".into(),
        time: Duration::from_millis(1_772_600_767_131),
        actor: Actor {
            arn: "arn:aws:iam::210987654321:user/ana".into(),
            request: "r".into(),
            details: None,
        },
        refs,
        ..Entry::default()
    }
}

#[test]
fn branches_and_tags_make_the_events_that_codecommit_documents() {
    let (a, b) = ("a".repeat(40), "b".repeat(40));
    let ana = "arn:aws:iam::210987654321:user/ana";
    let rows = [
        (
            change("refs/heads/feat/x", None, Some('a')),
            json!({ "event": "referenceCreated", "repositoryName": "widgets", "repositoryId": ID,
                "referenceType": "branch", "referenceName": "feat/x", "referenceFullName": "refs/heads/feat/x",
                "commitId": a, "callerUserArn": ana }),
        ),
        (
            change("refs/heads/main", Some('a'), Some('b')),
            json!({ "event": "referenceUpdated", "repositoryName": "widgets", "repositoryId": ID,
                "referenceType": "branch", "referenceName": "main", "referenceFullName": "refs/heads/main",
                "commitId": b, "oldCommitId": a, "callerUserArn": ana }),
        ),
        (
            change("refs/tags/v1", Some('b'), None),
            json!({ "event": "referenceDeleted", "repositoryName": "widgets", "repositoryId": ID,
                "referenceType": "tag", "referenceName": "v1", "referenceFullName": "refs/tags/v1",
                "oldCommitId": b, "callerUserArn": ana }),
        ),
    ];
    for (change, detail) in rows {
        let events = of_entry(&forge(), &repository(), &entry(vec![change]), 0..1);
        let expect = Event {
            id: format!("{ID}/12/0"),
            time: Duration::from_millis(1_772_600_767_131),
            detail_type: DetailType::Repository,
            resources: vec!["arn:aws:codecommit:eu-west-1:210987654321:widgets".into()],
            detail: detail.as_object().unwrap().clone(),
        };
        assert_eq!(events, [expect]);
    }
}

#[test]
fn other_refs_make_none_and_do_not_move_the_ids_of_the_rest() {
    let names = [
        "refs/heads/a",
        "refs/notes/commits",
        "refs/packhouse/keep/1",
        "refs/remotes/origin/a",
        "refs/tags/v1",
    ];
    let changes = names.map(|name| change(name, None, Some('a')));
    let entry = entry(changes.into());
    let ids = |range| {
        let events = of_entry(&forge(), &repository(), &entry, range);
        let mut ids = events.into_iter().map(|event| event.id.replace(ID, "r"));
        (ids.next(), ids.next(), ids.next())
    };
    let some = |index| Some(format!("r/12/{index}"));
    assert_eq!(ids(0..5), (some(0), some(4), None));
    assert_eq!(ids(1..4), (None, None, None));
    assert_eq!(ids(4..9), (some(4), None, None));
    assert_eq!(ids(7..9), (None, None, None));
}

/// An entry in whose details stands that.
fn entry_of(change: RefChange, details: &Value) -> Entry {
    let mut entry = entry(vec![change]);
    entry.actor.details = Some(details.to_string());
    entry
}

#[test]
fn a_merge_by_the_api_is_told_with_what_was_merged_how() {
    let merge = json!({
        "baseCommitId": "d", "sourceCommitId": "e", "destinationCommitId": "c", "mergeOption": "THREE_WAY_MERGE",
        "conflictDetailsLevel": "LINE_LEVEL", "conflictResolutionStrategy": "AUTOMERGE",
    });
    let details = json!({ "userAgent": "x", "merge": merge });
    let moved = entry_of(change("refs/heads/main", Some('a'), Some('b')), &details);
    let events = of_entry(&forge(), &repository(), &moved, 0..1);
    for (name, value) in merge.as_object().unwrap() {
        assert_eq!(events[0].detail[name], *value, "{name}");
    }
    assert_eq!(events[0].detail["event"], "referenceUpdated");

    let hidden = change(&format!("refs/packhouse/merge/{}", id('b')), None, Some('b'));
    let made = entry_of(hidden, &json!({ "unreferencedMerge": merge }));
    let events = of_entry(&forge(), &repository(), &made, 0..1);
    let mut expect = merge.clone();
    expect["event"] = "unreferencedMergeCommitCreated".into();
    expect["commitId"] = "b".repeat(40).into();
    expect["repositoryName"] = "widgets".into();
    expect["repositoryId"] = ID.into();
    assert_eq!(Value::from(events[0].detail.clone()), expect);
}
