//! `ListPullRequests`.

use packhouse_forge::forge::Forge;
use packhouse_forge::identity::Caller;
use packhouse_forge::pull_requests::{self, Filter, Status};
use packhouse_forge::refusal::Refusal;
use serde::{Deserialize, Serialize};

use crate::aws_json::Answer;
use crate::aws_json::input::{answer, needed, next_token, parse, repository_name};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Input {
    repository_name: Option<String>,
    author_arn: Option<String>,
    pull_request_status: Option<String>,
    next_token: Option<String>,
    max_results: Option<i64>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Output {
    pull_request_ids: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

pub(super) async fn serve(forge: &Forge, caller: &Caller, body: &[u8]) -> Answer {
    let input: Input = parse(body)?;
    let name = repository_name(input.repository_name.as_deref())?;
    let status = input.pull_request_status.as_deref();
    let status = status.map(|status| needed(Status::from_name(status), Refusal::InvalidPullRequestStatus));
    let filter = Filter {
        status: status.transpose()?,
        author: input.author_arn,
        max_results: input.max_results,
        token: next_token(input.next_token),
    };
    let page = pull_requests::list(forge, caller, &name, &filter).await?;
    answer(&Output {
        pull_request_ids: page.ids.iter().map(ToString::to_string).collect(),
        next_token: page.next,
    })
}
