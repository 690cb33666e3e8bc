//! Where a file was before a commit that seems to have made it, as git's rename detection says.
//!
//! Of the files that the commit removed or changed, it is one with the same content, or else the one that is most like
//! it, if at least half of the larger file lies in both. Source: `-C` in git-diff(1).

use std::collections::HashMap;

use crate::diff::lines::is_binary;
use crate::diff::trees::TreeDiff;
use crate::find::{Find, FindError, WalkError};
use crate::hash::ObjectId;
use crate::object::Kind;
use crate::tree::{Found, Mode};

/// How many trees are read to find what a commit changed.
const MOST_TREES: usize = 20_000;
/// How many changed files are looked at, as in git.
const MOST_SOURCES: usize = 1000;
/// How large files are whose contents are compared, in bytes.
const LARGEST: u64 = 8 << 20;
/// How much content is read in all, in bytes.
const MOST_BYTES: u64 = 64 << 20;

/// Likeness of equal contents, as git counts it.
const SAME: u64 = 60_000;
/// The least likeness that counts.
const LEAST: u64 = SAME / 2;
/// The longest piece of a line that is compared as a whole.
const PIECE: usize = 64;

/// The path, below the tree `before`, of the file that became `file` at `path` in the tree `after`.
pub(super) fn source(
    find: &(impl Find + ?Sized),
    before: &ObjectId,
    after: &ObjectId,
    path: &[u8],
    file: Found,
) -> Result<Option<Vec<u8>>, WalkError> {
    let tree = |id: &ObjectId| {
        Some(Found {
            mode: Mode::Tree,
            id: *id,
        })
    };
    let mut sources = Vec::new();
    for difference in TreeDiff::new(find, tree(before), tree(after)).limit(MOST_TREES) {
        match difference {
            Ok(difference) => {
                if let Some(found) = difference.before {
                    sources.push((difference.path, found));
                }
            }
            // So large a change is not searched for renames.
            Err(WalkError::TooFar(_)) => break,
            Err(error) => return Err(error),
        }
        if sources.len() >= MOST_SOURCES {
            break;
        }
    }
    let has_same_name = |source: &[u8]| name(source) == name(path);
    let is_exact = |found: &Found| {
        found.id == file.id && (found.mode == file.mode || is_regular(found.mode) && is_regular(file.mode))
    };
    let exact: Vec<&(Vec<u8>, Found)> = sources.iter().filter(|(_, found)| is_exact(found)).collect();
    let best = exact.iter().find(|(source, _)| has_same_name(source)).or(exact.first());
    if let Some((source, _)) = best {
        return Ok(Some(source.clone()));
    }
    Ok(most_alike(find, sources, file, has_same_name)?)
}

fn name(path: &[u8]) -> &[u8] {
    path.rsplit(|&byte| byte == b'/').next().unwrap_or(path)
}

const fn is_regular(mode: Mode) -> bool {
    matches!(mode, Mode::Normal | Mode::Executable)
}

fn most_alike(
    find: &(impl Find + ?Sized),
    sources: Vec<(Vec<u8>, Found)>,
    file: Found,
    has_same_name: impl Fn(&[u8]) -> bool,
) -> Result<Option<Vec<u8>>, FindError> {
    let size = |found: Found| -> Result<Option<u64>, FindError> {
        Ok(find
            .header(&found.id)?
            .map(|(_, size)| size)
            .filter(|size| *size <= LARGEST))
    };
    if sources.is_empty() || !is_regular(file.mode) {
        return Ok(None);
    }
    let Some(own_size) = size(file)?.filter(|size| *size > 0) else {
        return Ok(None);
    };
    let own = find.get(&file.id, Kind::Blob)?;
    let own = Pieces::of(&own);
    let mut left = MOST_BYTES;
    let mut best: Option<((u64, bool), Vec<u8>)> = None;
    for (path, found) in sources {
        let Some(size) = size(found)?.filter(|_| is_regular(found.mode)) else {
            continue;
        };
        let (smaller, larger) = (size.min(own_size), size.max(own_size));
        if smaller.saturating_mul(SAME) < larger.saturating_mul(LEAST) {
            continue;
        }
        let Some(rest) = left.checked_sub(size) else {
            break;
        };
        left = rest;
        let data = find.get(&found.id, Kind::Blob)?;
        let shared = Pieces::of(&data).shared_with(&own);
        let likeness = shared.saturating_mul(SAME).checked_div(larger).unwrap_or(0);
        let rank = (likeness, has_same_name(&path));
        if likeness >= LEAST && best.as_ref().is_none_or(|(other, _)| rank > *other) {
            best = Some((rank, path));
        }
    }
    Ok(best.map(|(_, path)| path))
}

/// How many bytes of a file lie in each of its pieces: lines, or parts of long ones. The carriage returns of a text's
/// line ends do not count.
struct Pieces(HashMap<Vec<u8>, u64>);

impl Pieces {
    fn of(data: &[u8]) -> Self {
        let is_text = !is_binary(data);
        let mut pieces: HashMap<Vec<u8>, u64> = HashMap::new();
        let mut piece = Vec::with_capacity(PIECE);
        let mut rest = data;
        while let Some((&byte, tail)) = rest.split_first() {
            rest = tail;
            if !(is_text && byte == b'\r' && rest.first() == Some(&b'\n')) {
                piece.push(byte);
            }
            if piece.len() >= PIECE || byte == b'\n' || rest.is_empty() && !piece.is_empty() {
                let length = u64::try_from(piece.len()).unwrap_or(u64::MAX);
                let count = pieces.entry(std::mem::take(&mut piece)).or_default();
                *count = count.saturating_add(length);
            }
        }
        Self(pieces)
    }

    /// How many bytes lie in both files.
    fn shared_with(&self, other: &Self) -> u64 {
        let shared = self
            .0
            .iter()
            .map(|(piece, count)| other.0.get(piece).map_or(0, |own| *own.min(count)));
        shared.fold(0, u64::saturating_add)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contents_are_alike_by_the_lines_and_parts_of_lines_that_they_share() {
        let shared = |a: &[u8], b: &[u8]| Pieces::of(a).shared_with(&Pieces::of(b));
        for (a, b, expect) in [
            (&b"a\nb\nc\n"[..], &b"c\nx\na\n"[..], 4),
            (b"a\na\na\n", b"a\n", 2),
            (b"a\r\nb\r\n", b"a\nb\n", 4),
            (b"\0a\r\nb\r\n", b"a\nb\n", 0),
            (b"a", b"a\n", 0),
            (b"", b"a\n", 0),
            (&[b'x'; 130], &[b'x'; 70], 64),
        ] {
            assert_eq!(shared(a, b), expect, "{} {}", a.escape_ascii(), b.escape_ascii());
        }
    }
}
