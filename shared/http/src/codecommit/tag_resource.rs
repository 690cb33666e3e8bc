//! `TagResource`.

use std::collections::BTreeMap;

use packhouse_forge::forge::Forge;
use packhouse_forge::identity::Caller;
use packhouse_forge::refusal::Refusal;
use packhouse_forge::repositories;
use serde::Deserialize;

use crate::aws_json::Answer;
use crate::aws_json::input::{needed, nothing, parse, resource};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Input {
    resource_arn: Option<String>,
    tags: Option<BTreeMap<String, String>>,
}

pub(super) async fn serve(forge: &Forge, caller: &Caller, body: &[u8]) -> Answer {
    let input: Input = parse(body)?;
    let name = resource(forge, input.resource_arn.as_deref())?;
    let tags = needed(input.tags.filter(|tags| !tags.is_empty()), Refusal::TagsMapRequired)?;
    repositories::tag(forge, caller, &name, &tags).await?;
    nothing()
}
