//! The shape `RepositoryTrigger`.

use packhouse_forge::refusal::Refusal;
use packhouse_forge::triggers::{Given, Trigger};
use serde::{Deserialize, Serialize};

use crate::aws_json::failure::Failure;
use crate::aws_json::input::needed;

/// A trigger on the wire.
#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RepositoryTrigger {
    name: Option<String>,
    destination_arn: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    custom_data: Option<String>,
    branches: Option<Vec<String>>,
    events: Option<Vec<String>>,
}

/// The list of triggers, which the operation needs. It may be empty.
pub(super) fn given(triggers: Option<Vec<RepositoryTrigger>>) -> Result<Vec<Given>, Failure> {
    let triggers = needed(triggers, Refusal::RepositoryTriggersListRequired)?;
    Ok(triggers.into_iter().map(Given::from).collect())
}

impl From<RepositoryTrigger> for Given {
    fn from(trigger: RepositoryTrigger) -> Self {
        Self {
            name: trigger.name,
            destination_arn: trigger.destination_arn,
            custom_data: trigger.custom_data,
            branches: trigger.branches,
            events: trigger.events,
        }
    }
}

impl From<Trigger> for RepositoryTrigger {
    fn from(trigger: Trigger) -> Self {
        Self {
            name: Some(trigger.name),
            destination_arn: Some(trigger.target.arn().to_owned()),
            custom_data: trigger.custom_data,
            branches: Some(trigger.branches),
            events: Some(trigger.events),
        }
    }
}
