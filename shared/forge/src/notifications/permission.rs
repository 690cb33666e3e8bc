//! Who may do what with rules: the actions of `codestar-notifications`, with its condition key.

use std::collections::BTreeMap;

use super::rule::Rule;
use crate::authorization::{context, judge};
use crate::error::Result;
use crate::forge::Forge;
use crate::identity::Caller;

/// The condition key of the repository that a rule is about.
const RESOURCE: &str = "codestar-notifications:NotificationsForResource";

/// The ARN of the rule of an id.
pub(super) fn arn(forge: &Forge, id: &str) -> String {
    let (account, region) = forge.place();
    let partition = forge.installation().region.partition();
    format!("arn:{partition}:codestar-notifications:{region}:{account}:notificationrule/{id}")
}

/// The id of the rule of an ARN; `None` unless it is one of this account and region.
pub(super) fn id_in_arn<'a>(forge: &Forge, arn: &'a str) -> Option<&'a str> {
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    arn.strip_prefix(&self::arn(forge, ""))
        .filter(|id| (1..=40).contains(&id.len()) && id.bytes().all(letter))
}

/// What a request is about.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct About<'a> {
    /// The rule that is there.
    pub(super) rule: Option<&'a Rule>,
    /// The ARN of the repository.
    pub(super) repository: Option<&'a str>,
    /// The tags that the request gives.
    pub(super) tags: Option<&'a BTreeMap<String, String>>,
    /// The keys of tags that it names.
    pub(super) tag_keys: &'a [String],
}

/// Returns when `caller` may do what concerns no single rule.
pub(super) fn permit(forge: &Forge, caller: &Caller, action: &str) -> Result<()> {
    judge(caller, &full(action), "*", &context(forge, caller))
}

/// Returns when `caller` may do that with the rule of an id, which is `*` for one that is yet to be made.
pub(super) fn permit_on(forge: &Forge, caller: &Caller, (action, id): (&str, &str), about: About<'_>) -> Result<()> {
    let mut context = context(forge, caller);
    if let Some(arn) = about.repository {
        context.set(RESOURCE, arn);
    }
    for (key, value) in about.rule.iter().flat_map(|rule| &rule.tags) {
        context.set(&format!("aws:ResourceTag/{key}"), value.as_str());
    }
    let mut keys: Vec<&str> = about.tag_keys.iter().map(String::as_str).collect();
    for (key, value) in about.tags.into_iter().flatten() {
        context.set(&format!("aws:RequestTag/{key}"), value.as_str());
        keys.push(key);
    }
    if !keys.is_empty() {
        context.set_many("aws:TagKeys", keys);
    }
    judge(caller, &full(action), &arn(forge, id), &context)
}

fn full(action: &str) -> String {
    format!("codestar-notifications:{action}")
}
