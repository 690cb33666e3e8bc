//! Rules, and what they tell, over the stores in memory.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use packhouse_storage::fault::{Fault, FaultyTable, Plan};
use packhouse_storage::memory::MemoryTable;
use packhouse_storage::table::{Range, Table};
use packhouse_storage::{clock, keys};
use serde_json::{Map, Value, json};
use tokio::time::Instant;

use super::pending::Pending;
use super::*;
use crate::authorship::Authorship;
use crate::comments::{self, FileVersion, Location, Post};
use crate::contents::{self, PutFile};
use crate::dead_letters;
use crate::error::Error;
use crate::events::{DetailType, Event};
use crate::forge::Forge;
use crate::identity::Caller;
use crate::in_process::InProcess;
use crate::jobs::Queue;
use crate::names::RepositoryName;
use crate::pull_requests;
use crate::relay;
use crate::repositories;
use crate::testing;
use crate::triggers::{TriggerTargets, Undelivered};

const GOOD: &str = "arn:aws:sns:us-east-1:000000000000:good";
const BAD: &str = "arn:aws:sns:us-east-1:000000000000:bad";
const DEMO: &str = "arn:aws:codecommit:us-east-1:000000000000:demo";
const ANA: &str = "arn:aws:iam::000000000000:user/ana";

/// Topics, of which `bad` takes nothing.
#[derive(Debug, Default)]
struct Topics(Mutex<Vec<(String, Value)>>);

#[async_trait]
impl TriggerTargets for Topics {
    async fn notify(&self, topic: &str, subject: Option<&str>, message: &str) -> Result<(), Undelivered> {
        assert_eq!(subject, None);
        if topic == BAD {
            return Err(Undelivered::Refused("NotFound: no topic".to_owned()));
        }
        let message = serde_json::from_str(message).unwrap();
        self.0.lock().unwrap().push((topic.to_owned(), message));
        Ok(())
    }

    async fn invoke(&self, function: &str, _payload: &str) -> Result<(), Undelivered> {
        unreachable!("no rule tells a function such as {function}")
    }
}

struct Bed {
    forge: Forge,
    caller: Caller,
    topics: Arc<Topics>,
}

impl Bed {
    /// An installation with the repository `demo`.
    async fn new(table: Arc<dyn Table>) -> Self {
        let topics: Arc<Topics> = Arc::default();
        let forge = testing::forge_over(table).await.with_targets(Arc::clone(&topics) as _);
        let caller = testing::administrator(&forge.installation().account);
        let new = repositories::New {
            name: demo(),
            description: None,
            tags: BTreeMap::new(),
            kms_key: None,
        };
        repositories::create(&forge, &caller, new).await.unwrap();
        Self { forge, caller, topics }
    }

    async fn rule(&self, name: &str, detail: Detail, targets: &[&str]) -> String {
        create(&self.forge, &self.caller, given(name, detail, targets))
            .await
            .unwrap()
    }

    async fn put(&self, branch: &str, path: &str, content: &str, parent: Option<&str>) -> String {
        let put = PutFile {
            branch: branch.into(),
            parent: parent.map(str::to_owned),
            path: path.into(),
            content: content.into(),
            mode: None,
            authorship: Authorship::default(),
        };
        let put = contents::put_file(&self.forge, &self.caller, &demo(), put).await;
        put.unwrap().commit.to_string()
    }

    /// Tells what happened, by a process that may fail.
    async fn tell(forge: &Forge) -> Option<Sent> {
        let queue = Queue::default();
        let bus = InProcess { forge, queue: &queue };
        relay::sweep(forge, &bus, Duration::ZERO, Duration::MAX).await;
        sweep(forge, Duration::from_secs(60)).await.ok()
    }

    /// What topics got since the last call.
    fn told(&self) -> Vec<(String, Value)> {
        std::mem::take(&mut *self.topics.0.lock().unwrap())
    }

    async fn pending(&self) -> Vec<Pending> {
        let table = self.forge.store().table();
        let page = table.query(keys::NOTIFYING, Range::default()).await.unwrap();
        page.items.iter().map(|item| Pending::decode(item).unwrap()).collect()
    }
}

fn demo() -> RepositoryName {
    RepositoryName::new("demo").unwrap()
}

