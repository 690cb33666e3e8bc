//! `CreateRepository`.

use std::collections::BTreeMap;

use packhouse_forge::forge::Forge;
use packhouse_forge::identity::Caller;
use packhouse_forge::names::Description;
use packhouse_forge::repositories::{self, New};
use serde::{Deserialize, Serialize};

use super::repository_metadata::RepositoryMetadata;
use crate::aws_json::Answer;
use crate::aws_json::input::{answer, parse, repository_name};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Input {
    repository_name: Option<String>,
    repository_description: Option<String>,
    tags: Option<BTreeMap<String, String>>,
    kms_key_id: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Output {
    repository_metadata: RepositoryMetadata,
}

pub(super) async fn serve(forge: &Forge, caller: &Caller, body: &[u8]) -> Answer {
    let input: Input = parse(body)?;
    let new = New {
        name: repository_name(input.repository_name.as_deref())?,
        description: input.repository_description.map(Description::new).transpose()?,
        tags: input.tags.unwrap_or_default(),
        kms_key: input.kms_key_id,
    };
    let made = repositories::create(forge, caller, new).await?;
    answer(&Output {
        repository_metadata: made.into(),
    })
}
