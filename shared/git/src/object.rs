//! Parsing of objects: just what graph walks need. [`crate::fsck`] judges whether an object is well-formed.

use memchr::memchr;

use crate::hash::{ObjectFormat, ObjectId, oid, parse_hex};

/// The four kinds of object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// A commit.
    Commit,
    /// A tree.
    Tree,
    /// A blob.
    Blob,
    /// An annotated tag.
    Tag,
}

impl Kind {
    /// The name git writes into object headers.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Commit => "commit",
            Self::Tree => "tree",
            Self::Blob => "blob",
            Self::Tag => "tag",
        }
    }

    /// The kind of that name.
    #[must_use]
    pub fn from_name(name: &[u8]) -> Option<Self> {
        match name {
            b"commit" => Some(Self::Commit),
            b"tree" => Some(Self::Tree),
            b"blob" => Some(Self::Blob),
            b"tag" => Some(Self::Tag),
            _ => None,
        }
    }
}

/// An object that could not be understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("malformed {} object: {what}", kind.name())]
pub struct Malformed {
    /// What the object was taken for.
    pub kind: Kind,
    /// What is wrong with it.
    pub what: &'static str,
}

/// One entry of a tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TreeEntry<'a> {
    /// The mode, as the number that its octal digits say.
    pub mode: u32,
    /// The name; never empty, no NUL.
    pub name: &'a [u8],
    /// What it points to.
    pub id: &'a oid,
}

impl TreeEntry<'_> {
    /// Whether it is a directory.
    #[must_use]
    pub const fn is_tree(&self) -> bool {
        self.mode & 0o170_000 == 0o040_000
    }

    /// Whether it is a submodule's commit, which lives in another repository.
    #[must_use]
    pub const fn is_gitlink(&self) -> bool {
        self.mode & 0o170_000 == 0o160_000
    }
}

/// Iterates over the entries of a tree, ending after the first malformed one.
#[derive(Clone, Debug)]
pub struct TreeIter<'a> {
    rest: &'a [u8],
    id_len: usize,
}

/// The entries of the tree `data`.
#[must_use]
pub const fn tree_entries(format: ObjectFormat, data: &[u8]) -> TreeIter<'_> {
    TreeIter {
        rest: data,
        id_len: format.len_in_bytes(),
    }
}

impl<'a> TreeIter<'a> {
    /// How many bytes of the tree come behind the last entry.
    #[must_use]
    pub const fn remaining(&self) -> usize {
        self.rest.len()
    }

    fn read(&mut self) -> Option<TreeEntry<'a>> {
        let mut mode = 0u32;
        let mut rest = self.rest;
        loop {
            let (&byte, tail) = rest.split_first()?;
            rest = tail;
            match byte {
                b'0'..=b'7' => mode = mode.checked_mul(8)?.checked_add(u32::from(byte - b'0'))?,
                b' ' => break,
                _ => return None,
            }
        }
        let end = memchr(0, rest)?;
        let (name, tail) = rest.split_at(end);
        let (id, tail) = tail.get(1..)?.split_at_checked(self.id_len)?;
        if name.is_empty() {
            return None;
        }
        self.rest = tail;
        Some(TreeEntry {
            mode,
            name,
            id: oid::try_from_bytes(id).ok()?,
        })
    }
}

impl<'a> Iterator for TreeIter<'a> {
    type Item = Result<TreeEntry<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let entry = self.read();
        if entry.is_none() {
            self.rest = &[];
        }
        Some(entry.ok_or(Malformed {
            kind: Kind::Tree,
            what: "bad entry",
        }))
    }
}

/// How many bytes at the start of two trees are the same entries. Much faster than parsing both: trees of successive
/// commits hardly differ.
#[must_use]
pub fn identical_entries(format: ObjectFormat, tree: &[u8], other: &[u8]) -> usize {
    const STEP: usize = 32;
    let whole = tree
        .chunks_exact(STEP)
        .zip(other.chunks_exact(STEP))
        .take_while(|(a, b)| a == b)
        .count()
        * STEP;
    let rest = tree[whole..]
        .iter()
        .zip(&other[whole..])
        .take_while(|(a, b)| a == b)
        .count();
    let same = &tree[..whole + rest];
    let mut end = 0;
    // Each entry ends an id's length behind the first NUL.
    while let Some(nul) = same.get(end..).and_then(|rest| memchr(0, rest)) {
        let next = end + nul + 1 + format.len_in_bytes();
        if next > same.len() {
            break;
        }
        end = next;
    }
    end
}

