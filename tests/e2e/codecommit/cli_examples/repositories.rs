//! Repositories, their tags and their triggers.

use serde_json::json;

use super::{
    super::bytes,
    story::{LI, MARY, Story},
};

pub(super) fn begin(story: &mut Story) {
    story.run(MARY, "create-repository", &[]);
    story.run(LI, "create-commit", &[]);
    let other =
        json!({ "repositoryName": "MyOtherDemoRepo", "repositoryDescription": "My other demonstration repository" });
    story.call("CreateRepository", &other);
    let file = json!({
        "repositoryName": "MyOtherDemoRepo", "branchName": "main", "filePath": "a", "fileContent": bytes("a"),
    });
    story.call("PutFile", &file);
    story.run(MARY, "get-repository", &[]);
    story.run(MARY, "batch-get-repositories", &[]);
    story.run(MARY, "list-repositories", &[]);
    story.run(MARY, "update-repository-description", &[]);
    story.run(MARY, "tag-resource", &[]);
    story.run(MARY, "list-tags-for-resource", &[]);
    story.run(MARY, "untag-resource", &[]);
    Story::make_topic("MyCodeCommitTopic");
    story.run(MARY, "put-repository-triggers", &[]);
    story.run(MARY, "get-repository-triggers", &[]);
    story.run(MARY, "test-repository-triggers", &[]);
}

pub(super) fn end(story: &mut Story) {
    story.run(MARY, "update-repository-name", &[]);
    story.run(MARY, "delete-repository", &[("MyDemoRepo", "MyRenamedDemoRepo")]);
}
