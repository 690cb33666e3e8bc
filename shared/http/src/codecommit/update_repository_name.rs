//! `UpdateRepositoryName`.

use packhouse_forge::forge::Forge;
use packhouse_forge::identity::Caller;
use packhouse_forge::repositories;
use serde::Deserialize;

use crate::aws_json::Answer;
use crate::aws_json::input::{nothing, parse, repository_name};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Input {
    old_name: Option<String>,
    new_name: Option<String>,
}

pub(super) async fn serve(forge: &Forge, caller: &Caller, body: &[u8]) -> Answer {
    let input: Input = parse(body)?;
    let old = repository_name(input.old_name.as_deref())?;
    let new = repository_name(input.new_name.as_deref())?;
    repositories::rename(forge, caller, &old, &new).await?;
    nothing()
}
