//! The command `ls-refs` of protocol version 2.

use super::v2::Arguments;
use super::{Client, Error, Excerpt};
use crate::hash::{MAX_HEX, oid};
use crate::pkt_line::{self, FLUSH, TooLong};

/// From so many prefixes on Git lists every ref.
const TOO_MANY_PREFIXES: usize = 65_536;

/// Which refs to list, and what to tell of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LsRefsRequest {
    /// Who asks.
    pub client: Client,
    /// Tell what annotated tags peel to.
    pub peel: bool,
    /// Tell what symbolic refs point to.
    pub symrefs: bool,
    /// Tell where HEAD points to even if nothing is there yet.
    pub unborn: bool,
    /// Only refs that begin with one of these; all without any. Sorted, and none begins with another.
    pub ref_prefixes: Vec<Vec<u8>>,
}

impl LsRefsRequest {
    /// Whether a ref of that name is asked for. Costs the logarithm of the number of prefixes.
    #[must_use]
    pub fn matches(&self, name: &[u8]) -> bool {
        // As no prefix begins with another, only the greatest that is not behind the name can begin it.
        let behind = self.ref_prefixes.partition_point(|prefix| prefix.as_slice() <= name);
        let candidate = behind.checked_sub(1).and_then(|at| self.ref_prefixes.get(at));
        self.ref_prefixes.is_empty() || candidate.is_some_and(|prefix| name.starts_with(prefix))
    }
}

pub(super) fn parse(arguments: &mut Arguments<'_>, client: Client) -> Result<LsRefsRequest, Error> {
    let mut request = LsRefsRequest {
        client,
        ..LsRefsRequest::default()
    };
    let mut prefixes = Vec::new();
    while let Some(line) = arguments.read(Error::ExpectedFlush("ls-refs"))? {
        match line {
            b"peel" => request.peel = true,
            b"symrefs" => request.symrefs = true,
            b"unborn" => request.unborn = true,
            _ => match line.strip_prefix(b"ref-prefix ") {
                Some(_) if prefixes.len() >= TOO_MANY_PREFIXES => {}
                Some(prefix) => prefixes.push(prefix),
                None => return Err(Error::UnexpectedLine(Excerpt::new(line))),
            },
        }
    }
    if prefixes.len() < TOO_MANY_PREFIXES {
        prefixes.sort_unstable();
        prefixes.dedup_by(|longer, shorter| longer.starts_with(shorter));
        request.ref_prefixes = prefixes.into_iter().map(<[u8]>::to_vec).collect();
    }
    Ok(request)
}

/// Appends a ref, if it is asked for, with what is asked for of it. `HEAD` comes first; all others sorted by name. End
/// with [`write_end`].
///
/// # Errors
/// When the names do not fit into a pkt-line; nothing is written then.
pub fn write_ref(
    out: &mut Vec<u8>,
    request: &LsRefsRequest,
    name: &[u8],
    id: &oid,
    symref_target: Option<&[u8]>,
    peeled: Option<&oid>,
) -> Result<(), TooLong> {
    if !request.matches(name) {
        return Ok(());
    }
    let (mut hex, mut peeled_hex) = ([0; MAX_HEX], [0; MAX_HEX]);
    let hex = id.hex_to_buf(&mut hex);
    let (symref_key, symref_value): (&[u8], &[u8]) = match symref_target.filter(|_| request.symrefs) {
        Some(target) => (b" symref-target:", target),
        None => (b"", b""),
    };
    let (peeled_key, peeled): (&[u8], &[u8]) = match peeled.filter(|_| request.peel) {
        Some(id) => (b" peeled:", id.hex_to_buf(&mut peeled_hex).as_bytes()),
        None => (b"", b""),
    };
    pkt_line::write(
        out,
        &[
            hex.as_bytes(),
            b" ",
            name,
            symref_key,
            symref_value,
            peeled_key,
            peeled,
            b"\n",
        ],
    )
}

/// Appends a `HEAD` that points to a branch which does not exist yet, if that is asked for.
///
/// # Errors
/// When the name does not fit into a pkt-line; nothing is written then.
pub fn write_unborn_head(out: &mut Vec<u8>, request: &LsRefsRequest, target: &[u8]) -> Result<(), TooLong> {
    if request.unborn && request.symrefs && request.matches(b"HEAD") {
        pkt_line::write(out, &[b"unborn HEAD symref-target:", target, b"\n"])?;
    }
    Ok(())
}

/// Appends the end of the list.
pub fn write_end(out: &mut Vec<u8>) {
    out.extend_from_slice(FLUSH);
}
