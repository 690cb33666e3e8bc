//! What a push asks for, and what becomes of it.

use packhouse_git::hash::ObjectId;
use packhouse_git::ref_name::RefName;

use crate::log::Actor;
use crate::table::{MAX_TRANSACTION_WRITES, Write};

/// Refs under this prefix keep what must not be lost; they are never told to clients and never pushed.
pub const HIDDEN: &str = "refs/packhouse/";
/// The most items that a push can write besides its own.
pub const MAX_ALSO: usize = MAX_TRANSACTION_WRITES - 5;

/// One ref to change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// The ref.
    pub name: RefName,
    /// What the pusher saw there.
    pub old: Option<ObjectId>,
    /// What it should point to; `None` deletes it.
    pub new: Option<ObjectId>,
}

/// What a push asks for.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// The refs to change. Names that occur twice are refused.
    pub commands: Vec<Command>,
    /// All or none.
    pub atomic: bool,
    /// Hidden refs may be among them.
    pub hidden: bool,
    /// What else is written in the same transaction: at most [`MAX_ALSO`] items. If a condition of one of them does not
    /// hold, the push fails with [`Error::Outdated`](crate::error::Error::Outdated).
    pub also: Vec<Write>,
    /// Who pushes.
    pub actor: Actor,
    /// The account in whose audit log the entry is to be found.
    pub audited_in: Option<String>,
}

/// What became of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The ref points to what was asked for.
    Done {
        /// It pointed to a commit that the new one does not descend from.
        forced: bool,
    },
    /// The ref is as it was; the text is for the pusher.
    Refused(String),
}
