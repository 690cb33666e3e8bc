//! `PostCommentForPullRequest`.

use packhouse_forge::comments::{self, Post};
use packhouse_forge::forge::Forge;
use packhouse_forge::identity::Caller;
use packhouse_forge::refusal::Refusal;
use serde::Deserialize;

use super::comment::Location;
use super::post_comment_for_compared_commit::Output;
use super::pull_request::pull_request_id;
use crate::aws_json::Answer;
use crate::aws_json::input::{answer, needed, parse, repository_name};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Input {
    pull_request_id: Option<String>,
    repository_name: Option<String>,
    before_commit_id: Option<String>,
    after_commit_id: Option<String>,
    location: Option<Location>,
    content: Option<String>,
    client_request_token: Option<String>,
}

pub(super) async fn serve(forge: &Forge, caller: &Caller, body: &[u8]) -> Answer {
    let input: Input = parse(body)?;
    let id = pull_request_id(input.pull_request_id.as_deref())?;
    let name = repository_name(input.repository_name.as_deref())?;
    let post = Post {
        before: Some(needed(input.before_commit_id, Refusal::CommitIdRequired)?),
        after: needed(input.after_commit_id, Refusal::CommitIdRequired)?,
        location: input.location.map(Location::parse).transpose()?,
        content: needed(input.content, Refusal::CommentContentRequired)?,
        token: input.client_request_token,
    };
    let comment = comments::on_pull_request(forge, caller, (id, &name), post).await?;
    answer(&Output::new(comment, name.to_string(), caller))
}
