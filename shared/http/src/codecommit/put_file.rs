//! `PutFile`.

use packhouse_forge::authorship::Authorship;
use packhouse_forge::contents::{self, PutFile};
use packhouse_forge::forge::Forge;
use packhouse_forge::identity::Caller;
use packhouse_forge::refusal::Refusal;
use serde::{Deserialize, Serialize};

use super::file_mode;
use crate::aws_json::Answer;
use crate::aws_json::input::{Blob, answer, needed, parse, repository_name};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Input {
    repository_name: Option<String>,
    branch_name: Option<String>,
    file_content: Option<Blob>,
    file_path: Option<String>,
    file_mode: Option<String>,
    parent_commit_id: Option<String>,
    commit_message: Option<String>,
    name: Option<String>,
    email: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Output {
    commit_id: String,
    blob_id: String,
    tree_id: String,
}

pub(super) async fn serve(forge: &Forge, caller: &Caller, body: &[u8]) -> Answer {
    let input: Input = parse(body)?;
    let name = repository_name(input.repository_name.as_deref())?;
    let put = PutFile {
        branch: needed(input.branch_name, Refusal::BranchNameRequired)?,
        parent: input.parent_commit_id,
        path: needed(input.file_path, Refusal::PathRequired)?,
        content: needed(input.file_content, Refusal::FileContentRequired)?.0,
        mode: input.file_mode.as_deref().map(file_mode::of_word).transpose()?,
        authorship: Authorship {
            name: input.name,
            email: input.email,
            message: input.commit_message,
        },
    };
    let written = contents::put_file(forge, caller, &name, put).await?;
    answer(&Output {
        commit_id: written.commit.to_string(),
        blob_id: written.blob.to_string(),
        tree_id: written.tree.to_string(),
    })
}
