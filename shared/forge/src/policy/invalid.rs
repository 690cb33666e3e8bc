//! What is wrong with a policy document, in words for the person who wrote it.

/// The longest piece of a document that a message repeats, in characters.
const QUOTED: usize = 80;

/// Why a policy document is refused. Displays a sentence for the user: where, such as `Statement 2, Condition
/// "StringLike"`, and what.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place}{problem}")]
pub struct InvalidDocument {
    /// With a colon behind it, or empty.
    place: String,
    problem: String,
}

impl InvalidDocument {
    /// Of the whole document.
    pub(super) fn whole(problem: impl Into<String>) -> Self {
        Self {
            place: String::new(),
            problem: problem.into(),
        }
    }

    /// Of a part of it.
    pub(super) fn at(place: &str, problem: impl Into<String>) -> Self {
        Self {
            place: format!("{place}: "),
            problem: problem.into(),
        }
    }
}

/// A piece of the document for a message: in quotation marks, on one line, and not long.
pub(super) fn quoted(text: &str) -> String {
    match text.char_indices().nth(QUOTED) {
        Some((end, _)) => format!("{:?}…", text.get(..end).unwrap_or_default()),
        None => format!("{text:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotations_stay_short_and_on_one_line() {
        assert_eq!(quoted("a\n\"b\""), r#""a\n\"b\"""#);
        assert_eq!(quoted(&"ü".repeat(80)), format!("\"{}\"", "ü".repeat(80)));
        assert_eq!(quoted(&"ü".repeat(81)), format!("\"{}\"…", "ü".repeat(80)));
    }
}
