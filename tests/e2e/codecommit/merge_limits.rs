//! Merges that are too large, for every operation on them: histories without a common ancestor, too many paths, too much content,
//! folders with too many entries.

use packhouse_harness::{Git, Server};
use serde_json::{Value, json};

use super::forked::between;
use super::{bytes, call, refused, with};

const ALL: [&str; 8] = [
    "GetMergeConflicts",
    "GetMergeOptions",
    "DescribeMergeConflicts",
    "BatchDescribeMergeConflicts",
    "CreateUnreferencedMergeCommit",
    "MergeBranchesBySquash",
    "MergeBranchesByThreeWay",
    "MergeBranchesByFastForward",
];
/// Those that look at no file.
const OF_COMMITS: &str = "MergeBranchesByFastForward";

/// Makes a blob.
pub(super) fn blob(work: &Git, content: &[u8]) -> String {
    let made = work.run_with_input(["hash-object", "-w", "--stdin"], content);
    made.ok().trim_end().to_owned()
}

/// Makes a tree of entries that differ in their names only.
pub(super) fn tree(work: &Git, (mode, kind, id): (&str, &str, &str), names: impl Iterator<Item = String>) -> String {
    let list: String = names.map(|name| format!("{mode} {kind} {id}\t{name}\n")).collect();
    let made = work.run_with_input(["mktree", "--missing"], list.as_bytes());
    made.ok().trim_end().to_owned()
}

/// Pushes `main` and `topic`, whose trees come of a base's.
fn push(name: &str, work: &Git, [base, main, topic]: [&str; 3]) {
    let commit = |tree: &str, parent: &str| {
        let made = work.run(&format!("commit-tree -m x {parent} {tree}"));
        made.ok().trim_end().to_owned()
    };
    let base = commit(base, "");
    let parent = format!("-p {base}");
    let (main, topic) = (commit(main, &parent), commit(topic, &parent));
    let url = Server::shared().create_repository(name);
    work.run(&format!(
        "push --quiet {url} {main}:refs/heads/main {topic}:refs/heads/topic"
    ))
    .ok();
}

/// The pull request for that merge, as what merges it takes it.
#[track_caller]
fn asked(name: &str) -> Value {
    let target = json!({ "repositoryName": name, "sourceReference": "topic", "destinationReference": "main" });
    let asked = json!({ "title": "t", "targets": [target] });
    let made = call("CreatePullRequest", &asked).expect("the branches are there");
    json!({ "repositoryName": name, "pullRequestId": made["pullRequest"]["pullRequestId"] })
}

#[track_caller]
fn check(name: &str, operations: impl Iterator<Item = &'static str>, more: &Value, code: &str) {
    for operation in operations {
        refused(operation, &with(&input(operation, name), more), code);
    }
}

/// Fails unless a pull request for that merge is refused as well.
#[track_caller]
fn check_pull_request(name: &str, more: &Value, code: &str) {
    let asked = asked(name);
    for operation in ["MergePullRequestBySquash", "MergePullRequestByThreeWay"] {
        refused(operation, &with(&asked, more), code);
    }
}

/// What names the merge of `topic` into `main`, with the members that the operation needs besides.
fn input(operation: &str, name: &str) -> Value {
    let mut input = between(name);
    if !operation.starts_with("MergeBranches") && operation != "GetMergeOptions" {
        input["mergeOption"] = "THREE_WAY_MERGE".into();
    }
    if operation == "DescribeMergeConflicts" {
        input["filePath"] = "a".into();
    }
    input
}

fn work(name: &str) -> Git {
    let git = Git::newest();
    git.log_in(Server::shared());
    git.init(name)
}

#[test]
fn histories_without_a_common_ancestor_cannot_be_merged() {
    let work = work("parted");
    work.commit("a", "1");
    work.run("checkout --quiet --orphan topic").ok();
    work.commit("a", "2");
    let url = Server::shared().create_repository("parted");
    work.run(&format!("push --quiet {url} main topic")).ok();
    let code = "TipsDivergenceExceededException";
    check("parted", ALL.into_iter(), &json!({}), code);
}

