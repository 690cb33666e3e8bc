//! `GetBlobDifferences`.

use packhouse_forge::contents::{self, Blobs, Hunk, Line};
use packhouse_forge::forge::Forge;
use packhouse_forge::identity::Caller;
use packhouse_forge::refusal::Refusal;
use packhouse_git::diff::lines::LineChange;
use serde::{Deserialize, Serialize};

use crate::aws_json::Answer;
use crate::aws_json::input::{answer, needed, next_token, parse, repository_name};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Input {
    repository_name: Option<String>,
    before_blob_id: Option<String>,
    after_blob_id: Option<String>,
    context_lines: Option<i64>,
    ignore_whitespace: Option<bool>,
    #[serde(rename = "MaxResults")]
    max_results: Option<i64>,
    #[serde(rename = "NextToken")]
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Output {
    hunks: Vec<DiffHunk>,
    is_binary: bool,
    before_blob_size: usize,
    after_blob_size: usize,
    #[serde(rename = "NextToken", skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct DiffHunk {
    before_start_line: usize,
    before_line_count: usize,
    after_start_line: usize,
    after_line_count: usize,
    changes: Vec<DiffChange>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct DiffChange {
    r#type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    before_line_number: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    after_line_number: Option<usize>,
    content: String,
}

impl From<Line> for DiffChange {
    fn from(line: Line) -> Self {
        Self {
            r#type: match line.change {
                LineChange::Context => "CONTEXT",
                LineChange::Added => "ADD",
                LineChange::Deleted => "DELETE",
            },
            before_line_number: line.before,
            after_line_number: line.after,
            content: line.content,
        }
    }
}

impl From<Hunk> for DiffHunk {
    fn from(hunk: Hunk) -> Self {
        Self {
            before_start_line: hunk.before.0,
            before_line_count: hunk.before.1,
            after_start_line: hunk.after.0,
            after_line_count: hunk.after.1,
            changes: hunk.lines.into_iter().map(DiffChange::from).collect(),
        }
    }
}

pub(super) async fn serve(forge: &Forge, caller: &Caller, body: &[u8]) -> Answer {
    let input: Input = parse(body)?;
    let name = repository_name(input.repository_name.as_deref())?;
    let blobs = Blobs {
        before: input.before_blob_id,
        after: needed(input.after_blob_id, Refusal::BlobIdRequired)?,
        context: input.context_lines,
        ignore_whitespace: input.ignore_whitespace.unwrap_or_default(),
    };
    let token = next_token(input.next_token);
    let paging = (input.max_results, token.as_deref());
    let found = contents::get_blob_differences(forge, caller, (&name, &blobs), paging).await?;
    answer(&Output {
        hunks: found.hunks.into_iter().map(DiffHunk::from).collect(),
        is_binary: found.binary,
        before_blob_size: found.before_size,
        after_blob_size: found.after_size,
        next_token: found.next,
    })
}
