//! `InspectRepository`.

use packhouse_forge::forge::Forge;
use packhouse_forge::identity::Caller;
use packhouse_forge::repositories::{self, Inside};
use serde::{Deserialize, Serialize};

use crate::aws_json::Answer;
use crate::aws_json::input::{answer, parse, repository_name};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Input {
    repository_name: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Output {
    repository_name: String,
    repository_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    repository_description: Option<String>,
    clone_url_http: String,
    object_format: String,
    head: String,
    refs: usize,
    packs: usize,
    /// Told while there are any.
    #[serde(skip_serializing_if = "Option::is_none")]
    unreachable_packs: Option<usize>,
    /// Told while there are any.
    #[serde(skip_serializing_if = "Option::is_none")]
    packs_under_another_key: Option<usize>,
    /// Told while a repack was asked for, or is due, and is not done.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    repack_pending: bool,
    /// Packs and indexes together.
    pack_bytes: u64,
    changes: u64,
    relaxed_fsck_rules: Vec<String>,
}

impl From<Inside> for Output {
    fn from(inside: Inside) -> Self {
        let described = inside.description;
        Self {
            repository_name: described.name.to_string(),
            repository_id: described.id.to_string(),
            repository_description: described.description.map(|text| text.as_str().to_owned()),
            clone_url_http: described.clone_url_http,
            object_format: inside.format.to_string(),
            head: inside.head,
            refs: inside.refs,
            packs: inside.packs,
            unreachable_packs: Some(inside.unreachable_packs).filter(|count| *count > 0),
            packs_under_another_key: Some(inside.packs_under_another_key).filter(|count| *count > 0),
            repack_pending: inside.repack_pending,
            pack_bytes: inside.bytes,
            changes: inside.version,
            relaxed_fsck_rules: inside.relaxed,
        }
    }
}

pub(super) async fn serve(forge: &Forge, caller: &Caller, body: &[u8]) -> Answer {
    let input: Input = parse(body)?;
    let name = repository_name(input.repository_name.as_deref())?;
    answer(&Output::from(repositories::inspect(forge, caller, &name).await?))
}
