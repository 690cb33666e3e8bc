use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use futures_util::FutureExt as _;
use packhouse_storage::contract;
use packhouse_storage::table::{Expect, Item, Key, Range, Table, TableError, Write};
use rusqlite::Connection;
use tokio::task::JoinSet;

use super::recent::Recent;
use super::{OpenError, SqliteTable};

fn scratch() -> (tempfile::TempDir, PathBuf) {
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path().join("table.sqlite");
    (scratch, path)
}

fn put(sk: impl Into<String>, expect: Expect) -> Write {
    Write::put(Key::new("P", sk), expect, "x")
}

#[tokio::test(flavor = "multi_thread")]
async fn sqlite_table_keeps_the_contract() {
    let (_scratch, path) = scratch();
    let table: Arc<dyn Table> = Arc::new(SqliteTable::open(&path).unwrap());
    contract::table::run(&table).await;
}

#[tokio::test]
async fn concurrent_transactions_each_commit_or_fail_on_their_own() {
    let (_scratch, path) = scratch();
    let table = Arc::new(SqliteTable::open(&path).unwrap());
    let mut tasks = JoinSet::new();
    for at in 0..64 {
        let table = Arc::clone(&table);
        tasks.spawn(async move {
            let mut writes = vec![
                put(format!("{at:02}"), Expect::Absent),
                put(format!("{at:02}+"), Expect::Absent),
            ];
            if at % 4 == 3 {
                writes.push(Write::check(Key::new("P", "never"), Expect::Version(1)));
            }
            (at, table.transact(writes).await)
        });
    }
    let answers = tasks.join_all().await;
    for (at, answer) in &answers {
        assert_eq!(answer.is_ok(), at % 4 != 3, "{at}: {answer:?}");
    }
    let page = table.query("P", Range::default()).await.unwrap();
    let found: Vec<_> = page.items.into_iter().map(|item| item.key.sk).collect();
    let expect: Vec<_> = (0..64)
        .filter(|at| at % 4 != 3)
        .flat_map(|at| [format!("{at:02}"), format!("{at:02}+")])
        .collect();
    assert_eq!(found, expect);
}

