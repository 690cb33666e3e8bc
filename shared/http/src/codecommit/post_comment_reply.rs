//! `PostCommentReply`.

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
    in_reply_to: Option<String>,
    content: Option<String>,
    client_request_token: Option<String>,
}

#[derive(Serialize)]
struct Output {
    comment: Comment,
}

pub(super) async fn serve(forge: &Forge, caller: &Caller, body: &[u8]) -> Answer {
    let input: Input = parse(body)?;
    let to = needed(input.in_reply_to, Refusal::CommentIdRequired)?;
    let content = needed(input.content, Refusal::CommentContentRequired)?;
    let comment = comments::reply(forge, caller, (&to, content), input.client_request_token).await?;
    answer(&Output {
        comment: Comment::new(comment, caller),
    })
}
