//! Dead letters over the stores in memory, and what becomes of them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use packhouse_storage::fault::{Fault, FaultyTable, Plan};
use packhouse_storage::memory::MemoryTable;
use serde_json::json;

use super::*;
use crate::authorship::Authorship;
use crate::contents::{self, PutFile};
use crate::error::Kind;
use crate::events::{BusError, EventBus, Refused};
use crate::identity::Caller;
use crate::names::RepositoryName;
use crate::relay::{self, lag};
use crate::repositories;
use crate::testing;
use crate::testing::check_message;
use crate::triggers::{self, Given, Post, Undelivered, Webhooks};

/// A bus that refuses what it is told to, and keeps the rest.
#[derive(Debug, Default)]
struct Choosy {
    refuses: bool,
    has: Mutex<Vec<Event>>,
}

#[async_trait]
impl EventBus for Choosy {
    async fn publish(&self, events: &[Event]) -> Result<Vec<Refused>, BusError> {
        if self.refuses {
            let refused = events.iter().map(|event| Refused {
                id: event.id.clone(),
                why: "too odd".into(),
            });
            return Ok(refused.collect());
        }
        self.has.lock().unwrap().extend_from_slice(events);
        Ok(Vec::new())
    }
}

/// A receiver that takes everything, or nothing.
#[derive(Debug, Default)]
struct Receiver {
    refuses: Mutex<bool>,
    has: Mutex<Vec<Post>>,
}

#[async_trait]
impl Webhooks for Receiver {
    async fn post(&self, post: Post) -> Result<(), Undelivered> {
        if *self.refuses.lock().unwrap() {
            return Err(Undelivered::Refused("not today".into()));
        }
        check_message(&post.body);
        self.has.lock().unwrap().push(post);
        Ok(())
    }
}

fn caller(forge: &Forge) -> Caller {
    testing::administrator(&forge.installation().account)
}

fn demo() -> RepositoryName {
    RepositoryName::new("demo").unwrap()
}

/// Makes the repository `demo` with one commit.
async fn fill(forge: &Forge) -> RepositoryId {
    let new = repositories::New {
        name: demo(),
        description: None,
        tags: BTreeMap::new(),
        kms_key: None,
    };
    let made = repositories::create(forge, &caller(forge), new).await.unwrap();
    let id = made.id;
    commit(forge).await;
    id
}

async fn commit(forge: &Forge) {
    let put = PutFile {
        branch: "main".into(),
        parent: None,
        path: "f".into(),
        content: b"x".to_vec(),
        mode: None,
        authorship: Authorship::default(),
    };
    contents::put_file(forge, &caller(forge), &demo(), put).await.unwrap();
}

async fn sweep(forge: &Forge, bus: &Choosy) {
    let swept = relay::sweep(forge, bus, Duration::ZERO, Duration::MAX).await;
    assert_eq!(swept.failed, 0);
}

async fn letters(forge: &Forge) -> Vec<(String, DeadLetter)> {
    list(forge, &caller(forge), None).await.unwrap().0
}

async fn items(forge: &Forge) -> usize {
    lag(forge, &caller(forge)).await.unwrap().items
}

/// An installation with one event that a bus refused; the id of its letter.
async fn refused(table: &Arc<MemoryTable>) -> (Forge, String) {
    let forge = testing::forge_over(Arc::clone(table) as _).await;
    fill(&forge).await;
    assert_eq!(items(&forge).await, 1);
    let refusing = Choosy {
        refuses: true,
        ..Choosy::default()
    };
    sweep(&forge, &refusing).await;
    let [(id, letter)] = letters(&forge).await.try_into().unwrap();
    assert_eq!(letter.why, "too odd");
    (forge, id)
}

#[tokio::test]
async fn an_event_is_told_once_more_as_it_was() {
    let (forge, id) = refused(&Arc::default()).await;
    let What::Event(event) = letters(&forge).await.remove(0).1.what else {
        unreachable!("the bus refused an event");
    };
    let before = lag(&forge, &caller(&forge)).await.unwrap();
    assert_eq!((before.items, before.oldest, before.dead_letters), (0, None, 1));
    assert_eq!(replay(&forge, &caller(&forge), &id).await.unwrap(), Replayed::Queued);
    let waiting = lag(&forge, &caller(&forge)).await.unwrap();
    assert_eq!(
        (waiting.items, waiting.oldest, waiting.dead_letters),
        (1, Some(event.time), 0)
    );
    let bus = Choosy::default();
    sweep(&forge, &bus).await;
    assert_eq!(*bus.has.lock().unwrap(), [event]);
    assert_eq!(items(&forge).await, 0);
    let again = replay(&forge, &caller(&forge), &id).await.unwrap_err();
    assert_eq!(again.kind(), Kind::NotFound);
}

