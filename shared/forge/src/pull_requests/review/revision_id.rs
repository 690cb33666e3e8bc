//! Ids of revisions, as callers give them.

use crate::error::Result;
use crate::refusal::Refusal;

/// How many hex digits an id has.
const DIGITS: usize = 64;

/// Names a state of the source of a pull request, which may be an old one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevisionId(String);

impl RevisionId {
    /// Takes an id.
    ///
    /// # Errors
    /// [`Refusal::InvalidRevisionId`] unless it is 64 hex digits in small letters.
    pub fn new(text: &str) -> Result<Self> {
        let digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        if text.len() == DIGITS && text.bytes().all(digit) {
            return Ok(Self(text.to_owned()));
        }
        Err(Refusal::InvalidRevisionId.into())
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
