//! `TagResource`, `UntagResource` and `ListTagsForResource` of rules.

use std::collections::BTreeMap;

use super::amend::amend;
use super::describe::{permitted, permitted_about};
use super::permission::About;
use super::rule::check_tags;
use crate::error::Result;
use crate::forge::Forge;
use crate::identity::Caller;

/// Gives a rule tags, in place of those with the same keys; all that it has then.
///
/// # Errors
/// [`NoSuchEntity`](crate::error::Error::NoSuchEntity), [`LimitExceeded`](crate::error::Error::LimitExceeded), what the tags
/// break, and the store's.
pub async fn tag(
    forge: &Forge,
    caller: &Caller,
    arn: &str,
    given: &BTreeMap<String, String>,
) -> Result<BTreeMap<String, String>> {
    let about = About {
        tags: Some(given),
        ..About::default()
    };
    let found = permitted_about(forge, caller, ("TagResource", arn), about).await?;
    check_tags(given)?;
    let rule = amend(forge, found.of(), Vec::new(), |rule, _| {
        rule.tags.extend(given.clone());
        check_tags(&rule.tags)?;
        Ok(Vec::new())
    });
    Ok(rule.await?.tags)
}

/// Takes tags from a rule. Keys that it has not are a success.
///
/// # Errors
/// [`NoSuchEntity`](crate::error::Error::NoSuchEntity), and the store's.
pub async fn untag(forge: &Forge, caller: &Caller, arn: &str, keys: &[String]) -> Result<()> {
    let about = About {
        tag_keys: keys,
        ..About::default()
    };
    let found = permitted_about(forge, caller, ("UntagResource", arn), about).await?;
    amend(forge, found.of(), Vec::new(), |rule, _| {
        rule.tags.retain(|key, _| !keys.contains(key));
        Ok(Vec::new())
    })
    .await
    .map(drop)
}

/// The tags of a rule.
///
/// # Errors
/// [`NoSuchEntity`](crate::error::Error::NoSuchEntity), and the store's.
pub async fn tags(forge: &Forge, caller: &Caller, arn: &str) -> Result<BTreeMap<String, String>> {
    let found = permitted(forge, caller, "ListTagsForResource", arn).await?;
    Ok(found.rule.tags)
}