#[tokio::test]
async fn what_was_committed_is_there_after_reopening() {
    let (scratch, path) = scratch();
    for round in 0..3u64 {
        let table = SqliteTable::open(&path).unwrap();
        let expect = if round == 0 {
            Expect::Absent
        } else {
            Expect::Version(round)
        };
        table.transact(vec![put("a", expect)]).await.unwrap();
        let item = table.get(&Key::new("P", "a")).await.unwrap();
        assert_eq!(item.map(|item| item.version), Some(round + 1));
        drop(table);
        let left: Vec<_> = std::fs::read_dir(scratch.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        assert_eq!(left, ["table.sqlite"], "a closed table is one file");
    }
}

#[tokio::test]
async fn dropping_the_table_finishes_what_waits() {
    let (_scratch, path) = scratch();
    let table = SqliteTable::open(&path).unwrap();
    // Polled once, the transactions are on their way; nobody waits for their answers.
    for sk in ["a", "b", "c"] {
        assert!(!matches!(
            table.transact(vec![put(sk, Expect::Absent)]).now_or_never(),
            Some(Err(_))
        ));
    }
    drop(table);
    let table = SqliteTable::open(&path).unwrap();
    assert_eq!(table.query("P", Range::default()).await.unwrap().items.len(), 3);
}

#[test]
fn a_file_that_is_not_ours_is_refused() {
    let check = |prepare: &dyn Fn(&std::path::Path), expect: &str| {
        let (_scratch, path) = scratch();
        prepare(&path);
        let error = SqliteTable::open(&path).unwrap_err().to_string();
        assert!(error.contains(expect), "{error}");
    };
    let run = |path: &std::path::Path, sql: &str| Connection::open(path).unwrap().execute_batch(sql).unwrap();
    check(
        &|path| run(path, "PRAGMA user_version = 2"),
        "newer packhouse (table version 2",
    );
    check(&|path| run(path, "CREATE TABLE other (x)"), "is not a packhouse table");
    check(
        &|path| run(path, "PRAGMA user_version = -1"),
        "is not a packhouse table",
    );
    check(
        &|path| std::fs::write(path, "x".repeat(4096)).unwrap(),
        "file is not a database",
    );
    let (scratch, _) = scratch();
    let missing = SqliteTable::open(&scratch.path().join("missing/table.sqlite"));
    assert!(matches!(missing, Err(OpenError::Io { .. })));
}

#[tokio::test]
async fn damaged_pages_are_reported_as_corrupt() {
    let (_scratch, path) = scratch();
    let table = SqliteTable::open(&path).unwrap();
    for at in 0..200 {
        table
            .transact(vec![Write::put(
                Key::new("P", format!("{at:03}")),
                Expect::Any,
                vec![1; 1000],
            )])
            .await
            .unwrap();
    }
    drop(table);
    let mut bytes = std::fs::read(&path).unwrap();
    // The first page holds the schema; everything behind it is made unreadable.
    bytes[4096..].fill(0xff);
    std::fs::write(&path, bytes).unwrap();
    let table = SqliteTable::open(&path).unwrap();
    let key = Key::new("P", "100");
    assert!(matches!(table.get(&key).await, Err(TableError::Corrupt(_))));
    assert!(matches!(
        table.query("P", Range::default()).await,
        Err(TableError::Corrupt(_))
    ));
    assert!(matches!(
        table.transact(vec![Write::delete(key, Expect::Any)]).await,
        Err(TableError::Corrupt(_))
    ));
}

#[tokio::test]
async fn only_its_owner_may_read_the_files() {
    let (scratch, path) = scratch();
    let table = SqliteTable::open(&path).unwrap();
    table.transact(vec![put("a", Expect::Any)]).await.unwrap();
    let files: Vec<_> = std::fs::read_dir(scratch.path()).unwrap().map(Result::unwrap).collect();
    assert_eq!(files.len(), 3, "the table, its log and the log's index");
    for file in files {
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{file:?}");
    }
}

/// Whoever was told of a change finds it, however many read the same item meanwhile.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_read_is_older_than_what_was_told_before_it_began() {
    let (_scratch, path) = scratch();
    let table = Arc::new(SqliteTable::open(&path).unwrap());
    let told = Arc::new(AtomicU64::new(0));
    let key = Key::new("P", "counter");
    let readers: JoinSet<u64> = (0..8)
        .map(|_| {
            let (table, told, key) = (Arc::clone(&table), Arc::clone(&told), key.clone());
            async move {
                let mut reads = 0;
                loop {
                    let before = told.load(Ordering::SeqCst);
                    let version = table.get(&key).await.unwrap().map_or(0, |item| item.version);
                    assert!(version >= before, "{version} after {before}");
                    reads += 1;
                    if before == 300 {
                        return reads;
                    }
                    tokio::task::yield_now().await;
                }
            }
        })
        .collect();
    for version in 0..300 {
        let expect = if version == 0 {
            Expect::Absent
        } else {
            Expect::Version(version)
        };
        // Others, which make it less likely that a read meets no commit.
        let other = table.transact(vec![put(format!("other {version}"), Expect::Any)]);
        let counter = table.transact(vec![Write::put(key.clone(), expect, "x")]);
        let (first, second) = tokio::join!(other, counter);
        first.and(second).unwrap();
        told.store(version + 1, Ordering::SeqCst);
    }
    assert!(readers.join_all().await.into_iter().all(|reads| reads > 0));
}

#[test]
fn what_is_kept_expires() {
    let recent = Recent::new();
    let now = packhouse_storage::clock::now_secs();
    let item = |expires| {
        Some(Item {
            key: Key::new("P", "S"),
            version: 1,
            body: "x".into(),
            expires,
        })
    };
    for (expires, found) in [(None, true), (Some(now + 1000), true), (Some(now), false)] {
        let key = Key::new("P", format!("{expires:?}"));
        recent.keep(recent.begin(), key.clone(), &item(expires));
        assert_eq!(recent.get(&key).map(|item| item.is_some()), Some(found), "{expires:?}");
    }
}

#[tokio::test]
async fn what_is_kept_goes_with_its_item() {
    let (_scratch, path) = scratch();
    let table = SqliteTable::open(&path).unwrap();
    let key = Key::new("P", "S");
    assert_eq!(table.get(&key).await.unwrap(), None);
    table
        .transact(vec![Write::put(key.clone(), Expect::Absent, "x")])
        .await
        .unwrap();
    assert!(table.get(&key).await.unwrap().is_some());
    table
        .transact(vec![Write::delete(key.clone(), Expect::Version(1))])
        .await
        .unwrap();
    assert_eq!(table.get(&key).await.unwrap(), None);
}
