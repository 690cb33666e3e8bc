//! Queries: order, bounds and pages.

use super::fresh;
use crate::table::{Expect, Key, MAX_PAGE_BYTES, Page, Range, Table, Write};

/// Reads every page of a query and returns all sort keys.
async fn all(table: &dyn Table, pk: &str, mut range: Range) -> Vec<String> {
    let mut keys = Vec::new();
    loop {
        let page = query(table, pk, range.clone()).await;
        keys.extend(page.items.iter().map(|item| item.key.sk.clone()));
        let Some(next) = page.next else { return keys };
        assert_eq!(
            page.items.last().map(|item| &item.key.sk),
            Some(&next),
            "a page goes on behind its last item"
        );
        range.after = Some(next);
    }
}

async fn query(table: &dyn Table, pk: &str, range: Range) -> Page {
    let limit = range.limit;
    let page = table.query(pk, range).await.expect("a query succeeds");
    assert!(
        limit == 0 || page.items.len() <= limit,
        "a page holds at most its limit"
    );
    let bytes: usize = page
        .items
        .iter()
        .map(|item| item.key.pk.len() + item.key.sk.len() + item.body.len())
        .sum();
    assert!(bytes <= MAX_PAGE_BYTES, "a page of {bytes} bytes");
    assert!(
        page.items.iter().all(|item| item.key.pk == pk),
        "a query stays in its partition"
    );
    page
}

/// Items come in the order of their key's bytes, from either end, within prefix and `after`, whatever the page size.
///
/// # Panics
/// Where the table breaks the contract.
pub async fn queries_are_in_byte_order(table: &dyn Table) {
    let pk = fresh();
    let mut keys = [
        "A",
        "B",
        "LOG#",
        "LOG#10",
        "LOG#2",
        "LOG#2\0",
        "LOG$",
        "LOG",
        "Z",
        "a",
        "a b",
        "a'b",
        "a%",
        "a_",
        "ä",
        "é\u{301}",
        "\u{d7ff}",
        "\u{e000}",
        "\u{ffff}",
        "\u{10000}",
        "\u{10ffff}",
        "\u{10ffff}x",
        "\0",
        "0",
        "00",
        "9",
    ];
    keys.sort_unstable();
    let mut shuffled = keys;
    shuffled.reverse();
    shuffled.swap(3, 17);
    for key in shuffled {
        for pk in [pk.clone(), format!("{pk}x"), pk[..pk.len() - 1].to_owned()] {
            let write = Write::put(Key::new(pk, key), Expect::Absent, key.to_owned());
            table.transact(vec![write]).await.expect("a put succeeds");
        }
    }
    let prefixes = ["", "LOG#", "LOG", "LOG#2", "a", "\u{10ffff}", "none", "\u{d7ff}"];
    let afters = [
        None,
        Some(""),
        Some("LOG#2"),
        Some("LOG#1"),
        Some("A"),
        Some("zz"),
        Some("\u{10ffff}y"),
    ];
    for (prefix, after) in prefixes
        .iter()
        .flat_map(|prefix| afters.iter().map(move |after| (*prefix, *after)))
    {
        for (descending, limit) in [(false, 0), (true, 0), (false, 1), (true, 2), (false, 3)] {
            let behind = |key: &str| after.is_none_or(|after| if descending { key < after } else { key > after });
            let mut expect: Vec<&str> = keys
                .iter()
                .copied()
                .filter(|key| key.starts_with(prefix) && behind(key))
                .collect();
            if descending {
                expect.reverse();
            }
            let range = Range {
                prefix: prefix.into(),
                after: after.map(Into::into),
                limit,
                descending,
            };
            assert_eq!(all(table, &pk, range.clone()).await, expect, "{range:?}");
        }
    }
    assert_eq!(
        all(table, &fresh(), Range::default()).await,
        [""; 0],
        "an unknown partition is empty"
    );
}

/// A query of more than a page's bytes comes in several pages, each with at least one item.
///
/// # Panics
/// Where the table breaks the contract.
pub async fn pages_hold_a_megabyte(table: &dyn Table) {
    let pk = fresh();
    let keys: Vec<String> = (0..12).map(|at| format!("{at:02}")).collect();
    for key in &keys {
        let write = Write::put(Key::new(&pk, key), Expect::Absent, vec![1; 390 << 10]);
        table.transact(vec![write]).await.expect("a put succeeds");
    }
    for descending in [false, true] {
        let first = query(
            table,
            &pk,
            Range {
                descending,
                ..Range::default()
            },
        )
        .await;
        assert!(
            !first.items.is_empty() && first.next.is_some(),
            "a first page has items and a next page"
        );
        let mut expect = keys.clone();
        if descending {
            expect.reverse();
        }
        assert_eq!(
            all(
                table,
                &pk,
                Range {
                    descending,
                    ..Range::default()
                }
            )
            .await,
            expect
        );
    }
    let page = query(
        table,
        &pk,
        Range {
            limit: 2,
            ..Range::default()
        },
    )
    .await;
    assert_eq!(page.items.len(), 2, "a limit that fits into a page is reached");
}
