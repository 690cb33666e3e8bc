//! `UpdateComment` and `DeleteCommentContent`.

use packhouse_storage::clock;
use packhouse_storage::table::commit::Commit;

use super::check_content;
use super::record::{Comment, authorised};
use crate::error::Result;
use crate::events::note::Note;
use crate::events::{Said, of_comment};
use crate::forge::Forge;
use crate::identity::Caller;
use crate::policy::Action;
use crate::refusal::Refusal;

/// Gives a comment of the caller's another content.
///
/// # Errors
/// [`Refusal::CommentNotCreatedByCaller`], [`Refusal::CommentDeleted`], what is wrong with the content, and the store's.
pub async fn update(forge: &Forge, caller: &Caller, id: &str, content: String) -> Result<Comment> {
    change(forge, caller, (Action::UpdateComment, id), |comment| {
        check_content(&content)?;
        if comment.author != caller.principal.arn {
            return Err(Refusal::CommentNotCreatedByCaller.into());
        }
        comment.content = Some(content.clone());
        Ok(Some(updated(caller, comment)))
    })
    .await
}

/// Deletes what a comment says, whoever wrote it. The comment stays, with its replies and reactions.
///
/// # Errors
/// [`Refusal::CommentDeleted`] when that was done before, and the store's.
pub async fn delete_content(forge: &Forge, caller: &Caller, id: &str) -> Result<Comment> {
    change(forge, caller, (Action::DeleteCommentContent, id), |comment| {
        comment.content = None;
        Ok(Some(updated(caller, comment)))
    })
    .await
}

/// Says of a comment that it was changed now.
fn updated(caller: &Caller, comment: &mut Comment) -> Note {
    comment.modified_ms = clock::now_millis().max(comment.modified_ms);
    of_comment(comment, Said::Updated, (&caller.principal.arn, comment.modified_ms)).by(caller)
}

/// Changes a comment that was not deleted. What is to be told of it, if anything, is what `decide` answers.
pub(super) async fn change(
    forge: &Forge,
    caller: &Caller,
    (action, id): (Action, &str),
    decide: impl Fn(&mut Comment) -> Result<Option<Note>>,
) -> Result<Comment> {
    let mut commit = Commit::new(forge.store().table(), &[]);
    let mut tried: Option<Comment> = None;
    loop {
        commit.read().await?;
        let (mut comment, seen) = authorised(forge, caller, action, id).await?;
        // An earlier try, whose outcome was unknown, was written.
        if tried.as_ref() == Some(&comment) {
            return Ok(comment);
        }
        if comment.content.is_none() {
            return Err(Refusal::CommentDeleted.into());
        }
        let told = decide(&mut comment)?;
        let mut writes = vec![comment.replace(forge, seen)];
        writes.extend(told.map(|note| comment.tell(&note, seen)));
        if commit.write(writes).await? {
            return Ok(comment);
        }
        tried = Some(comment);
    }
}
