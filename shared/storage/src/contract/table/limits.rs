//! The limits of keys, items and transactions.

use super::fresh;
use crate::table::{
    Expect, Key, MAX_ITEM_BYTES, MAX_TRANSACTION_BYTES, MAX_TRANSACTION_WRITES, Range, Table, TableError, Write,
};

/// What is at a limit passes; what is one over is [`TableError::TooLarge`] and writes nothing.
///
/// # Panics
/// Where the table breaks the contract.
pub async fn limits_are_enforced(table: &dyn Table) {
    let pk = fresh();
    let item = |sk: &str, bytes: usize| {
        let key = Key::new(&pk, sk);
        let body = vec![7; bytes - pk.len() - sk.len()];
        Write::put(key, Expect::Any, body)
    };
    let many = |count: usize| (0..count).map(|at| item(&format!("many{at}"), 100)).collect::<Vec<_>>();
    let heavy = |last: usize| {
        let whole = MAX_TRANSACTION_BYTES / MAX_ITEM_BYTES;
        let mut writes: Vec<_> = (0..whole)
            .map(|at| item(&format!("heavy{at}"), MAX_ITEM_BYTES))
            .collect();
        writes.push(item("last", last));
        writes
    };
    let rest = MAX_TRANSACTION_BYTES % MAX_ITEM_BYTES;
    let same = Key::new(&pk, "same");
    let mut far = item("far", 100);
    if let crate::table::Action::Put { expires, .. } = &mut far.action {
        *expires = Some(u64::MAX);
    }
    let rows = [
        ("an item at the limit", true, vec![item("item", MAX_ITEM_BYTES)]),
        ("an item over the limit", false, vec![item("item+", MAX_ITEM_BYTES + 1)]),
        ("as many writes as may be", true, many(MAX_TRANSACTION_WRITES)),
        ("one write too many", false, many(MAX_TRANSACTION_WRITES + 1)),
        ("as many bytes as may be", true, heavy(rest)),
        ("one byte too many", false, heavy(rest + 1)),
        (
            "one key twice",
            false,
            vec![
                Write::delete(same.clone(), Expect::Any),
                Write::check(same, Expect::Any),
            ],
        ),
        ("an expiry that no backend stores", false, vec![far]),
    ];
    for (what, passes, writes) in rows {
        check(table, what, passes, &writes).await;
    }
    keys_are_limited(table, &pk).await;
}

async fn check(table: &dyn Table, what: &str, passes: bool, writes: &[Write]) {
    let version = |item: Option<crate::table::Item>| item.map_or(0, |item| item.version);
    let mut before = Vec::new();
    for write in writes {
        before.push(version(table.get(&write.key).await.expect("a get succeeds")));
    }
    let result = table.transact(writes.to_vec()).await;
    match (&result, passes) {
        (Ok(()), true) | (Err(TableError::TooLarge(_)), false) => {}
        _ => assert!(result.is_ok() && passes, "{what}: {result:?}"),
    }
    for (write, before) in writes.iter().zip(before) {
        let after = version(table.get(&write.key).await.expect("a get succeeds"));
        assert_eq!(after, before + u64::from(passes), "{what}: {:?}", write.key);
    }
}

async fn keys_are_limited(table: &dyn Table, unique: &str) {
    let pk = |bytes: usize| format!("{unique:x<bytes$}");
    let rows = [
        (true, Key::new(pk(2048), "s".repeat(1024))),
        (true, Key::new(pk(100), "s")),
        (false, Key::new(pk(2049), "s")),
        (false, Key::new(pk(100), "s".repeat(1025))),
        (false, Key::new("", "s")),
        (false, Key::new(pk(100), "")),
    ];
    for (passes, key) in rows {
        for write in [
            Write::put(key.clone(), Expect::Any, &b"body"[..]),
            Write::check(key.clone(), Expect::Any),
            Write::delete(key.clone(), Expect::Any),
        ] {
            let result = table.transact(vec![write]).await;
            assert!(
                if passes { result.is_ok() } else { is_too_large(&result) },
                "{key:?}: {result:?}"
            );
        }
        let result = table.get(&key).await;
        assert!(
            if passes { result.is_ok() } else { is_too_large(&result) },
            "{key:?}: {result:?}"
        );
    }
    let long = "s".repeat(1025);
    for (pk, range) in [
        (pk(2049), Range::default()),
        (String::new(), Range::default()),
        (
            pk(100),
            Range {
                prefix: long.clone(),
                ..Range::default()
            },
        ),
        (
            pk(100),
            Range {
                after: Some(long),
                ..Range::default()
            },
        ),
    ] {
        let result = table.query(&pk, range).await;
        assert!(is_too_large(&result), "{result:?}");
    }
}

const fn is_too_large<T>(result: &Result<T, TableError>) -> bool {
    matches!(result, Err(TableError::TooLarge(_)))
}
