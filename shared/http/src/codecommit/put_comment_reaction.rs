//! `PutCommentReaction`.

use packhouse_forge::comments;
use packhouse_forge::forge::Forge;
use packhouse_forge::identity::Caller;
use packhouse_forge::refusal::Refusal;
use serde::Deserialize;

use crate::aws_json::Answer;
use crate::aws_json::input::{needed, nothing, parse};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Input {
    comment_id: Option<String>,
    reaction_value: Option<String>,
}

pub(super) async fn serve(forge: &Forge, caller: &Caller, body: &[u8]) -> Answer {
    let input: Input = parse(body)?;
    let id = needed(input.comment_id, Refusal::CommentIdRequired)?;
    let value = needed(input.reaction_value, Refusal::ReactionValueRequired)?;
    comments::react(forge, caller, &id, &value).await?;
    nothing()
}
