//! Lists in pages, as IAM pages them: `Marker`, `MaxItems`, `IsTruncated`.

use packhouse_storage::keys;
use packhouse_storage::table::{Item, Range};

use crate::directory::account;
use crate::error::{Error, Result};
use crate::forge::Forge;
use crate::page_token;

/// How many items a page has when the caller does not say.
const DEFAULT: usize = 100;
/// How many items a page has at most.
const MAX: usize = 1000;

/// Which page of a list is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paging {
    marker: Option<String>,
    max_items: usize,
}

impl Default for Paging {
    fn default() -> Self {
        Self {
            marker: None,
            max_items: DEFAULT,
        }
    }
}

impl Paging {
    /// The page behind `marker`, of at most `max_items` (1 to 1,000, by default 100).
    ///
    /// # Errors
    /// [`Error::InvalidInput`].
    pub fn new(marker: Option<&str>, max_items: Option<u32>) -> Result<Self> {
        let max_items = max_items.map_or(Some(DEFAULT), |items| usize::try_from(items).ok());
        match max_items {
            Some(max_items @ 1..=MAX) => Ok(Self {
                marker: marker.map(str::to_owned),
                max_items,
            }),
            _ => Err(Error::InvalidInput(format!("MaxItems must be 1 to {MAX}"))),
        }
    }
}

/// One page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// What is on it.
    pub items: Vec<T>,
    /// Where the next page begins; `None` at the end.
    pub marker: Option<String>,
}

impl<T> Default for Page<T> {
    fn default() -> Self {
        Self {
            items: Vec::new(),
            marker: None,
        }
    }
}

impl<T> Page<T> {
    /// The same page of something else.
    pub(crate) fn with<U>(self, items: Vec<U>) -> Page<U> {
        Page {
            items,
            marker: self.marker,
        }
    }
}

/// A page of several lists, one behind the other. Each is a listing of its own, of which this asks page by page.
#[derive(Debug)]
pub(crate) struct Chain<'a, T> {
    forge: &'a Forge,
    listings: &'a [String],
    max_items: usize,
    items: Vec<T>,
    /// Which list comes next, and from where on.
    next: Option<(usize, Option<String>)>,
}

impl<'a, T> Chain<'a, T> {
    /// Begins where `paging` says.
    ///
    /// # Errors
    /// [`Error::InvalidContinuationToken`], and the store's.
    pub(crate) async fn new(forge: &'a Forge, paging: &Paging, listings: &'a [String]) -> Result<Self> {
        let at = match &paging.marker {
            Some(marker) => {
                let key = forge.key().await?;
                let of = |listing: &String| page_token::decode(&key, listing, marker).is_ok();
                listings.iter().position(of).ok_or(Error::InvalidContinuationToken)?
            }
            None => 0,
        };
        Ok(Self {
            forge,
            listings,
            max_items: paging.max_items,
            items: Vec::new(),
            next: Some((at, paging.marker.clone())),
        })
    }

    /// Which page of which list is to be added; `None` when nothing more is.
    pub(crate) fn next(&self) -> Option<(usize, Paging)> {
        let (at, marker) = self.next.clone()?;
        let max_items = self.max_items.checked_sub(self.items.len()).filter(|left| *left > 0)?;
        Some((at, Paging { marker, max_items }))
    }

    /// Adds the page that was asked for.
    pub(crate) fn add(&mut self, page: Page<T>) {
        self.items.extend(page.items);
        self.next = match (self.next.take(), page.marker) {
            (Some((at, _)), Some(marker)) => Some((at, Some(marker))),
            (Some((at, _)), None) if at + 1 < self.listings.len() => Some((at + 1, None)),
            _ => None,
        };
    }

    /// The page of them all.
    ///
    /// # Errors
    /// The store's.
    pub(crate) async fn finish(self) -> Result<Page<T>> {
        let marker = match self.next {
            Some((_, Some(marker))) => Some(marker),
            // From the start of that list.
            Some((at, None)) => Some(page_token::encode(&self.forge.key().await?, &self.listings[at], "")),
            None => None,
        };
        Ok(Page {
            items: self.items,
            marker,
        })
    }
}

