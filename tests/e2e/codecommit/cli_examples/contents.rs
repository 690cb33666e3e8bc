//! Branches, commits, files and folders.

use serde_json::json;

use super::story::{LI, MARY, Story, id};

/// A file that has the lines which the examples comment on.
pub(super) fn lines(changed: &str) -> String {
    let lines = (1..=1300).map(|number| format!("line {number}\n"));
    lines.collect::<String>() + changed
}

/// The commits of the branch `main`, oldest first.
pub(super) fn walk(story: &mut Story) -> Vec<String> {
    let old = "tmp/example-folder/blob.txt";
    let first = story.commit(
        "main",
        &[
            (".gitignore", "target\n"),
            ("Gemfile", "source\n"),
            ("Gemfile.lock", "GEM\n"),
            ("LICENSE.txt", "Apache\n"),
            ("README.md", "# Read me\n"),
            ("ahs_count.py", &lines("")),
            ("cl_sample.js", &lines("")),
            ("public/index.html", "<p>\n"),
            (old, "old\n"),
        ],
    );
    let second = story.commit("main", &[("tmp/renamed-folder/blob.txt", "new\n")]);
    let gone = json!({ "branchName": "main", "parentCommitId": second, "filePath": old });
    let second = id(&story.here("DeleteFile", gone)["commitId"]);
    let third = story.commit("main", &[("cl_sample.js", &lines("changed\n"))]);
    story.run(LI, "create-branch", &[("317f8570EXAMPLE", &third)]);
    story.run(LI, "get-branch", &[]);
    story.run(LI, "list-branches", &[]);
    story.run(LI, "get-folder", &[]);
    let file = story.run(LI, "get-file", &[]);
    story.run(LI, "get-blob", &[("2eb4af3bEXAMPLE", &id(&file["blobId"]))]);
    story.run(
        LI,
        "get-commit",
        &[("7e9fd3091thisisanexamplethisisanexample1", &third)],
    );
    story.run(
        LI,
        "batch-get-commits",
        &[("317f8570EXAMPLE", &second), ("4c925148EXAMPLE", &third)],
    );
    let between = [
        ("955bba12thisisanexamplethisisanexample", first.as_str()),
        ("14a95463thisisanexamplethisisanexample", &second),
    ];
    story.run(LI, "get-differences", &between);
    story.branch("feature-randomizationfeature", "main");
    story.write("MyDirectory/ExampleSolution.py", "import random\n");
    story.run(LI, "put-file", &[("4c925148EXAMPLE", &third)]);
    vec![first, second, third]
}

pub(super) fn end(story: &mut Story) {
    let tip = story.tip("main");
    story.run(LI, "delete-file", &[("c5709475EXAMPLE", &tip)]);
    story.run(MARY, "update-default-branch", &[]);
    story.here("UpdateDefaultBranch", json!({ "defaultBranchName": "main" }));
    story.run(MARY, "delete-branch", &[]);
}
