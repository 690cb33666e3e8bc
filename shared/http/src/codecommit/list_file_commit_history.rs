//! `ListFileCommitHistory`.

use packhouse_forge::contents;
use packhouse_forge::forge::Forge;
use packhouse_forge::identity::Caller;
use packhouse_forge::refusal::Refusal;
use serde::{Deserialize, Serialize};

use super::commit::Commit;
use crate::aws_json::Answer;
use crate::aws_json::input::{answer, needed, next_token, parse, repository_name};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Input {
    repository_name: Option<String>,
    commit_specifier: Option<String>,
    file_path: Option<String>,
    max_results: Option<i64>,
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Output {
    revision_dag: Vec<FileVersion>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct FileVersion {
    commit: Commit,
    blob_id: String,
    path: String,
    revision_children: Vec<String>,
}

impl From<contents::FileVersion> for FileVersion {
    fn from(version: contents::FileVersion) -> Self {
        Self {
            commit: version.commit.into(),
            blob_id: version.blob.to_string(),
            path: version.path,
            revision_children: version.children.iter().map(ToString::to_string).collect(),
        }
    }
}

pub(super) async fn serve(forge: &Forge, caller: &Caller, body: &[u8]) -> Answer {
    let input: Input = parse(body)?;
    let name = repository_name(input.repository_name.as_deref())?;
    // The model has no exception of its own for a path that is missing.
    let path = needed(input.file_path, Refusal::Validation)?;
    let token = next_token(input.next_token);
    let paging = (input.max_results, token.as_deref());
    let asked = (&name, input.commit_specifier.as_deref(), path.as_str());
    let history = contents::list_file_commit_history(forge, caller, asked, paging).await?;
    answer(&Output {
        revision_dag: history.versions.into_iter().map(FileVersion::from).collect(),
        next_token: history.next,
    })
}
