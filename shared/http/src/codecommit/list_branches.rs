//! `ListBranches`.

use packhouse_forge::branches;
use packhouse_forge::forge::Forge;
use packhouse_forge::identity::Caller;
use serde::{Deserialize, Serialize};

use crate::aws_json::Answer;
use crate::aws_json::input::{answer, next_token, parse, repository_name};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Input {
    repository_name: Option<String>,
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Output {
    branches: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

pub(super) async fn serve(forge: &Forge, caller: &Caller, body: &[u8]) -> Answer {
    let input: Input = parse(body)?;
    let name = repository_name(input.repository_name.as_deref())?;
    let token = next_token(input.next_token);
    let page = branches::list(forge, caller, &name, token.as_deref()).await?;
    answer(&Output {
        branches: page.branches,
        next_token: page.next,
    })
}
