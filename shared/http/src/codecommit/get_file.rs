//! `GetFile`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use packhouse_forge::contents;
use packhouse_forge::forge::Forge;
use packhouse_forge::identity::Caller;
use packhouse_forge::refusal::Refusal;
use serde::{Deserialize, Serialize};

use super::file_mode;
use crate::aws_json::Answer;
use crate::aws_json::input::{answer, needed, parse, repository_name};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Input {
    repository_name: Option<String>,
    commit_specifier: Option<String>,
    file_path: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Output {
    commit_id: String,
    blob_id: String,
    file_path: String,
    file_mode: Option<&'static str>,
    file_size: usize,
    file_content: String,
}

pub(super) async fn serve(forge: &Forge, caller: &Caller, body: &[u8]) -> Answer {
    let input: Input = parse(body)?;
    let name = repository_name(input.repository_name.as_deref())?;
    let path = needed(input.file_path, Refusal::PathRequired)?;
    let specifier = input.commit_specifier.as_deref();
    let file = contents::get_file(forge, caller, &name, (specifier, &path)).await?;
    answer(&Output {
        commit_id: file.commit.to_string(),
        blob_id: file.blob.to_string(),
        file_path: file.path,
        file_mode: file_mode::word(file.mode),
        file_size: file.content.len(),
        file_content: STANDARD.encode(file.content),
    })
}
