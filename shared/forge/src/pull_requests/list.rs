//! `ListPullRequests`.

use packhouse_storage::keys;
use packhouse_storage::repository_id::RepositoryId;
use packhouse_storage::table::{Item, Range};

use super::follow::follow_from;
use super::record::listed;
use super::scan::{AT_ONCE, LOOKED_AT, USUAL};
use super::{PullRequestId, Status};
use crate::error::Result;
use crate::forge::Forge;
use crate::identity::Caller;
use crate::names::RepositoryName;
use crate::page_token;
use crate::policy::Action;
use crate::refusal::Refusal;
use crate::repositories::authorised;

/// The longest page.
const MAX_PAGE: usize = 500;

/// Which pull requests a caller wants.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Only those of this status.
    pub status: Option<Status>,
    /// Only those that the one of this ARN made.
    pub author: Option<String>,
    /// How many on a page.
    pub max_results: Option<i64>,
    /// Goes on where another page ended.
    pub token: Option<String>,
}

/// One page of a listing.
#[derive(Clone, Debug, Default)]
pub struct Page {
    /// The pull requests.
    pub ids: Vec<PullRequestId>,
    /// Resumes behind them; `None` at the end.
    pub next: Option<String>,
}

/// Lists the pull requests of a repository, those with the most recent activity first. A page costs the same wherever it
/// is. One to which something happens while its list is read page by page goes to the front: it is never told twice, and
/// not at all if its page was still to come.
///
/// # Errors
/// [`Refusal::InvalidAuthorArn`], [`Refusal::AuthorDoesNotExist`], [`Refusal::InvalidMaxResults`],
/// [`InvalidContinuationToken`](crate::error::Error::InvalidContinuationToken), and the store's.
pub async fn list(forge: &Forge, caller: &Caller, name: &RepositoryName, filter: &Filter) -> Result<Page> {
    let repository = authorised(forge, caller, Action::ListPullRequests, name).await?;
    let size = page_token::page_size(filter.max_results, (USUAL, MAX_PAGE), Refusal::InvalidMaxResults)?;
    let author = filter.author.as_deref();
    let key = forge.key().await?;
    let status = filter.status.map(Status::name);
    let listing = format!("ListPullRequests {} {status:?} {author:?}", repository.id);
    let position = filter.token.as_deref();
    let mut position = position
        .map(|token| page_token::decode(&key, &listing, token))
        .transpose()?;
    if let Some(author) = author {
        crate::identity::whose::check(forge, author, (Refusal::InvalidAuthorArn, Refusal::AuthorDoesNotExist)).await?;
    }
    follow_from(forge, &repository.id, &repository.manifest).await?;
    let statuses = filter
        .status
        .map_or(vec![Status::Open, Status::Closed], |one| vec![one]);
    let (mut ids, mut looked_at) = (Vec::new(), 0);
    let next = loop {
        let limit = if author.is_some() { AT_ONCE } else { size - ids.len() };
        let part = part(forge, &repository.id, &statuses, (position.as_deref(), limit)).await?;
        looked_at += part.places.len();
        for (place, item) in part.places {
            let found = listed::decode(&item)?;
            if author.is_none_or(|author| found.author == author) && ids.len() < size {
                ids.push(found.id);
            } else if ids.len() == size {
                break;
            }
            position = Some(place);
        }
        let is_full = ids.len() == size || looked_at >= LOOKED_AT;
        if is_full && (part.more || position != part.last) {
            break position;
        }
        if !part.more {
            break None;
        }
    };
    let next = next.map(|position| page_token::encode(&key, &listing, &position));
    Ok(Page { ids, next })
}

/// Some of a listing, over several statuses.
struct Part {
    /// What follows each other in it, with the place of each: its key without the status.
    places: Vec<(String, Item)>,
    /// The place of the last of them, or where it was gone on from.
    last: Option<String>,
    /// Whether there is more behind them.
    more: bool,
}

async fn part(
    forge: &Forge,
    id: &RepositoryId,
    statuses: &[Status],
    (after, limit): (Option<&str>, usize),
) -> Result<Part> {
    let mut places = Vec::new();
    // How far all of them have been read.
    let mut until: Option<String> = None;
    for status in statuses {
        let prefix = keys::listed_pull_requests_prefix(status.name());
        let range = Range {
            prefix: prefix.clone(),
            after: after.map(|place| format!("{prefix}{place}")),
            limit,
            descending: false,
        };
        let page = forge
            .store()
            .table()
            .query(&keys::repository(id.as_str()), range)
            .await?;
        let is_cut = page.next.is_some();
        let place = |item: &Item| item.key.sk.get(prefix.len()..).unwrap_or_default().to_owned();
        if let Some(last) = page.items.last().map(place).filter(|_| is_cut) {
            until = Some(until.map_or(last.clone(), |until| until.min(last)));
        }
        places.extend(page.items.into_iter().map(|item| (place(&item), item)));
    }
    places.sort_unstable_by(|one, other| one.0.cmp(&other.0));
    if let Some(until) = &until {
        places.retain(|(place, _)| place <= until);
    }
    let last = places.last().map(|(place, _)| place.clone());
    Ok(Part {
        places,
        last: last.or_else(|| after.map(ToOwned::to_owned)),
        more: until.is_some(),
    })
}
