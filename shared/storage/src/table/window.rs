//! What a [`Range`] means as an interval of sort keys.

use super::Range;

/// A half-open interval of sort keys in byte order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window {
    /// The first key that may be inside.
    pub from: String,
    /// The first key behind it that is outside; `None` when nothing is.
    pub until: Option<String>,
}

impl Window {
    /// The keys that `range` lets through, whatever their order and number.
    #[must_use]
    pub fn of(range: &Range) -> Self {
        let mut window = Self {
            from: range.prefix.clone(),
            until: successor(&range.prefix),
        };
        match &range.after {
            None => {}
            Some(after) if range.descending => {
                let until = window.until.as_ref().map_or(after, |until| until.min(after));
                window.until = Some(until.clone());
            }
            // No string lies between one and the same with a NUL at its end.
            Some(after) => window.from = window.from.max(format!("{after}\0")),
        }
        window
    }

    /// Whether no key at all is inside.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.until.as_ref().is_some_and(|until| *until <= self.from)
    }
}

/// The first string behind all that start with `prefix`; `None` if there is none. The order of UTF-8 bytes is the
/// order of characters, so the last character that has a next one makes way for it.
fn successor(prefix: &str) -> Option<String> {
    let mut text = prefix.to_owned();
    while let Some(last) = text.pop() {
        let next = match last {
            '\u{d7ff}' => Some('\u{e000}'),
            other => char::from_u32(u32::from(other) + 1),
        };
        if let Some(next) = next {
            text.push(next);
            return Some(text);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn successor_is_the_first_string_behind_the_prefix() {
        for (prefix, expect) in [
            ("", None),
            ("a", Some("b")),
            ("a\u{10ffff}", Some("b")),
            ("\u{10ffff}\u{10ffff}", None),
            ("\u{d7ff}", Some("\u{e000}")),
            ("LOG#", Some("LOG$")),
            ("é", Some("ê")),
        ] {
            assert_eq!(successor(prefix).as_deref(), expect, "{prefix:?}");
        }
    }

    proptest! {
        #[test]
        fn window_holds_exactly_what_the_range_lets_through(
            keys in prop::collection::vec("[ab\u{0}\u{d7ff}\u{10ffff}]{0,4}", 0..20),
            prefix in "[ab\u{d7ff}\u{10ffff}]{0,2}",
            after in prop::option::of("[ab\u{0}\u{10ffff}]{0,3}"),
            descending: bool,
        ) {
            let window = Window::of(&Range { prefix: prefix.clone(), after: after.clone(), limit: 0, descending });
            for key in keys {
                let behind = after.as_ref().is_none_or(|after| if descending { key < *after } else { key > *after });
                let inside = key >= window.from && window.until.as_ref().is_none_or(|until| key < *until);
                prop_assert_eq!(inside, key.starts_with(&prefix) && behind, "{:?}", key);
                prop_assert!(!(inside && window.is_empty()));
            }
        }
    }
}