#[tokio::test]
async fn an_event_is_a_letter_or_in_the_outbox_wherever_the_store_fails() {
    for fault in [Fault::Before, Fault::After, Fault::Unknown, Fault::Conflict] {
        for nth in 1.. {
            let table: Arc<MemoryTable> = Arc::default();
            let (forge, id) = refused(&table).await;
            let plan = Arc::new(Plan::fail_at(nth, fault));
            let failing = testing::again(&forge, Arc::new(FaultyTable::new(table, Arc::clone(&plan))));
            let done = replay(&failing, &caller(&forge), &id).await;
            let (letters, items) = (letters(&forge).await.len(), items(&forge).await);
            assert_eq!(letters + items, 1, "{fault:?} {nth}");
            assert!(done.is_err() || items == 1, "{fault:?} {nth}");
            if !plan.was_hit() {
                assert!(nth > 1);
                break;
            }
        }
    }
}

#[tokio::test]
async fn what_nobody_could_read_is_tried_once_more() {
    let forge = testing::forge().await;
    let note = json!({ "schema": 9, "is": "from the future" });
    let write = outbox::note("stream", 4, note.clone());
    forge.store().table().transact(vec![write]).await.unwrap();
    let bus = Choosy::default();
    for _ in 0..2 {
        sweep(&forge, &bus).await;
        let [(id, letter)] = letters(&forge).await.try_into().unwrap();
        let expect = What::Item {
            stream: "stream".into(),
            number: 4,
            is_entry: false,
            note: Some(note.clone()),
        };
        assert_eq!((id.as_str(), letter.what, items(&forge).await), ("stream/4", expect, 0));
        assert_eq!(replay(&forge, &caller(&forge), &id).await.unwrap(), Replayed::Queued);
        assert_eq!((letters(&forge).await.len(), items(&forge).await), (0, 1));
    }
    assert!(bus.has.into_inner().unwrap().is_empty());
}

#[tokio::test]
async fn a_message_is_sent_once_more_and_kept_until_it_is_taken() {
    let receiver = Arc::new(Receiver::default());
    let forge = testing::forge().await.with_webhooks(Arc::clone(&receiver) as _);
    let caller = caller(&forge);
    let id = fill(&forge).await;
    let put = async |name: &str| {
        let given = Given {
            name: Some(name.into()),
            destination_arn: Some("https://example.com/".into()),
            branches: Some(Vec::new()),
            events: Some(vec!["all".into()]),
            ..Given::default()
        };
        triggers::put(&forge, &caller, &demo(), vec![given]).await.unwrap();
    };
    put("t").await;
    let version = forge.store().manifest(&id).await.unwrap().version;
    bury_message(&forge, &id, ("t", version, 0), "nobody was there")
        .await
        .unwrap();
    let [(letter, _)] = letters(&forge).await.try_into().unwrap();

    *receiver.refuses.lock().unwrap() = true;
    let kept = replay(&forge, &caller, &letter).await.unwrap();
    assert_eq!(kept, Replayed::Kept("not today".into()));
    assert_eq!(letters(&forge).await.len(), 1);
    *receiver.refuses.lock().unwrap() = false;
    assert_eq!(replay(&forge, &caller, &letter).await.unwrap(), Replayed::Sent);
    assert!(letters(&forge).await.is_empty());
    let [sent] = receiver.has.lock().unwrap().clone().try_into().unwrap();
    assert!(sent.body.contains("refs/heads/main"), "{}", sent.body);

    for (trigger, part) in [("t", 1), ("gone", 0)] {
        bury_message(&forge, &id, (trigger, version, part), "nobody was there")
            .await
            .unwrap();
        let [(letter, _)] = letters(&forge).await.try_into().unwrap();
        let dropped = replay(&forge, &caller, &letter).await.unwrap();
        assert!(matches!(dropped, Replayed::Dropped(_)), "{trigger} {part}: {dropped:?}");
        assert!(letters(&forge).await.is_empty());
    }
}

#[tokio::test]
async fn dead_letters_are_for_administrators() {
    let (forge, id) = refused(&Arc::default()).await;
    let statement = r#"{"Effect":"Allow","Action":"codecommit:*","Resource":"*"}"#;
    let policy = format!(r#"{{"Version":"2012-10-17","Statement":[{statement}]}}"#);
    let nobody = testing::user(&forge.installation().account, &policy);
    let denied = [
        list(&forge, &nobody, None).await.unwrap_err(),
        replay(&forge, &nobody, &id).await.unwrap_err(),
        lag(&forge, &nobody).await.unwrap_err(),
    ];
    assert!(denied.iter().all(|error| error.kind() == Kind::Denied), "{denied:?}");
    assert_eq!(letters(&forge).await.len(), 1);
}
