//! Transactions that meet each other.

use std::sync::Arc;

use tokio::task::{JoinSet, yield_now};

use super::fresh;
use crate::table::{Expect, Item, Key, Page, Range, Table, TableError, Write};

const TASKS: u64 = 8;
const ROUNDS: u64 = 50;

async fn number(table: &dyn Table, key: &Key) -> (u64, Item) {
    let item = table
        .get(key)
        .await
        .expect("a get succeeds")
        .expect("the item is there");
    (parse(&item), item)
}

fn parse(item: &Item) -> u64 {
    std::str::from_utf8(&item.body)
        .ok()
        .and_then(|text| text.parse().ok())
        .expect("the item is a number")
}

fn put(item: &Item, number: u64) -> Write {
    Write::put(item.key.clone(), Expect::Version(item.version), number.to_string())
}

async fn create(table: &dyn Table, key: &Key, number: u64) {
    let write = Write::put(key.clone(), Expect::Absent, number.to_string());
    table.transact(vec![write]).await.expect("a put succeeds");
}

/// Whether a transaction of a race was committed; it may fail by conflicts only.
async fn commits(table: &dyn Table, writes: Vec<Write>) -> bool {
    yield_now().await;
    let result = table.transact(writes).await;
    yield_now().await;
    assert!(
        matches!(result, Ok(()) | Err(TableError::Conflict(_))),
        "a race ends in conflicts only: {result:?}"
    );
    result.is_ok()
}

/// Tries once to add one.
async fn increment(table: &dyn Table, key: &Key) -> bool {
    let (count, item) = number(table, key).await;
    commits(table, vec![put(&item, count + 1)]).await
}

/// Tries once to move up to `amount`.
async fn transfer(table: &dyn Table, from: &Key, to: &Key, amount: u64) -> bool {
    let (has, from) = number(table, from).await;
    let (gets, to) = number(table, to).await;
    let amount = has.min(amount);
    commits(table, vec![put(&from, has - amount), put(&to, gets + amount)]).await
}

/// Eight tasks that each add one fifty times, by compare-and-swap, add four hundred.
///
/// # Panics
/// Where the table breaks the contract.
pub async fn compare_and_swap_loses_no_update(table: &Arc<dyn Table>) {
    let key = Key::new(fresh(), "counter");
    create(&**table, &key, 0).await;
    let mut tasks = JoinSet::new();
    for _ in 0..TASKS {
        let (table, key) = (Arc::clone(table), key.clone());
        tasks.spawn(async move {
            for _ in 0..ROUNDS {
                while !increment(&*table, &key).await {}
            }
        });
    }
    tasks.join_all().await;
    let (count, item) = number(&**table, &key).await;
    assert_eq!((count, item.version), (TASKS * ROUNDS, TASKS * ROUNDS + 1));
}

/// Transactions that move amounts between two items keep their sum, and a transaction that checks what it read of both
/// commits only if that was one state: its sum is right.
///
/// # Panics
/// Where the table breaks the contract.
pub async fn transfers_keep_their_sum(table: &Arc<dyn Table>) {
    const SUM: u64 = 1000;
    let (one, two) = (Key::new(fresh(), "one"), Key::new(fresh(), "two"));
    create(&**table, &one, SUM).await;
    create(&**table, &two, 0).await;
    let mut tasks = JoinSet::new();
    for task in 0..TASKS {
        let table = Arc::clone(table);
        let (from, to) = if task % 2 == 0 {
            (one.clone(), two.clone())
        } else {
            (two.clone(), one.clone())
        };
        tasks.spawn(async move {
            for round in 0..ROUNDS / 2 {
                while !transfer(&*table, &from, &to, round % 7 + 1).await {}
                assert_consistent(&*table, &from, &to, SUM).await;
            }
        });
    }
    tasks.join_all().await;
    let sum = number(&**table, &one).await.0 + number(&**table, &two).await.0;
    assert_eq!(sum, SUM);
    let Page { items, .. } = table.query(&one.pk, Range::default()).await.expect("a query succeeds");
    assert_eq!(
        items.iter().map(|item| item.version).collect::<Vec<_>>(),
        [TASKS * (ROUNDS / 2) + 1]
    );
}

/// One try to see both items at once: reads both, and lets the table say whether that was one state.
async fn assert_consistent(table: &dyn Table, one: &Key, two: &Key, sum: u64) {
    let (first, one) = number(table, one).await;
    let (second, two) = number(table, two).await;
    let unchanged = [one, two].map(|item| Write::check(item.key, Expect::Version(item.version)));
    if commits(table, unchanged.to_vec()).await {
        assert_eq!(first + second, sum, "a state in between was seen");
    }
}