/// What a graph walk needs of a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit {
    /// Its tree.
    pub tree: ObjectId,
    /// Its parents, in order.
    pub parents: Vec<ObjectId>,
    /// The committer's time in seconds; 0 where it cannot be read.
    pub time: i64,
}

fn header<'a>(data: &mut &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let rest = data.strip_prefix(name)?.strip_prefix(b" ")?;
    let end = memchr(b'\n', rest)?;
    let (value, tail) = rest.split_at(end);
    *data = tail.get(1..)?;
    Some(value)
}

/// Parses a commit.
///
/// # Errors
/// When its tree or a parent cannot be read.
pub fn parse_commit(format: ObjectFormat, mut data: &[u8]) -> Result<Commit, Malformed> {
    let bad = |what| Malformed {
        kind: Kind::Commit,
        what,
    };
    let tree = header(&mut data, b"tree")
        .and_then(|hex| parse_hex(format, hex))
        .ok_or_else(|| bad("bad tree"))?;
    let mut parents = Vec::new();
    while data.starts_with(b"parent ") {
        let parent = header(&mut data, b"parent").and_then(|hex| parse_hex(format, hex));
        parents.push(parent.ok_or_else(|| bad("bad parent"))?);
    }
    while data.starts_with(b"author ") {
        header(&mut data, b"author").ok_or_else(|| bad("bad author"))?;
    }
    let time = header(&mut data, b"committer").and_then(identity_time).unwrap_or(0);
    Ok(Commit { tree, parents, time })
}

/// The seconds in `name <email> seconds zone`.
fn identity_time(identity: &[u8]) -> Option<i64> {
    let after = identity.iter().rposition(|&byte| byte == b'>')?;
    let text = std::str::from_utf8(identity.get(after + 1..)?).ok()?;
    text.split_ascii_whitespace().next()?.parse().ok()
}

/// What a graph walk needs of an annotated tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag {
    /// What it points to.
    pub target: ObjectId,
    /// The kind it says that is.
    pub kind: Kind,
}

/// Parses an annotated tag.
///
/// # Errors
/// When its target cannot be read.
pub fn parse_tag(format: ObjectFormat, mut data: &[u8]) -> Result<Tag, Malformed> {
    let bad = |what| Malformed { kind: Kind::Tag, what };
    let target = header(&mut data, b"object")
        .and_then(|hex| parse_hex(format, hex))
        .ok_or_else(|| bad("bad object"))?;
    let kind = header(&mut data, b"type")
        .and_then(Kind::from_name)
        .ok_or_else(|| bad("bad type"))?;
    Ok(Tag { target, kind })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn tree(entries: &[(u8, u8)]) -> Vec<u8> {
        let entry = |(name, id): &(u8, u8)| [&b"100644 "[..], &[b'a' + name % 26, 0], &[*id; 20]].concat();
        entries.iter().flat_map(entry).collect()
    }

    proptest! {
        #[test]
        fn identical_entries_are_those_that_parsing_finds(
            shared in prop::collection::vec((0u8.., 0u8..), 0..8),
            ours in prop::collection::vec((0u8.., 0u8..3), 0..3),
            theirs in prop::collection::vec((0u8.., 0u8..3), 0..3),
        ) {
            let (a, b) = ([shared.clone(), ours].concat(), [shared, theirs].concat());
            let (a, b) = (tree(&a), tree(&b));
            let entries = |data| tree_entries(ObjectFormat::Sha1, data).map(|entry| entry.unwrap().name.len() + 28);
            let pairs = tree_entries(ObjectFormat::Sha1, &a).zip(tree_entries(ObjectFormat::Sha1, &b));
            let same = pairs.take_while(|(a, b)| a == b).count();
            let expected: usize = entries(&a).take(same).sum();
            prop_assert_eq!(identical_entries(ObjectFormat::Sha1, &a, &b), expected);
        }
    }
}
