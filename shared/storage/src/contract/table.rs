//! What every [`Table`] must do.

mod limits;
mod query;
mod races;

use std::sync::Arc;

use bytes::Bytes;

use crate::clock;
use crate::id;
use crate::table::{Action, Expect, Item, Key, Table, TableError, Write};

pub use self::limits::limits_are_enforced;
pub use self::query::{pages_hold_a_megabyte, queries_are_in_byte_order};
pub use self::races::{compare_and_swap_loses_no_update, transfers_keep_their_sum};

/// Runs every function of this module.
///
/// # Panics
/// Where the table breaks the contract.
pub async fn run(table: &Arc<dyn Table>) {
    versions_count_up(&**table).await;
    expectations_are_checked(&**table).await;
    one_failing_expectation_writes_nothing(&**table).await;
    expired_items_are_absent(&**table).await;
    bodies_are_any_bytes(&**table).await;
    queries_are_in_byte_order(&**table).await;
    pages_hold_a_megabyte(&**table).await;
    limits_are_enforced(&**table).await;
    compare_and_swap_loses_no_update(table).await;
    transfers_keep_their_sum(table).await;
}

/// A partition that nobody else uses.
fn fresh() -> String {
    format!("CONTRACT#{}", id::ulid())
}

async fn put(table: &dyn Table, key: &Key, expect: Expect, body: &'static [u8]) -> Result<(), TableError> {
    table.transact(vec![Write::put(key.clone(), expect, body)]).await
}

fn put_until(key: &Key, expect: Expect, body: &'static [u8], expires: u64) -> Write {
    let action = Action::Put {
        body: Bytes::from_static(body),
        expires: Some(expires),
    };
    Write {
        key: key.clone(),
        expect,
        action,
    }
}

async fn get(table: &dyn Table, key: &Key) -> Option<Item> {
    table.get(key).await.expect("a get succeeds")
}

/// Asserts that `key` holds `body` at `version`, without an expiry.
async fn assert_holds(table: &dyn Table, key: &Key, version: u64, body: &[u8]) {
    let item = Item {
        key: key.clone(),
        version,
        body: Bytes::copy_from_slice(body),
        expires: None,
    };
    assert_eq!(get(table, key).await, Some(item));
}

/// Asserts that a transaction failed by a condition on `key`.
#[track_caller]
fn assert_conflict(result: &Result<(), TableError>, key: &Key) {
    assert!(
        matches!(result, Err(TableError::Conflict(on)) if on == key),
        "{result:?} is no conflict on {key:?}"
    );
}

/// An item is absent, then at version 1, 2, 3, and at 1 again after a delete.
///
/// # Panics
/// Where the table breaks the contract.
pub async fn versions_count_up(table: &dyn Table) {
    let key = Key::new(fresh(), "item");
    assert_eq!(get(table, &key).await, None);
    for (version, body) in [(1, b"one"), (2, b"two"), (3, b"six")] {
        put(table, &key, Expect::Any, body)
            .await
            .expect("an unconditional put succeeds");
        assert_holds(table, &key, version, body).await;
    }
    table
        .transact(vec![Write::delete(key.clone(), Expect::Any)])
        .await
        .expect("a delete succeeds");
    assert_eq!(get(table, &key).await, None);
    put(table, &key, Expect::Absent, b"new")
        .await
        .expect("a put of what was deleted succeeds");
    assert_holds(table, &key, 1, b"new").await;
    table
        .transact(Vec::new())
        .await
        .expect("a transaction without writes succeeds");
}

/// Each expectation of each action holds exactly when it should; a failed one changes nothing.
///
/// # Panics
/// Where the table breaks the contract.
pub async fn expectations_are_checked(table: &dyn Table) {
    let there = [(Expect::Any, true), (Expect::Absent, false), (Expect::Version(2), true)];
    let never = [0, 1, 3, u64::MAX].map(|version| (Expect::Version(version), false));
    let rows = there.iter().chain(&never).map(|&(expect, holds)| (true, expect, holds));
    let absent = [Expect::Version(0), Expect::Version(1)].map(|expect| (false, expect, false));
    let rows = rows
        .chain([(false, Expect::Any, true), (false, Expect::Absent, true)])
        .chain(absent);
    for (exists, expect, holds) in rows {
        for action in [
            Action::Put {
                body: Bytes::from_static(b"new"),
                expires: None,
            },
            Action::Delete,
            Action::Check,
        ] {
            let key = Key::new(fresh(), "item");
            if exists {
                put(table, &key, Expect::Absent, b"1").await.expect("a put succeeds");
                put(table, &key, Expect::Version(1), b"2")
                    .await
                    .expect("a put succeeds");
            }
            let before = get(table, &key).await;
            let result = table
                .transact(vec![Write {
                    key: key.clone(),
                    expect,
                    action: action.clone(),
                }])
                .await;
            if holds {
                assert!(result.is_ok(), "{exists} {expect:?} {action:?}: {result:?}");
            } else {
                assert_conflict(&result, &key);
            }
            match action {
                Action::Put { .. } if holds => assert_holds(table, &key, if exists { 3 } else { 1 }, b"new").await,
                Action::Delete if holds => assert_eq!(get(table, &key).await, None),
                _ => assert_eq!(get(table, &key).await, before, "{expect:?} {action:?}"),
            }
        }
    }
}

