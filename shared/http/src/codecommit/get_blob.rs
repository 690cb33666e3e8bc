//! `GetBlob`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use packhouse_forge::contents;
use packhouse_forge::forge::Forge;
use packhouse_forge::identity::Caller;
use packhouse_forge::refusal::Refusal;
use serde::{Deserialize, Serialize};

use crate::aws_json::Answer;
use crate::aws_json::input::{answer, needed, parse, repository_name};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Input {
    repository_name: Option<String>,
    blob_id: Option<String>,
}

#[derive(Serialize)]
struct Output {
    content: String,
}

pub(super) async fn serve(forge: &Forge, caller: &Caller, body: &[u8]) -> Answer {
    let input: Input = parse(body)?;
    let name = repository_name(input.repository_name.as_deref())?;
    let id = needed(input.blob_id, Refusal::BlobIdRequired)?;
    let content = contents::get_blob(forge, caller, &name, &id).await?;
    answer(&Output {
        content: STANDARD.encode(content),
    })
}