fn given(name: &str, detail: Detail, targets: &[&str]) -> Given {
    let target = |address: &&str| GivenTarget {
        kind: Some("SNS".to_owned()),
        address: Some((*address).to_owned()),
    };
    Given {
        name: name.to_owned(),
        event_types: EventType::ALL.iter().map(|one| one.id().to_owned()).collect(),
        resource: DEMO.to_owned(),
        targets: targets.iter().map(target).collect(),
        detail,
        enabled: true,
        tags: BTreeMap::new(),
        token: None,
    }
}

#[test]
fn each_event_has_the_type_that_codestar_notifications_gives_it() {
    let check = |name: &str, expect: Option<&str>| {
        let event = Event {
            id: "1".into(),
            time: Duration::ZERO,
            detail_type: DetailType::Repository,
            resources: Vec::new(),
            detail: Map::from_iter([("event".to_owned(), name.into())]),
        };
        let found = EventType::of(&event).map(|one| one.id().trim_start_matches("codecommit-repository-"));
        assert_eq!(found, expect, "{name}");
    };
    for (name, expect) in [
        ("referenceCreated", "branches-and-tags-created"),
        ("referenceUpdated", "branches-and-tags-updated"),
        ("referenceDeleted", "branches-and-tags-deleted"),
        ("pullRequestCreated", "pull-request-created"),
        ("pullRequestSourceBranchUpdated", "pull-request-source-updated"),
        ("pullRequestStatusChanged", "pull-request-status-changed"),
        ("pullRequestMergeStatusUpdated", "pull-request-merged"),
        ("pullRequestApprovalRuleOverridden", "approvals-rule-override"),
        ("pullRequestApprovalStateChanged", "approvals-status-changed"),
        ("commentOnPullRequestCreated", "comments-on-pull-requests"),
        ("commentOnPullRequestUpdated", "comments-on-pull-requests"),
        ("commentOnCommitCreated", "comments-on-commits"),
        ("commentOnCommitUpdated", "comments-on-commits"),
    ] {
        check(name, Some(expect));
    }
    for name in [
        "unreferencedMergeCommitCreated",
        "pullRequestApprovalRuleCreated",
        "pullRequestApprovalRuleUpdated",
        "pullRequestApprovalRuleDeleted",
        "commentReactionCreated",
        "approvalRuleTemplateCreated",
        "",
    ] {
        check(name, None);
    }
    for one in EventType::ALL {
        assert_eq!(EventType::from_id(one.id()), Some(*one));
    }
}

/// A comment on the second line of the file `new`.
fn on_line(before: &str, after: &str) -> Post {
    Post {
        before: Some(before.to_owned()),
        after: after.to_owned(),
        location: Some(Location {
            path: "new".into(),
            position: Some(2),
            version: FileVersion::After,
        }),
        content: "why \"b\"?".into(),
        token: None,
    }
}

