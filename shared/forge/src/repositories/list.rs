//! `ListRepositories`.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use packhouse_storage::clock;
use packhouse_storage::keys;
use packhouse_storage::repository_id::RepositoryId;
use packhouse_storage::table::{Item, Range};

use super::{meta, named};
use crate::authorization::{Request, authorise};
use crate::error::{Error, Result};
use crate::forge::Forge;
use crate::identity::Caller;
use crate::names::RepositoryName;
use crate::page_token;
use crate::policy::Action;

/// How many repositories a page holds (`CodeCommit`'s fixed number).
const PAGE: usize = 1000;
/// How many repositories are read at once.
const AT_ONCE: usize = 16;

/// What a listing is sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SortBy {
    /// The bytes of the names.
    Name,
    /// When the repositories changed last.
    LastModified,
}

/// Which way a listing goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// From the first name, or from the oldest.
    Ascending,
    /// From the last name, or from the newest.
    Descending,
}

/// One repository of a listing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its name.
    pub name: RepositoryName,
    /// Its id.
    pub id: RepositoryId,
}

/// One page of a listing.
#[derive(Clone, Debug, Default)]
pub struct Page {
    /// The repositories.
    pub repositories: Vec<Listed>,
    /// Resumes behind them; `None` at the end.
    pub next: Option<String>,
}

/// Lists repositories, 1,000 a page. A token is good only for the sorting that it was given for.
///
/// # Errors
/// [`Error::InvalidContinuationToken`], and the store's.
pub async fn list(forge: &Forge, caller: &Caller, sort_by: SortBy, order: Order, token: Option<&str>) -> Result<Page> {
    authorise(forge, caller, Request::anywhere(Action::ListRepositories))?;
    let key = forge.key().await?;
    let listing = format!("ListRepositories {sort_by:?} {order:?}");
    let after = token
        .map(|token| page_token::decode(&key, &listing, token))
        .transpose()?;
    let (repositories, position) = match sort_by {
        SortBy::Name => by_name(forge, order, after).await?,
        SortBy::LastModified => by_time(forge, order, after.as_deref()).await?,
    };
    let next = position.map(|position| page_token::encode(&key, &listing, &position));
    Ok(Page { repositories, next })
}

async fn by_name(forge: &Forge, order: Order, after: Option<String>) -> Result<(Vec<Listed>, Option<String>)> {
    let mut page = Vec::new();
    let mut next = after;
    loop {
        let part = names(forge, order, next, PAGE - page.len()).await?;
        for item in &part.items {
            page.push(listed(item)?);
        }
        next = part.next;
        if next.is_none() || page.len() >= PAGE {
            return Ok((page, next));
        }
    }
}

/// The ids of all live repositories.
pub(crate) async fn every_id(forge: &Forge) -> Result<Vec<RepositoryId>> {
    let (mut ids, mut next) = (Vec::new(), None);
    loop {
        let part = names(forge, Order::Ascending, next, 0).await?;
        for item in &part.items {
            ids.push(listed(item)?.id);
        }
        next = part.next;
        if next.is_none() {
            return Ok(ids);
        }
    }
}

/// Reads every repository, as the order by time is kept nowhere: it changes with each push. Holds one page at a time.
async fn by_time(forge: &Forge, order: Order, after: Option<&str>) -> Result<(Vec<Listed>, Option<String>)> {
    let after = after
        .map(|position| parse_position(position).ok_or(Error::InvalidContinuationToken))
        .transpose()?;
    // Both directions keep the smallest ranks, of which the largest is on top.
    let mut first: BinaryHeap<Ranked> = BinaryHeap::new();
    let after = after.map(|(time, name)| Rank::new(order, time, name));
    let mut next = None;
    let mut more = false;
    loop {
        let part = names(forge, Order::Ascending, next, 0).await?;
        let entries = part.items.iter().map(listed).collect::<Result<Vec<_>>>()?;
        let mut times = stream::iter(entries)
            .map(|entry| timed(forge, entry))
            .buffer_unordered(AT_ONCE);
        while let Some(found) = times.try_next().await? {
            let Some((time, entry)) = found else { continue };
            let rank = Rank::new(order, clock::millis(time), entry.name.to_string());
            if after.as_ref().is_none_or(|after| rank > *after) {
                first.push(Ranked { rank, entry });
            }
            if first.len() > PAGE {
                first.pop();
                more = true;
            }
        }
        next = part.next;
        if next.is_none() {
            break;
        }
    }
    let sorted = first.into_sorted_vec();
    let position = sorted.last().filter(|_| more).map(|last| last.rank.position());
    Ok((sorted.into_iter().map(|ranked| ranked.entry).collect(), position))
}

/// Where a repository stands in a listing by time; names decide between equal times.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Ascending(u64, String),
    Descending(Reverse<(u64, String)>),
}

impl Rank {
    const fn new(order: Order, time: u64, name: String) -> Self {
        match order {
            Order::Ascending => Self::Ascending(time, name),
            Order::Descending => Self::Descending(Reverse((time, name))),
        }
    }

    fn position(&self) -> String {
        match self {
            Self::Ascending(time, name) | Self::Descending(Reverse((time, name))) => format!("{time} {name}"),
        }
    }
}

struct Ranked {
    rank: Rank,
    entry: Listed,
}

impl PartialEq for Ranked {
    fn eq(&self, other: &Self) -> bool {
        self.rank == other.rank
    }
}

impl Eq for Ranked {}

impl PartialOrd for Ranked {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Ranked {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.rank.cmp(&other.rank)
    }
}

fn parse_position(position: &str) -> Option<(u64, String)> {
    let (time, name) = position.split_once(' ')?;
    Some((time.parse().ok()?, name.to_owned()))
}

/// When a listed repository changed last; `None` when it has gone since.
async fn timed(forge: &Forge, entry: Listed) -> Result<Option<(Duration, Listed)>> {
    let Some(found) = named(forge, &entry.name, &entry.id).await? else {
        return Ok(None);
    };
    let (facts, _) = meta::read(forge, &entry.id).await?;
    Ok(Some((facts.modified.max(found.manifest.changed), entry)))
}

async fn names(
    forge: &Forge,
    order: Order,
    after: Option<String>,
    limit: usize,
) -> Result<packhouse_storage::table::Page> {
    let installation = forge.installation();
    let partition = keys::names(installation.account.as_str(), installation.region.as_str());
    let range = Range {
        after,
        limit,
        descending: order == Order::Descending,
        ..Range::default()
    };
    Ok(forge.store().table().query(&partition, range).await?)
}

fn listed(item: &Item) -> Result<Listed> {
    let id = std::str::from_utf8(&item.body).ok().and_then(RepositoryId::parse);
    let id = id.ok_or_else(|| Error::corrupt(format!("{:?} leads to a bad id", item.key)))?;
    Ok(Listed {
        name: RepositoryName::new(&item.key.sk)?,
        id,
    })
}
