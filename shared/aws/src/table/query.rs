//! Queries.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use packhouse_storage::clock;
use packhouse_storage::table::limits::item_bytes;
use packhouse_storage::table::{Item, MAX_PAGE_BYTES, Page, Range, TableError};

use super::{DynamoTable, failure, item, string};

type Position = HashMap<String, AttributeValue>;

/// Reads one page. Expired items are left out, so it reads on until it has found one that is not.
pub(super) async fn run(table: &DynamoTable, pk: &str, range: &Range) -> Result<Page, TableError> {
    let mut start = match start(range) {
        Start::Nowhere => return Ok(Page::default()),
        Start::FromTheEdge => None,
        Start::Behind(after) => Some(position(pk, after)),
    };
    loop {
        let (mut live, behind) = read(table, pk, range, start).await?;
        live.retain(|item| item::is_live(item, clock::now_secs()));
        if !live.is_empty() || behind.is_none() {
            return Ok(page(live, range.limit, behind.is_some()));
        }
        start = behind;
    }
}

/// Where a query begins.
#[derive(Debug, PartialEq, Eq)]
enum Start<'a> {
    /// With the first key of the prefix, in the order of the query.
    FromTheEdge,
    /// Behind this key, which has the prefix. `DynamoDB` refuses to start from one that has not.
    Behind(&'a str),
    /// Nothing is left.
    Nowhere,
}

fn start(range: &Range) -> Start<'_> {
    let Some(after) = range.after.as_deref() else {
        return Start::FromTheEdge;
    };
    // The empty key is behind all others in descending order, and before all others otherwise.
    if after.starts_with(&range.prefix) && !after.is_empty() {
        return Start::Behind(after);
    }
    if range.descending == (after > range.prefix.as_str()) {
        Start::FromTheEdge
    } else {
        Start::Nowhere
    }
}

fn position(pk: &str, sk: &str) -> Position {
    [(item::PK, pk), (item::SK, sk)]
        .map(|(name, value)| (name.to_owned(), string(value)))
        .into()
}

/// What one call of `DynamoDB` reads, and where the next one goes on.
async fn read(
    table: &DynamoTable,
    pk: &str,
    range: &Range,
    start: Option<Position>,
) -> Result<(Vec<Item>, Option<Position>), TableError> {
    let mut call = table
        .clients
        .dynamodb()
        .query()
        .table_name(&table.name)
        .consistent_read(true);
    call = if range.prefix.is_empty() {
        call.key_condition_expression("pk = :pk")
    } else {
        call.key_condition_expression("pk = :pk AND begins_with(sk, :prefix)")
            .expression_attribute_values(":prefix", string(&range.prefix))
    };
    // One more than is asked for tells whether there is more.
    let limit = i32::try_from(range.limit).ok().filter(|limit| *limit > 0);
    let answer = call
        .expression_attribute_values(":pk", string(pk))
        .scan_index_forward(!range.descending)
        .set_limit(limit.map(|limit| limit.saturating_add(1)))
        .set_exclusive_start_key(start)
        .send()
        .await
        .map_err(|error| failure::of_read(&table.name, &error))?;
    let items = answer.items.unwrap_or_default().into_iter().map(item::read);
    let behind = answer.last_evaluated_key.filter(|position| !position.is_empty());
    Ok((items.collect::<Result<_, _>>()?, behind))
}

/// As many of `items` as fit into a page; `more` says whether others follow them.
fn page(mut items: Vec<Item>, limit: usize, more: bool) -> Page {
    let mut bytes = 0;
    let fits = |item: &Item| {
        bytes += item_bytes(&item.key, &item.body);
        bytes <= MAX_PAGE_BYTES
    };
    let fitting = items.iter().take(if limit == 0 { usize::MAX } else { limit });
    let count = fitting.map(fits).take_while(|fits| *fits).count().max(1);
    let is_cut = items.len() > count;
    items.truncate(count);
    let next = items.last().filter(|_| is_cut || more).map(|last| last.key.sk.clone());
    Page { items, next }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use packhouse_storage::table::Key;

    use super::*;

    #[test]
    fn a_start_outside_of_the_prefix_is_an_edge_or_nowhere() {
        use Start::{Behind, FromTheEdge, Nowhere};
        for (prefix, after, ascending, descending) in [
            ("", None, FromTheEdge, FromTheEdge),
            ("LOG#", None, FromTheEdge, FromTheEdge),
            ("", Some(""), FromTheEdge, Nowhere),
            ("", Some("a"), Behind("a"), Behind("a")),
            ("LOG#", Some(""), FromTheEdge, Nowhere),
            ("LOG#", Some("A"), FromTheEdge, Nowhere),
            ("LOG#", Some("LOG"), FromTheEdge, Nowhere),
            ("LOG#", Some("LOG#"), Behind("LOG#"), Behind("LOG#")),
            ("LOG#", Some("LOG#5"), Behind("LOG#5"), Behind("LOG#5")),
            ("LOG#", Some("LOG$"), Nowhere, FromTheEdge),
            ("LOG#", Some("zz"), Nowhere, FromTheEdge),
            ("\u{10000}", Some("\u{ffff}"), FromTheEdge, Nowhere),
        ] {
            for (is_descending, expect) in [(false, ascending), (true, descending)] {
                let range = Range {
                    prefix: prefix.into(),
                    after: after.map(Into::into),
                    descending: is_descending,
                    ..Range::default()
                };
                assert_eq!(start(&range), expect, "{range:?}");
            }
        }
    }

    #[test]
    fn a_page_holds_what_fits_and_says_whether_there_is_more() {
        let items = |sizes: &[usize]| -> Vec<Item> {
            let numbered = sizes.iter().enumerate();
            let item = |(at, size): (usize, &usize)| Item {
                key: Key::new("p", at.to_string()),
                version: 1,
                body: Bytes::from(vec![0; *size]),
                expires: None,
            };
            numbered.map(item).collect()
        };
        for (sizes, limit, more, count, next) in [
            (&[][..], 0, false, 0, None),
            (&[1, 1], 0, false, 2, None),
            (&[1, 1], 0, true, 2, Some("1")),
            (&[1, 1], 2, false, 2, None),
            (&[1, 1, 1], 2, false, 2, Some("1")),
            (&[1, 1], 5, true, 2, Some("1")),
            (&[600_000, 400_000, 400_000], 0, false, 2, Some("1")),
            (&[2_000_000, 1], 0, false, 1, Some("0")),
            (&[2_000_000], 0, false, 1, None),
        ] {
            let page = page(items(sizes), limit, more);
            assert_eq!(
                (page.items.len(), page.next.as_deref()),
                (count, next),
                "{sizes:?} {limit}"
            );
        }
    }
}