/// A transaction whose last, first or only check fails leaves every other item as it was.
///
/// # Panics
/// Where the table breaks the contract.
pub async fn one_failing_expectation_writes_nothing(table: &dyn Table) {
    for failing_at in 0..4 {
        let (pk, other) = (fresh(), fresh());
        let old = Key::new(&pk, "old");
        let gone = Key::new(&other, "gone");
        put(table, &old, Expect::Absent, b"old").await.expect("a put succeeds");
        put(table, &gone, Expect::Absent, b"gone")
            .await
            .expect("a put succeeds");
        let new = Key::new(&other, "new");
        let wrong = Key::new(&pk, "wrong");
        let mut writes = vec![
            Write::put(old.clone(), Expect::Version(1), &b"changed"[..]),
            Write::delete(gone.clone(), Expect::Version(1)),
            Write::put(new.clone(), Expect::Absent, &b"new"[..]),
        ];
        writes.insert(failing_at, Write::check(wrong.clone(), Expect::Version(1)));
        assert_conflict(&table.transact(writes.clone()).await, &wrong);
        assert_holds(table, &old, 1, b"old").await;
        assert_holds(table, &gone, 1, b"gone").await;
        assert_eq!(get(table, &new).await, None);

        writes.remove(failing_at);
        table
            .transact(writes)
            .await
            .expect("without the failing check it commits");
        assert_holds(table, &old, 2, b"changed").await;
        assert_eq!(get(table, &gone).await, None);
        assert_holds(table, &new, 1, b"new").await;
    }
}

/// An item whose time has come is never returned, counts as absent and can be replaced; one whose time is to come is
/// returned with it; a put without an expiry takes it away.
///
/// # Panics
/// Where the table breaks the contract.
pub async fn expired_items_are_absent(table: &dyn Table) {
    let now = clock::now_secs();
    for expires in [0, 1, now - 1, now] {
        let pk = fresh();
        let key = Key::new(&pk, "item");
        table
            .transact(vec![put_until(&key, Expect::Any, b"old", expires)])
            .await
            .expect("a put succeeds");
        assert_eq!(get(table, &key).await, None, "expires at {expires}");
        let page = table
            .query(&pk, crate::table::Range::default())
            .await
            .expect("a query succeeds");
        assert_eq!(page, crate::table::Page::default());
        assert_conflict(&put(table, &key, Expect::Version(1), b"new").await, &key);
        assert_conflict(
            &table
                .transact(vec![Write::delete(key.clone(), Expect::Version(1))])
                .await,
            &key,
        );
        table
            .transact(vec![Write::check(key.clone(), Expect::Absent)])
            .await
            .expect("an expired item is absent");
        put(table, &key, Expect::Absent, b"new")
            .await
            .expect("an expired item is replaced");
        assert_holds(table, &key, 1, b"new").await;
    }
    let key = Key::new(fresh(), "item");
    let later = now + 3600;
    table
        .transact(vec![put_until(&key, Expect::Absent, b"live", later)])
        .await
        .expect("a put succeeds");
    assert_eq!(
        get(table, &key).await.map(|item| (item.version, item.expires)),
        Some((1, Some(later)))
    );
    put(table, &key, Expect::Version(1), b"kept")
        .await
        .expect("a put succeeds");
    assert_holds(table, &key, 2, b"kept").await;
}

/// Bodies come back as they were put: empty, every byte value, not UTF-8.
///
/// # Panics
/// Where the table breaks the contract.
pub async fn bodies_are_any_bytes(table: &dyn Table) {
    let every: Vec<u8> = (0..=u8::MAX).cycle().take(70_000).collect();
    for body in [Vec::new(), vec![0], b"\xff\xfe\0'".to_vec(), every] {
        let key = Key::new(fresh(), "item");
        table
            .transact(vec![Write::put(key.clone(), Expect::Any, body.clone())])
            .await
            .expect("a put succeeds");
        assert_holds(table, &key, 1, &body).await;
    }
}
