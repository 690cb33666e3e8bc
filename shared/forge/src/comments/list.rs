//! `GetCommentsForComparedCommit` and `GetCommentsForPullRequest`.

use packhouse_storage::keys;
use packhouse_storage::table::Range;

use super::post::existing;
use super::record::{About, Comment, comparison};
use crate::error::{Error, Result};
use crate::forge::Forge;
use crate::identity::Caller;
use crate::names::RepositoryName;
use crate::page_token;
use crate::policy::Action;
use crate::pull_requests::{PullRequestId, authorised_pull_request, check_repository};
use crate::refusal::Refusal;
use crate::repositories::{Opened, opened};

/// How many comments a page has unless the caller says.
const DEFAULT_PAGE: usize = 100;
/// The most comments of a page.
const MAX_PAGE: usize = 500;

/// Two commits that are compared, by full ids.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comparison {
    /// The commit before.
    pub before: Option<String>,
    /// The commit after.
    pub after: String,
}

/// Comments on the same place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thread {
    /// What they are about.
    pub about: About,
    /// The comments, oldest first.
    pub comments: Vec<Comment>,
}

/// A page of a listing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// By place, in the order of their oldest comment. What is said of a place may go on in the next page.
    pub threads: Vec<Thread>,
    /// The token for the next page.
    pub next: Option<String>,
}

/// Lists comments on the difference of two commits.
///
/// # Errors
/// [`Refusal::InvalidCommitId`], [`Refusal::CommitDoesNotExist`], [`Refusal::InvalidMaxResults`],
/// [`Error::InvalidContinuationToken`], and the store's.
pub async fn for_compared_commit(
    forge: &Forge,
    caller: &Caller,
    (name, compared): (&RepositoryName, &Comparison),
    (max, token): (Option<i64>, Option<&str>),
) -> Result<Page> {
    let opened = opened(forge, caller, Action::GetCommentsForComparedCommit, name).await?;
    let after = existing(&opened, &compared.after).await?;
    let before = match &compared.before {
        Some(before) => Some(existing(&opened, before).await?),
        None => None,
    };
    let partition = comparison(&opened.repository.id, before.as_ref(), &after);
    page(forge, (partition, ""), (max, token), |_| true).await
}

/// Lists comments on a pull request, or on one comparison of it; with the name of its repository.
///
/// # Errors
/// As [`for_compared_commit`], and [`Refusal::RepositoryNotAssociatedWithPullRequest`].
pub async fn for_pull_request(
    forge: &Forge,
    caller: &Caller,
    (id, compared): (PullRequestId, Option<(&RepositoryName, &Comparison)>),
    paging: (Option<i64>, Option<&str>),
) -> Result<(RepositoryName, Page)> {
    let action = Action::GetCommentsForPullRequest;
    let found = authorised_pull_request(forge, caller, action, id).await?;
    let repository = found.repository.name.clone();
    let mut wanted = None;
    if let Some((name, compared)) = compared {
        check_repository(forge, caller, action, (&found, name)).await?;
        let opened = Opened::of(forge, found.repository).await?;
        let before = match &compared.before {
            Some(before) => Some(existing(&opened, before).await?),
            None => None,
        };
        wanted = Some((before, existing(&opened, &compared.after).await?));
    }
    let (account, region) = forge.place();
    let partition = (
        keys::pull_request(account, region, id.number()),
        keys::PULL_REQUEST_COMMENT_PREFIX,
    );
    let is_wanted = |about: &About| wanted.is_none_or(|wanted| (about.before, about.after) == wanted);
    Ok((repository, page(forge, partition, paging, is_wanted).await?))
}

async fn page(
    forge: &Forge,
    (partition, prefix): (String, &str),
    (max, token): (Option<i64>, Option<&str>),
    is_wanted: impl Fn(&About) -> bool,
) -> Result<Page> {
    let max = page_token::page_size(max, (DEFAULT_PAGE, MAX_PAGE), Refusal::InvalidMaxResults)?;
    let key = forge.key().await?;
    let listing = format!("GetComments {partition}");
    let mut after = match token {
        Some(token) => Some(page_token::decode(&key, &listing, token)?),
        None => None,
    };
    let mut threads: Vec<Thread> = Vec::new();
    let mut count = 0;
    loop {
        let range = Range {
            prefix: prefix.to_owned(),
            after: after.take(),
            limit: max - count + 1,
            ..Range::default()
        };
        let found = forge.store().table().query(&partition, range).await?;
        for item in &found.items {
            let comment = Comment::decode(item)?;
            if !is_wanted(&comment.about) {
                continue;
            }
            if count == max {
                let last = threads.iter().flat_map(|thread| &thread.comments);
                let last = last.max_by_key(|comment| (comment.created_ms, &comment.id));
                let last = last.ok_or_else(|| Error::corrupt("a page without comments is full"))?;
                let position = format!("{prefix}{}", keys::comment_position(last.created_ms, &last.id));
                let next = Some(page_token::encode(&key, &listing, &position));
                return Ok(Page { threads, next });
            }
            count += 1;
            match threads.iter_mut().find(|thread| thread.about == comment.about) {
                Some(thread) => thread.comments.push(comment),
                None => threads.push(Thread {
                    about: comment.about.clone(),
                    comments: vec![comment],
                }),
            }
        }
        after = found.next;
        if after.is_none() {
            return Ok(Page { threads, next: None });
        }
    }
}
