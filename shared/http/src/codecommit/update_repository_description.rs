//! `UpdateRepositoryDescription`.

use packhouse_forge::forge::Forge;
use packhouse_forge::identity::Caller;
use packhouse_forge::names::Description;
use packhouse_forge::repositories;
use serde::Deserialize;

use crate::aws_json::Answer;
use crate::aws_json::input::{nothing, parse, repository_name};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Input {
    repository_name: Option<String>,
    /// Without it the repository loses the description that it has.
    repository_description: Option<String>,
}

pub(super) async fn serve(forge: &Forge, caller: &Caller, body: &[u8]) -> Answer {
    let input: Input = parse(body)?;
    let name = repository_name(input.repository_name.as_deref())?;
    let description = input.repository_description.map(Description::new).transpose()?;
    repositories::describe(forge, caller, &name, description).await?;
    nothing()
}
