//! `RevealWebhookSecret`. It is recorded as what hands out credentials is, without the secret.

use packhouse_forge::forge::Forge;
use packhouse_forge::identity::Caller;
use packhouse_forge::refusal::Refusal;
use packhouse_forge::triggers;
use serde::{Deserialize, Serialize};

use crate::aws_json::Answer;
use crate::aws_json::input::{answer, needed, parse, repository_name};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Input {
    repository_name: Option<String>,
    trigger_name: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Output {
    /// The records of the audit log hide the member of this name.
    webhook_secret: String,
}

pub(super) async fn serve(forge: &Forge, caller: &Caller, body: &[u8]) -> Answer {
    let input: Input = parse(body)?;
    let name = repository_name(input.repository_name.as_deref())?;
    let trigger = needed(input.trigger_name, Refusal::RepositoryTriggerNameRequired)?;
    answer(&Output {
        webhook_secret: triggers::webhook_secret(forge, caller, &name, &trigger).await?,
    })
}
