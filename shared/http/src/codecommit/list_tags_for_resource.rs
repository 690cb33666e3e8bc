//! `ListTagsForResource`.

use std::collections::BTreeMap;

use packhouse_forge::forge::Forge;
use packhouse_forge::identity::Caller;
use packhouse_forge::repositories;
use serde::{Deserialize, Serialize};

use crate::aws_json::Answer;
use crate::aws_json::input::{answer, parse, resource};

/// There is a `nextToken` too. It leads nowhere, as no listing of tags has a second page, and the operation has no error
/// to say so.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Input {
    resource_arn: Option<String>,
}

#[derive(Serialize)]
struct Output {
    tags: BTreeMap<String, String>,
}

pub(super) async fn serve(forge: &Forge, caller: &Caller, body: &[u8]) -> Answer {
    let input: Input = parse(body)?;
    let name = resource(forge, input.resource_arn.as_deref())?;
    let tags = repositories::tags(forge, caller, &name).await?;
    answer(&Output { tags })
}
