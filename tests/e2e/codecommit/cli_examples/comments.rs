//! Comments, replies and reactions.

use serde_json::{Value, json};

use super::story::{LI, MARY, Story, id};

/// The id in the examples of what is about one comment.
const COMMENT: &str = "ff30b348EXAMPLEb9aa670f";

pub(super) fn on_commits(story: &mut Story, commits: &[String]) {
    let (before, after) = (commits[1].as_str(), commits[2].as_str());
    let between = [("317f8570EXAMPLE", before), ("5d036259EXAMPLE", after)];
    let posted = story.run(LI, "post-comment-for-compared-commit", &between);
    let comment = id(&posted["comment"]["commentId"]);
    let place = json!({ "filePath": "cl_sample.js", "filePosition": 1232, "relativeFileVersion": "AFTER" });
    let second = json!({
        "beforeCommitId": before, "afterCommitId": after, "location": place, "clientRequestToken": "second",
        "content": "Whoops - I meant to add this comment to the line.",
    });
    story.here("PostCommentForComparedCommit", second);
    react(story, MARY, &comment, ":clap:");
    story.run(LI, "get-comment", &[(COMMENT, &comment)]);
    let between = [("6e147360EXAMPLE", before), ("317f8570EXAMPLE", after)];
    story.run(LI, "get-comments-for-compared-commit", &between);
    story.run(LI, "delete-comment-content", &[(COMMENT, &comment)]);
}

/// Comments on a pull request, whose author is not the one who begins.
pub(super) fn on_pull_request(story: &mut Story, pull_request: &Value) {
    let number = id(&pull_request["pullRequestId"]);
    let target = &pull_request["pullRequestTargets"][0];
    let (before, after) = (id(&target["destinationCommit"]), id(&target["sourceCommit"]));
    let between = [("317f8570EXAMPLE", before.as_str()), ("5d036259EXAMPLE", &after)];
    let quoted = format!("\"{number}\"");
    let placed = [between[0], between[1], ("\"47\"", &quoted)];
    let posted = story.run(MARY, "post-comment-for-pull-request", &placed);
    let first = id(&posted["comment"]["commentId"]);
    let first_of = [("abcd1234EXAMPLEb5678efgh", first.as_str())];
    let reply = story.run(LI, "post-comment-reply", &first_of);
    let reply = id(&reply["comment"]["commentId"]);
    story.run(MARY, "put-comment-reaction", &first_of);
    react(story, LI, &first, ":confused:");
    react(story, MARY, &reply, ":thumbsup:");
    story.run(LI, "get-comment-reactions", &first_of);
    story.run(LI, "update-comment", &[("442b498bEXAMPLE5756813", &reply)]);
    let numbered = format!("--pull-request-id {number}");
    let listed = [between[0], between[1], ("--pull-request-id 42", &numbered)];
    story.run(MARY, "get-comments-for-pull-request", &listed);
}

fn react(story: &Story, who: &str, comment: &str, reaction: &str) {
    let arguments = format!("put-comment-reaction --comment-id {comment} --reaction-value {reaction}");
    story.person(who).codecommit(&arguments);
}
