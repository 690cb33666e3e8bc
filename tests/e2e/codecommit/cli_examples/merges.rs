//! Merges of branches, and their conflicts.

use super::story::{LI, Story};

pub(super) fn walk(story: &mut Story) {
    conflicts(story);
    // Nothing but ahead of `main`, so that every way to merge it is open.
    story.branch("bugfix-bug1233", "main");
    story.branch("bugfix-bug1234", "main");
    story.commit("bugfix-bug1234", &[("fix", "1\n")]);
    story.run(LI, "get-merge-options", &[]);
    story.run(LI, "merge-branches-by-fast-forward", &[]);
    story.commit("bugfix-bug1234", &[("fix", "2\n")]);
    story.run(LI, "merge-branches-by-squash", &[]);
    story.commit("main", &[("other", "1\n")]);
    story.run(LI, "merge-branches-by-three-way", &[]);
    story.branch("bugfix-1234", "main");
    story.commit("bugfix-1234", &[("fix", "3\n")]);
    story.commit("main", &[("other", "2\n")]);
    story.run(LI, "create-unreferenced-merge-commit", &[]);
    // The commit which that example asks for is one that was made of these branches before.
    let arguments =
        "--source-commit-specifier bugfix-bug1234 --destination-commit-specifier main --merge-option SQUASH_MERGE";
    let made = format!("create-unreferenced-merge-commit --repository-name MyDemoRepo {arguments}");
    story.person(LI).codecommit(&made);
    story.run(LI, "get-merge-commit", &[]);
}

/// One file that two branches changed.
fn conflicts(story: &mut Story) {
    let source = "feature-randomizationfeature";
    story.commit(source, &[("readme.md", "This is the feature.\nIt is random.\n")]);
    story.commit("main", &[("readme.md", "Use the service.\n")]);
    story.run(LI, "get-merge-conflicts", &[]);
    story.run(LI, "describe-merge-conflicts", &[]);
    story.run(LI, "batch-describe-merge-conflicts", &[]);
}