#[tokio::test]
async fn messages_are_those_of_codestar_notifications() {
    let bed = Bed::new(Arc::new(MemoryTable::default())).await;
    let (forge, caller) = (&bed.forge, &bed.caller);
    let base = bed.put("main", "old", "1\n", None).await;
    Bed::tell(forge).await.unwrap();
    let arn = bed.rule("full", Detail::Full, &[GOOD]).await;
    let branch = crate::branches::create(forge, caller, &demo(), ("next", &base)).await;
    branch.unwrap();
    let tip = bed.put("next", "new", "a\nb\r\nc", Some(&base)).await;
    Bed::tell(forge).await.unwrap();
    let told = bed.told();
    let id = repositories::resolve(forge, &demo()).await.unwrap().id.to_string();
    let time = told[0].1["time"].clone();
    let envelope = |kind: &str, time: &Value, detail: Value, attributes: Value| {
        let message = json!({
            "account": "000000000000", "region": "us-east-1", "source": "aws.codecommit", "resources": [DEMO],
            "notificationRuleArn": arn, "detailType": kind, "time": time, "detail": detail,
            "additionalAttributes": attributes,
        });
        (GOOD.to_owned(), message)
    };
    let reference = json!({
        "event": "referenceCreated", "repositoryName": "demo", "repositoryId": id, "referenceType": "branch",
        "referenceName": "next", "referenceFullName": "refs/heads/next", "commitId": base, "callerUserArn": ANA,
    });
    let kind = "CodeCommit Repository State Change";
    assert_eq!(told[0], envelope(kind, &time, reference, json!({})));
    assert_eq!(
        (told.len(), &told[1].1["detail"]["event"]),
        (2, &json!("referenceUpdated"))
    );

    let new = pull_requests::New {
        title: pull_requests::Title::new("t".to_owned()).unwrap(),
        description: pull_requests::Description::default(),
        repository: demo(),
        source: "next".into(),
        destination: Some("main".into()),
        client_token: None,
    };
    let made = pull_requests::create(forge, caller, new).await.unwrap();
    let post = on_line(&base, &tip);
    let pull_request = made.pull_request.id;
    let comment = comments::on_pull_request(forge, caller, (pull_request, &demo()), post)
        .await
        .unwrap();
    Bed::tell(forge).await.unwrap();
    let told = bed.told();
    assert_eq!(told.len(), 2, "{told:?}");
    let [first, second] = [
        "CodeCommit Pull Request State Change",
        "CodeCommit Comment on Pull Request",
    ]
    .map(|kind| {
        let found = told.iter().find(|(_, message)| message["detailType"] == kind);
        found.unwrap().1.clone()
    });
    assert_eq!(first["detail"]["event"], "pullRequestCreated");
    assert_eq!(
        first["additionalAttributes"],
        json!({
            "numberOfFilesAdded": "1", "numberOfFilesDeleted": "0", "numberOfFilesModified": "0",
            "changedFiles": [{ "changeType": "A", "filePath": "new" }],
        })
    );
    assert_eq!(second["detail"]["commentId"], comment.id.as_str());
    assert_eq!(
        second["additionalAttributes"],
        json!({
            "commentedLine": "b", "commentedLineNumber": "2", "filePath": "new", "resourceArn": DEMO,
            "comments": [{ "authorArn": ANA, "commentText": "why \"b\"?" }],
        })
    );
}

#[tokio::test]
async fn basic_detail_has_nothing_besides_the_event_and_a_disabled_rule_tells_nothing() {
    let bed = Bed::new(Arc::new(MemoryTable::default())).await;
    let (forge, caller) = (&bed.forge, &bed.caller);
    bed.rule("basic", Detail::Basic, &[GOOD]).await;
    let off = Given {
        enabled: false,
        ..given("off", Detail::Full, &[GOOD])
    };
    create(forge, caller, off).await.unwrap();
    let commit = bed.put("main", "a", "1", None).await;
    let post = Post {
        before: None,
        after: commit,
        location: None,
        content: "said".into(),
        token: None,
    };
    comments::on_compared_commit(forge, caller, &demo(), post)
        .await
        .unwrap();
    Bed::tell(forge).await.unwrap();
    let told = bed.told();
    assert_eq!(told.len(), 2, "{told:?}");
    for (_, message) in told {
        assert_eq!(message["additionalAttributes"], json!({}));
    }
}

#[tokio::test]
async fn a_bad_target_keeps_no_other_and_is_given_up_in_the_end() {
    let bed = Bed::new(Arc::new(MemoryTable::default())).await;
    let (forge, caller) = (&bed.forge, &bed.caller);
    let arn = bed.rule("both", Detail::Basic, &[BAD, GOOD]).await;
    bed.put("main", "a", "1", None).await;
    let sent = Bed::tell(forge).await.unwrap();
    assert_eq!((sent.done, sent.later), (1, 1));
    assert_eq!(bed.told().len(), 1);
    let statuses = describe(forge, caller, &arn).await.unwrap().rule.targets;
    let statuses: Vec<_> = statuses.iter().map(Target::status).collect();
    assert_eq!(statuses, ["UNREACHABLE", "ACTIVE"]);
    let [pending] = bed.pending().await.try_into().unwrap();
    assert!(
        pending.failures == 1 && pending.next_ms > clock::now_millis(),
        "{pending:?}"
    );

    // As it is after all other tries.
    let table = forge.store().table();
    let page = table.query(keys::NOTIFYING, Range::default()).await.unwrap();
    let mut last = pending;
    (last.failures, last.next_ms) = (crate::triggers::PAUSES.len(), 0);
    table.transact(vec![last.put(page.items[0].key.clone())]).await.unwrap();
    sweep(forge, Duration::from_secs(60)).await.unwrap();
    assert_eq!(bed.pending().await.len(), 0);
    let letters = dead_letters::page(forge, None).await.unwrap().0;
    assert!(
        matches!(&letters[..], [(_, letter)] if letter.why == "NotFound: no topic"
            && matches!(&letter.what, dead_letters::What::Notification { target, .. } if target == BAD)),
        "{letters:?}"
    );
    let replayed = dead_letters::replay(forge, caller, &letters[0].0).await.unwrap();
    assert_eq!(replayed, dead_letters::Replayed::Kept("NotFound: no topic".to_owned()));
    unsubscribe(forge, caller, &arn, BAD).await.unwrap();
    let replayed = dead_letters::replay(forge, caller, &letters[0].0).await.unwrap();
    assert!(matches!(replayed, dead_letters::Replayed::Dropped(_)), "{replayed:?}");
}

