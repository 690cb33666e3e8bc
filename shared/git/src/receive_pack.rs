//! The server's side of pushes, without what it does to a repository: the advertisement, the commands, the report
//! (`gitprotocol-pack(5)`).
#![cfg_attr(not(test), deny(clippy::indexing_slicing, clippy::arithmetic_side_effects))]

use crate::capabilities::object_format_name;
use crate::hash::{ObjectFormat, ObjectId};

mod commands;
mod error;
mod report;

pub use commands::{CommandParser, Limits, Progress};
pub use error::Error;
pub use report::{Outcome, RefStatus, write_report};

/// What a server says of itself and permits.
#[derive(Clone, Copy, Debug)]
pub struct Server<'a> {
    /// The object format of the repository.
    pub format: ObjectFormat,
    /// What the server calls itself; visible ASCII without spaces.
    pub agent: &'a str,
    /// The id of this conversation, for the client's logs; visible ASCII without spaces.
    pub session_id: Option<&'a str>,
}

/// The capabilities, in Git's order, for [`crate::advertisement::RefAdvertisement`].
#[must_use]
pub fn capabilities(server: &Server<'_>) -> String {
    let mut list =
        "report-status report-status-v2 delete-refs side-band-64k quiet atomic ofs-delta push-options".to_owned();
    if let Some(id) = server.session_id {
        list.push_str(" session-id=");
        list.push_str(id);
    }
    list.push_str(" object-format=");
    list.push_str(object_format_name(server.format));
    list.push_str(" agent=");
    list.push_str(server.agent);
    list
}

/// One ref that a push changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// What the client believes the ref to be; null for a ref that is to be created.
    pub old: ObjectId,
    /// What it shall be; null for a ref that is to be deleted.
    pub new: ObjectId,
    /// The name as it was sent: any bytes but NUL, maybe none.
    pub name: Vec<u8>,
}

impl Command {
    /// Whether the ref is to be deleted.
    #[must_use]
    pub fn is_delete(&self) -> bool {
        self.new.is_null()
    }

    /// Whether the ref is to be created.
    #[must_use]
    pub fn is_create(&self) -> bool {
        self.old.is_null() && !self.new.is_null()
    }
}

/// What a client asks for with its commands. Whatever else it names is ignored, as by Git.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Capabilities {
    /// Report in the first form.
    pub report_status: bool,
    /// Report in the second form; goes before the first.
    pub report_status_v2: bool,
    /// `side-band-64k`: report, progress and errors are multiplexed.
    pub sideband: bool,
    /// No progress messages.
    pub quiet: bool,
    /// All commands or none.
    pub atomic: bool,
    /// Push options follow the commands.
    pub push_options: bool,
    /// The client's name and version, fit for a log.
    pub agent: Option<String>,
    /// The client's id of this conversation, fit for a log.
    pub session_id: Option<String>,
}

/// Everything before the pack.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Commands {
    /// The commands in order; none in the probe that git sends before a large push.
    pub commands: Vec<Command>,
    /// The client's own shallow boundary, in order, repetitions included.
    pub shallow: Vec<ObjectId>,
    /// What the client asks for.
    pub capabilities: Capabilities,
    /// What the user gave with `--push-option`, in order; any bytes.
    pub push_options: Vec<Vec<u8>>,
}

impl Commands {
    /// Whether a pack follows: unless there is nothing to do, or refs are deleted and nothing else.
    #[must_use]
    pub fn has_pack(&self) -> bool {
        self.commands.iter().any(|command| !command.is_delete())
    }
}

#[cfg(test)]
mod tests;
