//! Requests of protocol version 2 (`gitprotocol-v2(5)`).

use std::collections::HashSet;

use super::arguments::Draft;
use super::{Client, Error, Excerpt, FetchRequest, LsRefsRequest, ObjectInfoRequest, Server, ls_refs, object_info};
use crate::capabilities::{log_text, object_format, object_format_name};
use crate::hash::{ObjectFormat, parse_hex};
use crate::pkt_line::{Line, Lines};
use crate::sideband;

/// A request, by its command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// `ls-refs`
    LsRefs(LsRefsRequest),
    /// `fetch`
    Fetch(Box<FetchRequest>),
    /// `object-info`
    ObjectInfo(ObjectInfoRequest),
}

#[derive(Clone, Copy)]
enum Command {
    LsRefs,
    Fetch,
    ObjectInfo,
}

impl Command {
    const fn name(self) -> &'static str {
        match self {
            Self::LsRefs => "ls-refs",
            Self::Fetch => "fetch",
            Self::ObjectInfo => "object-info",
        }
    }
}

/// Parses the body of a POST to `git-upload-pack`; `None` when it is empty or one flush, by which a client takes its
/// leave. What lies behind the flush that ends the request is not looked at.
///
/// # Errors
/// When Git refuses the request. Nothing is said of whether objects and refs exist.
pub fn parse(body: &[u8], server: &Server<'_>) -> Result<Option<Request>, Error> {
    let mut lines = Lines::new(body);
    if body.is_empty() {
        return Ok(None);
    }
    let mut head = Head {
        command: None,
        client: Client::default(),
        format: ObjectFormat::Sha1,
        is_empty: true,
    };
    let has_arguments = loop {
        match lines.expect()? {
            line @ Line::Data(_) => head.take(line.text().unwrap_or_default(), server)?,
            Line::Flush if head.is_empty => return Ok(None),
            Line::Flush => break false,
            Line::Delim => break true,
            Line::ResponseEnd => return Err(Error::UnexpectedPacket("response end")),
        }
    };
    let Head {
        command,
        client,
        format,
        ..
    } = head;
    let command = command.ok_or(Error::NoCommand)?;
    if format != server.format {
        let (server, client) = (object_format_name(server.format), object_format_name(format));
        return Err(Error::ObjectFormatMismatch { server, client });
    }
    let mut arguments = Arguments {
        lines,
        has_more: has_arguments,
    };
    Ok(Some(match command {
        Command::LsRefs => Request::LsRefs(ls_refs::parse(&mut arguments, client)?),
        Command::Fetch => Request::Fetch(Box::new(parse_fetch(&mut arguments, client, server)?)),
        Command::ObjectInfo => Request::ObjectInfo(object_info::parse(&mut arguments, client, server.format)?),
    }))
}

/// What stands before the arguments.
struct Head {
    command: Option<Command>,
    client: Client,
    format: ObjectFormat,
    is_empty: bool,
}

impl Head {
    fn take(&mut self, line: &[u8], server: &Server<'_>) -> Result<(), Error> {
        self.is_empty = false;
        if let Some(name) = line.strip_prefix(b"command=") {
            return self.take_command(name, server);
        }
        let mut parts = line.splitn(2, |&byte| byte == b'=');
        let (key, value) = (parts.next().unwrap_or_default(), parts.next());
        match key {
            b"agent" => self.client.agent = value.map(log_text),
            b"session-id" if server.session_id.is_some() => self.client.session_id = value.map(log_text),
            b"server-option" => self.client.server_options.push(value.unwrap_or_default().to_vec()),
            b"object-format" => {
                let name = value.ok_or(Error::MissingObjectFormat)?;
                self.format = object_format(name).ok_or_else(|| Error::UnknownObjectFormat(Excerpt::new(name)))?;
            }
            _ => return Err(Error::UnknownCapability(Excerpt::new(line))),
        }
        Ok(())
    }

    fn take_command(&mut self, name: &[u8], server: &Server<'_>) -> Result<(), Error> {
        if let Some(first) = self.command {
            return Err(Error::SecondCommand {
                first: first.name(),
                second: Excerpt::new(name),
            });
        }
        self.command = Some(match name {
            b"ls-refs" => Command::LsRefs,
            b"fetch" => Command::Fetch,
            b"object-info" if server.features.object_info => Command::ObjectInfo,
            _ => return Err(Error::InvalidCommand(Excerpt::new(name))),
        });
        Ok(())
    }
}

/// The arguments of a command, one a line.
pub(super) struct Arguments<'a> {
    lines: Lines<'a>,
    has_more: bool,
}

impl<'a> Arguments<'a> {
    /// The next argument; `None` behind the last. Anything else than a flush behind the last is `not_a_flush`.
    pub(super) fn read(&mut self, not_a_flush: Error) -> Result<Option<&'a [u8]>, Error> {
        if !self.has_more {
            return Ok(None);
        }
        match self.lines.expect()? {
            line @ Line::Data(_) => Ok(line.text()),
            Line::Flush => {
                self.has_more = false;
                Ok(None)
            }
            Line::Delim | Line::ResponseEnd => Err(not_a_flush),
        }
    }
}

fn parse_fetch(arguments: &mut Arguments<'_>, client: Client, server: &Server<'_>) -> Result<FetchRequest, Error> {
    let mut draft = Draft::new(server);
    draft.request.client = client;
    draft.request.sideband = sideband::Mode::Large;
    let features = server.features;
    let mut want_refs = HashSet::new();
    while let Some(line) = arguments.read(Error::ExpectedFlush("fetch"))? {
        if let Some(hex) = line.strip_prefix(b"want ") {
            draft.want(parse_hex(server.format, hex).ok_or_else(|| Error::Want(Excerpt::new(line)))?);
        } else if let Some(hex) = line.strip_prefix(b"have ") {
            draft.have(hex)?;
        } else if let (Some(name), true) = (line.strip_prefix(b"want-ref "), features.ref_in_want) {
            if !want_refs.insert(name) {
                return Err(Error::DuplicateWantRef(Excerpt::new(name)));
            }
            draft.request.want_refs.push(name.to_vec());
        } else if let (Some(spec), true) = (line.strip_prefix(b"filter "), features.filter) {
            draft.filter(spec)?;
        } else if !take_flag(&mut draft.request, line, features.sideband_all) && !draft.take_shallow(line)? {
            return Err(Error::UnexpectedLine(Excerpt::new(line)));
        }
    }
    draft.finish()
}

/// Takes an argument without a value; false when it is another.
fn take_flag(request: &mut FetchRequest, line: &[u8], sideband_all: bool) -> bool {
    let flag = match line {
        b"thin-pack" => &mut request.thin_pack,
        b"ofs-delta" => &mut request.ofs_delta,
        b"no-progress" => &mut request.no_progress,
        b"include-tag" => &mut request.include_tag,
        b"done" => &mut request.done,
        b"wait-for-done" => &mut request.wait_for_done,
        b"deepen-relative" => &mut request.deepen_relative,
        b"sideband-all" if sideband_all => &mut request.sideband_all,
        // The pack may always lie in the response as a whole.
        _ => return line.starts_with(b"packfile-uris "),
    };
    *flag = true;
    true
}
