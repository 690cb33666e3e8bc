//! The relay with a fault at any call of the store.

use packhouse_storage::fault::{Fault, Plan};

use super::*;

/// Runs with a fault at each call in turn, of each kind, until a run meets none.
async fn swept(run: impl AsyncFn(Arc<Plan>, &str) -> bool) {
    for fault in Fault::ALL {
        for nth in 1.. {
            let plan = Arc::new(Plan::fail_at(nth, fault));
            if !run(Arc::clone(&plan), &format!("{fault:?} at {nth}")).await {
                assert!(nth > 1, "{fault:?} fits no call");
                break;
            }
        }
    }
}

#[tokio::test]
async fn with_a_fault_at_any_call_every_event_is_told_and_a_sweep_empties_the_outbox() {
    let many: Vec<String> = (0..1_200).map(|at| format!("refs/tags/t{at:04}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    swept(async |plan, what| {
        let bed = Bed::new().await;
        bed.pushed(&["refs/heads/a", "refs/heads/b"]).await;
        bed.pushed(&many).await;
        let (bus, mut receiver) = bus();
        let pointers = bed.outbox().await;
        relay(&bed.forge(&plan), &bus, &pointers).await;
        let left = bed.outbox().await.len();
        let swept = sweep(&bed.sound(), &bus, Duration::ZERO, EVER).await;
        assert_eq!((swept.relayed, swept.failed), (left, 0), "{what}");
        assert_eq!(told(&mut receiver), bed.due().await, "{what}");
        assert_eq!(bed.outbox().await, [], "{what}");
        plan.was_hit()
    })
    .await;
}

#[tokio::test]
async fn with_a_fault_at_any_call_of_a_sweep_the_next_one_finishes() {
    swept(async |plan, what| {
        let bed = Bed::new().await;
        bed.pushed(&["refs/heads/a"]).await;
        let (bus, mut receiver) = bus();
        sweep(&bed.forge(&plan), &bus, Duration::ZERO, EVER).await;
        sweep(&bed.sound(), &bus, Duration::ZERO, EVER).await;
        assert_eq!(told(&mut receiver), bed.due().await, "{what}");
        assert_eq!(bed.outbox().await, [], "{what}");
        plan.was_hit()
    })
    .await;
}

#[tokio::test]
async fn an_event_exists_if_and_only_if_the_change_does() {
    swept(async |plan, what| {
        let bed = Bed::new().await;
        let names = ["refs/heads/a", "refs/notes/n", "refs/tags/t"];
        let made = bed.push(&bed.forge(&plan), &names).await;
        let refs = Snapshot::open(bed.sound().store(), &bed.id).await.unwrap();
        let there = names.map(|name| refs.refs().get(&RefName::new(name.as_bytes()).unwrap()).is_some());
        assert!(there == [true; 3] || (!made && there == [false; 3]), "{what}");
        let (bus, mut receiver) = bus();
        sweep(&bed.sound(), &bus, Duration::ZERO, EVER).await;
        let told = told(&mut receiver);
        let expect = if there[0] { 3 } else { 1 };
        assert_eq!((told.len(), &told), (expect, &bed.due().await), "{what}");
        plan.was_hit()
    })
    .await;
}
