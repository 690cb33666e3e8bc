//! Listings.

use bytes::Bytes;
use futures_util::StreamExt as _;
use futures_util::stream;

use super::fresh;
use crate::blobs::{Blobs, MAX_PAGE_BLOBS};

/// Keys that sort differently as bytes than as paths, names or numbers.
const NAMES: [&str; 16] = [
    "a", "a-b", "a.b", "a0", "aa/b", "aa/b.c", "aa-/b", "aa./b", "B", "b/c/d/e", "b/c/d-e", "b/c.d", "b-c", "_", "0",
    ".hidden",
];

/// Reads every page of a listing.
async fn all(blobs: &dyn Blobs, prefix: &str, after: Option<&str>) -> Vec<(String, u64)> {
    let mut found = Vec::new();
    let mut after = after.map(ToOwned::to_owned);
    loop {
        let page = blobs.list(prefix, after.as_deref()).await.expect("a list succeeds");
        assert!(
            page.blobs.len() <= MAX_PAGE_BLOBS,
            "a page of {} blobs",
            page.blobs.len()
        );
        found.extend(page.blobs);
        let Some(next) = page.next else { return found };
        assert!(
            after.as_ref().is_none_or(|after| *after < next),
            "a listing goes forward"
        );
        after = Some(next);
    }
}

/// Blobs are listed in the order of their keys' bytes with their sizes, within any prefix, from any place on, over any
/// number of pages.
///
/// # Panics
/// Where the store breaks the contract.
pub async fn lists_are_in_byte_order(blobs: &dyn Blobs) {
    let root = fresh();
    for name in NAMES {
        let key = format!("{root}/{name}");
        blobs
            .put(&key, Bytes::from(vec![0; name.len()]), None)
            .await
            .expect("a put succeeds");
    }
    let mut keys: Vec<_> = NAMES
        .iter()
        .map(|name| (format!("{root}/{name}"), name.len() as u64))
        .collect();
    keys.sort_unstable();
    let bounds = [
        "", "a", "aa", "aa/", "aa/b", "b/c", "b/c/", "b/c/d/e", "zz", "z/z", "b-", ".",
    ];
    for prefix in bounds {
        let prefix = format!("{root}/{prefix}");
        for after in bounds
            .into_iter()
            .map(|after| Some(format!("{root}/{after}")))
            .chain([None])
        {
            let inside =
                |key: &str| key.starts_with(&prefix) && after.as_ref().is_none_or(|after| key > after.as_str());
            let expect: Vec<_> = keys.iter().filter(|(key, _)| inside(key)).cloned().collect();
            assert_eq!(
                all(blobs, &prefix, after.as_deref()).await,
                expect,
                "{prefix} behind {after:?}"
            );
        }
    }
    assert_eq!(all(blobs, &root, None).await, keys, "a prefix may end within a segment");
    let behind_all = all(blobs, &root, Some("z")).await;
    assert_eq!(behind_all, [], "nothing is behind the end");
    assert_eq!(
        all(blobs, &root, Some("0")).await,
        keys,
        "a place before the prefix leaves nothing out"
    );
    pages_are_complete(blobs).await;
}

async fn pages_are_complete(blobs: &dyn Blobs) {
    let root = fresh();
    let keys: Vec<_> = (0..MAX_PAGE_BLOBS + 1)
        .map(|at| (format!("{root}/{}/{at:05}", at % 3), 0))
        .collect();
    let puts = keys.iter().map(|(key, _)| blobs.put(key, Bytes::new(), None));
    stream::iter(puts)
        .buffer_unordered(32)
        .for_each(async |put| put.expect("a put succeeds"))
        .await;
    let mut sorted = keys;
    sorted.sort_unstable();
    assert_eq!(all(blobs, &root, None).await, sorted);
    let (last, _) = sorted.remove(MAX_PAGE_BLOBS);
    blobs.delete(&last).await.expect("a delete succeeds");
    assert_eq!(all(blobs, &root, None).await, sorted);
}
