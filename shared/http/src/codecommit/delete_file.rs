//! `DeleteFile`.

use packhouse_forge::authorship::Authorship;
use packhouse_forge::contents::{self, Delete};
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
    branch_name: Option<String>,
    file_path: Option<String>,
    parent_commit_id: Option<String>,
    keep_empty_folders: Option<bool>,
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
    file_path: String,
}

pub(super) async fn serve(forge: &Forge, caller: &Caller, body: &[u8]) -> Answer {
    let input: Input = parse(body)?;
    let name = repository_name(input.repository_name.as_deref())?;
    let delete = Delete {
        branch: needed(input.branch_name, Refusal::BranchNameRequired)?,
        path: needed(input.file_path, Refusal::PathRequired)?,
        parent: Some(needed(input.parent_commit_id, Refusal::ParentCommitIdRequired)?),
        keep_folders: input.keep_empty_folders.unwrap_or_default(),
        authorship: Authorship {
            name: input.name,
            email: input.email,
            message: input.commit_message,
        },
    };
    let deleted = contents::delete_file(forge, caller, &name, delete).await?;
    answer(&Output {
        commit_id: deleted.commit.to_string(),
        blob_id: deleted.blob.to_string(),
        tree_id: deleted.tree.to_string(),
        file_path: deleted.path,
    })
}
