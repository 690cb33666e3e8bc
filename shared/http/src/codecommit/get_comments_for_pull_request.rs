//! `GetCommentsForPullRequest`.

use packhouse_forge::comments::{self, Comparison};
use packhouse_forge::forge::Forge;
use packhouse_forge::identity::Caller;
use packhouse_forge::refusal::Refusal;
use serde::{Deserialize, Serialize};

use super::get_comments_for_compared_commit::Thread;
use super::pull_request::pull_request_id;
use crate::aws_json::Answer;
use crate::aws_json::input::{answer, needed, next_token, parse, repository_name};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Input {
    pull_request_id: Option<String>,
    repository_name: Option<String>,
    before_commit_id: Option<String>,
    after_commit_id: Option<String>,
    next_token: Option<String>,
    max_results: Option<i64>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Output {
    comments_for_pull_request_data: Vec<Thread>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

pub(super) async fn serve(forge: &Forge, caller: &Caller, body: &[u8]) -> Answer {
    let input: Input = parse(body)?;
    let id = pull_request_id(input.pull_request_id.as_deref())?;
    // The three go together.
    let compared = match (input.repository_name, input.before_commit_id, input.after_commit_id) {
        (None, None, None) => None,
        (name, before, after) => {
            let name = repository_name(name.as_deref())?;
            let before = Some(needed(before, Refusal::CommitIdRequired)?);
            let after = needed(after, Refusal::CommitIdRequired)?;
            Some((name, Comparison { before, after }))
        }
    };
    let compared = compared.as_ref().map(|(name, compared)| (name, compared));
    let token = next_token(input.next_token);
    let paging = (input.max_results, token.as_deref());
    let (name, page) = comments::for_pull_request(forge, caller, (id, compared), paging).await?;
    let threads = page.threads.into_iter();
    answer(&Output {
        comments_for_pull_request_data: threads
            .map(|thread| Thread::new(thread, name.as_str(), caller))
            .collect(),
        next_token: page.next,
    })
}
