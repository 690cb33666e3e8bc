//! The rules for trees. The hot path of a push: millions of trees with hundreds of entries.

use super::names;
use super::special::{Special, Specials};
use super::{Fault, Policy, Rule};
use crate::hash::{ObjectFormat, oid};
use crate::object::Kind;

/// The longest name of an entry, in bytes; git's default of `fsck.largePathname`.
const LONGEST_NAME: usize = 4096;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Tree,
    File,
    Symlink,
    Gitlink,
}

struct Entry<'a> {
    mode: Mode,
    name: &'a [u8],
    /// Whether the name has a slash or a backslash.
    has_separator: bool,
    id: &'a oid,
}

pub(super) fn check<F: FnMut(&oid, Kind)>(
    format: ObjectFormat,
    policy: Policy,
    data: &[u8],
    specials: &mut Specials,
    edge: &mut F,
) -> Result<(), Fault> {
    let id_len = format.len_in_bytes();
    let mut order = Order {
        previous: None,
        files: Vec::new(),
    };
    let mut rest = data;
    while !rest.is_empty() {
        let is_padded = rest.starts_with(b"0");
        let entry = read(&mut rest, id_len).ok_or(Rule::BadTree)?;
        if is_padded {
            policy.refuse_text(Rule::ZeroPaddedFilemode, entry.name)?;
        }
        if entry.name.len() > LONGEST_NAME {
            policy.refuse_text(Rule::LargePathname, entry.name)?;
        }
        if names::may_be_special(entry.name) {
            check_special_name(policy, &entry, specials)?;
        }
        if entry.has_separator {
            check_separators(policy, &entry, specials)?;
        }
        if entry.name.is_empty() {
            return Err(Rule::EmptyName.into());
        }
        if entry.id.first_byte() == 0 && entry.id.is_null() {
            policy.refuse_text(Rule::NullSha1, entry.name)?;
        }
        if let Err(rule) = order.follow(entry.mode == Mode::Tree, entry.name) {
            policy.refuse_text(rule, entry.name)?;
        }
        match entry.mode {
            Mode::Tree => edge(entry.id, Kind::Tree),
            Mode::File | Mode::Symlink => edge(entry.id, Kind::Blob),
            Mode::Gitlink => {}
        }
    }
    Ok(())
}

fn check_special_name(policy: Policy, entry: &Entry<'_>, specials: &mut Specials) -> Result<(), Fault> {
    let name = entry.name;
    match name {
        b"." => policy.refuse(Rule::HasDot)?,
        b".." => policy.refuse(Rule::HasDotdot)?,
        _ if names::is_dotgit(name) => policy.refuse_text(Rule::HasDotgit, name)?,
        _ => {}
    }
    if names::is_dotgitmodules(name) {
        note_gitmodules(policy, entry, specials)?;
    }
    // Git does not follow a link here, so it does not refuse one either.
    if entry.mode != Mode::Symlink && names::is_dotgitattributes(name) {
        specials.note(policy, Special::Attributes, entry.id)?;
    }
    Ok(())
}

/// Windows takes a backslash for a separator.
#[cold]
fn check_separators(policy: Policy, entry: &Entry<'_>, specials: &mut Specials) -> Result<(), Fault> {
    let mut rest = entry.name;
    if rest.contains(&b'/') {
        policy.refuse_text(Rule::FullPathname, entry.name)?;
    }
    while let Some(at) = rest.iter().position(|&byte| byte == b'\\') {
        rest = rest
            .get(at..)
            .and_then(|rest| rest.strip_prefix(b"\\"))
            .unwrap_or_default();
        if names::is_ntfs_dotgit(rest) {
            policy.refuse_text(Rule::HasDotgit, entry.name)?;
        }
        if names::is_ntfs_dotgitmodules(rest) {
            note_gitmodules(policy, entry, specials)?;
        }
    }
    Ok(())
}

#[cold]
fn note_gitmodules(policy: Policy, entry: &Entry<'_>, specials: &mut Specials) -> Result<(), Fault> {
    if entry.mode == Mode::Symlink {
        return policy.refuse_text(Rule::GitmodulesSymlink, entry.name);
    }
    specials.note(policy, Special::Modules, entry.id)
}

#[inline]
fn read<'a>(rest: &mut &'a [u8], id_len: usize) -> Option<Entry<'a>> {
    let (mode, tail) = read_mode(rest)?;
    let (end, has_separator) = name_end(tail)?;
    let (name, tail) = tail.split_at_checked(end)?;
    let (id, tail) = tail.get(1..)?.split_at_checked(id_len)?;
    *rest = tail;
    Some(Entry {
        mode,
        name,
        has_separator,
        id: oid::try_from_bytes(id).ok()?,
    })
}

