//! Rules of pull requests.

use std::time::Duration;

use crate::approvals::Content;
use crate::error::Result;
use crate::pull_requests::event as told;

/// An approval rule of a pull request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Its id.
    pub id: String,
    /// Its name, which no other rule of the pull request has, and which stays.
    pub name: String,
    /// What it says.
    pub content: String,
    /// When it was made, since the Unix epoch; one from a template has the template's times.
    pub created: Duration,
    /// When it was changed last.
    pub modified: Duration,
    /// The ARN of who changed it last.
    pub modified_by: String,
    /// The template that it was made from; such a rule never changes.
    pub origin: Option<Origin>,
    /// Names the last change of it, so that whoever made it knows it again.
    pub(super) change_id: String,
}

/// The template that a rule was made from, as it was then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The id of the template.
    pub id: String,
    /// Its name.
    pub name: String,
}

impl Rule {
    /// As events tell of it.
    pub(super) fn told(&self) -> told::Rule {
        told::Rule {
            id: self.id.clone(),
            name: self.name.clone(),
            content: self.content.clone(),
        }
    }

    /// What the rule says, read.
    ///
    /// # Errors
    /// [`StorageError::Corrupt`](packhouse_storage::error::Error::Corrupt).
    pub(super) fn read(&self) -> Result<Content> {
        Content::stored(&self.content)
    }
}
