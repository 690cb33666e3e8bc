//! Sets of bytes: `[a-z]`, `[!a]`, `[[:digit:]]`.

use super::Slash;

/// A set of bytes.
#[derive(Clone, Debug)]
pub(in crate::sparse) struct Set([bool; 256]);

impl Set {
    const fn empty() -> Self {
        Self([false; 256])
    }

    /// Every byte, but a slash that separates.
    pub(super) fn any(slash: Slash) -> Self {
        let mut set = Self([true; 256]);
        set.exclude_separator(slash);
        set
    }

    pub(super) fn contains(&self, byte: u8) -> bool {
        self.0.get(usize::from(byte)).copied().unwrap_or(false)
    }

    fn add(&mut self, predicate: impl Fn(u8) -> bool) {
        for byte in 0..=u8::MAX {
            if predicate(byte)
                && let Some(member) = self.0.get_mut(usize::from(byte))
            {
                *member = true;
            }
        }
    }

    fn invert(&mut self) {
        for member in &mut self.0 {
            *member = !*member;
        }
    }

    fn exclude_separator(&mut self, slash: Slash) {
        if slash == Slash::Separator
            && let Some(member) = self.0.get_mut(usize::from(b'/'))
        {
            *member = false;
        }
    }
}

/// Parses the set behind a `[`; gives what follows its `]`. `None` when it does not end or names an unknown class.
pub(super) fn parse(text: &[u8], slash: Slash) -> Option<(Set, &[u8])> {
    let (negated, mut rest) = match text.split_first() {
        Some((b'!' | b'^', tail)) => (true, tail),
        _ => (false, text),
    };
    let mut set = Set::empty();
    // Where a range would begin; none at the front, behind a range and behind a class.
    let mut from = None;
    let mut is_first = true;
    loop {
        let (&byte, tail) = rest.split_first()?;
        match (byte, from) {
            (b']', _) if !is_first => {
                if negated {
                    set.invert();
                }
                set.exclude_separator(slash);
                return Some((set, tail));
            }
            (b'\\', _) => {
                let (&escaped, tail) = tail.split_first()?;
                set.add(|member| member == escaped);
                (from, rest) = (Some(escaped), tail);
            }
            (b'-', Some(low)) if tail.first().is_some_and(|&high| high != b']') => {
                let (&high, tail) = tail.split_first()?;
                let (high, tail) = if high == b'\\' {
                    tail.split_first().map(|(&h, t)| (h, t))?
                } else {
                    (high, tail)
                };
                set.add(|member| (low..=high).contains(&member));
                (from, rest) = (None, tail);
            }
            (b'[', _) if tail.first() == Some(&b':') => {
                let inner = tail.get(1..)?;
                let end = inner.iter().position(|&byte| byte == b']')?;
                let (name, behind) = inner.split_at_checked(end)?;
                if let Some(name) = name.strip_suffix(b":") {
                    set.add(named(name)?);
                    (from, rest) = (None, behind.get(1..)?);
                } else {
                    // No `:]` follows, so the bracket is itself.
                    set.add(|member| member == b'[');
                    (from, rest) = (Some(b'['), tail);
                }
            }
            _ => {
                set.add(|member| member == byte);
                (from, rest) = (Some(byte), tail);
            }
        }
        is_first = false;
    }
}

/// The class of that name, in ASCII.
fn named(name: &[u8]) -> Option<fn(u8) -> bool> {
    Some(match name {
        b"alnum" => |byte| byte.is_ascii_alphanumeric(),
        b"alpha" => |byte| byte.is_ascii_alphabetic(),
        b"blank" => |byte| matches!(byte, b' ' | b'\t'),
        b"cntrl" => |byte| byte.is_ascii_control(),
        b"digit" => |byte| byte.is_ascii_digit(),
        b"graph" => |byte| byte.is_ascii_graphic(),
        b"lower" => |byte| byte.is_ascii_lowercase(),
        b"print" => |byte| matches!(byte, b' '..=b'~'),
        b"punct" => |byte| byte.is_ascii_punctuation(),
        // Git's own table knows no vertical tab and no form feed.
        b"space" => |byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r'),
        b"upper" => |byte| byte.is_ascii_uppercase(),
        b"xdigit" => |byte| byte.is_ascii_hexdigit(),
        _ => return None,
    })
}
