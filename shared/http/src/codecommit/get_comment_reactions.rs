//! `GetCommentReactions`.

use packhouse_forge::comments;
use packhouse_forge::forge::Forge;
use packhouse_forge::identity::Caller;
use packhouse_forge::refusal::Refusal;
use serde::{Deserialize, Serialize};

use crate::aws_json::Answer;
use crate::aws_json::input::{answer, needed, next_token, parse};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Input {
    comment_id: Option<String>,
    reaction_user_arn: Option<String>,
    next_token: Option<String>,
    max_results: Option<i64>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Output {
    reactions_for_comment: Vec<ReactionForComment>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ReactionForComment {
    reaction: ReactionValueFormats,
    reaction_users: Vec<String>,
    reactions_from_deleted_users_count: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ReactionValueFormats {
    emoji: &'static str,
    short_code: &'static str,
    unicode: &'static str,
}

pub(super) async fn serve(forge: &Forge, caller: &Caller, body: &[u8]) -> Answer {
    let input: Input = parse(body)?;
    let id = needed(input.comment_id, Refusal::CommentIdRequired)?;
    let token = next_token(input.next_token);
    let asked = (id.as_str(), input.reaction_user_arn.as_deref());
    let found = comments::list_reactions(forge, caller, asked, (input.max_results, token.as_deref())).await?;
    let reactions = found.reactions.into_iter().map(|reaction| ReactionForComment {
        reaction: ReactionValueFormats {
            emoji: reaction.emoji.emoji,
            short_code: reaction.emoji.short_code,
            unicode: reaction.emoji.unicode,
        },
        reaction_users: reaction.users,
        reactions_from_deleted_users_count: reaction.deleted_users,
    });
    answer(&Output {
        reactions_for_comment: reactions.collect(),
        next_token: found.next,
    })
}
