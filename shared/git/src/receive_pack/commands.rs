//! The commands of a push, out of a body that arrives in pieces.

use super::{Capabilities, Command, Commands, Error};
use crate::capabilities::{self, object_format};
use crate::hash::{ObjectFormat, parse_hex};
use crate::pkt_line::{Decoded, Line, decode};
use crate::upload_pack::Excerpt;

/// What bounds the memory that a list of commands takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The most commands.
    pub commands: usize,
    /// The most push options.
    pub push_options: usize,
    /// The most bytes before the pack.
    pub bytes: usize,
}

/// What [`CommandParser::feed`] did with a piece.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// It took all of it and needs the next.
    NeedMore,
    /// The commands are complete.
    Done {
        /// The bytes of this piece that belong to the commands; the pack begins behind them.
        consumed: usize,
        /// The commands.
        commands: Commands,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Commands,
    PushOptions,
    Done,
}

/// Parses the commands of a push from the pieces of its body.
///
/// Holds what it has parsed and at most one line that is not complete. When the body ends before it is done, the client
/// hung up; nothing at all was sent if [`CommandParser::is_empty`].
#[derive(Clone, Debug)]
pub struct CommandParser {
    format: ObjectFormat,
    limits: Limits,
    state: State,
    parsed: Commands,
    partial: Vec<u8>,
    /// The bytes of all complete lines.
    offset: usize,
}

impl CommandParser {
    /// Begins a body sent to a repository of that object format.
    #[must_use]
    pub fn new(format: ObjectFormat, limits: Limits) -> Self {
        let (parsed, partial) = (Commands::default(), Vec::new());
        Self {
            format,
            limits,
            state: State::Commands,
            parsed,
            partial,
            offset: 0,
        }
    }

