//! Pages of what a filter lets through.

use packhouse_storage::table::{Item, Range};

use crate::error::Result;
use crate::forge::Forge;

/// How many items one call looks at: a filter that lets little through answers with pages that are not full.
pub(super) const LOOKED_AT: usize = 5000;
/// How many items are read at once where a filter drops some.
pub(super) const AT_ONCE: usize = 1000;

/// How many entries a page has unless the caller says.
pub(super) const USUAL: usize = 100;

/// Up to `size` of what `take` makes of the items of a partition under a prefix, behind `after`; and where to go on, if there
/// is more.
pub(super) async fn scan<T>(
    forge: &Forge,
    (partition, prefix): (&str, &str),
    (mut after, size, filtered): (Option<String>, usize, bool),
    mut take: impl FnMut(&Item) -> Result<Option<T>> + Send,
) -> Result<(Vec<T>, Option<String>)> {
    let (mut taken, mut looked_at) = (Vec::new(), 0);
    loop {
        let range = Range {
            prefix: prefix.to_owned(),
            after: after.clone(),
            limit: if filtered { AT_ONCE } else { size - taken.len() },
            descending: false,
        };
        let page = forge.store().table().query(partition, range).await?;
        for item in &page.items {
            if let Some(found) = take(item)? {
                if taken.len() == size {
                    return Ok((taken, after));
                }
                taken.push(found);
            }
            after = Some(item.key.sk.clone());
        }
        looked_at += page.items.len();
        if page.next.is_none() {
            return Ok((taken, None));
        }
        if looked_at >= LOOKED_AT || (!filtered && taken.len() == size) {
            return Ok((taken, after));
        }
    }
}
