//! `RelaxFsck`.

use packhouse_forge::forge::Forge;
use packhouse_forge::identity::Caller;
use packhouse_forge::repositories;
use serde::{Deserialize, Serialize};

use crate::aws_json::Answer;
use crate::aws_json::input::{answer, parse, repository_name};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Input {
    repository_name: Option<String>,
    /// All that are to be relaxed from now on.
    #[serde(default)]
    rules: Vec<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Output {
    repository_name: String,
    relaxed_fsck_rules: Vec<String>,
}

pub(super) async fn serve(forge: &Forge, caller: &Caller, body: &[u8]) -> Answer {
    let input: Input = parse(body)?;
    let name = repository_name(input.repository_name.as_deref())?;
    let relaxed = repositories::relax_fsck(forge, caller, &name, &input.rules).await?;
    answer(&Output {
        repository_name: name.to_string(),
        relaxed_fsck_rules: relaxed,
    })
}
