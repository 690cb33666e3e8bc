//! What is known of a request: condition keys and their values.

use std::collections::BTreeMap;
use std::slice;

/// The condition keys of one request. Names of keys are compared without case, as IAM compares them.
///
/// A key that is not set is absent, which conditions tell from an empty value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Context {
    /// By the key in lower case.
    keys: BTreeMap<String, Value>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Value {
    /// Of a key that has one value at most, such as `aws:username`.
    Single(String),
    /// Of a key that is a set, such as `aws:TagKeys`.
    Set(Vec<String>),
}

impl Context {
    /// A request of which nothing is known.
    #[must_use]
    pub const fn new() -> Self {
        Self { keys: BTreeMap::new() }
    }

    /// Gives `key` one value, in place of what it had.
    pub fn set(&mut self, key: &str, value: impl Into<String>) {
        self.keys.insert(key.to_lowercase(), Value::Single(value.into()));
    }

    /// Gives `key`, which is a set, its members, in place of what it had. The empty text is no member; without a member
    /// the key counts as absent. The key cannot be used as a policy variable, even if it has one member.
    pub fn set_many(&mut self, key: &str, values: impl IntoIterator<Item = impl Into<String>>) {
        let members = values.into_iter().map(Into::into).filter(|value| !value.is_empty());
        self.keys.insert(key.to_lowercase(), Value::Set(members.collect()));
    }

    /// The values of `key`: none if it is absent.
    #[must_use]
    pub fn get(&self, key: &str) -> &[String] {
        self.values(&key.to_lowercase())
    }

    /// The values of a key in lower case.
    pub(super) fn values(&self, key: &str) -> &[String] {
        match self.keys.get(key) {
            Some(Value::Single(value)) => slice::from_ref(value),
            Some(Value::Set(values)) => values,
            None => &[],
        }
    }

    /// The value of a key in lower case that is no set: what a policy variable stands for.
    pub(super) fn variable(&self, key: &str) -> Option<&str> {
        match self.keys.get(key) {
            Some(Value::Single(value)) => Some(value),
            Some(Value::Set(_)) | None => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_compared_without_case() {
        let mut context = Context::new();
        context.set("aws:ResourceTag/Team", "red");
        assert_eq!(context.get("AWS:resourcetag/TEAM"), ["red"]);
        context.set("aws:resourcetag/team", "blue");
        assert_eq!(context.get("aws:ResourceTag/Team"), ["blue"]);
    }

    #[test]
    fn a_set_without_members_is_absent() {
        let mut context = Context::new();
        context.set_many("aws:TagKeys", ["", ""]);
        assert!(context.get("aws:TagKeys").is_empty());
        context.set_many("aws:TagKeys", ["a", "", "b"]);
        assert_eq!(context.get("aws:TagKeys"), ["a", "b"]);
    }

    #[test]
    fn only_single_values_are_variables() {
        let mut context = Context::new();
        context.set("aws:username", "");
        context.set_many("aws:TagKeys", ["a"]);
        assert_eq!(context.variable("aws:username"), Some(""));
        assert_eq!(context.variable("aws:tagkeys"), None);
        assert_eq!(context.variable("aws:userid"), None);
    }
}
