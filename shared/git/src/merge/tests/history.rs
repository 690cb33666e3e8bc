//! Merges by git.

use std::path::Path;

use crate::hash::ObjectId;
use crate::testing::repository::git;

/// What git makes of a merge.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Expected {
    pub(super) is_clean: bool,
    pub(super) tree: ObjectId,
    /// The paths in conflict, without what git appends to those that had to give way.
    pub(super) conflicts: Vec<String>,
    pub(super) messages: Vec<String>,
}

/// Merges pairs of commits by git; `None` for those on which git fails an assertion of its own.
pub(super) fn merge_tree(folder: &Path, pairs: &[(ObjectId, ObjectId)], flags: &[&str]) -> Vec<Option<Expected>> {
    let mut merges = Vec::new();
    while merges.len() < pairs.len() {
        let rest = &pairs[merges.len()..];
        let input: String = rest.iter().map(|(a, b)| format!("{a} {b}\n")).collect();
        let arguments = [&["merge-tree", "--write-tree", "--messages", "--stdin"], flags].concat();
        let output = git(folder, &arguments, input.as_bytes());
        let mut fields = output
            .split(|&byte| byte == 0)
            .map(String::from_utf8_lossy)
            .map(String::from);
        merges.extend(rest.iter().map_while(|pair| parse_merge(pair, &mut fields)).map(Some));
        if merges.len() < pairs.len() {
            merges.push(None);
        }
    }
    merges
}

/// Reads a merge in the format of `git merge-tree --stdin`.
fn parse_merge(pair: &(ObjectId, ObjectId), fields: &mut impl Iterator<Item = String>) -> Option<Expected> {
    let is_clean = match fields.next()?.as_str() {
        "0" => false,
        "1" => true,
        _ => return None,
    };
    let mut expected = Expected {
        is_clean,
        tree: ObjectId::from_hex(fields.next()?.as_bytes()).ok()?,
        conflicts: Vec::new(),
        messages: Vec::new(),
    };
    loop {
        let file = fields.next()?;
        if file.is_empty() {
            break;
        }
        let path = file.split_once('\t')?.1;
        let aside = [&pair.0, &pair.1]
            .into_iter()
            .find_map(|id| path.split_once(&format!("~{id}")));
        expected.conflicts.push(aside.map_or(path, |(path, _)| path).to_owned());
    }
    loop {
        let count = fields.next()?;
        if count.is_empty() {
            break;
        }
        fields.nth(count.parse().ok()?)?;
        expected.messages.push(fields.next()?);
    }
    expected.conflicts.sort();
    expected.conflicts.dedup();
    Some(expected)
}
