//! The names that file systems take for `.git`, `.gitmodules` or `.gitattributes`.
//!
//! HFS+ folds case and skips some invisible code points. NTFS folds case, drops spaces and dots at the end, has streams
//! after a colon, and knows files by short names too, such as `GIT~1`.

/// Whether the name is worth the other functions' time: says no to nearly all names from a few bytes, and yes to all
/// that one of them says yes to. Parts after a backslash are another matter.
pub(super) fn may_be_special(name: &[u8]) -> bool {
    match name {
        [b'.'] | [b'.', b'.' | b'g' | b'G' | 0xe2 | 0xef, ..] | [0xe2 | 0xef, ..] => true,
        // Short names: the tilde comes after at most six characters.
        [b'g' | b'G' | b'~', ..] => name.iter().take(7).any(|&byte| byte == b'~'),
        _ => false,
    }
}

pub(super) fn is_dotgit(name: &[u8]) -> bool {
    is_ntfs_dotgit(name) || is_hfs(name, b"git")
}

pub(super) fn is_dotgitmodules(name: &[u8]) -> bool {
    is_ntfs_dotgitmodules(name) || is_hfs(name, b"gitmodules")
}

pub(super) fn is_dotgitattributes(name: &[u8]) -> bool {
    is_ntfs(name, b"gitattributes", b"gi7d29") || is_hfs(name, b"gitattributes")
}

pub(super) fn is_ntfs_dotgitmodules(name: &[u8]) -> bool {
    is_ntfs(name, b"gitmodules", b"gi7eba")
}

/// `.git` or its short name `git~1`, up to a path separator.
pub(super) fn is_ntfs_dotgit(name: &[u8]) -> bool {
    let rest = strip_folded(name, b".git").or_else(|| strip_folded(name, b"git~1"));
    rest.is_some_and(|rest| matches!(after_dots_and_spaces(rest), None | Some(b'/' | b'\\' | b':')))
}

/// A dot and `long`, or one of the short names of that: six characters, `~1` to `~4`; or, where those are taken, up to
/// six of the hash-like `fallback` and a number that fills up eight.
fn is_ntfs(name: &[u8], long: &[u8], fallback: &[u8; 6]) -> bool {
    let ends = |rest: &[u8]| matches!(after_dots_and_spaces(rest), None | Some(b':'));
    if let Some(rest) = name.strip_prefix(b".").and_then(|name| strip_folded(name, long)) {
        return ends(rest);
    }
    let Some((short, rest)) = name.split_at_checked(8) else {
        return false;
    };
    let Some((stem, number)) = short
        .iter()
        .position(|&byte| byte == b'~')
        .and_then(|at| short.split_at_checked(at))
    else {
        return false;
    };
    let regular = matches!(number, [b'~', b'1'..=b'4']) && long.get(..6).is_some_and(|long| fold_eq(stem, long));
    let fallen_back = matches!(number, [b'~', b'1'..=b'9', digits @ ..] if digits.iter().all(u8::is_ascii_digit))
        && fallback
            .get(..stem.len())
            .is_some_and(|fallback| fold_eq(stem, fallback));
    (regular || fallen_back) && ends(rest)
}

fn fold_eq(a: &[u8], b: &[u8]) -> bool {
    a.eq_ignore_ascii_case(b)
}

fn strip_folded<'a>(name: &'a [u8], prefix: &[u8]) -> Option<&'a [u8]> {
    let (start, rest) = name.split_at_checked(prefix.len())?;
    fold_eq(start, prefix).then_some(rest)
}

fn after_dots_and_spaces(rest: &[u8]) -> Option<u8> {
    rest.iter().copied().find(|byte| !matches!(byte, b'.' | b' '))
}

/// A dot and `needle`, to HFS+. Bytes that are not UTF-8 end a name, as in git.
fn is_hfs(name: &[u8], needle: &[u8]) -> bool {
    let mut rest = name;
    let mut next = || next_hfs(&mut rest);
    next() == Some('.')
        && needle
            .iter()
            .all(|&byte| next().is_some_and(|found| found.to_ascii_lowercase() == char::from(byte)))
        && matches!(next(), None | Some('/'))
}

fn next_hfs(rest: &mut &[u8]) -> Option<char> {
    loop {
        let found = next_char(rest)?;
        let is_skipped = matches!(
            found,
            '\u{200c}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{206a}'..='\u{206f}' | '\u{feff}'
        );
        if !is_skipped {
            return Some(found);
        }
    }
}

fn next_char(rest: &mut &[u8]) -> Option<char> {
    let width = match rest.first()? {
        0..=0x7f => 1,
        0x80..=0xdf => 2,
        0xe0..=0xef => 3,
        0xf0.. => 4,
    };
    let (bytes, tail) = rest.split_at_checked(width)?;
    *rest = tail;
    // Git holds the last two for malformed.
    std::str::from_utf8(bytes)
        .ok()?
        .chars()
        .next()
        .filter(|&found| found != '\u{fffe}' && found != '\u{ffff}')
}
