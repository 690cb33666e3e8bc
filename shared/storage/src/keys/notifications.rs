//! Keys of notification rules and of what they have to tell.

use super::repository;
use crate::table::Key;

/// All notification rules of a repository.
#[must_use]
pub fn notification_rules(id: &str) -> Key {
    Key::new(repository(id), "NOTIFICATIONS")
}

/// Partition of what leads to the notification rules of an account and region.
#[must_use]
pub fn notification_index(account: &str, region: &str) -> String {
    format!("NOTIFICATIONRULES#{account}#{region}")
}

/// Prefix of the ids of notification rules, each of which leads to a repository.
pub const NOTIFICATION_RULE_PREFIX: &str = "ID#";

/// `rule id -> repository id`.
#[must_use]
pub fn notification_rule(account: &str, region: &str, id: &str) -> Key {
    Key::new(
        notification_index(account, region),
        format!("{NOTIFICATION_RULE_PREFIX}{id}"),
    )
}

/// `rule name -> rule id`: uniqueness.
#[must_use]
pub fn notification_rule_name(account: &str, region: &str, name: &str) -> Key {
    Key::new(notification_index(account, region), format!("NAME#{name}"))
}

/// Partition of the notifications that are still to be sent.
pub const NOTIFYING: &str = "NOTIFYING";

/// What begins the sort keys of the notifications of a rule of a repository to one target.
#[must_use]
pub fn notifying_lane(repository: &str, rule: &str, target: &str) -> String {
    format!("{repository}#{rule}#{target}#")
}

/// The notification of an event that happened at a time in milliseconds since the Unix epoch.
#[must_use]
pub fn notifying(lane: &str, time_ms: u64, event: &str) -> Key {
    Key::new(NOTIFYING, format!("{lane}{time_ms:013}#{event}"))
}

/// The repository, the rule and the target of which a sort key was made by [`notifying`]; `None` for any other.
#[must_use]
pub fn parse_notifying(sk: &str) -> Option<(&str, &str, &str)> {
    let mut parts = sk.split('#');
    let lane = (parts.next()?, parts.next()?, parts.next()?);
    let _time = parts.next()?;
    let _event = parts.next()?;
    parts.next().is_none().then_some(lane)
}
