//! Names of refs.

#![cfg_attr(not(test), deny(clippy::indexing_slicing, clippy::arithmetic_side_effects))]

use std::fmt;
use std::sync::Arc;

#[cfg(test)]
mod tests;

const HEADS: &str = "refs/heads/";
const TAGS: &str = "refs/tags/";

/// The longest full name, in bytes.
pub const MAX_BYTES: usize = 1024;

/// The longest short name of a branch, in characters (the limit of `CodeCommit`).
pub const MAX_BRANCH_CHARACTERS: usize = 256;

/// A full ref name, such as `refs/heads/main`, that a repository may hold.
///
/// It obeys git-check-ref-format(1), is UTF-8, starts with `refs/`, has at least three parts, is at most [`MAX_BYTES`]
/// long, and, when it is a branch, cannot be mistaken for an option, an object id or `HEAD`. Clones share the text;
/// the order is that of the bytes, as in advertisements.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RefName(Arc<str>);

/// Why a name cannot be that of a ref. The texts are for the git user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RefNameError {
    /// It is longer than [`MAX_BYTES`].
    #[error("ref name is longer than {MAX_BYTES} bytes")]
    TooLong,
    /// It is not UTF-8.
    #[error("ref name is not valid UTF-8")]
    NotUtf8,
    /// It lies outside `refs/`.
    #[error("ref name does not start with 'refs/'")]
    NotUnderRefs,
    /// It has fewer than three parts.
    #[error("ref name needs a part after 'refs/<kind>/'")]
    TooFewParts,
    /// It starts or ends with a slash, or has two in a row.
    #[error("ref name has an empty part between slashes")]
    EmptyPart,
    /// A part starts with a dot.
    #[error("a part of the ref name starts with '.'")]
    PartStartsWithDot,
    /// A part ends with `.lock`.
    #[error("a part of the ref name ends with '.lock'")]
    PartEndsWithLock,
    /// It has two dots in a row.
    #[error("ref name contains '..'")]
    DoubleDot,
    /// It ends with a dot.
    #[error("ref name ends with '.'")]
    EndsWithDot,
    /// It has the start of a reflog selector.
    #[error("ref name contains '@{{'")]
    AtBrace,
    /// It has a control character.
    #[error("ref name contains a control character")]
    ControlCharacter,
    /// It has a character that revisions, refspecs or patterns use.
    #[error("ref name contains '{0}'")]
    BadCharacter(char),
    /// The short name of the branch is longer than [`MAX_BRANCH_CHARACTERS`].
    #[error("branch name is longer than {MAX_BRANCH_CHARACTERS} characters")]
    BranchTooLong,
    /// Commands would take the branch for an option.
    #[error("branch name starts with '-'")]
    BranchStartsWithDash,
    /// Commands would take the branch for an object id.
    #[error("branch name looks like an object id")]
    BranchLooksLikeId,
    /// The branch would hide `HEAD`.
    #[error("a branch cannot be named 'HEAD'")]
    BranchNamedHead,
}

impl RefName {
    /// Takes a full name.
    ///
    /// # Errors
    /// On the first rule of git-check-ref-format(1), or of ours, that it breaks.
    pub fn new(name: &[u8]) -> Result<Self, RefNameError> {
        if name.len() > MAX_BYTES {
            return Err(RefNameError::TooLong);
        }
        let name = std::str::from_utf8(name).map_err(|_| RefNameError::NotUtf8)?;
        check_format(name)?;
        if let Some(branch) = name.strip_prefix(HEADS) {
            check_branch(branch)?;
        }
        Ok(Self(name.into()))
    }

    /// The branch of that short name.
    ///
    /// # Errors
    /// As [`RefName::new`].
    pub fn branch(short: &str) -> Result<Self, RefNameError> {
        if short.len() > MAX_BYTES {
            return Err(RefNameError::BranchTooLong);
        }
        Self::new([HEADS, short].concat().as_bytes())
    }

    /// The full name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name without `refs/heads/`, of a branch.
    #[must_use]
    pub fn short_branch(&self) -> Option<&str> {
        self.0.strip_prefix(HEADS)
    }

    /// Whether it is under `refs/heads/`.
    #[must_use]
    pub fn is_branch(&self) -> bool {
        self.0.starts_with(HEADS)
    }

    /// Whether it is under `refs/tags/`.
    #[must_use]
    pub fn is_tag(&self) -> bool {
        self.0.starts_with(TAGS)
    }
}

/// Lets maps of names be searched by text; both order by bytes.
impl std::borrow::Borrow<str> for RefName {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RefName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for RefName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

fn check_format(name: &str) -> Result<(), RefNameError> {
    for character in name.chars() {
        match character {
            '\0'..='\x1f' | '\x7f' => return Err(RefNameError::ControlCharacter),
            ' ' | '~' | '^' | ':' | '?' | '*' | '[' | '\\' => return Err(RefNameError::BadCharacter(character)),
            _ => {}
        }
    }
    if name.contains("..") {
        return Err(RefNameError::DoubleDot);
    }
    if name.contains("@{") {
        return Err(RefNameError::AtBrace);
    }
    let mut parts = 0usize;
    for part in name.split('/') {
        if part.is_empty() {
            return Err(RefNameError::EmptyPart);
        }
        if part.starts_with('.') {
            return Err(RefNameError::PartStartsWithDot);
        }
        if part.ends_with(".lock") {
            return Err(RefNameError::PartEndsWithLock);
        }
        parts = parts.saturating_add(1);
    }
    if name.ends_with('.') {
        return Err(RefNameError::EndsWithDot);
    }
    if !name.starts_with("refs/") {
        return Err(RefNameError::NotUnderRefs);
    }
    if parts < 3 {
        return Err(RefNameError::TooFewParts);
    }
    Ok(())
}

fn check_branch(short: &str) -> Result<(), RefNameError> {
    if short.chars().count() > MAX_BRANCH_CHARACTERS {
        return Err(RefNameError::BranchTooLong);
    }
    if short.starts_with('-') {
        return Err(RefNameError::BranchStartsWithDash);
    }
    if matches!(short.len(), 40 | 64) && short.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(RefNameError::BranchLooksLikeId);
    }
    if short == "HEAD" {
        return Err(RefNameError::BranchNamedHead);
    }
    Ok(())
}