#[tokio::test]
async fn who_is_woken_for_an_event_tells_that_one_and_leaves_what_is_not_taken() {
    let bed = Bed::new(Arc::new(MemoryTable::default())).await;
    let forge = &bed.forge;
    bed.rule("both", Detail::Basic, &[BAD, GOOD]).await;
    bed.put("main", "a", "1", None).await;
    let events = testing::events(forge).await;
    assert_eq!(events.len(), 1, "{events:?}");
    let other = Event {
        id: "other".into(),
        ..events[0].clone()
    };
    take(forge, &[other]).await.unwrap();
    let until = Instant::now() + Duration::from_secs(60);
    let sent = tell(forge, &events[0], until, Duration::ZERO).await.unwrap();
    assert_eq!((sent.done, sent.later, sent.failed, sent.cut_short), (1, 1, 0, false));
    assert_eq!(bed.told().len(), 1);
    let mut failures: Vec<usize> = bed.pending().await.iter().map(|pending| pending.failures).collect();
    failures.sort_unstable();
    assert_eq!(failures, [0, 0, 1], "two of the other one, and one that was not taken");
    sweep(forge, Duration::from_secs(60)).await.unwrap();
    assert_eq!(bed.told().len(), 1);
}

/// A topic that does not take the first message.
#[derive(Debug, Default)]
struct Shy(AtomicUsize);

#[async_trait]
impl TriggerTargets for Shy {
    async fn notify(&self, _topic: &str, _subject: Option<&str>, _message: &str) -> Result<(), Undelivered> {
        match self.0.fetch_add(1, Ordering::Relaxed) {
            0 => Err(Undelivered::Refused("Throttled: not now".to_owned())),
            _ => Ok(()),
        }
    }

    async fn invoke(&self, function: &str, _payload: &str) -> Result<(), Undelivered> {
        unreachable!("no rule tells a function such as {function}")
    }
}

#[tokio::test(start_paused = true)]
async fn a_short_pause_is_waited_for() {
    let bed = Bed::new(Arc::new(MemoryTable::default())).await;
    bed.rule("one", Detail::Basic, &[GOOD]).await;
    bed.put("main", "a", "1", None).await;
    let event = testing::events(&bed.forge).await.remove(0);
    let shy = Arc::new(Shy::default());
    let forge = bed.forge.with_targets(Arc::clone(&shy) as _);
    // Time is what the next try waits for, and it passes at once here; the clock of the notification's own pause does not.
    let until = Instant::now() + Duration::from_hours(24 * 365);
    let sent = tell(&forge, &event, until, Duration::from_secs(10)).await.unwrap();
    assert_eq!((sent.done, sent.later), (1, 0));
    assert_eq!(shy.0.load(Ordering::Relaxed), 2);
}