    /// Whether nothing was fed but empty pieces.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.offset == 0 && self.partial.is_empty()
    }

    /// What was read so far: lets an answer to a malformed request go out in the form that the client asked for.
    #[must_use]
    pub const fn capabilities(&self) -> &Capabilities {
        &self.parsed.capabilities
    }

    /// Reads the next piece, of any length. Once it is done it takes nothing any more: it then answers with no bytes
    /// consumed and no commands.
    ///
    /// # Errors
    /// When Git refuses the commands, or they pass a limit. The parser must not be fed again then.
    pub fn feed(&mut self, piece: &[u8]) -> Result<Progress, Error> {
        let mut rest = piece;
        loop {
            if self.state == State::Done {
                let consumed = piece.len().saturating_sub(rest.len());
                return Ok(Progress::Done {
                    consumed,
                    commands: std::mem::take(&mut self.parsed),
                });
            }
            rest = if self.partial.is_empty() {
                self.take_line(rest)?
            } else {
                self.complete_line(rest)?
            };
            if rest.is_empty() && self.state != State::Done {
                return Ok(Progress::NeedMore);
            }
        }
    }

    /// Takes the line at the front of `input`, or keeps all of it when the line goes on; gives what is left.
    fn take_line<'a>(&mut self, input: &'a [u8]) -> Result<&'a [u8], Error> {
        match decode(input).map_err(|source| self.malformed(source))? {
            Decoded::Complete { line, consumed } => {
                self.take(line, consumed)?;
                Ok(input.get(consumed..).unwrap_or_default())
            }
            Decoded::Incomplete { .. } => {
                self.partial = input.to_vec();
                Ok(&[])
            }
        }
    }

    /// Moves to the kept line what it lacks, and takes it if it is complete; gives what is left.
    fn complete_line<'a>(&mut self, mut input: &'a [u8]) -> Result<&'a [u8], Error> {
        let mut partial = std::mem::take(&mut self.partial);
        loop {
            match decode(&partial).map_err(|source| self.malformed(source))? {
                Decoded::Complete { line, consumed } => {
                    self.take(line, consumed)?;
                    return Ok(input);
                }
                Decoded::Incomplete { .. } if input.is_empty() => {
                    self.partial = partial;
                    return Ok(input);
                }
                Decoded::Incomplete { needed } => {
                    let (more, left) = input.split_at_checked(needed).unwrap_or((input, &[]));
                    partial.extend_from_slice(more);
                    input = left;
                }
            }
        }
    }

    fn malformed(&self, source: crate::pkt_line::Error) -> Error {
        Error::PktLine {
            offset: u64::try_from(self.offset).unwrap_or(u64::MAX),
            source,
        }
    }

    fn take(&mut self, line: Line<'_>, length: usize) -> Result<(), Error> {
        self.offset = self.offset.saturating_add(length);
        if self.offset > self.limits.bytes {
            return Err(Error::TooLong);
        }
        match (line, self.state) {
            (Line::Delim, _) => Err(Error::UnexpectedPacket("delimiter")),
            (Line::ResponseEnd, _) => Err(Error::UnexpectedPacket("response end")),
            (Line::Flush, State::Commands)
                if self.parsed.capabilities.push_options && !self.parsed.commands.is_empty() =>
            {
                self.state = State::PushOptions;
                Ok(())
            }
            (Line::Flush, _) => {
                self.state = State::Done;
                Ok(())
            }
            (Line::Data(_), State::PushOptions | State::Done) => {
                if self.parsed.push_options.len() >= self.limits.push_options {
                    return Err(Error::TooManyPushOptions);
                }
                self.parsed.push_options.push(line.text().unwrap_or_default().to_vec());
                Ok(())
            }
            (Line::Data(_), State::Commands) => self.take_command(line.text().unwrap_or_default()),
        }
    }

    fn take_command(&mut self, line: &[u8]) -> Result<(), Error> {
        if let Some(hex) = line.strip_prefix(b"shallow ") {
            let id = parse_hex(self.format, hex).ok_or_else(|| Error::Shallow(Excerpt::new(hex)))?;
            self.parsed.shallow.push(id);
            return Ok(());
        }
        let (said, list) = capabilities::Capabilities::split(line);
        if let Some(list) = list {
            self.take_capabilities(list)?;
        }
        if said == b"push-cert" {
            return Err(Error::PushCertificate);
        }
        let command = parse_command(self.format, said).ok_or_else(|| Error::Command(Excerpt::new(said)))?;
        if self.parsed.commands.len() >= self.limits.commands {
            return Err(Error::TooManyCommands);
        }
        self.parsed.commands.push(command);
        Ok(())
    }

    /// Git reads capabilities from every line that has a NUL, though clients send them with the first.
    fn take_capabilities(&mut self, list: capabilities::Capabilities<'_>) -> Result<(), Error> {
        let asked = &mut self.parsed.capabilities;
        asked.report_status |= list.has("report-status");
        asked.report_status_v2 |= list.has("report-status-v2");
        asked.sideband |= list.has("side-band-64k");
        asked.quiet |= list.has("quiet");
        asked.atomic |= list.has("atomic");
        asked.push_options |= list.has("push-options");
        asked.agent = asked.agent.take().or_else(|| list.text("agent"));
        asked.session_id = asked.session_id.take().or_else(|| list.text("session-id"));
        let format = list.value("object-format").unwrap_or(b"sha1");
        if object_format(format) != Some(self.format) {
            return Err(Error::ObjectFormat(Excerpt::new(format)));
        }
        Ok(())
    }
}

fn parse_command(format: ObjectFormat, line: &[u8]) -> Option<Command> {
    let (old, rest) = line.split_at_checked(format.len_in_hex())?;
    let (new, rest) = rest.strip_prefix(b" ")?.split_at_checked(format.len_in_hex())?;
    let name = rest.strip_prefix(b" ")?.to_vec();
    Some(Command {
        old: parse_hex(format, old)?,
        new: parse_hex(format, new)?,
        name,
    })
}
