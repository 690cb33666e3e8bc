//! The rules for commits.

use memchr::memchr;

use super::header::{Line, check_end, check_identity, take};
use super::{Fault, Policy, Rule};
use crate::hash::{ObjectFormat, oid, parse_hex};
use crate::object::Kind;

pub(super) fn check(
    format: ObjectFormat,
    policy: Policy,
    data: &[u8],
    edge: &mut impl FnMut(&oid, Kind),
) -> Result<(), Fault> {
    check_end(data)?;
    let mut rest = data;
    let Line::Value(tree) = take(&mut rest, b"tree ") else {
        return Err(Rule::MissingTree.into());
    };
    let tree = parse_hex(format, tree).ok_or_else(|| Fault::quoting(Rule::BadTreeSha1, tree))?;
    edge(&tree, Kind::Tree);
    while let Line::Value(parent) = take(&mut rest, b"parent ") {
        let parent = parse_hex(format, parent).ok_or_else(|| Fault::quoting(Rule::BadParentSha1, parent))?;
        edge(&parent, Kind::Commit);
    }
    let mut authors = 0usize;
    while let Line::Value(author) = take(&mut rest, b"author ") {
        authors = authors.saturating_add(1);
        check_identity(policy, author)?;
    }
    match authors {
        0 => policy.refuse(Rule::MissingAuthor)?,
        1 => {}
        _ => policy.refuse(Rule::MultipleAuthors)?,
    }
    match take(&mut rest, b"committer ") {
        Line::Value(committer) => check_identity(policy, committer)?,
        Line::Other | Line::Unterminated => policy.refuse(Rule::MissingCommitter)?,
    }
    if memchr(0, rest).is_some() {
        policy.refuse(Rule::NulInCommit)?;
    }
    Ok(())
}
