//! Sparse-checkout patterns, which choose the blobs of a `sparse:oid` filter (`gitignore(5)`, `git-sparse-checkout(1)`).
//!
//! Git's filter reads the patterns in full, never in cone mode: cone files are gitignore patterns that happen to have a
//! certain shape.
#![cfg_attr(not(test), deny(clippy::indexing_slicing, clippy::arithmetic_side_effects))]

mod wildmatch;

use wildmatch::{Glob, Slash};

/// The longest pattern in bytes; a longer one matches no path that Git checks out.
pub const MAX_PATTERN: usize = 4096;

/// A pattern file that is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// It has too many patterns.
    #[error("more than {0} sparse patterns")]
    TooMany(usize),
    /// One pattern is longer than [`MAX_PATTERN`].
    #[error("sparse pattern of {0} bytes")]
    TooLong(usize),
}

/// The patterns of one file.
#[derive(Clone, Debug)]
pub struct Patterns {
    patterns: Vec<Pattern>,
}

#[derive(Clone, Debug)]
struct Pattern {
    negative: bool,
    directory_only: bool,
    /// Compared with the last component only.
    basename: bool,
    glob: Glob,
}

impl Patterns {
    /// Parses the content of a pattern file. Takes memory in proportion to it.
    ///
    /// # Errors
    /// When it has more than `max_patterns` patterns, or one longer than [`MAX_PATTERN`]. No line is malformed: what
    /// makes no sense matches nothing.
    pub fn parse(content: &[u8], max_patterns: usize) -> Result<Self, Error> {
        let content = content.strip_prefix(b"\xef\xbb\xbf").unwrap_or(content);
        let mut patterns = Vec::new();
        for line in content
            .strip_suffix(b"\n")
            .unwrap_or(content)
            .split(|&byte| byte == b'\n')
        {
            if line.is_empty() || line.starts_with(b"#") {
                continue;
            }
            if patterns.len() >= max_patterns {
                return Err(Error::TooMany(max_patterns));
            }
            if line.len() > MAX_PATTERN {
                return Err(Error::TooLong(line.len()));
            }
            patterns.push(parse_line(line));
        }
        Ok(Self { patterns })
    }

    /// Whether blobs of a commit's root tree are included that no pattern decides: an answer for
    /// [`Patterns::includes`] of what lies in the root.
    ///
    /// Git asks the patterns about the root as about a directory without a name, so `*` includes it.
    #[must_use]
    pub fn includes_root(&self) -> bool {
        self.includes(b"", true, false)
    }

    /// The path's length times how many patterns there are.
    #[must_use]
    pub fn cost(&self, path: &[u8]) -> u64 {
        (path.len() as u64).saturating_mul(self.patterns.len() as u64)
    }

    /// Whether a blob is included, or what lies in a directory where no pattern decides.
    ///
    /// `path` is the whole path from the root, without slashes at its ends; `parent` is the answer for its directory. The
    /// last matching pattern decides. Costs the path's length times the patterns' in the worst case.
    #[must_use]
    pub fn includes(&self, path: &[u8], is_directory: bool, parent: bool) -> bool {
        let name = path.rsplit(|&byte| byte == b'/').next().unwrap_or_default();
        let decides = |pattern: &&Pattern| {
            (is_directory || !pattern.directory_only)
                && if pattern.basename {
                    pattern.glob.matches(name)
                } else {
                    !path.is_empty() && pattern.glob.matches(path)
                }
        };
        self.patterns
            .iter()
            .rev()
            .find(decides)
            .map_or(parent, |pattern| !pattern.negative)
    }
}

fn parse_line(line: &[u8]) -> Pattern {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    // Git handles lines as C strings.
    let line = line.split(|&byte| byte == 0).next().unwrap_or_default();
    let text = trim_spaces(line);
    let (negative, text) = text.strip_prefix(b"!").map_or((false, text), |text| (true, text));
    let (directory_only, text) = text.strip_suffix(b"/").map_or((false, text), |text| (true, text));
    let basename = !text.contains(&b'/');
    let text = if basename {
        text
    } else {
        text.strip_prefix(b"/").unwrap_or(text)
    };
    let slash = if basename { Slash::Ordinary } else { Slash::Separator };
    Pattern {
        negative,
        directory_only,
        basename,
        glob: Glob::new(text, slash),
    }
}

/// Cuts the spaces off the end that no backslash protects.
fn trim_spaces(line: &[u8]) -> &[u8] {
    let mut end = 0usize;
    let mut bytes = line.iter().enumerate();
    while let Some((at, &byte)) = bytes.next() {
        match byte {
            b' ' => {}
            b'\\' => match bytes.next() {
                Some((at, _)) => end = at.saturating_add(1),
                None => return line,
            },
            _ => end = at.saturating_add(1),
        }
    }
    line.get(..end).unwrap_or(line)
}

#[cfg(test)]
mod tests;
