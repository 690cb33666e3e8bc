//! What can be wrong with a request.

use std::fmt;

use crate::filter;
use crate::pkt_line::ReadError;

/// A piece of a request for an error message: at most 200 bytes of it, escaped to printable ASCII.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excerpt(String);

impl Excerpt {
    /// An excerpt of `bytes`.
    #[must_use]
    pub fn new(bytes: &[u8]) -> Self {
        Self(bytes.get(..200).unwrap_or(bytes).escape_ascii().to_string())
    }
}

impl fmt::Display for Excerpt {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// A request that Git refuses. The text is for the client and has Git's words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// It is not made of pkt-lines, or cut off.
    #[error(transparent)]
    PktLine(#[from] ReadError),
    /// A special packet where none belongs.
    #[error("protocol error: unexpected {0} packet")]
    UnexpectedPacket(&'static str),
    /// A capability that was not advertised.
    #[error("unknown capability '{0}'")]
    UnknownCapability(Excerpt),
    /// Capabilities without a command.
    #[error("no command requested")]
    NoCommand,
    /// A command that was not advertised.
    #[error("invalid command '{0}'")]
    InvalidCommand(Excerpt),
    /// Two commands.
    #[error("command '{second}' requested after already requesting command '{first}'")]
    SecondCommand {
        /// The first.
        first: &'static str,
        /// The second.
        second: Excerpt,
    },
    /// `object-format` without a value.
    #[error("object-format capability requires an argument")]
    MissingObjectFormat,
    /// An object format that does not exist.
    #[error("unknown object format '{0}'")]
    UnknownObjectFormat(Excerpt),
    /// The repository has another object format than the client.
    #[error("mismatched object format: server {server}; client {client}")]
    ObjectFormatMismatch {
        /// The repository's.
        server: &'static str,
        /// The client's.
        client: &'static str,
    },
    /// An argument that the command does not have, or that was not advertised.
    #[error("unexpected line: '{0}'")]
    UnexpectedLine(Excerpt),
    /// The arguments of a command do not end in a flush.
    #[error("expected flush after {0} arguments")]
    ExpectedFlush(&'static str),
    /// A want without an id, or another line among the wants of version 0.
    #[error("git upload-pack: protocol error, expected to get object ID, not '{0}'")]
    Want(Excerpt),
    /// A have without an id.
    #[error("git upload-pack: expected SHA1 object, got '{0}'")]
    Have(Excerpt),
    /// Another line among the haves of version 0.
    #[error("git upload-pack: expected SHA1 list, got '{0}'")]
    HaveList(Excerpt),
    /// A ref wanted twice.
    #[error("duplicate want-ref {0}")]
    DuplicateWantRef(Excerpt),
    /// A shallow line without an id.
    #[error("invalid shallow line: {0}")]
    Shallow(Excerpt),
    /// A depth that is no positive number.
    #[error("Invalid deepen: {0}")]
    Deepen(Excerpt),
    /// A time that is no number.
    #[error("Invalid deepen-since: {0}")]
    DeepenSince(Excerpt),
    /// Two ways at once to say how much history is wanted.
    #[error("git upload-pack: deepen and deepen-since (or deepen-not) cannot be used together")]
    DeepenTwice,
    /// A filter without its capability.
    #[error("git upload-pack: filtering capability not negotiated")]
    FilterNotNegotiated,
    /// Two filters.
    #[error("multiple filter-specs cannot be combined")]
    FilterTwice,
    /// A filter that the server does not permit.
    #[error("filter '{0}' not supported")]
    FilterNotSupported(&'static str),
    /// A malformed filter.
    #[error(transparent)]
    Filter(#[from] filter::Error),
    /// An argument that `object-info` does not have.
    #[error("object-info: unexpected line: '{0}'")]
    ObjectInfoLine(Excerpt),
    /// An object of `object-info` without an id.
    #[error("object-info: protocol error, expected to get oid, not '{0}'")]
    ObjectInfoId(Excerpt),
    /// The arguments of `object-info` do not end in a flush.
    #[error("object-info: expected flush after arguments")]
    ObjectInfoFlush,
}
