//! `PostCommentReply`.

use super::check_content;
use super::post::{create, written};
use super::record::{Comment, authorised};
use crate::error::Result;
use crate::forge::Forge;
use crate::idempotency::Once;
use crate::identity::Caller;
use crate::policy::Action;

/// Replies to a comment, also to one that was deleted.
///
/// # Errors
/// [`CommentDoesNotExist`](crate::refusal::Refusal::CommentDoesNotExist), what is wrong with the content, and the store's.
pub async fn reply(
    forge: &Forge,
    caller: &Caller,
    (to, content): (&str, String),
    token: Option<String>,
) -> Result<Comment> {
    let (comment, _) = authorised(forge, caller, Action::PostCommentReply, to).await?;
    check_content(&content)?;
    let once = Once::new(forge, caller, "PostCommentReply", token.as_deref(), &[to, &content])?;
    let reply = written(caller, comment.about, Some(comment.id), content, token);
    create(forge, caller, reply, once).await
}
