//! `PostCommentForComparedCommit`.

use packhouse_forge::comments::{self, Post};
use packhouse_forge::forge::Forge;
use packhouse_forge::identity::Caller;
use packhouse_forge::refusal::Refusal;
use serde::{Deserialize, Serialize};

use super::comment::{Comment, Compared, Location};
use crate::aws_json::Answer;
use crate::aws_json::input::{answer, needed, parse, repository_name};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Input {
    repository_name: Option<String>,
    before_commit_id: Option<String>,
    after_commit_id: Option<String>,
    location: Option<Location>,
    content: Option<String>,
    client_request_token: Option<String>,
}

/// What is answered to a comment on commits, and to one on a pull request.
#[derive(Serialize)]
pub(super) struct Output {
    #[serde(flatten)]
    compared: Compared,
    comment: Comment,
}

impl Output {
    pub(super) fn new(comment: comments::Comment, repository_name: String, caller: &Caller) -> Self {
        Self {
            compared: Compared::new(comment.about.clone(), repository_name),
            comment: Comment::new(comment, caller),
        }
    }
}

pub(super) async fn serve(forge: &Forge, caller: &Caller, body: &[u8]) -> Answer {
    let input: Input = parse(body)?;
    let name = repository_name(input.repository_name.as_deref())?;
    let post = Post {
        before: input.before_commit_id,
        after: needed(input.after_commit_id, Refusal::CommitIdRequired)?,
        location: input.location.map(Location::parse).transpose()?,
        content: needed(input.content, Refusal::CommentContentRequired)?,
        token: input.client_request_token,
    };
    let comment = comments::on_compared_commit(forge, caller, &name, post).await?;
    answer(&Output::new(comment, name.to_string(), caller))
}
