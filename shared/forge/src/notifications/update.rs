//! `UpdateNotificationRule`.

use packhouse_storage::{clock, keys};

use super::amend::amend;
use super::describe::permitted;
use super::record;
use super::rule::{Changes, Target, check_name, event_types, targets};
use crate::error::{Error, Result};
use crate::forge::Forge;
use crate::identity::Caller;

/// Changes what is given of a rule.
///
/// # Errors
/// [`Error::NoSuchEntity`], [`Error::EntityAlreadyExists`] for a name that another rule has, what the changes break, and the
/// store's.
pub async fn update(forge: &Forge, caller: &Caller, arn: &str, changes: Changes) -> Result<()> {
    let found = permitted(forge, caller, "UpdateNotificationRule", arn).await?;
    changes.name.as_deref().map(check_name).transpose()?;
    let event_types = changes.event_types.as_deref().map(event_types).transpose()?;
    let targets = changes
        .targets
        .as_deref()
        .map(|given| targets(forge, given))
        .transpose()?;
    let (account, region) = forge.place();
    let name = changes.name.iter();
    let names = name.map(|name| keys::notification_rule_name(account, region, name));
    amend(forge, found.of(), names.collect(), |rule, items| {
        let before = rule.clone();
        let mut writes = Vec::new();
        if let Some(name) = changes.name.as_ref().filter(|name| **name != rule.name) {
            if items.first().is_some_and(Option::is_some) {
                let (what, name) = ("Notification rule", name.clone());
                return Err(Error::EntityAlreadyExists { what, name });
            }
            writes.push(record::free_name(forge, &rule.name));
            writes.push(record::name(forge, name, &rule.id));
            rule.name.clone_from(name);
        }
        if let Some(event_types) = &event_types {
            rule.event_types.clone_from(event_types);
        }
        if let Some(targets) = &targets {
            // What is known of one that stays stays known.
            let known = |target: &Target| rule.target(&target.address).unwrap_or(target).clone();
            rule.targets = targets.iter().map(known).collect();
        }
        rule.detail = changes.detail.unwrap_or(rule.detail);
        rule.enabled = changes.enabled.unwrap_or(rule.enabled);
        if *rule != before {
            rule.modified_ms = clock::now_millis();
        }
        Ok(writes)
    })
    .await
    .map(drop)
}
