//! The CodeCommit API: one file an operation, as in the code.

mod associate_approval_rule_template_with_repository;
mod batch_associate_approval_rule_template_with_repositories;
mod batch_describe_merge_conflicts;
mod batch_disassociate_approval_rule_template_from_repositories;
mod batch_get_commits;
mod batch_get_repositories;
mod cli_examples;
mod comment;
mod comment_stories;
mod create_approval_rule_template;
mod create_branch;
mod create_commit;
mod create_pull_request;
mod create_pull_request_approval_rule;
mod create_repository;
mod create_unreferenced_merge_commit;
mod delete_approval_rule_template;
mod delete_branch;
mod delete_comment_content;
mod delete_file;
mod delete_pull_request_approval_rule;
mod delete_repository;
mod describe_merge_conflicts;
mod describe_pull_request_events;
mod disassociate_approval_rule_template_from_repository;
mod evaluate_pull_request_approval_rules;
mod every_operation;
mod forked;
mod get_approval_rule_template;
mod get_blob;
mod get_blob_differences;
mod get_branch;
mod get_comment;
mod get_comment_reactions;
mod get_comments_for_compared_commit;
mod get_comments_for_pull_request;
mod get_commit;
mod get_differences;
mod get_file;
mod get_folder;
mod get_merge_commit;
mod get_merge_conflicts;
mod get_merge_options;
mod get_pull_request;
mod get_pull_request_approval_states;
mod get_pull_request_override_state;
mod get_repository;
mod get_repository_triggers;
mod javascript_sdk;
mod list_approval_rule_templates;
mod list_associated_approval_rule_templates_for_repository;
mod list_branches;
mod list_file_commit_history;
mod list_pull_requests;
mod list_repositories;
mod list_repositories_for_approval_rule_template;
mod list_tags_for_resource;
mod merge_branches_by_fast_forward;
mod merge_branches_by_squash;
mod merge_branches_by_three_way;
mod merge_limits;
mod merge_pull_request_by_fast_forward;
mod merge_pull_request_by_squash;
mod merge_pull_request_by_three_way;
mod override_pull_request_approval_rules;
mod post_comment_for_compared_commit;
mod post_comment_for_pull_request;
mod post_comment_reply;
mod pull_request;
mod pull_request_merges;
mod pull_request_races;
mod put_comment_reaction;
mod put_file;
mod put_repository_triggers;
mod readme_story;
mod rule_templates;
mod rust_sdk;
mod signature;
mod tag_resource;
mod tagged;
mod test_repository_triggers;
mod trigger_cases;
mod untag_resource;
mod update_approval_rule_template_content;
mod update_approval_rule_template_description;
mod update_approval_rule_template_name;
mod update_comment;
mod update_default_branch;
mod update_pull_request_approval_rule_content;
mod update_pull_request_approval_state;
mod update_pull_request_description;
mod update_pull_request_status;
mod update_pull_request_title;
mod update_repository_description;
mod update_repository_encryption_key;
mod update_repository_name;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use packhouse_harness::{Git, Server, ServiceError};
use serde_json::{Value, json};

/// Calls an operation of the shared server.
fn call(operation: &str, parameters: &Value) -> Result<Value, ServiceError> {
    Server::shared().boto3().call(operation, parameters)
}

/// Fails unless the operation answers with this exception.
#[track_caller]
fn refused(operation: &str, parameters: &Value, code: &str) -> String {
    let error = call(operation, parameters).expect_err("must be refused");
    assert_eq!(
        (error.code.as_str(), error.status),
        (code, 400),
        "{operation} {parameters}: {}",
        error.message
    );
    assert!(
        !error.message.is_empty(),
        "{operation} {parameters}: an exception tells why"
    );
    error.message
}

/// Bytes, as boto3's worker takes them.
fn bytes(content: impl AsRef<[u8]>) -> Value {
    json!({ "base64": STANDARD.encode(content) })
}

/// `base` with `more` in it.
fn with(base: &Value, more: &Value) -> Value {
    let mut both = base.clone();
    for (name, value) in more.as_object().expect("an object") {
        both[name] = value.clone();
    }
    both
}

