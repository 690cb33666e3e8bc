//! What topics are told.

use serde_json::{Value, json};

use super::permission;
use super::rule::Rule;
use crate::events::Event;
use crate::forge::Forge;
use crate::iso8601;

/// Who is said to send: receivers know it by that, and on topics nobody reserves it.
const SOURCE: &str = "aws.codecommit";

/// The message of an event, as `CodeStar Notifications` wraps it.
pub(super) fn of(forge: &Forge, rule: &Rule, event: &Event, attributes: &Value) -> Value {
    let (account, region) = forge.place();
    json!({
        "account": account,
        "additionalAttributes": attributes,
        "detail": event.detail,
        "detailType": event.detail_type.as_str(),
        "notificationRuleArn": permission::arn(forge, &rule.id),
        "region": region,
        "resources": event.resources,
        "source": SOURCE,
        "time": iso8601::format(event.time.as_secs()),
    })
}
