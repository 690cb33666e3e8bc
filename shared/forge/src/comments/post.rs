//! `PostCommentForComparedCommit` and `PostCommentForPullRequest`.

use std::collections::BTreeMap;

use packhouse_git::hash::ObjectId;
use packhouse_storage::clock;
use packhouse_storage::table::Expect;
use packhouse_storage::table::commit::Commit;

use super::location::{Location, find};
use super::record::{About, Comment, load};
use super::{check_content, fresh_id, keep};
use crate::error::{Error, Result};
use crate::events::{Said, of_comment};
use crate::forge::Forge;
use crate::idempotency::Once;
use crate::identity::Caller;
use crate::names::RepositoryName;
use crate::policy::Action;
use crate::pull_requests::{PullRequestId, authorised_pull_request, check_repository};
use crate::refusal::Refusal;
use crate::repositories::{Opened, opened};

/// What is to be said, of what.
#[derive(Clone, Debug)]
pub struct Post {
    /// The commit before, a full id.
    pub before: Option<String>,
    /// The commit after, a full id.
    pub after: String,
    /// Where in the difference.
    pub location: Option<Location>,
    /// What is said.
    pub content: String,
    /// The client's token.
    pub token: Option<String>,
}

/// Comments on the difference of two commits.
///
/// # Errors
/// What is wrong with content, commits or location; [`Refusal::IdempotencyParameterMismatch`], and the store's.
pub async fn on_compared_commit(forge: &Forge, caller: &Caller, name: &RepositoryName, post: Post) -> Result<Comment> {
    let opened = opened(forge, caller, Action::PostCommentForComparedCommit, name).await?;
    comment(forge, caller, opened, None, post).await
}

/// Comments on a difference of a pull request's.
///
/// # Errors
/// As [`on_compared_commit`], and [`Refusal::RepositoryNotAssociatedWithPullRequest`].
pub async fn on_pull_request(
    forge: &Forge,
    caller: &Caller,
    (id, name): (PullRequestId, &RepositoryName),
    post: Post,
) -> Result<Comment> {
    let action = Action::PostCommentForPullRequest;
    let found = authorised_pull_request(forge, caller, action, id).await?;
    check_repository(forge, caller, action, (&found, name)).await?;
    let opened = Opened::of(forge, found.repository).await?;
    comment(forge, caller, opened, Some(id), post).await
}

async fn comment(
    forge: &Forge,
    caller: &Caller,
    opened: Opened,
    pull_request: Option<PullRequestId>,
    post: Post,
) -> Result<Comment> {
    check_content(&post.content)?;
    let place = format!("{:?}", post.location);
    let of = pull_request.map(|id| id.to_string()).unwrap_or_default();
    let parameters = [
        opened.repository.id.as_str(),
        &of,
        post.before.as_deref().unwrap_or_default(),
        &post.after,
        &place,
        &post.content,
    ];
    let once = Once::new(forge, caller, "PostComment", post.token.as_deref(), &parameters)?;
    let (before, after) = commits(&opened, post.before.as_deref(), &post.after).await?;
    let place = match post.location {
        Some(location) => Some(
            opened
                .odb
                .walk(move |odb| find(odb, before.as_ref(), &after, &location))
                .await?,
        ),
        None => None,
    };
    let about = About {
        repository: opened.repository.id.clone(),
        pull_request,
        before,
        after,
        place,
    };
    let kept: Vec<ObjectId> = before.into_iter().chain([after]).collect();
    keep(forge, caller, opened, &kept).await?;
    let comment = written(caller, about, None, post.content, post.token);
    create(forge, caller, comment, once).await
}

/// The commits of a comparison.
async fn commits(opened: &Opened, before: Option<&str>, after: &str) -> Result<(Option<ObjectId>, ObjectId)> {
    let after = existing(opened, after).await?;
    let Some(before) = before else {
        let is_first = opened
            .odb
            .walk(move |odb| Ok::<_, Error>(odb.commit(&after)?.parents.is_empty()));
        if is_first.await? {
            return Ok((None, after));
        }
        return Err(
            Refusal::CommitIdRequired.saying("A before commit ID is required, unless the commit is a first one.")
        );
    };
    let before = existing(opened, before).await?;
    if before == after {
        return Err(Refusal::BeforeCommitIdAndAfterCommitIdAreSame.into());
    }
    Ok((Some(before), after))
}

/// The commit of a full id.
///
/// # Errors
/// [`Refusal::InvalidCommitId`], [`Refusal::CommitDoesNotExist`], and the store's.
pub(super) async fn existing(opened: &Opened, id: &str) -> Result<ObjectId> {
    let id = opened.id(id).ok_or(Refusal::InvalidCommitId)?;
    if opened.peeled(id).await? == Some(id) {
        Ok(id)
    } else {
        Err(Refusal::CommitDoesNotExist.into())
    }
}

/// A comment that is written now.
pub(super) fn written(
    caller: &Caller,
    about: About,
    in_reply_to: Option<String>,
    content: String,
    token: Option<String>,
) -> Comment {
    let now = clock::now_millis();
    Comment {
        id: fresh_id(),
        about,
        in_reply_to,
        author: caller.principal.arn.clone(),
        content: Some(content),
        created_ms: now,
        modified_ms: now,
        token,
        reactions: BTreeMap::new(),
    }
}

/// Stores a new comment, unless an earlier request with the same token did.
pub(super) async fn create(forge: &Forge, caller: &Caller, comment: Comment, once: Option<Once>) -> Result<Comment> {
    let mut commit = Commit::new(forge.store().table(), &[]);
    loop {
        commit.read().await?;
        if let Some(once) = &once
            && let Some(id) = once.result(forge).await?
        {
            let made = load(forge, &id).await?;
            return made
                .map(|(comment, _)| comment)
                .ok_or_else(|| Error::corrupt(format!("comment {id} went")));
        }
        // A try whose outcome was unknown was made after all.
        if once.is_none() && load(forge, &comment.id).await?.is_some() {
            return Ok(comment);
        }
        let mut writes = comment.create(forge).to_vec();
        writes.extend(once.as_ref().map(|once| once.write(&comment.id)));
        let by = (comment.author.as_str(), comment.created_ms);
        let told = of_comment(&comment, Said::Created, by).by(caller);
        writes.push(comment.tell(&told, Expect::Absent));
        if commit.write(writes).await? {
            return Ok(comment);
        }
    }
}
