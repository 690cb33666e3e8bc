//! A program that uses the SDK for Rust.

use std::time::SystemTime;

use aws_sdk_codecommit::{
    Client, Config,
    config::{Credentials, Region},
    error::{ProvideErrorMetadata as _, SdkError},
    operation::{
        create_pull_request::{CreatePullRequestError, CreatePullRequestOutput},
        get_repository::GetRepositoryError,
        merge_pull_request_by_squash::MergePullRequestBySquashError,
        put_file::PutFileError,
    },
    primitives::Blob,
    types::{MergeOptionTypeEnum, OverrideStatus, PullRequest, PullRequestStatusEnum, PutFileEntry, Target},
};
use packhouse_harness::Server;

use super::many_branches;

/// The administrator's client.
fn client() -> Client {
    let server = Server::shared();
    let variable = |name: &str| server.credentials().get(name).to_owned();
    let keys = Credentials::new(
        variable("AWS_ACCESS_KEY_ID"),
        variable("AWS_SECRET_ACCESS_KEY"),
        None,
        None,
        "packhouse env",
    );
    let config = Config::builder()
        .endpoint_url(server.base_url())
        .region(Region::new(variable("AWS_DEFAULT_REGION")))
        .credentials_provider(keys)
        .build();
    Client::from_conf(config)
}

/// Makes a repository whose branch `main` has one file with every byte in it; the commit.
async fn repository(client: &Client, name: &str) -> String {
    let made = client.create_repository().repository_name(name);
    let made = made
        .tags("team", "a")
        .tags("a b", "ü=/")
        .send()
        .await
        .expect("the name is free");
    let metadata = made.repository_metadata().expect("it is told");
    let listed = client
        .list_tags_for_resource()
        .resource_arn(metadata.arn().expect("it has one"));
    let listed = listed.send().await.expect("they can be listed");
    let tags = listed.tags().expect("there are some");
    assert_eq!(
        (tags.len(), tags["team"].as_str(), tags["a b"].as_str()),
        (2, "a", "ü=/")
    );
    let put = client.put_file().repository_name(name).branch_name("main");
    let put = put.file_path("bytes").file_content(Blob::new(every_byte()));
    put.send().await.expect("the branch is new").commit_id
}

fn every_byte() -> Vec<u8> {
    (0..=255).collect()
}

#[tokio::test]
async fn files_come_back_as_rust_put_them() {
    let (client, name) = (client(), "rust-files");
    let first = repository(&client, name).await;
    let mut commit = client.create_commit().repository_name(name).branch_name("main");
    commit = commit.parent_commit_id(&first);
    for text in ["a", "b", "c", "d", "ü"] {
        let file = PutFileEntry::builder().file_path(format!("texts/{text}"));
        let file = file.file_content(Blob::new(text)).build().expect("it has a path");
        commit = commit.put_files(file);
    }
    let added = commit.send().await.expect("the parent is the tip");
    assert_eq!(added.files_added().len(), 5);
    for (path, expected) in [("bytes", every_byte()), ("texts/ü", "ü".as_bytes().to_vec())] {
        let got = client.get_file().repository_name(name).file_path(path).send().await;
        assert_eq!(got.expect("it is there").file_content.into_inner(), expected, "{path}");
    }
    let differences = client.get_differences().repository_name(name);
    let differences = differences
        .before_commit_specifier(&first)
        .after_commit_specifier("main");
    let mut pages = differences.into_paginator().page_size(2).send();
    let mut found = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.expect("the next page");
        let blobs = page
            .differences()
            .iter()
            .filter_map(|difference| difference.after_blob());
        let paths = blobs.filter_map(|blob| blob.path().map(str::to_owned));
        found.push(paths.collect::<Vec<_>>());
    }
    let expected: [&[&str]; 3] = [&["texts/a", "texts/b"], &["texts/c", "texts/d"], &["texts/ü"]];
    assert_eq!(found, expected);
    let put = client
        .put_file()
        .repository_name(name)
        .branch_name("main")
        .file_path("x");
    let refused = put.parent_commit_id(first).file_content(Blob::new("x")).send().await;
    let refused = refused.expect_err("the branch has moved").into_service_error();
    assert!(
        matches!(refused, PutFileError::ParentCommitIdOutdatedException(_)),
        "{refused:?}"
    );
    assert!(
        refused
            .message()
            .is_some_and(|message| message.contains("parent commit"))
    );
}

#[tokio::test]
async fn dates_are_read_as_the_time_that_is_meant() {
    let (client, name) = (client(), "rust-dates");
    let seconds = || {
        let since = SystemTime::UNIX_EPOCH.elapsed();
        since.expect("it is later than 1970").as_secs_f64()
    };
    // The service's dates have whole milliseconds, cut off.
    let before = seconds() - 0.001;
    let made = client.create_repository().repository_name(name).send().await;
    let made = made.expect("the name is free");
    let created = made.repository_metadata().and_then(|metadata| metadata.creation_date());
    let created = created.expect("it has a date").as_secs_f64();
    assert!(before <= created && created <= seconds(), "{before} {created}");
}

#[tokio::test]
async fn rust_pages_through_branches() {
    many_branches("rust-branches", 1200);
    let listed = client().list_branches().repository_name("rust-branches");
    let pages = listed.into_paginator().send().try_collect().await.expect("every page");
    let counts: Vec<usize> = pages.iter().map(|page| page.branches().len()).collect();
    assert_eq!(counts, [1000, 201]);
}