#[test]
fn more_than_a_hundred_thousand_differing_paths_are_not_compared() {
    let work = work("many-paths");
    let [base, main, topic] = ["1", "2", "3"].map(|content| {
        let id = blob(&work, content.as_bytes());
        let files = tree(&work, ("100644", "blob", &id), (0..1000).map(|at| format!("f{at}")));
        tree(&work, ("040000", "tree", &files), (0..101).map(|at| format!("d{at}")))
    });
    push("many-paths", &work, [&base, &main, &topic]);
    let of_files = ALL.into_iter().filter(|operation| *operation != OF_COMMITS);
    let code = "MaximumItemsToCompareExceededException";
    check("many-paths", of_files, &json!({}), code);
    check_pull_request("many-paths", &json!({}), code);
}

#[test]
fn more_than_256_megabytes_of_content_are_not_merged() {
    let work = work("much-content");
    let [base, main, topic] = [b"1", b"2", b"3"].map(|content| {
        let id = blob(&work, &content.repeat(1 << 20));
        tree(&work, ("100644", "blob", &id), (0..90).map(|at| format!("f{at}")))
    });
    push("much-content", &work, [&base, &main, &topic]);
    let of_files = ALL.into_iter().filter(|operation| *operation != OF_COMMITS);
    let lines = json!({ "conflictDetailLevel": "LINE_LEVEL" });
    let code = "MaximumFileContentToLoadExceededException";
    check("much-content", of_files, &lines, code);
    check_pull_request("much-content", &lines, code);
}

#[test]
fn folders_of_more_than_six_megabytes_are_not_made() {
    let work = work("crowded");
    let id = blob(&work, b"x");
    // An entry is its mode, its name, and its id.
    let half = (3 << 20) / 278 + 1;
    let [base, main, topic] = [0..0, 0..half, half..2 * half].map(|more| {
        let names = more.map(|at| format!("{at:0250}"));
        tree(&work, ("100644", "blob", &id), names.chain(["a".to_owned()]))
    });
    push("crowded", &work, [&base, &main, &topic]);
    let making = [
        "CreateUnreferencedMergeCommit",
        "MergeBranchesBySquash",
        "MergeBranchesByThreeWay",
    ];
    let code = "FolderContentSizeLimitExceededException";
    let accept = json!({ "conflictResolutionStrategy": "ACCEPT_SOURCE" });
    check("crowded", making.into_iter(), &accept, code);
    check_pull_request("crowded", &accept, code);
}

#[test]
fn new_content_of_a_file_has_six_megabytes_at_most() {
    // Lambda takes less.
    let server = Server::start_embedded(&[]);
    let git = Git::newest();
    git.log_in(&server);
    let work = git.init("large");
    work.commit("a", "1");
    work.run("branch topic").ok();
    work.commit("a", "2");
    work.run("checkout --quiet topic").ok();
    work.commit("a", "3");
    let url = server.create_repository("large");
    work.run(&format!("push --quiet {url} main topic")).ok();
    let merge = |operation: &str, size: usize| {
        let content = bytes(vec![b'x'; size]);
        let entry = json!({ "filePath": "a", "replacementType": "USE_NEW_CONTENT", "content": content });
        let more = json!({
            "conflictResolutionStrategy": "AUTOMERGE", "conflictResolution": { "replaceContents": [entry] },
        });
        server.boto3().call(operation, &with(&input(operation, "large"), &more))
    };
    for operation in [
        "CreateUnreferencedMergeCommit",
        "MergeBranchesBySquash",
        "MergeBranchesByThreeWay",
    ] {
        let refused = merge(operation, (6 << 20) + 1).expect_err("it is too large");
        assert_eq!(refused.code, "FileContentSizeLimitExceededException", "{operation}");
    }
    merge("MergeBranchesBySquash", 6 << 20).expect("it is as large as files may be");
}
