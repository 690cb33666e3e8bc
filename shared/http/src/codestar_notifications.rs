//! What `CodeStar Notifications`' API has for repositories, one file for each operation.

mod create_notification_rule;
mod delete_notification_rule;
mod delete_target;
mod describe_notification_rule;
mod event_type_summary;
mod list_event_types;
mod list_notification_rules;
mod list_tags_for_resource;
mod list_targets;
mod subscribe;
mod tag_resource;
mod target;
mod unsubscribe;
mod untag_resource;
mod update_notification_rule;

use packhouse_forge::forge::Forge;
use packhouse_forge::identity::Caller;

use crate::aws_json::failure::Failure;
use crate::rest_json::Answer;

/// Carries out one operation.
pub(crate) async fn dispatch(forge: &Forge, caller: &Caller, operation: &str, body: &[u8]) -> Answer {
    match operation {
        "CreateNotificationRule" => create_notification_rule::serve(forge, caller, body).await,
        "DeleteNotificationRule" => delete_notification_rule::serve(forge, caller, body).await,
        "DeleteTarget" => delete_target::serve(forge, caller, body).await,
        "DescribeNotificationRule" => describe_notification_rule::serve(forge, caller, body).await,
        "ListEventTypes" => list_event_types::serve(forge, caller, body),
        "ListNotificationRules" => list_notification_rules::serve(forge, caller, body).await,
        "ListTagsForResource" => list_tags_for_resource::serve(forge, caller, body).await,
        "ListTargets" => list_targets::serve(forge, caller, body).await,
        "Subscribe" => subscribe::serve(forge, caller, body).await,
        "TagResource" => tag_resource::serve(forge, caller, body).await,
        "Unsubscribe" => unsubscribe::serve(forge, caller, body).await,
        "UntagResource" => untag_resource::serve(forge, caller, body).await,
        "UpdateNotificationRule" => update_notification_rule::serve(forge, caller, body).await,
        _ => Err(Failure::unknown_operation("there is no such operation").into()),
    }
}
