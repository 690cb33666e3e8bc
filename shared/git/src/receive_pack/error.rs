//! What can be wrong with a list of commands.

use crate::pkt_line;
use crate::upload_pack::Excerpt;

/// A list of commands that is refused. The text is for the client, and Git's where Git has one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// It is not made of pkt-lines.
    #[error("{source}")]
    PktLine {
        /// Where the line begins, in bytes from the start of the request.
        offset: u64,
        /// What is wrong.
        source: pkt_line::Error,
    },
    /// A special packet where none belongs.
    #[error("protocol error: unexpected {0} packet")]
    UnexpectedPacket(&'static str),
    /// A line that is no command.
    #[error("protocol error: expected old/new/ref, got '{0}'")]
    Command(Excerpt),
    /// A shallow line without an id.
    #[error("protocol error: expected shallow sha, got '{0}'")]
    Shallow(Excerpt),
    /// The client has another object format than the repository.
    #[error("unsupported object format '{0}'")]
    ObjectFormat(Excerpt),
    /// A signed push; it was not advertised.
    #[error("push certificates are not supported")]
    PushCertificate,
    /// More commands than are permitted.
    #[error("Too many reference update commands")]
    TooManyCommands,
    /// More push options than are permitted.
    #[error("too many push options")]
    TooManyPushOptions,
    /// Commands, shallow lines and push options that are longer together than is permitted.
    #[error("the list of reference update commands is too long")]
    TooLong,
}
