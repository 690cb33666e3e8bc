//! What cannot be told, and the order of what can.

use packhouse_storage::keys;
use packhouse_storage::table::{Expect, Write};

use super::*;

/// The pointer to an entry of the log.
fn entry(repository: &RepositoryId, version: u64) -> Pointer {
    let repository = repository.clone();
    Pointer::Entry { repository, version }
}

#[tokio::test]
async fn what_cannot_be_read_is_kept_and_keeps_nobody() {
    let bed = Bed::new().await;
    bed.pushed(&["refs/heads/a"]).await;
    bed.pushed(&["refs/heads/b"]).await;
    bed.pushed(&["refs/heads/c"]).await;
    let id = bed.id.as_str();
    bed.write(Write::put(keys::log(id, 3), Expect::Any, "no JSON")).await;
    bed.write(Write::put(keys::outbox(id, 4), Expect::Any, "{\"schema\":2}"))
        .await;
    let nowhere = keys::outbox("nobody", 1);
    bed.write(Write::put(nowhere.clone(), Expect::Any, "{\"schema\":1}"))
        .await;

    let mut pointers: Vec<Pointer> = [3, 4, 5, 2].map(|version| entry(&bed.id, version)).into();
    pointers.push(entry(&RepositoryId::fresh(), 1));
    let (bus, mut receiver) = bus();
    let forge = bed.sound();
    let results = relay(&forge, &bus, &pointers).await;
    // The first one tells what comes before it, too; its own entry is unreadable.
    assert_eq!(counts(&results), [Some(1), None, Some(1), Some(0), Some(0)]);
    assert_eq!(drain(&mut receiver).len(), 2);
    let expect = Swept {
        relayed: 0,
        failed: 2,
        cut_short: false,
    };
    assert_eq!(sweep(&forge, &bus, Duration::ZERO, EVER).await, expect);
    for key in [keys::outbox(id, 4), nowhere] {
        assert!(bed.table.get(&key).await.unwrap().is_some(), "{key:?}");
    }
    assert!(bed.table.get(&keys::outbox(id, 3)).await.unwrap().is_none());
    let (letters, _) = dead_letters::page(&forge, None).await.unwrap();
    let named: Vec<&str> = letters.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(named, [format!("{id}/3")]);
}

#[tokio::test]
async fn the_changes_of_a_repository_are_told_in_their_order() {
    let bed = Bed::new().await;
    for name in ["refs/heads/a", "refs/heads/b", "refs/heads/c"] {
        bed.pushed(&[name]).await;
    }
    let (bus, mut receiver) = bus();
    let results = relay(
        &bed.sound(),
        &bus,
        &[entry(&bed.id, 4), entry(&bed.id, 2), entry(&bed.id, 5)],
    )
    .await;
    assert_eq!(counts(&results), [Some(3), Some(0), Some(1)]);
    let versions = drain(&mut receiver).into_iter().map(|event| event.id);
    let expect: Vec<String> = (2..=5).map(|version| format!("{}/{version}/0", bed.id)).collect();
    assert_eq!(versions.collect::<Vec<_>>(), expect);
}

/// A bus that never takes one event.
#[derive(Debug)]
struct PickyBus(String);

#[async_trait]
impl EventBus for PickyBus {
    async fn publish(&self, events: &[Event]) -> Result<Vec<Refused>, BusError> {
        let refused = events.iter().filter(|event| event.id == self.0);
        let refused = refused.map(|event| Refused {
            id: event.id.clone(),
            why: "too large".into(),
        });
        Ok(refused.collect())
    }
}

#[tokio::test]
async fn what_the_bus_refuses_becomes_a_dead_letter_and_keeps_nobody() {
    let bed = Bed::new().await;
    bed.pushed(&["refs/heads/a", "refs/heads/b"]).await;
    let refused = format!("{}/3/0", bed.id);
    let forge = bed.sound();
    let results = relay(&forge, &PickyBus(refused.clone()), &bed.outbox().await).await;
    assert!(results.iter().all(Result::is_ok));
    assert_eq!(bed.outbox().await, []);
    let (letters, _) = dead_letters::page(&forge, None).await.unwrap();
    let [(name, letter)] = letters.as_slice() else {
        panic!("{letters:?}")
    };
    assert_eq!((name, letter.why.as_str()), (&refused, "too large"));
    assert!(matches!(&letter.what, dead_letters::What::Event(event) if event.id == refused));
}