/// Fails unless the operation refuses each of the additions to a good input with its exception.
#[track_caller]
fn check_refusals(operation: &str, good: &Value, refusals: &[(Value, &str)]) {
    for (more, code) in refusals {
        refused(operation, &with(good, more), code);
    }
}

/// The metadata of a repository.
#[track_caller]
fn metadata(name: &str) -> Value {
    let got = call("GetRepository", &json!({ "repositoryName": name })).expect("the repository exists");
    got["repositoryMetadata"].clone()
}

/// Fails unless the operation refuses every name that is none, and one that names nothing.
#[track_caller]
fn check_names(operation: &str, parameter: &str, rest: &Value) {
    let with = |name: Value| {
        let mut parameters = rest.clone();
        parameters[parameter] = name;
        parameters
    };
    refused(operation, rest, "RepositoryNameRequiredException");
    let long = "n".repeat(101);
    for name in ["a b", "a/b", "..%2f", "ü", "a.git", "a\n", long.as_str()] {
        let told = refused(operation, &with(name.into()), "InvalidRepositoryNameException");
        assert!(told.starts_with("The repository name is not valid."), "{told}");
    }
    if operation != "CreateRepository" && operation != "DeleteRepository" {
        let told = refused(operation, &with("absent".into()), "RepositoryDoesNotExistException");
        assert!(told.contains("absent does not exist"), "{told}");
    }
}

/// Makes a repository and, by one commit each, what it holds: the ids of the commits, oldest first. Content `None` deletes.
#[track_caller]
fn history(name: &str, commits: &[&[(&str, Option<&str>)]]) -> Vec<String> {
    call("CreateRepository", &json!({ "repositoryName": name })).expect("the name is free");
    let mut ids: Vec<String> = Vec::new();
    for changes in commits {
        let put = changes.iter().filter_map(|(path, content)| {
            let content = (*content)?;
            Some(json!({ "filePath": path, "fileContent": bytes(content) }))
        });
        let deleted = changes.iter().filter(|(_, content)| content.is_none());
        let mut commit = json!({
            "repositoryName": name,
            "branchName": "main",
            "authorName": "Ana",
            "email": "ana@example.com",
            "commitMessage": format!("commit {}", ids.len() + 1),
            "putFiles": put.collect::<Vec<_>>(),
            "deleteFiles": deleted.map(|(path, _)| json!({ "filePath": path })).collect::<Vec<_>>(),
        });
        if let Some(parent) = ids.last() {
            commit["parentCommitId"] = parent.as_str().into();
        }
        let made = call("CreateCommit", &commit).expect("the commit is valid");
        ids.push(text(&made["commitId"]));
    }
    ids
}

/// Makes a branch.
#[track_caller]
fn branch(repository: &str, name: &str, commit: &str) {
    let parameters = json!({ "repositoryName": repository, "branchName": name, "commitId": commit });
    call("CreateBranch", &parameters).expect("the branch is free");
}

/// Makes a repository with the branch `main` and this many others, `b0000` and so on.
fn many_branches(repository: &str, count: usize) {
    let server = Server::shared();
    let commits = history(repository, &[&[("a", Some("1"))]]);
    let git = Git::newest();
    git.log_in(server);
    let clone = git.init("many");
    clone.run(&format!("fetch -q {} main", server.url(repository))).ok();
    let created = (0..count).map(|at| format!("create refs/heads/b{at:04} {}\n", commits[0]));
    let created: String = created.collect();
    clone.run_with_input(["update-ref", "--stdin"], created.as_bytes()).ok();
    let push = format!("push -q {} refs/heads/*:refs/heads/*", server.url(repository));
    clone.run(&push).ok();
}

/// A member that has to be a string.
#[track_caller]
fn text(value: &Value) -> String {
    value.as_str().expect("a string").to_owned()
}

/// An id that no object has.
const NOWHERE: &str = "00000000000000000000000000000000000000aa";
