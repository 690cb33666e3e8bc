//! Ids of uploads.

use std::fmt;
use std::time::Duration;

use ulid::Ulid;

use super::KEPT;
use crate::clock;
use crate::error::{Error, Result};

/// How far a clock of another process of ours may be ahead.
const SKEW: Duration = Duration::from_secs(300);

/// Names an upload and tells when it was begun: a ULID in its usual form.
#[derive(Clone, PartialEq, Eq)]
pub struct UploadId(String);

impl UploadId {
    /// A fresh id.
    #[must_use]
    pub fn fresh() -> Self {
        Self(crate::id::ulid())
    }

    /// Takes an id that a client sends.
    ///
    /// # Errors
    /// [`Error::Invalid`] for what is no id, for one that was begun over [`KEPT`] ago, and for one from the future, whose
    /// parts would stay too long.
    pub fn parse(text: &str) -> Result<Self> {
        let begun = Self::begun(text).ok_or_else(|| Error::Invalid("this is not the id of an upload".into()))?;
        let now = clock::now();
        if begun.saturating_add(KEPT) <= now || begun > now.saturating_add(SKEW) {
            return Err(Error::Invalid("the upload has expired, begin another one".into()));
        }
        Ok(Self(text.into()))
    }

    /// When an upload was begun, since the Unix epoch; `None` for what is no id.
    pub(super) fn begun(text: &str) -> Option<Duration> {
        let id = Ulid::from_string(text).ok()?;
        // One id, one spelling: it becomes a part of keys.
        (id.to_string() == text).then(|| Duration::from_millis(id.timestamp_ms()))
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for UploadId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for UploadId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
