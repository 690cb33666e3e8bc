//! What git asked for with `option`.

use crate::quote::unquoted;

/// The options that concern pushes. Git's own helper is told all of them too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Options {
    /// 0 is quiet, 1 usual, above that there is more to say.
    pub(crate) verbosity: i64,
    pub(crate) progress: bool,
    pub(crate) atomic: bool,
    pub(crate) push_options: Vec<Vec<u8>>,
    /// Something is asked for that is left to git's own helper: a dry run, a signed push, expected old values.
    pub(crate) is_special: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            verbosity: 1,
            progress: false,
            atomic: false,
            push_options: Vec::new(),
            is_special: false,
        }
    }
}

impl Options {
    /// Takes note of an option: `name value`.
    pub(crate) fn set(&mut self, option: &[u8]) {
        let space = option.iter().position(|byte| *byte == b' ').unwrap_or(option.len());
        let (name, value) = option.split_at(space);
        let value = value.strip_prefix(b" ").unwrap_or_default();
        let is_true = value == b"true";
        match name {
            b"verbosity" => {
                let text = std::str::from_utf8(value).unwrap_or_default();
                self.verbosity = text.parse().unwrap_or(self.verbosity);
            }
            b"progress" => self.progress = is_true,
            b"atomic" => self.atomic = is_true,
            b"push-option" => match unquoted(value) {
                Some(value) => self.push_options.push(value),
                None => self.is_special = true,
            },
            // `if-asked` is what git does when the server takes signatures; it takes none.
            b"dry-run" | b"pushcert" => self.is_special |= is_true,
            b"cas" => self.is_special = true,
            _ => {}
        }
    }

    pub(crate) const fn is_quiet(&self) -> bool {
        self.verbosity < 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_of_pushes_are_noted_and_others_ignored() {
        let set = |lines: &[&str]| {
            let mut options = Options::default();
            for line in lines {
                options.set(line.as_bytes());
            }
            options
        };
        assert_eq!(
            set(&["depth 3", "followtags true", "object-format true", ""]),
            Options::default()
        );
        let asked = set(&[
            "verbosity 0",
            "progress true",
            "atomic true",
            "push-option a b",
            "push-option \"\\\"c\\\"\"",
        ]);
        let expected = Options {
            verbosity: 0,
            progress: true,
            atomic: true,
            push_options: vec![b"a b".to_vec(), b"\"c\"".to_vec()],
            is_special: false,
        };
        assert_eq!(asked, expected);
        for special in [
            "dry-run true",
            "pushcert true",
            "cas refs/heads/main:0123",
            "push-option \"broken",
        ] {
            assert!(set(&[special]).is_special, "{special}");
        }
        for usual in ["dry-run false", "pushcert if-asked"] {
            assert!(!set(&[usual]).is_special, "{usual}");
        }
    }
}
