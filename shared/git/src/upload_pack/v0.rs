//! Requests of protocol versions 0 and 1, over HTTP (`gitprotocol-pack(5)`).

use super::arguments::Draft;
use super::{Client, Error, Excerpt, FetchRequest, MultiAck, Server};
use crate::capabilities::{Capabilities, object_format, object_format_name};
use crate::hash::parse_hex;
use crate::pkt_line::{Line, Lines};
use crate::sideband;

/// Parses the body of a POST to `git-upload-pack`; `None` when it wants nothing, which is how a client takes its leave.
///
/// Over HTTP every request is complete in itself, and Git's server ends its answer at the first flush behind haves; what
/// lies behind that flush, or behind `done`, is not looked at.
///
/// # Errors
/// When Git refuses the request. Nothing is said of whether the objects exist.
pub fn parse(body: &[u8], server: &Server<'_>) -> Result<Option<FetchRequest>, Error> {
    let mut lines = Lines::new(body);
    let mut draft = Draft::new(server);
    let mut filter_negotiated = false;
    while let Some(line) = text(lines.expect()?)? {
        if draft.take_shallow(line)? {
            continue;
        }
        if let Some(spec) = line.strip_prefix(b"filter ") {
            if !filter_negotiated {
                return Err(Error::FilterNotNegotiated);
            }
            draft.filter(spec)?;
            continue;
        }
        let not_a_want = || Error::Want(Excerpt::new(line));
        let rest = line.strip_prefix(b"want ").ok_or_else(not_a_want)?;
        let (hex, list) = rest
            .split_at_checked(server.format.len_in_hex())
            .ok_or_else(not_a_want)?;
        draft.want(parse_hex(server.format, hex).ok_or_else(not_a_want)?);
        let list = Capabilities::new(list);
        filter_negotiated |= server.features.filter && list.has("filter");
        negotiate(&mut draft.request, list, server)?;
    }
    if draft.request.wants.is_empty() {
        return Ok(None);
    }
    draft.request.shallow_only = lines.rest().is_empty();
    if !draft.request.shallow_only {
        read_haves(&mut lines, &mut draft)?;
    }
    draft.finish().map(Some)
}

fn read_haves(lines: &mut Lines<'_>, draft: &mut Draft) -> Result<(), Error> {
    while let Some(line) = text(lines.expect()?)? {
        if let Some(hex) = line.strip_prefix(b"have ") {
            draft.have(hex)?;
        } else if line == b"done" {
            draft.request.done = true;
            break;
        } else {
            return Err(Error::HaveList(Excerpt::new(line)));
        }
    }
    Ok(())
}

/// The text of a line, `None` for a flush.
fn text(line: Line<'_>) -> Result<Option<&[u8]>, Error> {
    match line {
        Line::Data(_) => Ok(line.text()),
        Line::Flush => Ok(None),
        Line::Delim => Err(Error::UnexpectedPacket("delimiter")),
        Line::ResponseEnd => Err(Error::UnexpectedPacket("response end")),
    }
}

/// Takes the capabilities of a want; Git reads them from every want, though clients send them with the first.
fn negotiate(request: &mut FetchRequest, list: Capabilities<'_>, server: &Server<'_>) -> Result<(), Error> {
    if let Some(name) = list.value("object-format") {
        let format = object_format(name).ok_or_else(|| Error::UnknownObjectFormat(Excerpt::new(name)))?;
        if format != server.format {
            let (server, client) = (object_format_name(server.format), object_format_name(format));
            return Err(Error::ObjectFormatMismatch { server, client });
        }
    }
    if list.has("multi_ack_detailed") {
        request.multi_ack = MultiAck::Detailed;
    } else if list.has("multi_ack") {
        request.multi_ack = MultiAck::Continue;
    }
    if list.has("side-band-64k") {
        request.sideband = sideband::Mode::Large;
    } else if list.has("side-band") {
        request.sideband = sideband::Mode::Small;
    }
    request.deepen_relative |= list.has("deepen-relative");
    request.no_done |= list.has("no-done");
    request.thin_pack |= list.has("thin-pack");
    request.ofs_delta |= list.has("ofs-delta");
    request.no_progress |= list.has("no-progress");
    request.include_tag |= list.has("include-tag");
    let Client { agent, session_id, .. } = &mut request.client;
    *agent = agent.take().or_else(|| list.text("agent"));
    *session_id = session_id.take().or_else(|| list.text("session-id"));
    Ok(())
}
