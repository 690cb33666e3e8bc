//! `GetDifferences`.

use packhouse_forge::contents::{self, Changed, Compared, Version};
use packhouse_forge::forge::Forge;
use packhouse_forge::identity::Caller;
use packhouse_forge::refusal::Refusal;
use serde::{Deserialize, Serialize};

use crate::aws_json::Answer;
use crate::aws_json::input::{answer, needed, next_token, parse, repository_name};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Input {
    repository_name: Option<String>,
    before_commit_specifier: Option<String>,
    after_commit_specifier: Option<String>,
    before_path: Option<String>,
    after_path: Option<String>,
    #[serde(rename = "MaxResults")]
    max_results: Option<i64>,
    #[serde(rename = "NextToken")]
    next_token: Option<String>,
}

#[derive(Serialize)]
struct Output {
    differences: Vec<Difference>,
    #[serde(rename = "NextToken", skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Difference {
    #[serde(skip_serializing_if = "Option::is_none")]
    before_blob: Option<BlobMetadata>,
    #[serde(skip_serializing_if = "Option::is_none")]
    after_blob: Option<BlobMetadata>,
    change_type: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct BlobMetadata {
    blob_id: String,
    path: String,
    mode: &'static str,
}

impl From<Version> for BlobMetadata {
    fn from(version: Version) -> Self {
        Self {
            blob_id: version.id.to_string(),
            path: version.path,
            mode: version.mode.octal(),
        }
    }
}

impl From<Changed> for Difference {
    fn from(changed: Changed) -> Self {
        Self {
            change_type: match (&changed.before, &changed.after) {
                (None, _) => "A",
                (Some(_), None) => "D",
                (Some(_), Some(_)) => "M",
            },
            before_blob: changed.before.map(BlobMetadata::from),
            after_blob: changed.after.map(BlobMetadata::from),
        }
    }
}

pub(super) async fn serve(forge: &Forge, caller: &Caller, body: &[u8]) -> Answer {
    let input: Input = parse(body)?;
    let name = repository_name(input.repository_name.as_deref())?;
    let compared = Compared {
        before: input.before_commit_specifier,
        after: needed(input.after_commit_specifier, Refusal::CommitRequired)?,
        before_path: input.before_path,
        after_path: input.after_path,
    };
    let token = next_token(input.next_token);
    let paging = (input.max_results, token.as_deref());
    let page = contents::get_differences(forge, caller, (&name, &compared), paging).await?;
    answer(&Output {
        differences: page.differences.into_iter().map(Difference::from).collect(),
        next_token: page.next,
    })
}