#[inline]
fn read_mode(data: &[u8]) -> Option<(Mode, &[u8])> {
    if let Some(rest) = data.strip_prefix(b"100644 ") {
        return Some((Mode::File, rest));
    }
    if let Some(rest) = data.strip_prefix(b"40000 ") {
        return Some((Mode::Tree, rest));
    }
    read_rare_mode(data)
}

/// Any octal number of at most 16 bits whose upper part says a type; odd permissions are no more
/// than an info to git.
fn read_rare_mode(data: &[u8]) -> Option<(Mode, &[u8])> {
    let mut mode = 0u16;
    let mut rest = data;
    if rest.starts_with(b" ") {
        return None;
    }
    loop {
        let (&byte, tail) = rest.split_first()?;
        rest = tail;
        match byte {
            b' ' => break,
            b'0'..=b'7' => mode = mode.checked_mul(8)? | u16::from(byte & 7),
            _ => return None,
        }
    }
    let mode = match mode & 0o170_000 {
        0o040_000 => Mode::Tree,
        0o100_000 => Mode::File,
        0o120_000 => Mode::Symlink,
        0o160_000 => Mode::Gitlink,
        _ => return None,
    };
    Some((mode, rest))
}

/// Where the NUL is that ends a name, and whether a slash or a backslash comes before it.
///
/// Looks at eight bytes at a time. The id behind the name is longer than that, so what is too short is malformed.
#[inline]
fn name_end(data: &[u8]) -> Option<(usize, bool)> {
    let mut separators = 0;
    let mut start = 0usize;
    for chunk in data.as_chunks::<8>().0 {
        let word = u64::from_le_bytes(*chunk);
        let nul = bytes_equal(word, 0);
        let found = bytes_equal(word, b'/') | bytes_equal(word, b'\\');
        if nul != 0 {
            let before = (nul & nul.wrapping_neg()).wrapping_sub(1);
            let at = start.wrapping_add(usize::try_from(nul.trailing_zeros() / 8).ok()?);
            return Some((at, (separators | (found & before)) != 0));
        }
        separators |= found;
        start = start.wrapping_add(8);
    }
    None
}

/// Sets the top bit of each byte of `word` that equals `byte`; above the lowest such byte there may be false ones.
const fn bytes_equal(word: u64, byte: u8) -> u64 {
    const ONES: u64 = u64::from_le_bytes([1; 8]);
    const TOPS: u64 = u64::from_le_bytes([0x80; 8]);
    let differing = word ^ u64::from_le_bytes([byte; 8]);
    differing.wrapping_sub(ONES) & !differing & TOPS
}

/// The order of entries: by name, where a directory's name counts as ending in a slash.
struct Order<'a> {
    previous: Option<(bool, &'a [u8])>,
    /// Files that a directory further down could repeat: in `a`, `a.b`, `a/`, the last repeats the first.
    files: Vec<&'a [u8]>,
}

impl<'a> Order<'a> {
    #[inline]
    fn follow(&mut self, is_tree: bool, name: &'a [u8]) -> Result<(), Rule> {
        let Some((was_tree, before)) = self.previous.replace((is_tree, name)) else {
            return Ok(());
        };
        match before.iter().zip(name).find(|(a, b)| a != b) {
            Some((a, b)) if a < b => Ok(()),
            Some(_) => Err(Rule::TreeNotSorted),
            None => {
                let shared = before.len().min(name.len());
                self.follow_prefix(before, end(before, shared, was_tree), name, end(name, shared, is_tree))
            }
        }
    }

    /// One name starts with the other; `c1` and `c2` follow that in each.
    fn follow_prefix(&mut self, before: &'a [u8], c1: u8, name: &'a [u8], c2: u8) -> Result<(), Rule> {
        if before.len() == name.len() {
            return Err(Rule::DuplicateEntries);
        }
        let sorts_before_slash = |byte: u8| (1..b'/').contains(&byte);
        if c1 == 0 && sorts_before_slash(c2) {
            self.files.push(before);
        } else if c2 == b'/' && sorts_before_slash(c1) {
            while let Some(file) = self.files.pop() {
                match name.strip_prefix(file) {
                    Some([]) => return Err(Rule::DuplicateEntries),
                    Some([next, ..]) if sorts_before_slash(*next) => {
                        self.files.push(file);
                        break;
                    }
                    _ => {}
                }
            }
        }
        if c1 < c2 { Ok(()) } else { Err(Rule::TreeNotSorted) }
    }
}

/// The byte of `name` at `at`, or what stands for its end.
fn end(name: &[u8], at: usize, is_tree: bool) -> u8 {
    name.get(at).copied().unwrap_or(if is_tree { b'/' } else { 0 })
}
