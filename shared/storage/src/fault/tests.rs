use std::sync::Arc;

use bytes::Bytes;

use super::{Call, Counters, Fault, FaultyBlobs, FaultyTable, Operation, Plan};
use crate::blobs::presigned::Signer;
use crate::blobs::{BlobError, Blobs};
use crate::memory::{MemoryBlobs, MemoryTable};
use crate::table::{Expect, Key, Range, Table, TableError, Write};
use crate::{contract, keys};

fn stores(plan: Plan) -> (Arc<Plan>, Arc<dyn Table>, Arc<dyn Blobs>) {
    let plan = Arc::new(plan);
    let table = FaultyTable::new(Arc::new(MemoryTable::default()), Arc::clone(&plan));
    let blobs = FaultyBlobs::new(Arc::new(MemoryBlobs::new(Signer::new(&[1; 32]))), Arc::clone(&plan));
    (plan, Arc::new(table), Arc::new(blobs))
}

fn write() -> Vec<Write> {
    vec![
        Write::put(keys::manifest("1"), Expect::Absent, "m"),
        Write::put(keys::log("1", 1), Expect::Absent, "l"),
    ]
}

#[tokio::test]
async fn without_a_fault_the_contract_is_kept() {
    let (plan, table, blobs) = stores(Plan::counting().yielding());
    contract::table::run(&table).await;
    contract::blobs::run(&blobs).await;
    assert!(!plan.was_hit());
}

#[tokio::test]
async fn calls_are_counted_and_labelled() {
    let (plan, table, blobs) = stores(Plan::counting());
    table.transact(write()).await.unwrap();
    table.get(&keys::manifest("1")).await.unwrap();
    table.get(&keys::name("0", "r", "n")).await.unwrap();
    table
        .query(
            "R#1",
            Range {
                prefix: keys::LOG_PREFIX.into(),
                ..Range::default()
            },
        )
        .await
        .unwrap();
    blobs
        .put(&keys::pack_index("1", "p"), Bytes::new(), None)
        .await
        .unwrap();
    blobs.head(&keys::ref_segment("1", "s")).await.unwrap_err();
    blobs.list("repos/1/", None).await.unwrap();
    let call = |operation, keys: &str| Call {
        operation,
        keys: keys.into(),
    };
    assert_eq!(
        plan.calls(),
        [
            call(Operation::Transact, "MANIFEST LOG"),
            call(Operation::TableGet, "MANIFEST"),
            call(Operation::TableGet, "NAME"),
            call(Operation::Query, "LOG"),
            call(Operation::Put, "packs/.idx"),
            call(Operation::Head, "refs"),
            call(Operation::List, ""),
        ]
    );
    let expect = Counters {
        table_gets: 2,
        queries: 1,
        transacts: 1,
        blob_puts: 1,
        heads: 1,
        lists: 1,
        ..Counters::default()
    };
    assert_eq!(plan.counters(), expect);
}

/// Puts a blob, then commits a transaction, under `fault` at its `nth` chance; says what came of both and what is
/// there afterwards.
async fn outcome(nth: usize, fault: Fault) -> (&'static str, bool, &'static str, bool, bool) {
    let (plan, table, blobs) = stores(Plan::fail_at(nth, fault));
    let put = match blobs.put("a", Bytes::new(), None).await {
        Ok(()) => "ok",
        Err(BlobError::Unavailable(_)) => "unavailable",
        Err(_) => "other",
    };
    let transact = match table.transact(write()).await {
        Ok(()) => "ok",
        Err(TableError::Unavailable(_)) => "unavailable",
        Err(TableError::Ambiguous(_)) => "ambiguous",
        Err(TableError::Conflict(_)) => "conflict",
        Err(_) => "other",
    };
    let was_hit = plan.was_hit();
    let item = table.get(&Key::new("R#1", "MANIFEST")).await.unwrap();
    (put, blobs.head("a").await.is_ok(), transact, item.is_some(), was_hit)
}

#[tokio::test]
async fn a_fault_hits_the_call_that_it_is_planned_for() {
    for (nth, fault, expect) in [
        (1, Fault::Before, ("unavailable", false, "ok", true, true)),
        (2, Fault::Before, ("ok", true, "unavailable", false, true)),
        (5, Fault::Before, ("ok", true, "ok", true, false)),
        (1, Fault::After, ("unavailable", true, "ok", true, true)),
        (2, Fault::After, ("ok", true, "ambiguous", true, true)),
        (3, Fault::After, ("ok", true, "ok", true, false)),
        (1, Fault::Unknown, ("ok", true, "ambiguous", false, true)),
        (2, Fault::Unknown, ("ok", true, "ok", true, false)),
        (1, Fault::Conflict, ("ok", true, "conflict", false, true)),
        (2, Fault::Conflict, ("ok", true, "ok", true, false)),
    ] {
        assert_eq!(outcome(nth, fault).await, expect, "{fault:?} at {nth}");
    }
}

#[tokio::test]
async fn a_gate_holds_its_call_until_it_is_opened() {
    let (plan, gate) = Plan::counting().hold_at(2);
    let (_, table, _) = stores(plan);
    let key = keys::manifest("1");
    assert_eq!(table.get(&key).await.unwrap(), None);
    let held = tokio::spawn({
        let table = Arc::clone(&table);
        async move { table.transact(write()).await }
    });
    gate.reached().await;
    assert_eq!(table.get(&key).await.unwrap(), None);
    gate.open();
    held.await.unwrap().unwrap();
    assert!(table.get(&key).await.unwrap().is_some());
}
