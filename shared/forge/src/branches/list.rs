//! `ListBranches`.

use crate::error::Result;
use crate::forge::Forge;
use crate::identity::Caller;
use crate::names::RepositoryName;
use crate::page_token;
use crate::policy::Action;
use crate::repositories::{authorised, snapshot_of};

/// How many names a page has.
const PAGE: usize = 1000;
const HEADS: &str = "refs/heads/";

/// A page of a listing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// Short names, in byte order.
    pub branches: Vec<String>,
    /// The token for the next page.
    pub next: Option<String>,
}

/// Lists branches behind the position of `token`.
///
/// # Errors
/// [`InvalidContinuationToken`](crate::error::Error::InvalidContinuationToken), and the store's.
pub async fn list(forge: &Forge, caller: &Caller, name: &RepositoryName, token: Option<&str>) -> Result<Page> {
    let found = authorised(forge, caller, Action::ListBranches, name).await?;
    let key = forge.key().await?;
    let listing = format!("ListBranches {}", found.id);
    let after = token
        .map(|token| page_token::decode(&key, &listing, token))
        .transpose()?;
    let snapshot = snapshot_of(forge, &found).await?;
    let names = snapshot.refs().starting_with(HEADS);
    let names = names.filter_map(|(name, _)| name.short_branch());
    let mut names = names.skip_while(|name| after.as_deref().is_some_and(|after| *name <= after));
    let branches: Vec<String> = names.by_ref().take(PAGE).map(str::to_owned).collect();
    let more = names.next().is_some();
    let next = branches
        .last()
        .filter(|_| more)
        .map(|last| page_token::encode(&key, &listing, last));
    Ok(Page { branches, next })
}
