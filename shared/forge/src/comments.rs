//! Comments on commits and pull requests, and reactions to them.
//!
//! A comment's record lies where it is listed: with its pull request, or with its repository under the commits that it
//! compares. Its id leads to it by an item of its own, which never changes.

mod edit;
mod get;
mod list;
mod location;
mod post;
mod reactions;
mod record;
mod reply;

pub use self::edit::{delete_content, update};
pub use self::get::get;
pub use self::list::{Comparison, Page, Thread, for_compared_commit, for_pull_request};
pub use self::location::{FileVersion, Location, Place};
pub use self::post::{Post, on_compared_commit, on_pull_request};
pub use self::reactions::{Emoji, Reaction, Reactions, list_reactions, react};
pub(crate) use self::record::load;
pub use self::record::{About, Comment};
pub use self::reply::reply;

use packhouse_git::hash::ObjectId;
use packhouse_git::ref_name::RefName;
use packhouse_storage::push::{Command, HIDDEN};

use crate::change::{ATTEMPTS, Change, Made, busy, make};
use crate::error::{Error, Result};
use crate::forge::Forge;
use crate::identity::Caller;
use crate::refusal::Refusal;
use crate::repositories::Opened;

/// The longest comment in characters.
const MAX_CONTENT: usize = 10_240;
/// The longest id of a comment that is looked for.
const MAX_ID: usize = 100;

/// A fresh id; clients know them as two UUIDs.
fn fresh_id() -> String {
    format!("{}:{}", packhouse_storage::id::uuid(), packhouse_storage::id::uuid())
}

/// Whether that can be the id of a comment.
fn check_id(id: &str) -> Result<()> {
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b':');
    if id.is_empty() || id.len() > MAX_ID || !id.bytes().all(letter) {
        return Err(Refusal::InvalidCommentId.into());
    }
    Ok(())
}

/// Whether that can be the text of a comment.
fn check_content(content: &str) -> Result<()> {
    if content.is_empty() {
        return Err(Refusal::CommentContentRequired.into());
    }
    if content.chars().nth(MAX_CONTENT).is_some() {
        return Err(Refusal::CommentContentSizeLimitExceeded.into());
    }
    Ok(())
}

/// Sees to it that commits stay, whatever becomes of the branches that have them now.
async fn keep(forge: &Forge, caller: &Caller, mut opened: Opened, commits: &[ObjectId]) -> Result<()> {
    for _ in 0..ATTEMPTS {
        let refs = commits.iter().map(|id| (keeper(id), *id));
        let missing = refs.filter(|(name, _)| opened.snapshot.refs().get(name).is_none());
        let commands: Vec<Command> = missing
            .map(|(name, id)| Command {
                name,
                old: None,
                new: Some(id),
            })
            .collect();
        if commands.is_empty() {
            return Ok(());
        }
        let change = Change {
            commands,
            ..Change::default()
        };
        match make(forge, caller, &opened, change).await? {
            Made::Done => return Ok(()),
            Made::Moved => opened = opened.again(forge).await?,
            Made::Refused(why) => return Err(Error::corrupt(format!("a commented commit cannot be kept: {why}"))),
        }
    }
    Err(busy())
}

/// The hidden ref of a commit that has comments.
fn keeper(id: &ObjectId) -> RefName {
    RefName::new(format!("{HIDDEN}commented/{id}").as_bytes()).expect("hex makes a valid name")
}
