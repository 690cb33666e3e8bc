//! `MergeBranchesByFastForward`.

use packhouse_harness::{Aws, Server};
use serde_json::json;

use super::forked::{between, changes, check_commits, check_targets, commit, forked};
use super::{branch, call, check_refusals, text, with};

fn tip(name: &str, branch: &str) -> String {
    let asked = json!({ "repositoryName": name, "branchName": branch });
    text(&call("GetBranch", &asked).expect("it is there")["branch"]["commitId"])
}

#[test]
fn the_branch_moves_to_the_source_and_no_commit_is_made() {
    let [base, ours, _] = forked(
        "forwarded",
        &[("a", Some("1"))],
        &[("a", Some("2"))],
        &[("a", Some("3"))],
    );
    branch("forwarded", "behind", &base);
    branch("forwarded", "other", &base);
    let commits = json!({ "repositoryName": "forwarded", "commitId": ours });
    let tree = call("GetCommit", &commits).expect("it is there")["commit"]["treeId"].clone();
    let expect = json!({ "commitId": ours, "treeId": tree });
    for (target, more) in [
        ("behind", json!({ "destinationCommitSpecifier": "refs/heads/behind" })),
        (
            "other",
            json!({ "destinationCommitSpecifier": base, "targetBranch": "other" }),
        ),
    ] {
        let input = with(
            &with(&between("forwarded"), &json!({ "sourceCommitSpecifier": "main" })),
            &more,
        );
        assert_eq!(
            call("MergeBranchesByFastForward", &input).expect("it is behind"),
            expect
        );
        assert_eq!(tip("forwarded", target), ours);
        // Once more changes nothing.
        let again = with(&input, &json!({ "destinationCommitSpecifier": target }));
        assert_eq!(call("MergeBranchesByFastForward", &again).expect("it is there"), expect);
    }
    let ahead = commit("forwarded", "main", &ours, &changes(&[("b", Some("x"))]));
    let merged = Aws::of(Server::shared()).codecommit(
        "merge-branches-by-fast-forward --repository-name forwarded --source-commit-specifier main \
         --destination-commit-specifier behind --target-branch refs/heads/behind",
    );
    assert_eq!(merged["commitId"], ahead);
    assert_eq!(tip("forwarded", "behind"), ahead);
}

#[test]
fn what_is_not_behind_is_refused() {
    let [base, ours, _] = forked(
        "forward-refused",
        &[("a", Some("1"))],
        &[("a", Some("2"))],
        &[("a", Some("3"))],
    );
    super::forked::tag("forward-refused", "v1", &ours);
    let good = between("forward-refused");
    check_commits(
        "MergeBranchesByFastForward",
        &with(&good, &json!({ "targetBranch": "main" })),
    );
    check_targets("MergeBranchesByFastForward", &good);
    let backwards = json!({ "sourceCommitSpecifier": base });
    check_refusals(
        "MergeBranchesByFastForward",
        &good,
        &[
            (json!({}), "ManualMergeRequiredException"),
            (backwards, "ManualMergeRequiredException"),
        ],
    );
    assert_eq!(tip("forward-refused", "main"), ours);
}
