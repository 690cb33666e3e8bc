//! `GetCommentsForComparedCommit`.

use packhouse_forge::comments::{self, Comparison};
use packhouse_forge::forge::Forge;
use packhouse_forge::identity::Caller;
use packhouse_forge::refusal::Refusal;
use serde::{Deserialize, Serialize};

use super::comment::{Comment, Compared};
use crate::aws_json::Answer;
use crate::aws_json::input::{answer, needed, next_token, parse, repository_name};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Input {
    repository_name: Option<String>,
    before_commit_id: Option<String>,
    after_commit_id: Option<String>,
    next_token: Option<String>,
    max_results: Option<i64>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Output {
    comments_for_compared_commit_data: Vec<Thread>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

/// Comments on the same place.
#[derive(Serialize)]
pub(super) struct Thread {
    #[serde(flatten)]
    compared: Compared,
    comments: Vec<Comment>,
}

impl Thread {
    pub(super) fn new(thread: comments::Thread, repository_name: &str, caller: &Caller) -> Self {
        let comments = thread.comments.into_iter();
        Self {
            compared: Compared::new(thread.about, repository_name.to_owned()),
            comments: comments.map(|comment| Comment::new(comment, caller)).collect(),
        }
    }
}

pub(super) async fn serve(forge: &Forge, caller: &Caller, body: &[u8]) -> Answer {
    let input: Input = parse(body)?;
    let name = repository_name(input.repository_name.as_deref())?;
    let compared = Comparison {
        before: input.before_commit_id,
        after: needed(input.after_commit_id, Refusal::CommitIdRequired)?,
    };
    let token = next_token(input.next_token);
    let paging = (input.max_results, token.as_deref());
    let page = comments::for_compared_commit(forge, caller, (&name, &compared), paging).await?;
    let threads = page.threads.into_iter();
    answer(&Output {
        comments_for_compared_commit_data: threads
            .map(|thread| Thread::new(thread, name.as_str(), caller))
            .collect(),
        next_token: page.next,
    })
}