#[tokio::test]
async fn what_is_for_a_rule_or_a_target_that_is_gone_goes_unsent() {
    let bed = Bed::new(Arc::new(MemoryTable::default())).await;
    let (forge, caller) = (&bed.forge, &bed.caller);
    let [gone, left] = [
        bed.rule("gone", Detail::Basic, &[BAD]).await,
        bed.rule("left", Detail::Basic, &[BAD]).await,
    ];
    bed.put("main", "a", "1", None).await;
    Bed::tell(forge).await.unwrap();
    assert_eq!(bed.pending().await.len(), 2);
    delete(forge, caller, &gone).await.unwrap();
    unsubscribe(forge, caller, &left, BAD).await.unwrap();
    let sent = sweep(forge, Duration::from_secs(60)).await.unwrap();
    assert_eq!((sent.done, bed.pending().await.len()), (2, 0));
    let error = describe(forge, caller, &gone).await.unwrap_err();
    assert!(matches!(error, Error::NoSuchEntity { .. }), "{error}");
}

#[tokio::test]
async fn nothing_is_lost_wherever_the_store_fails() {
    for fault in [Fault::Before, Fault::After, Fault::Unknown, Fault::Conflict] {
        for nth in 1.. {
            let table: Arc<MemoryTable> = Arc::default();
            let bed = Bed::new(Arc::clone(&table) as _).await;
            bed.rule("rule", Detail::Full, &[GOOD]).await;
            bed.put("main", "a", "1", None).await;
            let plan = Arc::new(Plan::fail_at(nth, fault));
            let failing = testing::again(&bed.forge, Arc::new(FaultyTable::new(table, Arc::clone(&plan))));
            let failing = failing.with_targets(Arc::clone(&bed.topics) as _);
            Bed::tell(&failing).await;
            Bed::tell(&bed.forge).await.unwrap();
            let told = bed.told();
            assert!(!told.is_empty(), "{fault:?} {nth}");
            assert!(told.iter().all(|one| *one == told[0]), "{fault:?} {nth}: {told:?}");
            assert_eq!(bed.pending().await.len(), 0, "{fault:?} {nth}");
            if !plan.was_hit() {
                assert!(nth > 3 && told.len() == 1);
                break;
            }
        }
    }
}

#[tokio::test]
async fn a_rule_is_made_once_and_whole_wherever_the_store_fails() {
    for fault in [Fault::Before, Fault::After, Fault::Unknown, Fault::Conflict] {
        for nth in 1.. {
            let table: Arc<MemoryTable> = Arc::default();
            let bed = Bed::new(Arc::clone(&table) as _).await;
            let plan = Arc::new(Plan::fail_at(nth, fault));
            let failing = testing::again(&bed.forge, Arc::new(FaultyTable::new(table, Arc::clone(&plan))));
            let asked = Given {
                token: Some("t".into()),
                ..given("rule", Detail::Full, &[GOOD])
            };
            let first = create(&failing, &bed.caller, asked.clone()).await;
            let again = create(&bed.forge, &bed.caller, asked).await.unwrap();
            if let Ok(first) = first {
                assert_eq!(first, again, "{fault:?} {nth}");
            }
            let listed = list(&bed.forge, &bed.caller, &[], (None, None)).await.unwrap().items;
            assert!(
                matches!(&listed[..], [one] if one.arn == again),
                "{fault:?} {nth}: {listed:?}"
            );
            delete(&bed.forge, &bed.caller, &again).await.unwrap();
            bed.rule("rule", Detail::Full, &[GOOD]).await;
            if !plan.was_hit() {
                assert!(nth > 1);
                break;
            }
        }
    }
}

#[tokio::test]
async fn limits_are_those_of_codestar_notifications() {
    let bed = Bed::new(Arc::new(MemoryTable::default())).await;
    let topics: Vec<String> = (0..11).map(|at| format!("{GOOD}{at}")).collect();
    let topics: Vec<&str> = topics.iter().map(String::as_str).collect();
    let refused = create(&bed.forge, &bed.caller, given("r", Detail::Basic, &topics)).await;
    assert!(
        matches!(refused, Err(Error::LimitExceeded { limit: 10, .. })),
        "{refused:?}"
    );
    for at in 0..10 {
        bed.rule(&format!("r{at}"), Detail::Basic, &topics[..10]).await;
    }
    let refused = create(&bed.forge, &bed.caller, given("r", Detail::Basic, &[])).await;
    assert!(
        matches!(refused, Err(Error::LimitExceeded { limit: 10, .. })),
        "{refused:?}"
    );
}
