//! The rules for annotated tags.

use super::header::{Line, check_end, check_identity, take};
use super::{Fault, Policy, Rule};
use crate::hash::{ObjectFormat, oid, parse_hex};
use crate::object::Kind;

/// [`check_end`] leaves no header unterminated, so the rules about that are for completeness.
pub(super) fn check(
    format: ObjectFormat,
    policy: Policy,
    data: &[u8],
    edge: &mut impl FnMut(&oid, Kind),
) -> Result<(), Fault> {
    check_end(data)?;
    let mut rest = data;
    let Line::Value(target) = take(&mut rest, b"object ") else {
        return Err(Rule::MissingObject.into());
    };
    let target = parse_hex(format, target).ok_or_else(|| Fault::quoting(Rule::BadObjectSha1, target))?;
    let kind = match take(&mut rest, b"type ") {
        Line::Value(kind) => Kind::from_name(kind).ok_or_else(|| Fault::quoting(Rule::BadType, kind))?,
        Line::Other => return Err(Rule::MissingTypeEntry.into()),
        Line::Unterminated => return Err(Rule::MissingType.into()),
    };
    edge(&target, kind);
    match take(&mut rest, b"tag ") {
        Line::Value(_) => {}
        // As in git, what follows a relaxed rule is not looked at.
        Line::Other => return policy.refuse(Rule::MissingTagEntry),
        Line::Unterminated => return policy.refuse(Rule::MissingTag),
    }
    if let Line::Value(tagger) = take(&mut rest, b"tagger ") {
        check_identity(policy, tagger)?;
    }
    check_signature(policy, rest)
}

fn check_signature(policy: Policy, mut rest: &[u8]) -> Result<(), Fault> {
    let start = match take(&mut rest, b"gpgsig ") {
        Line::Other => take(&mut rest, b"gpgsig-sha256 "),
        found => found,
    };
    match start {
        Line::Other => return Ok(()),
        Line::Unterminated => return policy.refuse(Rule::BadGpgsig),
        Line::Value(_) => {}
    }
    loop {
        match take(&mut rest, b" ") {
            Line::Value(_) => {}
            Line::Other => return Ok(()),
            Line::Unterminated => return policy.refuse(Rule::BadHeaderContinuation),
        }
    }
}
