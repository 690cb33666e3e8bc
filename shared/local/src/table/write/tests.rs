use packhouse_storage::table::Key;

use super::*;
use crate::table::schema;

fn table() -> (tempfile::TempDir, Connection) {
    let scratch = tempfile::tempdir().unwrap();
    let connection = schema::open(&scratch.path().join("table.sqlite")).unwrap();
    (scratch, connection)
}

fn job(writes: Vec<Write>) -> Job {
    Job {
        writes,
        reply: oneshot::channel().0,
    }
}

fn key(sk: &str) -> Key {
    Key::new("P", sk)
}

fn stored(connection: &Connection) -> Vec<(String, i64)> {
    let mut statement = connection.prepare("SELECT sk, version FROM items ORDER BY sk").unwrap();
    statement
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap()
        .map(Result::unwrap)
        .collect()
}

#[test]
fn a_batch_commits_each_transaction_on_its_own() {
    let (_scratch, mut connection) = table();
    let put = |sk: &str, expect| Write::put(key(sk), expect, "x");
    let batch = [
        job(vec![put("a", Expect::Absent)]),
        job(vec![put("b", Expect::Any), put("a", Expect::Absent)]),
        job(vec![put("c", Expect::Any), put("a", Expect::Version(1))]),
        job(vec![put("d", Expect::Any), put("a", Expect::Version(1))]),
        job(vec![
            Write::delete(key("c"), Expect::Version(1)),
            put("e", Expect::Absent),
        ]),
    ];
    let answers = commit(&mut connection, &batch);
    let held: Vec<bool> = answers.iter().map(Result::is_ok).collect();
    assert_eq!(held, [true, false, true, false, true]);
    assert!(
        answers
            .iter()
            .flat_map(|answer| answer.as_ref().err())
            .all(|error| matches!(error, TableError::Conflict(on) if *on == key("a")))
    );
    assert_eq!(stored(&connection), [("a".into(), 2), ("e".into(), 1)]);
}

#[test]
fn a_transaction_that_fails_half_way_is_undone_alone() {
    let (_scratch, mut connection) = table();
    connection
        .execute_batch(
            "CREATE TEMP TRIGGER refuse BEFORE INSERT ON items WHEN new.sk = 'bad'
             BEGIN SELECT raise(ABORT, 'refused'); END",
        )
        .unwrap();
    let put = |sk: &str| Write::put(key(sk), Expect::Any, "x");
    let answers = commit(
        &mut connection,
        &[
            job(vec![put("a")]),
            job(vec![put("b"), put("bad")]),
            job(vec![put("c")]),
        ],
    );
    assert!(
        matches!(&answers[..], [Ok(()), Err(TableError::Unavailable(_)), Ok(())]),
        "{answers:?}"
    );
    assert_eq!(stored(&connection), [("a".into(), 1), ("c".into(), 1)]);
}

#[test]
fn a_rollback_by_sqlite_fails_the_whole_batch_and_writes_nothing() {
    let (_scratch, mut connection) = table();
    connection
        .execute_batch(
            "CREATE TEMP TRIGGER refuse BEFORE INSERT ON items WHEN new.sk = 'bad'
             BEGIN SELECT raise(ROLLBACK, 'gone'); END",
        )
        .unwrap();
    let put = |sk: &str| Write::put(key(sk), Expect::Any, "x");
    let answers = commit(
        &mut connection,
        &[job(vec![put("a")]), job(vec![put("bad")]), job(vec![put("c")])],
    );
    assert_eq!(answers.len(), 3);
    assert!(
        answers
            .iter()
            .all(|answer| matches!(answer, Err(TableError::Unavailable(_)))),
        "{answers:?}"
    );
    assert_eq!(stored(&connection), []);
    let again = commit(&mut connection, &[job(vec![put("a")])]);
    assert!(matches!(&again[..], [Ok(())]), "{again:?}");
}

#[test]
fn a_failed_commit_leaves_the_outcome_open() {
    let (_scratch, mut connection) = table();
    // A reference that is checked at the commit makes the commit itself fail.
    connection
        .execute_batch(
            "PRAGMA foreign_keys = on;
             CREATE TABLE parent (id INTEGER PRIMARY KEY);
             CREATE TABLE child (id INTEGER REFERENCES parent DEFERRABLE INITIALLY DEFERRED);
             CREATE TEMP TRIGGER orphan AFTER INSERT ON main.items WHEN new.sk = 'bad'
             BEGIN INSERT INTO child VALUES (1); END",
        )
        .unwrap();
    let put = |sk: &str, expect| Write::put(key(sk), expect, "x");
    let answers = commit(
        &mut connection,
        &[
            job(vec![put("bad", Expect::Any)]),
            job(vec![put("a", Expect::Version(9))]),
            job(vec![put("c", Expect::Any)]),
        ],
    );
    let kinds = matches!(
        &answers[..],
        [
            Err(TableError::Ambiguous(_)),
            Err(TableError::Conflict(_)),
            Err(TableError::Ambiguous(_))
        ]
    );
    assert!(kinds, "{answers:?}");
    let again = commit(&mut connection, &[job(vec![put("c", Expect::Any)])]);
    assert!(matches!(&again[..], [Ok(())]), "the connection is usable: {again:?}");
}

#[test]
fn a_sweep_removes_expired_items_only() {
    let (_scratch, mut connection) = table();
    let put = |sk: &str, expires| {
        job(vec![Write {
            key: key(sk),
            expect: Expect::Any,
            action: Action::Put {
                body: "x".into(),
                expires,
            },
        }])
    };
    let later = clock::now_secs() + 3600;
    let answers = commit(
        &mut connection,
        &[put("past", Some(1)), put("future", Some(later)), put("never", None)],
    );
    assert!(answers.iter().all(Result::is_ok));
    sweep(&connection).unwrap();
    assert_eq!(stored(&connection), [("future".into(), 1), ("never".into(), 1)]);
}
