//! The report on a push: what became of the pack and of each command.

use super::Capabilities;
use crate::hash::{ObjectId, oid};
use crate::pkt_line::{self, FLUSH, printable};
use crate::sideband::{self, Band, Mode};

/// What became of one command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was done as asked.
    Done,
    /// It was done in another way, which only the second form of report can tell.
    DoneOtherwise {
        /// The ref that was changed in place of the one asked for.
        name: Option<Vec<u8>>,
        /// What that ref was.
        old: Option<ObjectId>,
        /// What it is.
        new: Option<ObjectId>,
        /// Whether the change dropped commits.
        forced: bool,
    },
    /// It was refused, for this reason; git prints it in parentheses.
    Refused(String),
}

/// What became of the command for the ref of this name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefStatus<'a> {
    /// The name as the client sent it.
    pub name: &'a [u8],
    /// What became of it.
    pub outcome: Outcome,
}

/// Appends the whole report in the form that the client asked for, and the flush that ends the response when it is on a
/// sideband; no more than that flush when the client asked for no report.
///
/// `unpacked` is the reason for which the pack was refused; then every ref should be too. Reasons become one line each.
pub fn write_report(
    out: &mut Vec<u8>,
    capabilities: &Capabilities,
    unpacked: Result<(), &str>,
    refs: &[RefStatus<'_>],
) {
    let mode = if capabilities.sideband { Mode::Large } else { Mode::None };
    if capabilities.report_status || capabilities.report_status_v2 {
        let mut report = Vec::new();
        let reason = unpacked.map_or_else(printable, |()| "ok".to_owned());
        line(&mut report, &[b"unpack ", reason.as_bytes()]);
        for status in refs {
            write_status(&mut report, status, capabilities.report_status_v2);
        }
        report.extend_from_slice(FLUSH);
        sideband::write(out, mode, Band::Data, &report);
    }
    if mode != Mode::None {
        out.extend_from_slice(FLUSH);
    }
}

fn write_status(report: &mut Vec<u8>, status: &RefStatus<'_>, v2: bool) {
    let (name, old, new, forced) = match &status.outcome {
        Outcome::Refused(reason) => {
            line(report, &[b"ng ", status.name, b" ", printable(reason).as_bytes()]);
            return;
        }
        Outcome::Done => (None, None, None, false),
        Outcome::DoneOtherwise { name, old, new, forced } => (name.as_deref(), old.as_deref(), new.as_deref(), *forced),
    };
    line(report, &[b"ok ", status.name]);
    if !v2 {
        return;
    }
    if let Some(name) = name {
        line(report, &[b"option refname ", name]);
    }
    let mut id = |key: &str, id: Option<&oid>| {
        if let Some(id) = id {
            line(report, &[key.as_bytes(), id.to_hex().to_string().as_bytes()]);
        }
    };
    id("option old-oid ", old);
    id("option new-oid ", new);
    if forced {
        line(report, &[b"option forced-update"]);
    }
}

/// Appends a line with its newline; what does not fit is cut off the end.
fn line(report: &mut Vec<u8>, parts: &[&[u8]]) {
    let mut text = parts.concat();
    text.truncate(pkt_line::MAX_DATA.saturating_sub(1));
    pkt_line::write_cut(report, &[&text, b"\n"]);
}
