//! `TestRepositoryTriggers`.

use packhouse_forge::forge::Forge;
use packhouse_forge::identity::Caller;
use packhouse_forge::triggers;
use serde::{Deserialize, Serialize};

use super::repository_trigger::{RepositoryTrigger, given};
use crate::aws_json::Answer;
use crate::aws_json::input::{answer, parse, repository_name};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Input {
    repository_name: Option<String>,
    triggers: Option<Vec<RepositoryTrigger>>,
}

#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Output {
    successful_executions: Vec<String>,
    failed_executions: Vec<RepositoryTriggerExecutionFailure>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RepositoryTriggerExecutionFailure {
    trigger: String,
    failure_message: String,
}

pub(super) async fn serve(forge: &Forge, caller: &Caller, body: &[u8]) -> Answer {
    let input: Input = parse(body)?;
    let name = repository_name(input.repository_name.as_deref())?;
    let mut output = Output::default();
    for tested in triggers::test(forge, caller, &name, given(input.triggers)?).await? {
        let trigger = tested.trigger;
        match tested.failure {
            None => output.successful_executions.push(trigger),
            Some(failure_message) => output.failed_executions.push(RepositoryTriggerExecutionFailure {
                trigger,
                failure_message,
            }),
        }
    }
    answer(&output)
}
