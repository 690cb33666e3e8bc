//! `PutCommentReaction` and `GetCommentReactions`.

mod emoji;

use std::collections::BTreeMap;

pub use self::emoji::Emoji;

use packhouse_storage::clock;

use super::edit::change;
use super::record::authorised;
use crate::error::{Error, Result};
use crate::events::{Reacted, of_reaction};
use crate::forge::Forge;
use crate::identity::{Caller, whose};
use crate::page_token;
use crate::policy::Action;
use crate::refusal::Refusal;

/// The most reactions of a comment, which has to fit an item.
const MAX_REACTIONS: usize = 1000;
/// The most kinds of reactions of a page.
const MAX_PAGE: usize = 1000;

/// Those who reacted alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reaction {
    /// How.
    pub emoji: &'static Emoji,
    /// Their ARNs.
    pub users: Vec<String>,
    /// How many more did whose users are deleted.
    pub deleted_users: usize,
}

/// A page of reactions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reactions {
    /// By kind.
    pub reactions: Vec<Reaction>,
    /// The token for the next page.
    pub next: Option<String>,
}

/// Reacts to a comment, in the place of an earlier reaction of the caller. An empty value and `none` take that back.
///
/// # Errors
/// [`Refusal::InvalidReactionValue`], [`Refusal::CommentDeleted`], [`Refusal::ReactionLimitExceeded`], and the store's.
pub async fn react(forge: &Forge, caller: &Caller, id: &str, value: &str) -> Result<()> {
    let taken_back = value.trim().is_empty() || value == "none";
    let emoji = Emoji::find(value);
    change(forge, caller, (Action::PutCommentReaction, id), |comment| {
        let arn = &caller.principal.arn;
        let by = (arn.as_str(), clock::now_millis());
        if taken_back {
            let had = comment.reactions.remove(arn);
            return Ok(had.map(|_| of_reaction(comment, Reacted::TakenBack, by).by(caller)));
        }
        let emoji = emoji.ok_or(Refusal::InvalidReactionValue)?;
        if comment.reactions.len() >= MAX_REACTIONS && !comment.reactions.contains_key(arn) {
            return Err(Refusal::ReactionLimitExceeded.into());
        }
        let had = comment.reactions.insert(arn.clone(), emoji.short_code.to_owned());
        let reacted = match had {
            None => Reacted::Created(emoji),
            Some(had) if had == emoji.short_code => return Ok(None),
            Some(_) => Reacted::Updated(emoji),
        };
        Ok(Some(of_reaction(comment, reacted, by).by(caller)))
    })
    .await
    .map(drop)
}

/// Lists the reactions to a comment, of all or of one user.
///
/// # Errors
/// [`Refusal::CommentDeleted`], [`Refusal::InvalidReactionUserArn`], [`Refusal::InvalidMaxResults`],
/// [`Error::InvalidContinuationToken`], and the store's.
pub async fn list_reactions(
    forge: &Forge,
    caller: &Caller,
    (id, user): (&str, Option<&str>),
    (max, token): (Option<i64>, Option<&str>),
) -> Result<Reactions> {
    let (comment, _) = authorised(forge, caller, Action::GetCommentReactions, id).await?;
    if user.is_some_and(|user| !user.starts_with("arn:")) {
        return Err(Refusal::InvalidReactionUserArn.into());
    }
    let max = page_token::page_size(max, (MAX_PAGE, MAX_PAGE), Refusal::InvalidMaxResults)?;
    if comment.content.is_none() {
        return Err(Refusal::CommentDeleted.into());
    }
    let key = forge.key().await?;
    let listing = format!("GetCommentReactions {id} {user:?}");
    let after = match token {
        Some(token) => page_token::decode(&key, &listing, token)?,
        None => String::new(),
    };
    let mut kinds: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (arn, short_code) in &comment.reactions {
        if user.is_none_or(|user| user == arn) && short_code.as_str() > after.as_str() {
            kinds.entry(short_code).or_default().push(arn);
        }
    }
    let more = kinds.len() > max;
    let mut reactions = Vec::new();
    for (short_code, arns) in kinds.into_iter().take(max) {
        let emoji = Emoji::find(short_code).ok_or_else(|| Error::corrupt(format!("{id}: a reaction {short_code}")))?;
        let mut users = Vec::new();
        let all = arns.len();
        for arn in arns {
            match whose::check(
                forge,
                arn,
                (Refusal::InvalidReactionUserArn, Refusal::ActorDoesNotExist),
            )
            .await
            {
                Ok(()) => users.push(arn.to_owned()),
                Err(Error::Refused(..)) => {}
                Err(error) => return Err(error),
            }
        }
        let deleted_users = all - users.len();
        reactions.push(Reaction {
            emoji,
            users,
            deleted_users,
        });
    }
    let last = reactions.last().filter(|_| more);
    let next = last.map(|last| page_token::encode(&key, &listing, last.emoji.short_code));
    Ok(Reactions { reactions, next })
}
