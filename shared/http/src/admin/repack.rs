//! `RepackRepository`.

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
    /// Drop what no ref reaches.
    #[serde(default)]
    forget_unreachable: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Output {
    repository_name: String,
}

pub(super) async fn serve(forge: &Forge, caller: &Caller, body: &[u8]) -> Answer {
    let input: Input = parse(body)?;
    let name = repository_name(input.repository_name.as_deref())?;
    repositories::repack(forge, caller, &name, input.forget_unreachable).await?;
    answer(&Output {
        repository_name: name.to_string(),
    })
}
