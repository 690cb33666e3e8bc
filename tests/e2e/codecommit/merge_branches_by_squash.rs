//! `MergeBranchesBySquash`.

use packhouse_harness::{Aws, Git, Server};
use serde_json::{Value, json};

use super::forked::{between, check_commitment, check_commits, check_targets, content, forked, tag};
use super::{bytes, call, text, with};

fn commit(name: &str, id: &Value) -> Value {
    let asked = json!({ "repositoryName": name, "commitId": id });
    call("GetCommit", &asked).expect("it is there")["commit"].clone()
}

#[test]
fn the_branch_gets_a_commit_with_the_changes_of_both() {
    let [_, ours, _] = forked(
        "squashed",
        &[("a", Some("1\n")), ("dir/b", Some("1\n"))],
        &[("a", Some("2\n"))],
        &[("c", Some("3\n")), ("dir/b", None)],
    );
    let more =
        json!({ "authorName": "Ana", "email": "ana@example.com", "commitMessage": "merged", "keepEmptyFolders": true });
    let made = call("MergeBranchesBySquash", &with(&between("squashed"), &more)).expect("nothing conflicts");
    let told = commit("squashed", &made["commitId"]);
    assert_eq!(made, json!({ "commitId": told["commitId"], "treeId": told["treeId"] }));
    assert_eq!(
        (&told["parents"], &told["message"]),
        (&json!([ours]), &json!("merged\n"))
    );
    for who in ["author", "committer"] {
        assert_eq!(
            (&told[who]["name"], &told[who]["email"]),
            (&json!("Ana"), &json!("ana@example.com"))
        );
    }
    let (git, server) = (Git::newest(), Server::shared());
    git.log_in(server);
    git.run(&format!("clone --quiet {} copy", server.url("squashed"))).ok();
    let copy = git.in_dir("copy");
    assert_eq!(copy.rev("origin/main"), made["commitId"].as_str().unwrap_or_default());
    assert_eq!(copy.run("ls-tree -r --name-only HEAD").ok(), "a\nc\ndir/.gitkeep\n");
    assert_eq!(copy.run("show HEAD:a").ok(), "2\n");
    copy.run("fsck --strict").ok();
}

#[test]
fn without_words_of_the_caller_the_commit_has_a_message_of_its_own() {
    let files = |content| [("a", Some(content))];
    let [base, ours, _] = forked("squashed-cli", &files("1"), &files("2"), &files("3"));
    let made = Aws::of(Server::shared()).codecommit(
        "merge-branches-by-squash --repository-name squashed-cli --source-commit-specifier topic \
         --destination-commit-specifier main --conflict-resolution-strategy ACCEPT_SOURCE",
    );
    let told = commit("squashed-cli", &made["commitId"]);
    assert_eq!(
        told["message"].as_str().map(str::trim_end),
        Some("Squashed merge of topic into main")
    );
    assert_eq!(
        (&told["author"]["email"], &told["parents"][0]),
        (&json!(""), &json!(ours))
    );
    // A branch can be named besides the commit that it points to; one that moved is not merged into.
    let known = json!({ "destinationCommitSpecifier": ours, "targetBranch": "main", "conflictResolutionStrategy": "ACCEPT_SOURCE" });
    let input = with(&between("squashed-cli"), &known);
    super::refused("MergeBranchesBySquash", &input, "ConcurrentReferenceUpdateException");
    super::branch("squashed-cli", "old", &base);
    let input = with(
        &input,
        &json!({ "destinationCommitSpecifier": base, "targetBranch": "refs/heads/old" }),
    );
    let made = call("MergeBranchesBySquash", &input).expect("it has not moved");
    assert_eq!(commit("squashed-cli", &made["commitId"])["parents"][0], base);
}

#[test]
fn what_cannot_be_merged_is_refused() {
    let [_, ours, _] = forked(
        "squashed-refused",
        &[("a", Some("1")), ("kept", Some("x"))],
        &[("a", Some("2"))],
        &[("a", Some("3"))],
    );
    tag("squashed-refused", "v1", &ours);
    let good = between("squashed-refused");
    check_commits(
        "MergeBranchesBySquash",
        &with(&good, &json!({ "targetBranch": "main" })),
    );
    check_targets("MergeBranchesBySquash", &good);
    check_commitment("MergeBranchesBySquash", &good);
    let resolved = json!({
        "conflictResolutionStrategy": "AUTOMERGE",
        "conflictResolution": { "replaceContents": [
            { "filePath": "a", "replacementType": "USE_NEW_CONTENT", "content": bytes("new") },
        ] },
    });
    let made = call("MergeBranchesBySquash", &with(&good, &resolved)).expect("nothing is left in conflict");
    assert_eq!(
        content("squashed-refused", &text(&made["commitId"]), "a"),
        Some(bytes("new"))
    );
}
