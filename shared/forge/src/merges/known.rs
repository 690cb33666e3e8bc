//! `GetMergeCommit`: which commit a merge made.

use packhouse_git::hash::ObjectId;
use packhouse_storage::keys;
use packhouse_storage::table::{Expect, Write};

use super::{Handling, Specifiers, Tips};
use crate::error::{Error, Result};
use crate::forge::Forge;
use crate::identity::Caller;
use crate::names::RepositoryName;
use crate::policy::Action;
use crate::repositories::{Opened, opened};

/// A merge, and the commit that was made of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// What was merged, and into what.
    pub tips: Tips,
    /// The commit that it made last; none where it was never made here.
    pub commit: Option<ObjectId>,
}

/// Tells which commit was made when the source was merged into the destination with these settings.
///
/// # Errors
/// [`CommitDoesNotExist`](crate::refusal::Refusal::CommitDoesNotExist), and the store's.
pub async fn get_merge_commit(
    forge: &Forge,
    caller: &Caller,
    (name, named): (&RepositoryName, &Specifiers),
    handling: &Handling,
) -> Result<Known> {
    let opened = opened(forge, caller, Action::GetMergeCommit, name).await?;
    let tips = Tips::find(&opened, named).await?;
    let key = keys::merge(opened.repository.id.as_str(), &what(&tips, handling));
    let item = forge.store().table().get(&key).await?;
    let commit = match item {
        Some(item) => {
            let text = std::str::from_utf8(&item.body).ok();
            let id = text.and_then(|text| opened.id(text));
            Some(id.ok_or_else(|| Error::corrupt(format!("{key:?} names no commit")))?)
        }
        None => None,
    };
    Ok(Known { tips, commit })
}

/// Notes which commit a merge makes, in the transaction that makes it.
pub(crate) fn remember(opened: &Opened, tips: &Tips, handling: &Handling, commit: ObjectId) -> Write {
    let key = keys::merge(opened.repository.id.as_str(), &what(tips, handling));
    Write::put(key, Expect::Any, commit.to_string())
}

fn what(tips: &Tips, handling: &Handling) -> String {
    let (level, strategy) = handling.names();
    format!("{}#{}#{level}#{strategy}", tips.source, tips.destination)
}
