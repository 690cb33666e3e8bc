//! Answers to haves: which of them are common, and whether they are enough to send the pack.
//!
//! Pure: the caller tells what the repository has by two functions. `is_common` says whether an object is there at all;
//! it is asked once for each have. `ready` says whether every want reaches one of the objects that are common so far;
//! it is never asked before there is one, and may be asked again when there are more.

use std::collections::HashSet;

use super::response::write_line;
use super::{FetchRequest, MultiAck};
use crate::hash::{ObjectId, oid};
use crate::pkt_line::{DELIM, FLUSH, write_cut};

/// How a negotiation stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// The haves that are there, in the client's order, each once.
    pub common: Vec<ObjectId>,
    /// Go on and send the pack. Otherwise the response ends here.
    pub send_pack: bool,
}

/// Appends the answer of versions 0 and 1 over HTTP, which follows the shallow lines, and which the pack follows.
///
/// It is Git's to the byte but for clients without `multi_ack`, none of which is Git: each gets exactly one `ACK`,
/// where Git repeats it for haves that are parents of the first.
pub fn answer_v0(
    out: &mut Vec<u8>,
    request: &FetchRequest,
    mut is_common: impl FnMut(&oid) -> bool,
    mut ready: impl FnMut(&[ObjectId]) -> bool,
) -> Outcome {
    let mut outcome = Outcome::default();
    if request.shallow_only {
        return outcome;
    }
    let mut seen = HashSet::new();
    let mut last = None;
    let (mut has_other, mut is_ready) = (false, false);
    for have in &request.haves {
        if is_common(have) {
            last = Some(have);
            let is_new = seen.insert(*have);
            if is_new {
                outcome.common.push(*have);
            }
            match request.multi_ack {
                MultiAck::Detailed => ack(out, have, " common"),
                MultiAck::Continue => ack(out, have, " continue"),
                MultiAck::None if is_new && seen.len() == 1 => ack(out, have, ""),
                MultiAck::None => {}
            }
            continue;
        }
        has_other = true;
        if request.multi_ack == MultiAck::None || outcome.common.is_empty() || !ready(&outcome.common) {
            continue;
        }
        // The client may stop naming what leads to commits that it has and we do not.
        if request.multi_ack == MultiAck::Detailed {
            is_ready = true;
            ack(out, have, " ready");
        } else {
            ack(out, have, " continue");
        }
    }
    if request.done {
        match last {
            Some(id) if request.multi_ack != MultiAck::None => ack(out, id, ""),
            Some(_) => {}
            None => write_cut(out, &[b"NAK\n"]),
        }
        outcome.send_pack = true;
        return outcome;
    }
    let may_be_ready = request.multi_ack == MultiAck::Detailed && !has_other;
    if let Some(id) = last.filter(|_| may_be_ready && ready(&outcome.common)) {
        is_ready = true;
        ack(out, id, " ready");
    }
    if last.is_none() || request.multi_ack != MultiAck::None {
        write_cut(out, &[b"NAK\n"]);
    }
    if let Some(id) = last.filter(|_| request.no_done && is_ready) {
        ack(out, id, "");
        outcome.send_pack = true;
    }
    outcome
}

fn ack(out: &mut Vec<u8>, id: &oid, state: &str) {
    write_cut(
        out,
        &[b"ACK ", id.to_hex().to_string().as_bytes(), state.as_bytes(), b"\n"],
    );
}

/// Appends the `acknowledgments` section of version 2, with the delimiter or the flush behind it; nothing where the
/// response has no such section.
pub fn answer_v2(
    out: &mut Vec<u8>,
    request: &FetchRequest,
    mut is_common: impl FnMut(&oid) -> bool,
    mut ready: impl FnMut(&[ObjectId]) -> bool,
) -> Outcome {
    let mut outcome = Outcome::default();
    if request.wants_nothing() && !request.wait_for_done {
        return outcome;
    }
    let mut seen = HashSet::new();
    outcome.common = request
        .haves
        .iter()
        .filter(|have| is_common(have) && seen.insert(**have))
        .copied()
        .collect();
    if request.done || request.haves.is_empty() {
        outcome.send_pack = true;
        return outcome;
    }
    let all = request.sideband_all;
    write_line(out, all, &[b"acknowledgments\n"]);
    if outcome.common.is_empty() {
        write_line(out, all, &[b"NAK\n"]);
    }
    for id in &outcome.common {
        write_line(out, all, &[b"ACK ", id.to_hex().to_string().as_bytes(), b"\n"]);
    }
    outcome.send_pack = !request.wait_for_done && !outcome.common.is_empty() && ready(&outcome.common);
    if outcome.send_pack {
        write_line(out, all, &[b"ready\n"]);
        out.extend_from_slice(DELIM);
    } else {
        out.extend_from_slice(FLUSH);
    }
    outcome
}
