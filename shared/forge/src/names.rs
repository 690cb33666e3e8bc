//! Names and texts that callers choose or configure, valid once made.

use std::fmt;
use std::sync::Arc;

use crate::error::Error;

/// The longest repository name in characters.
const MAX_REPOSITORY_NAME: usize = 100;
/// The longest description in characters.
const MAX_DESCRIPTION: usize = 1000;

/// A repository's name: 1 to 100 letters, digits, periods, underscores and dashes, not ending in `.git`. Case
/// matters. Clones share the text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RepositoryName(Arc<str>);

impl RepositoryName {
    /// Takes a name.
    ///
    /// # Errors
    /// [`Error::InvalidRepositoryName`]; also for `.` and `..`, which no URL can carry.
    pub fn new(name: &str) -> Result<Self, Error> {
        let letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
        let fits = (1..=MAX_REPOSITORY_NAME).contains(&name.len())
            && name.bytes().all(letter)
            && !name.ends_with(".git")
            && !matches!(name, "." | "..");
        if fits {
            Ok(Self(name.into()))
        } else {
            Err(Error::InvalidRepositoryName)
        }
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RepositoryName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A repository's description: up to 1,000 characters of any text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Description(String);

impl Description {
    /// Takes a description.
    ///
    /// # Errors
    /// [`Error::InvalidRepositoryDescription`] when it is too long.
    pub fn new(text: String) -> Result<Self, Error> {
        let fits = text.chars().nth(MAX_DESCRIPTION).is_none();
        if fits {
            Ok(Self(text))
        } else {
            Err(Error::InvalidRepositoryDescription)
        }
    }

    /// The description as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// An account id or a region is malformed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigurationError {
    /// The account id is not one.
    #[error("an account id is 12 digits, not {0:?}")]
    AccountId(String),
    /// The region is not one.
    #[error("a region is made of lower-case letters, digits and dashes, such as us-east-1, not {0:?}")]
    Region(String),
}

/// The 12 digits that name the account whose repositories an installation holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountId(String);

impl AccountId {
    /// Takes an account id.
    ///
    /// # Errors
    /// [`ConfigurationError::AccountId`] unless it is 12 digits.
    pub fn new(id: &str) -> Result<Self, ConfigurationError> {
        let fits = id.len() == 12 && id.bytes().all(|byte| byte.is_ascii_digit());
        if fits {
            Ok(Self(id.into()))
        } else {
            Err(ConfigurationError::AccountId(id.into()))
        }
    }

    /// The digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The AWS region that an installation answers as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Region(String);

impl Region {
    /// Takes a region's name.
    ///
    /// # Errors
    /// [`ConfigurationError::Region`] unless it looks like one.
    pub fn new(name: &str) -> Result<Self, ConfigurationError> {
        let letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        let fits = (2..=32).contains(&name.len()) && name.bytes().all(letter);
        if fits {
            Ok(Self(name.into()))
        } else {
            Err(ConfigurationError::Region(name.into()))
        }
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The partition of ARNs that the region belongs to.
    #[must_use]
    pub fn partition(&self) -> &'static str {
        if self.0.starts_with("cn-") {
            "aws-cn"
        } else if self.0.starts_with("us-gov-") {
            "aws-us-gov"
        } else {
            "aws"
        }
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repository_names_follow_codecommits_rule() {
        let hundred = "a".repeat(100);
        for good in ["a", "A.b_c-9", "-", "...", "git", "a.git.b", "x.GIT", hundred.as_str()] {
            assert_eq!(
                RepositoryName::new(good).map(|name| name.to_string()).ok().as_deref(),
                Some(good)
            );
        }
        let too_long = "a".repeat(101);
        for bad in [
            "",
            ".",
            "..",
            "a/b",
            "a b",
            "ä",
            "a.git",
            ".git",
            "a\n",
            "a%2e",
            "a\0",
            too_long.as_str(),
        ] {
            assert!(RepositoryName::new(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn descriptions_are_counted_in_characters() {
        assert!(Description::new("ä".repeat(1000)).is_ok());
        assert!(Description::new("a".repeat(1001)).is_err());
    }

    #[test]
    fn accounts_and_regions_are_checked() {
        assert!(AccountId::new("000000000000").is_ok());
        for bad in ["", "12345678901", "1234567890123", "12345678901a"] {
            assert!(AccountId::new(bad).is_err(), "{bad:?}");
        }
        for (name, partition) in [
            ("us-east-1", "aws"),
            ("cn-north-1", "aws-cn"),
            ("us-gov-west-1", "aws-us-gov"),
        ] {
            assert_eq!(Region::new(name).map(|region| region.partition()), Ok(partition));
        }
        for bad in ["", "US-EAST-1", "us east", "a#b"] {
            assert!(Region::new(bad).is_err(), "{bad:?}");
        }
    }
}
