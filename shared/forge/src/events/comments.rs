//! `CodeCommit Comment on Pull Request`, `CodeCommit Comment on Commit` and `CodeCommit Comment Reaction Change`.

use serde_json::json;

use super::DetailType;
use super::note::Note;
use crate::comments::{Comment, Emoji};

/// What became of a comment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Said {
    /// It is new.
    Created,
    /// It says something else, or nothing any more.
    Updated,
}

/// What became of somebody's reaction to a comment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reacted {
    /// It is their first one.
    Created(&'static Emoji),
    /// It is another one than before.
    Updated(&'static Emoji),
    /// It was taken back.
    TakenBack,
}

/// The note of what `caller`, an ARN, did to a comment at a time in milliseconds.
pub(crate) fn of_comment(comment: &Comment, said: Said, (caller, time_ms): (&str, u64)) -> Note {
    let about = &comment.about;
    let (kind, event) = match (&about.pull_request, said) {
        (Some(_), Said::Created) => (DetailType::CommentOnPullRequest, "commentOnPullRequestCreated"),
        (Some(_), Said::Updated) => (DetailType::CommentOnPullRequest, "commentOnPullRequestUpdated"),
        (None, Said::Created) => (DetailType::CommentOnCommit, "commentOnCommitCreated"),
        (None, Said::Updated) => (DetailType::CommentOnCommit, "commentOnCommitUpdated"),
    };
    let common = json!({
        "pullRequestId": about.pull_request.map(|id| id.to_string()),
        "commentId": comment.id,
        "inReplyTo": comment.in_reply_to,
        "beforeCommitId": about.before.map(|id| id.to_string()),
        "afterCommitId": about.after.to_string(),
        "callerUserArn": caller,
    });
    Note::of(kind, &about.repository, common).with(time_ms, json!({ "event": event }))
}

/// The note of what `caller`, an ARN, did to react at a time in milliseconds.
pub(crate) fn of_reaction(comment: &Comment, reacted: Reacted, (caller, time_ms): (&str, u64)) -> Note {
    let (event, emoji) = match reacted {
        Reacted::Created(emoji) => ("commentReactionCreated", Some(emoji)),
        Reacted::Updated(emoji) => ("commentReactionUpdated", Some(emoji)),
        Reacted::TakenBack => ("commentReactionUpdated", None),
    };
    let list = |of: fn(&Emoji) -> String| emoji.map(of).into_iter().collect::<Vec<String>>();
    let detail = json!({
        "event": event,
        "commentId": comment.id,
        "callerUserArn": caller,
        "reactionEmojis": list(|emoji| emoji.emoji.to_owned()),
        "reactionShortcodes": list(|emoji| format!(":{}:", emoji.short_code)),
        "reactionUnicodes": list(|emoji| emoji.unicode.to_owned()),
    });
    Note::of(DetailType::Reaction, &comment.about.repository, json!({})).with(time_ms, detail)
}
