//! `UpdateComment`.

use packhouse_forge::comments;
use packhouse_forge::forge::Forge;
use packhouse_forge::identity::Caller;
use packhouse_forge::refusal::Refusal;
use serde::{Deserialize, Serialize};

use super::comment::Comment;
use crate::aws_json::Answer;
use crate::aws_json::input::{answer, needed, parse};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Input {
    comment_id: Option<String>,
    content: Option<String>,
}

#[derive(Serialize)]
struct Output {
    comment: Comment,
}

pub(super) async fn serve(forge: &Forge, caller: &Caller, body: &[u8]) -> Answer {
    let input: Input = parse(body)?;
    let id = needed(input.comment_id, Refusal::CommentIdRequired)?;
    let content = needed(input.content, Refusal::CommentContentRequired)?;
    let comment = comments::update(forge, caller, &id, content).await?;
    answer(&Output {
        comment: Comment::new(comment, caller),
    })
}
