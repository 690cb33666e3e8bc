//! What people write about a pull request.

use crate::error::Result;
use crate::refusal::Refusal;

/// The longest title in characters.
const MAX_TITLE: usize = 150;
/// The longest description in characters.
const MAX_DESCRIPTION: usize = 10_240;

/// A title: 1 to 150 characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Title(String);

impl Title {
    /// Takes a title.
    ///
    /// # Errors
    /// [`Refusal::TitleRequired`] where it is empty, [`Refusal::InvalidTitle`] where it is too long.
    pub fn new(text: String) -> Result<Self> {
        if text.is_empty() {
            return Err(Refusal::TitleRequired.into());
        }
        if text.chars().nth(MAX_TITLE).is_some() {
            return Err(Refusal::InvalidTitle.into());
        }
        Ok(Self(text))
    }

    /// The title as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A description: up to 10,240 characters. The empty one is as good as none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Description(String);

impl Description {
    /// Takes a description.
    ///
    /// # Errors
    /// [`Refusal::InvalidDescription`].
    pub fn new(text: String) -> Result<Self> {
        if text.chars().nth(MAX_DESCRIPTION).is_some() {
            return Err(Refusal::InvalidDescription.into());
        }
        Ok(Self(text))
    }

    /// The description as text; `None` where it is empty.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        Some(self.0.as_str()).filter(|text| !text.is_empty())
    }
}
