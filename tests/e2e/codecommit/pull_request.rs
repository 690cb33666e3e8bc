//! A pull request to do things with, and what all operations on pull requests have in common.

use packhouse_harness::{Boto3, Server};
use serde_json::{Value, json};

use super::{branch, bytes, call, history, refused, text, with};

/// The ARN of those who [`call`] and the other functions of these tests work as.
pub(super) const ADMIN: &str = "arn:aws:iam::000000000000:user/admin";
/// A rule that needs one approval, by anybody.
pub(super) const RULE: &str =
    r#"{"Version":"2018-11-08","Statements":[{"Type":"Approvers","NumberOfApprovalsNeeded":1}]}"#;
/// The SHA-256 of its text.
pub(super) const RULE_SHA256: &str = "a96a11f4767097a069e7f19d502f4e06ce31bc2e09bb3d18bc17f46c18c2f566";

/// A repository with a pull request of its branch `topic`, which is one commit ahead of `main`.
pub(super) struct Asked {
    pub(super) repository: String,
    /// The tip of `main` when it was made.
    pub(super) main: String,
    /// The tip of `topic` when it was made.
    pub(super) topic: String,
    pub(super) id: String,
}

impl Asked {
    /// Makes the repository, whose name no other test uses. `main` has the files `a` of three lines and `b` of five; `topic` adds
    /// one line to `a`.
    #[track_caller]
    pub(super) fn new(repository: &str) -> Self {
        let main = history(
            repository,
            &[&[("a", Some("1\n2\n3\n")), ("b", Some("1\n2\n3\n4\n5\n"))]],
        )
        .remove(0);
        branch(repository, "topic", &main);
        let topic = commit(repository, "topic", &main, ("a", "1\n2\n3\n4\n"));
        let id = text(&ask(repository, "topic")["pullRequestId"]);
        Self {
            repository: repository.to_owned(),
            main,
            topic,
            id,
        }
    }

    /// An input that names the pull request, with more in it.
    pub(super) fn input(&self, more: &Value) -> Value {
        with(&json!({ "pullRequestId": self.id }), more)
    }

    /// Calls an operation with the pull request, which must succeed.
    #[track_caller]
    pub(super) fn call(&self, operation: &str, more: &Value) -> Value {
        succeed(operation, &self.input(more))
    }

    /// The pull request as it is now.
    #[track_caller]
    pub(super) fn get(&self) -> Value {
        self.call("GetPullRequest", &json!({}))["pullRequest"].clone()
    }

    /// The id of its current revision.
    #[track_caller]
    pub(super) fn revision(&self) -> String {
        text(&self.get()["revisionId"])
    }

    /// The tip of a branch of its repository.
    #[track_caller]
    pub(super) fn tip(&self, branch: &str) -> String {
        let branch = json!({ "repositoryName": self.repository, "branchName": branch });
        text(&succeed("GetBranch", &branch)["branch"]["commitId"])
    }

    /// Adds a commit to its source.
    #[track_caller]
    pub(super) fn push(&self, file: (&str, &str)) -> String {
        commit(&self.repository, "topic", &self.tip("topic"), file)
    }

    /// Gives it an approval rule that needs one approval.
    #[track_caller]
    pub(super) fn rule(&self, name: &str) {
        let rule = json!({ "approvalRuleName": name, "approvalRuleContent": RULE });
        self.call("CreatePullRequestApprovalRule", &rule);
    }

    /// Approves the current revision, or takes that back, as somebody.
    #[track_caller]
    pub(super) fn approve(&self, who: &Boto3, state: &str) {
        let asked = json!({ "revisionId": self.revision(), "approvalState": state });
        let answer = who.call("UpdatePullRequestApprovalState", &self.input(&asked));
        answer.expect("the revision is current");
    }

    /// Closes it without a merge.
    #[track_caller]
    pub(super) fn close(&self) -> Value {
        let closed = self.call("UpdatePullRequestStatus", &json!({ "pullRequestStatus": "CLOSED" }));
        closed["pullRequest"].clone()
    }
}

/// Calls an operation, which must succeed.
#[track_caller]
pub(super) fn succeed(operation: &str, parameters: &Value) -> Value {
    let answer = call(operation, parameters).map_err(|error| format!("{operation} {parameters}: {error:?}"));
    answer.expect("nothing is wrong with it")
}

/// Puts a file on a branch; the commit.
#[track_caller]
pub(super) fn commit(repository: &str, branch: &str, parent: &str, (path, content): (&str, &str)) -> String {
    let put = json!({
        "repositoryName": repository, "branchName": branch, "parentCommitId": parent, "filePath": path,
        "fileContent": bytes(content),
    });
    text(&succeed("PutFile", &put)["commitId"])
}

/// Makes a pull request of a branch for the default one.
#[track_caller]
pub(super) fn ask(repository: &str, source: &str) -> Value {
    let target = json!({ "repositoryName": repository, "sourceReference": source });
    let asked = json!({ "title": "t", "targets": [target] });
    succeed("CreatePullRequest", &asked)["pullRequest"].clone()
}

/// Somebody who may do everything with CodeCommit and is not the administrator; no other test has the name.
pub(super) fn somebody(name: &str) -> Boto3 {
    let all = json!([{ "Effect": "Allow", "Action": "codecommit:*", "Resource": "*" }]);
    crate::permissions::api_of(Server::shared(), name, &all)
}

/// The administrator with a client of its own, to work beside the others.
pub(super) fn another_client() -> Boto3 {
    Boto3::start(Server::shared().credentials())
}

/// Fails unless the operation refuses what is no id of a pull request, and one that is not in use. `rest` is the rest of an
/// input that would do.
#[track_caller]
pub(super) fn check_ids(operation: &str, rest: &Value) {
    let of = |id: Value| with(rest, &json!({ "pullRequestId": id }));
    refused(operation, rest, "PullRequestIdRequiredException");
    refused(operation, &of(json!("")), "PullRequestIdRequiredException");
    for id in ["x", "0", "-1", "01", "1.0", "99999999999999999999", "1:2"] {
        refused(operation, &of(json!(id)), "InvalidPullRequestIdException");
    }
    refused(
        operation,
        &of(json!("9999999999999999999")),
        "PullRequestDoesNotExistException",
    );
}

/// The same of what is no id of a revision.
#[track_caller]
pub(super) fn check_revisions(operation: &str, good: &Value) {
    let of = |id: Value| with(good, &json!({ "revisionId": id }));
    let mut without = good.clone();
    without.as_object_mut().expect("an object").remove("revisionId");
    refused(operation, &without, "RevisionIdRequiredException");
    for id in ["x", &"a".repeat(63), &"a".repeat(65), &"g".repeat(64)] {
        refused(operation, &of(json!(id)), "InvalidRevisionIdException");
    }
}

/// Reads a listing page by page: what each page has under `list`.
#[track_caller]
pub(super) fn pages(operation: &str, parameters: &Value, list: &str) -> Vec<Vec<Value>> {
    let (mut pages, mut asked) = (Vec::new(), parameters.clone());
    loop {
        let page = succeed(operation, &asked);
        pages.push(page[list].as_array().expect("a list").clone());
        match page.get("nextToken") {
            Some(next) => asked["nextToken"] = next.clone(),
            None => return pages,
        }
    }
}
