//! Shell patterns with Git's meaning of `*`, `**`, `?` and `[…]`.
//!
//! Matching follows all alternatives at once, so it costs the pattern's length times the text's and never more.

mod class;

use class::Set;

/// What a slash is to the wildcards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Slash {
    /// Only `**` as a whole component passes over it.
    Separator,
    /// A byte like any other.
    Ordinary,
}

/// A pattern.
#[derive(Clone, Debug)]
pub(super) enum Glob {
    /// The text itself.
    Exact(Vec<u8>),
    /// With wildcards.
    Wild(Vec<Token>),
    /// Malformed: Git matches nothing with it.
    Nothing,
}

#[derive(Clone, Debug)]
pub(super) enum Token {
    Byte(u8),
    /// Any one byte of the set.
    Set(Box<Set>),
    /// Any number of bytes other than a slash.
    Star,
    /// Any number of any bytes.
    AnyStar,
    /// The two tokens behind it, which are `AnyStar` and a slash, may be left out together.
    OptionalDirectories,
}

impl Glob {
    pub(super) fn new(pattern: &[u8], slash: Slash) -> Self {
        if !pattern.iter().any(|byte| matches!(byte, b'*' | b'?' | b'[' | b'\\')) {
            return Self::Exact(pattern.to_vec());
        }
        tokens(pattern, slash).map_or(Self::Nothing, Self::Wild)
    }

    pub(super) fn matches(&self, text: &[u8]) -> bool {
        match self {
            Self::Exact(pattern) => pattern == text,
            Self::Wild(tokens) => matches_tokens(tokens, text),
            Self::Nothing => false,
        }
    }
}

/// Cuts a pattern into tokens; `None` when it is malformed.
fn tokens(pattern: &[u8], slash: Slash) -> Option<Vec<Token>> {
    let mut tokens = Vec::new();
    let mut rest = pattern;
    let mut before = None;
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        match byte {
            b'\\' => {
                let (&escaped, tail) = tail.split_first()?;
                tokens.push(Token::Byte(escaped));
                rest = tail;
                before = Some(escaped);
                continue;
            }
            b'?' => tokens.push(Token::Set(Box::new(Set::any(slash)))),
            b'[' => {
                let (set, tail) = class::parse(tail, slash)?;
                tokens.push(Token::Set(Box::new(set)));
                rest = tail;
            }
            b'*' => {
                let stars = tail.iter().take_while(|&&byte| byte == b'*').count();
                rest = tail.get(stars..)?;
                let component = matches!(before, None | Some(b'/'))
                    && (rest.is_empty() || rest.starts_with(b"/") || rest.starts_with(b"\\/"));
                if slash == Slash::Ordinary || (stars > 0 && component) {
                    if slash == Slash::Separator && rest.starts_with(b"/") {
                        tokens.push(Token::OptionalDirectories);
                    }
                    tokens.push(Token::AnyStar);
                } else {
                    tokens.push(Token::Star);
                }
            }
            _ => tokens.push(Token::Byte(byte)),
        }
        before = Some(byte);
    }
    Some(tokens)
}

/// Runs all alternatives side by side: `reached[i]` says that the first `i` tokens match the text so far.
fn matches_tokens(tokens: &[Token], text: &[u8]) -> bool {
    // Most patterns begin with literal bytes, and most paths with others.
    for (token, byte) in tokens.iter().zip(text) {
        match token {
            Token::Byte(expected) if expected != byte => return false,
            Token::Byte(_) => {}
            _ => break,
        }
    }
    let mut reached = vec![false; tokens.len().saturating_add(1)];
    set(&mut reached, 0);
    skip_optional(tokens, &mut reached);
    let mut next = vec![false; reached.len()];
    for &byte in text {
        next.fill(false);
        for (at, token) in tokens.iter().enumerate() {
            if reached.get(at) != Some(&true) {
                continue;
            }
            let passes = match token {
                Token::Byte(expected) => byte == *expected,
                Token::Set(set) => set.contains(byte),
                Token::Star | Token::AnyStar | Token::OptionalDirectories => false,
            };
            if passes {
                set(&mut next, at.saturating_add(1));
            }
            if matches!(token, Token::AnyStar) || matches!(token, Token::Star if byte != b'/') {
                set(&mut next, at);
            }
        }
        skip_optional(tokens, &mut next);
        std::mem::swap(&mut reached, &mut next);
    }
    reached.last().copied().unwrap_or(false)
}

fn set(states: &mut [bool], at: usize) {
    if let Some(state) = states.get_mut(at) {
        *state = true;
    }
}

/// Marks what is reached too because tokens match the empty text.
fn skip_optional(tokens: &[Token], reached: &mut [bool]) {
    for (at, token) in tokens.iter().enumerate() {
        if reached.get(at) != Some(&true) {
            continue;
        }
        match token {
            Token::Byte(_) | Token::Set(_) => {}
            Token::Star | Token::AnyStar => set(reached, at.saturating_add(1)),
            Token::OptionalDirectories => {
                set(reached, at.saturating_add(1));
                set(reached, at.saturating_add(3));
            }
        }
    }
}