/// The page of a list that is in memory, of items with the texts that say where they stand, which are unique. `listing`
/// names all that must be the same in the next call.
///
/// # Errors
/// [`Error::InvalidContinuationToken`], and the store's.
pub(crate) async fn slice<T>(
    forge: &Forge,
    paging: &Paging,
    listing: &str,
    items: impl IntoIterator<Item = (String, T)>,
) -> Result<Page<T>> {
    let after = position(forge, paging, listing).await?;
    let mut items: Vec<_> = items
        .into_iter()
        .filter(|(at, _)| after.as_ref().is_none_or(|after| at > after))
        .collect();
    items.sort_by(|(one, _), (other, _)| one.cmp(other));
    let more = items.len() > paging.max_items;
    items.truncate(paging.max_items);
    let last = items.last().filter(|_| more).map(|(at, _)| at.clone());
    let items = items.into_iter().map(|(_, item)| item).collect();
    page(forge, listing, items, last).await
}

/// The page of those items of the account's identities that start with `prefix` and of which `keep` makes something.
///
/// # Errors
/// [`Error::InvalidContinuationToken`], what `keep` says, and the store's.
pub(crate) async fn query<T>(
    forge: &Forge,
    paging: &Paging,
    listing: &str,
    prefix: &str,
    mut keep: impl FnMut(&Item) -> Result<Option<T>>,
) -> Result<Page<T>> {
    let after = position(forge, paging, listing).await?;
    let mut after = after.map(|after| format!("{prefix}{after}"));
    let (mut items, mut last) = (Vec::new(), None);
    loop {
        // One more than the page holds tells whether it is the last.
        let range = Range {
            prefix: prefix.to_owned(),
            after,
            limit: paging.max_items + 1 - items.len(),
            descending: false,
        };
        let part = forge
            .store()
            .table()
            .query(&keys::identities(account(forge)), range)
            .await?;
        for item in &part.items {
            let Some(kept) = keep(item)? else {
                continue;
            };
            if items.len() == paging.max_items {
                return page(forge, listing, items, last).await;
            }
            items.push(kept);
            last = item.key.sk.strip_prefix(prefix).map(str::to_owned);
        }
        after = part.next;
        if after.is_none() {
            return page(forge, listing, items, None).await;
        }
    }
}

/// Calls `see` with every item of the account's identities that starts with `prefix`.
///
/// # Errors
/// What `see` says, and the store's.
pub(crate) async fn each(forge: &Forge, prefix: &str, mut see: impl FnMut(&Item) -> Result<()>) -> Result<()> {
    let mut after = None;
    loop {
        let range = Range {
            prefix: prefix.to_owned(),
            after,
            ..Range::default()
        };
        let part = forge
            .store()
            .table()
            .query(&keys::identities(account(forge)), range)
            .await?;
        part.items.iter().try_for_each(&mut see)?;
        after = part.next;
        if after.is_none() {
            return Ok(());
        }
    }
}

/// How many items of the account's identities start with `prefix`.
///
/// # Errors
/// The store's.
pub(crate) async fn count(forge: &Forge, prefix: &str) -> Result<usize> {
    let mut count = 0;
    each(forge, prefix, |_| {
        count += 1;
        Ok(())
    })
    .await?;
    Ok(count)
}

async fn position(forge: &Forge, paging: &Paging, listing: &str) -> Result<Option<String>> {
    let Some(marker) = &paging.marker else {
        return Ok(None);
    };
    page_token::decode(&forge.key().await?, listing, marker).map(Some)
}

async fn page<T>(forge: &Forge, listing: &str, items: Vec<T>, last: Option<String>) -> Result<Page<T>> {
    let marker = match last {
        Some(last) => Some(page_token::encode(&forge.key().await?, listing, &last)),
        None => None,
    };
    Ok(Page { items, marker })
}
