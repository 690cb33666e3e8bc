//! Listings in pages.

use crate::error::Result;
use crate::forge::Forge;
use crate::master_key::MasterKey;
use crate::page_token;
use crate::refusal::Refusal;

/// The most entries of a page, and how many it has when nobody says.
const MAX: usize = 100;

/// Which page of a listing is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paging {
    token: Option<String>,
    size: usize,
}

impl Paging {
    /// The page behind `token`, of at most `size` entries; never more than 100.
    ///
    /// # Errors
    /// [`Refusal::InvalidMaxResults`] when it would have none.
    pub fn new(token: Option<String>, size: Option<i64>) -> Result<Self> {
        let size = page_token::page_size(size, (MAX, usize::MAX), Refusal::InvalidMaxResults)?;
        Ok(Self {
            token,
            size: size.min(MAX),
        })
    }
}

/// One page of names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// The names.
    pub names: Vec<String>,
    /// Resumes behind them; `None` at the end.
    pub next: Option<String>,
}

impl Paging {
    /// How many entries the page holds at most.
    pub(super) const fn size(&self) -> usize {
        self.size
    }

    /// Behind which entry the page begins; `None` for the first page. `listing` names all that must be the same for all
    /// pages.
    ///
    /// # Errors
    /// [`InvalidContinuationToken`](crate::error::Error::InvalidContinuationToken).
    pub(super) fn after(&self, key: &MasterKey, listing: &str) -> Result<Option<String>> {
        let token = self.token.as_ref();
        token.map(|token| page_token::decode(key, listing, token)).transpose()
    }
}

/// The page of names that are all in memory.
///
/// # Errors
/// [`InvalidContinuationToken`](crate::error::Error::InvalidContinuationToken), and the store's.
pub(super) async fn slice(forge: &Forge, paging: &Paging, listing: &str, mut names: Vec<String>) -> Result<Page> {
    let key = forge.key().await?;
    if let Some(after) = paging.after(&key, listing)? {
        names.retain(|name| *name > after);
    }
    names.sort_unstable();
    let more = names.len() > paging.size;
    names.truncate(paging.size);
    let last = names.last().filter(|_| more);
    let next = last.map(|last| page_token::encode(&key, listing, last));
    Ok(Page { names, next })
}
