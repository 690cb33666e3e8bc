//! Tags of repositories.

use std::collections::BTreeMap;

use packhouse_git::hash::ObjectFormat;

use crate::error::Error;
use crate::refusal::Refusal;

/// The most tags that a repository may have.
pub(crate) const MAX_TAGS: usize = 50;
/// The longest key in characters.
const MAX_KEY: usize = 128;
/// The longest value in characters.
const MAX_VALUE: usize = 256;
/// Keys that start like this are settings of Packhouse.
const OURS: &str = "packhouse:";
/// The tag that chooses the hash of a new repository's ids: `sha1` or `sha256`.
pub const OBJECT_FORMAT: &str = "packhouse:object-format";

/// Whether `tags` are what a repository may have.
///
/// # Errors
/// [`Error::TooManyTags`], [`Error::SystemTag`], and [`Error::InvalidTags`] for a bad key or value.
pub fn check(tags: &BTreeMap<String, String>) -> Result<(), Error> {
    if tags.len() > MAX_TAGS {
        return Err(Error::TooManyTags(MAX_TAGS));
    }
    for (key, value) in tags {
        check_owner(key)?;
        if let Some(fault) = fault(key, value) {
            return Err(Error::InvalidTags(fault));
        }
        if key.starts_with(OURS) && key != OBJECT_FORMAT {
            return Err(Error::InvalidTags(format!("there is no setting {key}")));
        }
    }
    object_format(tags).map(drop)
}

/// Whether `keys` name tags that may be taken from a repository.
///
/// # Errors
/// [`Error::TooManyTags`], [`Error::SystemTag`], and [`Refusal::InvalidTagKeysList`] for a bad key.
pub fn check_keys(keys: &[String]) -> Result<(), Error> {
    if keys.len() > MAX_TAGS {
        return Err(Error::TooManyTags(MAX_TAGS));
    }
    for key in keys {
        check_owner(key)?;
        if let Some(fault) = fault(key, "") {
            return Err(Refusal::InvalidTagKeysList.saying(format!("The list of tag keys is not valid: {fault}.")));
        }
    }
    Ok(())
}

/// Keys that start with `aws:` are the system's.
fn check_owner(key: &str) -> Result<(), Error> {
    let system = key.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("aws:"));
    if system {
        return Err(Error::SystemTag(shown(key)));
    }
    Ok(())
}

/// What is wrong with a tag by the rules that all of AWS has.
pub(crate) fn fault(key: &str, value: &str) -> Option<String> {
    if key.is_empty() || key.chars().count() > MAX_KEY || !key.chars().all(is_letter) {
        return Some(format!(
            "the key {:?} is not 1 to {MAX_KEY} letters, digits, spaces and + - = . _ : / @",
            shown(key)
        ));
    }
    let bad = value.chars().count() > MAX_VALUE || !value.chars().all(is_letter);
    bad.then(|| format!("the value of {key} is not up to {MAX_VALUE} letters, digits, spaces and + - = . _ : / @"))
}

/// The hash that the tags of a new repository choose; SHA-1 where they do not say.
///
/// # Errors
/// [`Error::InvalidTags`] for a hash that there is not.
pub fn object_format(tags: &BTreeMap<String, String>) -> Result<ObjectFormat, Error> {
    match tags.get(OBJECT_FORMAT).map(String::as_str) {
        None | Some("sha1") => Ok(ObjectFormat::Sha1),
        Some("sha256") => Ok(ObjectFormat::Sha256),
        Some(_) => Err(Error::InvalidTags(format!("{OBJECT_FORMAT} must be sha1 or sha256"))),
    }
}

fn is_letter(letter: char) -> bool {
    letter.is_alphanumeric() || matches!(letter, ' ' | '+' | '-' | '=' | '.' | '_' | ':' | '/' | '@')
}

/// A text from outside, cut to what a message may carry.
fn shown(text: &str) -> String {
    text.chars().take(MAX_KEY).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Kind;

    fn check_one(key: &str, value: &str) -> Option<Kind> {
        check(&BTreeMap::from([(key.to_owned(), value.to_owned())]))
            .err()
            .map(|error| error.kind())
    }

    #[test]
    fn tags_follow_the_rules() {
        let (key, value) = ("k".repeat(128), "v".repeat(256));
        for (key, value) in [
            ("team", "a b+c-d=e.f_g:h/i@j"),
            ("größe", ""),
            (&key, &value),
            (OBJECT_FORMAT, "sha256"),
        ] {
            assert_eq!(check_one(key, value), None, "{key}={value}");
        }
        let (key, value) = ("k".repeat(129), "v".repeat(257));
        for (key, value) in [
            ("", "x"),
            (&key, "x"),
            ("k", &value),
            ("k", "a\nb"),
            ("a*", ""),
            ("AWS:x", ""),
            (OBJECT_FORMAT, "md5"),
            ("packhouse:other", "x"),
        ] {
            assert_eq!(check_one(key, value), Some(Kind::Invalid), "{key}={value}");
        }
        let many: BTreeMap<_, _> = (0..51).map(|at| (format!("k{at}"), String::new())).collect();
        assert!(matches!(check(&many), Err(Error::TooManyTags(50))));
    }
}
