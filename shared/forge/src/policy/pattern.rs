//! Text with wildcards: `*` for any characters or none, `?` for one.
//!
//! A pattern is cut at its stars when the policy is read. Between two stars the leftmost occurrence is always as good as
//! any other, so nothing is tried twice, whatever the number of stars.

pub(super) mod arn;
mod mask;
#[cfg(test)]
mod tests;

use self::mask::Mask;
use super::variables::{FromPieces, Piece};

/// A pattern, compiled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pattern {
    first: Part,
    /// What stands behind the first star; `None` if there is no star.
    rest: Option<Rest>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Rest {
    /// Between stars, none of them empty.
    middle: Vec<Part>,
    last: Part,
}

/// A run without a star.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    /// Not compared, because the system's comparison of no bytes at a dangling pointer takes 150 ns where it uses AVX-512.
    Empty,
    Text(String),
    Mask(Mask),
}

impl Pattern {
    /// A pattern in which the star is the only wildcard.
    pub(crate) fn of_stars(text: &str) -> Self {
        let literals = text.split('*').map(|run| vec![Piece::Literal(run.to_owned())]);
        Self::from_pieces(literals.collect::<Vec<_>>().join(&Piece::Many))
    }

    /// Whether all of `text` fits.
    pub(crate) fn matches(&self, text: &str) -> bool {
        let Some(mut text) = self.first.strip_from_start(text) else {
            return false;
        };
        let Some(Rest { middle, last }) = &self.rest else {
            return text.is_empty();
        };
        for part in middle {
            match part.skip(text) {
                Some(behind) => text = behind,
                None => return false,
            }
        }
        last.ends(text)
    }

    /// The only text that fits, if the pattern has no wildcard.
    fn literal(&self) -> Option<&str> {
        match (&self.first, &self.rest) {
            (Part::Empty, None) => Some(""),
            (Part::Text(text), None) => Some(text),
            _ => None,
        }
    }
}

impl FromPieces for Pattern {
    fn from_pieces(pieces: Vec<Piece>) -> Self {
        let mut parts = pieces.split(|piece| *piece == Piece::Many).map(Part::new);
        let first = parts.next().unwrap_or(Part::Empty);
        let mut middle: Vec<Part> = parts.collect();
        let rest = middle.pop().map(|last| {
            middle.retain(|part| *part != Part::Empty);
            Rest { middle, last }
        });
        Self { first, rest }
    }
}

impl Part {
    fn new(pieces: &[Piece]) -> Self {
        let mut run = Vec::new();
        for piece in pieces {
            match piece {
                Piece::Literal(text) => run.extend(text.chars().map(Some)),
                Piece::One | Piece::Many => run.push(None),
            }
        }
        match run.iter().copied().collect::<Option<String>>() {
            Some(text) if text.is_empty() => Self::Empty,
            Some(text) => Self::Text(text),
            None => Self::Mask(Mask::new(run)),
        }
    }

    /// What is behind this part at the start of `text`.
    fn strip_from_start<'t>(&self, text: &'t str) -> Option<&'t str> {
        match self {
            Self::Empty => Some(text),
            Self::Text(part) => text.strip_prefix(part.as_str()),
            Self::Mask(mask) => mask.strip_from_start(text),
        }
    }

    /// What is behind the first occurrence of this part.
    fn skip<'t>(&self, text: &'t str) -> Option<&'t str> {
        match self {
            Self::Empty => Some(text),
            Self::Text(part) => text.split_once(part.as_str()).map(|(_, behind)| behind),
            Self::Mask(mask) => mask.skip(text),
        }
    }

    fn ends(&self, text: &str) -> bool {
        match self {
            Self::Empty => true,
            Self::Text(part) => text.ends_with(part.as_str()),
            Self::Mask(mask) => mask.ends(text),
        }
    }
}
