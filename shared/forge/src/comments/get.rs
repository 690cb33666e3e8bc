//! `GetComment`.

use super::record::{Comment, authorised};
use crate::error::Result;
use crate::forge::Forge;
use crate::identity::Caller;
use crate::policy::Action;
use crate::refusal::Refusal;

/// Reads a comment.
///
/// # Errors
/// [`Refusal::CommentDoesNotExist`], [`Refusal::CommentDeleted`], and the store's.
pub async fn get(forge: &Forge, caller: &Caller, id: &str) -> Result<Comment> {
    let (comment, _) = authorised(forge, caller, Action::GetComment, id).await?;
    if comment.content.is_none() {
        return Err(Refusal::CommentDeleted.into());
    }
    Ok(comment)
}
