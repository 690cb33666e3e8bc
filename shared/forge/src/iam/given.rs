//! What requests give that several nouns take: tags and descriptions.

use std::collections::BTreeMap;

use crate::error::{Error, Result};
use crate::tags;

/// IAM's quota of each of them.
pub(super) const MAX_TAGS: usize = 50;
/// The longest description of a role or a policy in characters.
const MAX_DESCRIPTION: usize = 1000;

/// The tags that a request gives, if IAM takes them.
///
/// # Errors
/// [`Error::InvalidInput`], [`Error::LimitExceeded`].
pub(crate) fn tags(given: Vec<(String, String)>) -> Result<BTreeMap<String, String>> {
    if given.len() > MAX_TAGS {
        return Err(too_many());
    }
    let mut tags: BTreeMap<String, String> = BTreeMap::new();
    for (key, value) in given {
        if key.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("aws:")) {
            return Err(Error::InvalidInput(
                "Tag keys that start with aws: are kept for the system".to_owned(),
            ));
        }
        if let Some(fault) = tags::fault(&key, &value) {
            return Err(Error::InvalidInput(format!("A tag is not valid: {fault}.")));
        }
        if tags.keys().any(|other| same(other, &key)) {
            return Err(Error::InvalidInput(
                "Duplicate tag keys found. Please note that Tag keys are case insensitive.".to_owned(),
            ));
        }
        tags.insert(key, value);
    }
    Ok(tags)
}

/// A description of a role or a policy.
///
/// # Errors
/// [`Error::InvalidInput`].
pub(super) fn described(text: String) -> Result<String> {
    let printable = |letter: char| matches!(letter, '\t' | '\n' | '\r') || !letter.is_control();
    if text.chars().count() <= MAX_DESCRIPTION && text.chars().all(printable) {
        return Ok(text);
    }
    Err(Error::InvalidInput(format!(
        "A description can have up to {MAX_DESCRIPTION} printable characters"
    )))
}

/// Whether two keys of tags are the same to IAM.
pub(super) fn same(one: &str, other: &str) -> bool {
    one.to_lowercase() == other.to_lowercase()
}

/// More tags than there may be.
pub(super) const fn too_many() -> Error {
    Error::LimitExceeded {
        what: "TagsPerEntity",
        limit: MAX_TAGS,
    }
}