#[tokio::test]
async fn what_is_absent_is_told_as_its_own_error() {
    let refused = client().get_repository().repository_name("absent").send().await;
    let refused = refused.expect_err("there is none").into_service_error();
    assert!(
        matches!(refused, GetRepositoryError::RepositoryDoesNotExistException(_)),
        "{refused:?}"
    );
    assert!(
        refused
            .message()
            .is_some_and(|message| message.contains("absent does not exist"))
    );
}

/// Asks for a merge of `topic`.
async fn ask(
    client: &Client,
    repository: &str,
    title: &str,
) -> Result<CreatePullRequestOutput, CreatePullRequestError> {
    let target = Target::builder().repository_name(repository).source_reference("topic");
    let target = target.build().expect("both are given");
    let asked = client.create_pull_request().title(title).targets(target);
    let asked = asked.client_request_token(repository).send().await;
    asked.map_err(SdkError::into_service_error)
}

/// Makes a repository with a branch `topic` that is ahead of `main`, and asks for its merge.
async fn asked_for(client: &Client, name: &str) -> PullRequest {
    let tip = repository(client, name).await;
    let branch = client.create_branch().repository_name(name).branch_name("topic");
    branch.commit_id(&tip).send().await.expect("the branch is free");
    let put = client.put_file().repository_name(name).branch_name("topic");
    let put = put.file_path("topic").file_content(Blob::new("topic"));
    put.parent_commit_id(tip).send().await.expect("the parent is the tip");
    let asked = ask(client, name, "once").await.expect("the branches differ");
    asked.pull_request.expect("it is told")
}

#[tokio::test]
async fn a_token_asks_for_one_pull_request() {
    let (client, name) = (client(), "rust-tokens");
    let asked = asked_for(&client, name).await;
    let again = ask(&client, name, "once").await.expect("the same again");
    assert_eq!(again.pull_request(), Some(&asked));
    let other = ask(&client, name, "other").await.expect_err("the token was used");
    assert!(
        matches!(other, CreatePullRequestError::IdempotencyParameterMismatchException(_)),
        "{other:?}"
    );
}

/// Says something about a pull request, and adds a rule that nobody satisfies.
async fn review(client: &Client, name: &str, asked: &PullRequest) {
    let (id, target) = (asked.pull_request_id(), &asked.pull_request_targets()[0]);
    let id = id.expect("it has an id");
    let comment = client.post_comment_for_pull_request().repository_name(name);
    let comment = comment.pull_request_id(id).content("Why? ü");
    let comment = comment.set_before_commit_id(target.destination_commit.clone());
    let comment = comment.set_after_commit_id(target.source_commit.clone());
    let comment = comment.send().await.expect("these are its commits").comment;
    assert_eq!(comment.and_then(|comment| comment.content).as_deref(), Some("Why? ü"));
    let rule = r#"{"Version":"2018-11-08","Statements":[{"Type":"Approvers","NumberOfApprovalsNeeded":1}]}"#;
    let ruled = client.create_pull_request_approval_rule().pull_request_id(id);
    let ruled = ruled.approval_rule_name("one").approval_rule_content(rule);
    let ruled = ruled.send().await.expect("a good rule").approval_rule;
    let told = ruled.and_then(|made| made.approval_rule_content);
    assert_eq!(told.as_deref(), Some(rule));
}

#[tokio::test]
async fn rust_goes_from_a_pull_request_to_its_merge() {
    let (client, name) = (client(), "rust-pull-requests");
    let asked = asked_for(&client, name).await;
    review(&client, name, &asked).await;
    let id = asked.pull_request_id().expect("it has an id");
    let target = &asked.pull_request_targets()[0];
    let merge = client.merge_pull_request_by_squash().repository_name(name);
    let merge = merge.pull_request_id(id);
    let refused = merge.clone().send().await.expect_err("nobody approved");
    let refused = refused.into_service_error();
    let unsatisfied = matches!(
        refused,
        MergePullRequestBySquashError::PullRequestApprovalRulesNotSatisfiedException(_)
    );
    assert!(unsatisfied, "{refused:?}");
    let overridden = client.override_pull_request_approval_rules().pull_request_id(id);
    let overridden = overridden.set_revision_id(asked.revision_id.clone());
    let overridden = overridden.override_status(OverrideStatus::Override).send().await;
    overridden.expect("the revision is the last");
    let elsewhere = merge.clone().set_source_commit_id(target.destination_commit.clone());
    let refused = elsewhere.send().await.expect_err("another tip").into_service_error();
    let moved = matches!(
        refused,
        MergePullRequestBySquashError::TipOfSourceReferenceIsDifferentException(_)
    );
    assert!(moved, "{refused:?}");
    let merge = merge.set_source_commit_id(target.source_commit.clone());
    let merged = merge.send().await.expect("nothing is in the way").pull_request;
    let merged = merged.expect("it is told");
    assert_eq!(merged.pull_request_status(), Some(&PullRequestStatusEnum::Closed));
    let how = merged.pull_request_targets()[0].merge_metadata().expect("it is told");
    assert_eq!(
        (how.is_merged(), how.merge_option()),
        (true, Some(&MergeOptionTypeEnum::SquashMerge))
    );
}
