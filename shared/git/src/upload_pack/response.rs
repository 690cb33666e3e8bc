//! What comes between the negotiation and the pack.
//!
//! In version 2 the order is: acknowledgments, shallow-info, wanted-refs, packfile. Git's own server swaps the two in the
//! middle, and its own clients refuse that.

use crate::hash::{ObjectId, oid};
use crate::pkt_line::{self, DELIM, FLUSH, TooLong};
use crate::sideband;

/// Appends a line of version 2, on the data band when everything is on a sideband. It must fit.
pub(super) fn write_line(out: &mut Vec<u8>, sideband_all: bool, parts: &[&[u8]]) {
    let written = try_write_line(out, sideband_all, parts);
    debug_assert!(written.is_ok(), "lines of fixed text and ids are short");
}

fn try_write_line(out: &mut Vec<u8>, sideband_all: bool, parts: &[&[u8]]) -> Result<(), TooLong> {
    if !sideband_all {
        return pkt_line::write(out, parts);
    }
    let line = parts.concat();
    pkt_line::write(out, &[&[sideband::Band::Data.byte()], &line])
}

/// Appends the shallow lines of versions 0 and 1 and the flush behind them: where the history ends that is about to be
/// sent, and where it ends no longer. Only for a request with [`super::FetchRequest::deepen`].
pub fn write_shallow_v0(out: &mut Vec<u8>, shallow: &[ObjectId], unshallow: &[ObjectId]) {
    write_shallow_lines(out, false, shallow, unshallow);
    out.extend_from_slice(FLUSH);
}

/// Appends the `shallow-info` section of version 2 and the delimiter behind it. Only for a request with
/// [`super::FetchRequest::has_shallow_info`].
pub fn write_shallow_info(out: &mut Vec<u8>, sideband_all: bool, shallow: &[ObjectId], unshallow: &[ObjectId]) {
    write_line(out, sideband_all, &[b"shallow-info\n"]);
    write_shallow_lines(out, sideband_all, shallow, unshallow);
    out.extend_from_slice(DELIM);
}

fn write_shallow_lines(out: &mut Vec<u8>, sideband_all: bool, shallow: &[ObjectId], unshallow: &[ObjectId]) {
    for (word, ids) in [("shallow ", shallow), ("unshallow ", unshallow)] {
        for id in ids {
            write_line(
                out,
                sideband_all,
                &[word.as_bytes(), id.to_hex().to_string().as_bytes()],
            );
        }
    }
}

/// Appends the `wanted-refs` section of version 2 and the delimiter behind it: what each ref that was wanted by name
/// points to. Nothing without refs.
///
/// # Errors
/// When a name does not fit into a pkt-line beside its id.
pub fn write_wanted_refs<'a>(
    out: &mut Vec<u8>,
    sideband_all: bool,
    refs: impl IntoIterator<Item = (&'a [u8], &'a oid)>,
) -> Result<(), TooLong> {
    let mut refs = refs.into_iter().peekable();
    if refs.peek().is_none() {
        return Ok(());
    }
    write_line(out, sideband_all, &[b"wanted-refs\n"]);
    for (name, id) in refs {
        try_write_line(
            out,
            sideband_all,
            &[id.to_hex().to_string().as_bytes(), b" ", name, b"\n"],
        )?;
    }
    out.extend_from_slice(DELIM);
    Ok(())
}

/// Appends the line that begins the `packfile` section of version 2. The pack follows on the data band of
/// [`sideband::Mode::Large`], and a flush ends the response.
pub fn write_packfile(out: &mut Vec<u8>, sideband_all: bool) {
    write_line(out, sideband_all, &[b"packfile\n"]);
}

/// Appends an error before the pack has begun; git prints it and fails. The response ends here.
pub fn write_error(out: &mut Vec<u8>, sideband_all: bool, message: &str) {
    if sideband_all {
        sideband::write_fatal(out, sideband::Mode::Large, message);
    } else {
        pkt_line::write_error(out, message);
    }
}
