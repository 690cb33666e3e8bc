//! Policies on repositories and their tags.

use packhouse_harness::Server;
use serde_json::json;

use super::{Person, all_of, arn, iam, nothing, repository};

#[test]
fn who_is_allowed_nothing_sees_nothing() {
    let server = Server::start();
    let iam = iam(&server);
    let (url, _work) = repository(&server, "private");
    let other = Person::new(&server, &iam, "other", &all_of("something-else"));
    let git = other.git(&server);
    for name in ["private", "absent"] {
        let url = url.replace("private", name);
        let refused = git.run(&format!("ls-remote {url}")).refused();
        assert!(
            refused.contains("403") && refused.contains("codecommit:GitPull"),
            "{refused}"
        );
        let denied = other
            .api
            .call("GetRepository", &json!({ "repositoryName": name }))
            .unwrap_err();
        assert_eq!((denied.code.as_str(), denied.status), ("AccessDeniedException", 400));
        assert_eq!(
            denied.message,
            format!(
                "User: arn:aws:iam::000000000000:user/other is not authorized to perform: codecommit:GetRepository on \
                 resource: {} because no identity-based policy allows the codecommit:GetRepository action",
                arn(name)
            )
        );
    }
    let listed = other.api.call("ListRepositories", &json!({})).unwrap_err();
    assert_eq!(listed.code, "AccessDeniedException");
}

#[test]
fn a_policy_on_a_name_is_not_one_on_names_like_it() {
    let server = Server::start();
    let iam = iam(&server);
    for name in ["demo", "demo2", "demo.x", "Demo", "xdemo"] {
        server.create_repository(name);
    }
    let person = Person::new(&server, &iam, "demo-only", &all_of("demo"));
    let git = person.git(&server);
    let may = |name: &str| {
        let by_git = git.run(&format!("ls-remote {}", server.url(name))).code == Some(0);
        let by_api = person
            .api
            .call("GetRepository", &json!({ "repositoryName": name }))
            .is_ok();
        assert_eq!(by_git, by_api, "{name}");
        by_git
    };
    assert!(may("demo"));
    for name in ["demo2", "demo.x", "Demo", "xdemo"] {
        assert!(!may(name), "{name}");
    }
    // The same repository under another spelling of its path.
    assert_eq!(git.run(&format!("ls-remote {}.git", server.url("demo"))).code, Some(0));
    for path in ["/v1/repos//demo2", "/v1/repos/demo%2F..%2Fdemo2", "/v1/repos/./demo2"] {
        let url = format!("{}{path}", server.base_url());
        assert_ne!(git.run(&format!("ls-remote {url}")).code, Some(0), "{path}");
    }
    // A name cannot be taken out of what its holder may touch.
    let renamed = json!({ "oldName": "demo", "newName": "mine" });
    assert_eq!(
        person.api.call("UpdateRepositoryName", &renamed).unwrap_err().code,
        "AccessDeniedException"
    );
}

#[test]
fn a_reader_clones_and_pushes_nothing() {
    let server = Server::start();
    let iam = iam(&server);
    let (url, _work) = repository(&server, "built");
    let ci = Person::new(&server, &iam, "ci", &nothing());
    iam.call("DeleteUserPolicy", &json!({ "UserName": "ci", "PolicyName": "test" }))
        .unwrap();
    let git = ci.git(&server);
    git.run(&format!("ls-remote {url}")).refused();
    let read_only = "arn:aws:iam::aws:policy/AWSCodeCommitReadOnly";
    iam.call("AttachUserPolicy", &json!({ "UserName": "ci", "PolicyArn": read_only }))
        .unwrap();
    git.run(&format!("clone --quiet {url} work")).ok();
    let work = git.in_dir("work");
    work.commit("c", "3");
    let refused = work.run(&format!("push {url} main")).refused();
    assert!(
        refused.contains("403") && refused.contains("codecommit:GitPush"),
        "{refused}"
    );
    assert!(
        ci.api
            .call("GetRepository", &json!({ "repositoryName": "built" }))
            .is_ok()
    );
    let denied = ci
        .api
        .call("DeleteRepository", &json!({ "repositoryName": "built" }))
        .unwrap_err();
    assert_eq!(denied.code, "AccessDeniedException");
}

#[test]
fn tags_say_whose_a_repository_is() {
    let server = Server::start();
    let iam = iam(&server);
    let red = Person::new(
        &server,
        &iam,
        "red",
        &json!([
            { "Effect": "Allow", "Action": "codecommit:CreateRepository", "Resource": "*",
              "Condition": { "StringEquals": { "aws:RequestTag/team": "red" } } },
            { "Effect": "Allow", "Action": ["codecommit:Git*", "codecommit:Get*", "codecommit:BatchGet*"], "Resource": "*",
              "Condition": { "StringEquals": { "aws:ResourceTag/team": "red" } } }
        ]),
    );
    let make = |name: &str, tags: serde_json::Value| {
        red.api
            .call("CreateRepository", &json!({ "repositoryName": name, "tags": tags }))
    };
    assert!(make("ours", json!({ "team": "red" })).is_ok());
    for tags in [json!({ "team": "blue" }), json!({}), json!({ "Team2": "red" })] {
        assert_eq!(make("theirs", tags).unwrap_err().code, "AccessDeniedException");
    }
    server.create_repository("blue");
    let git = red.git(&server);
    git.run(&format!("ls-remote {}", server.url("ours"))).ok();
    git.run(&format!("ls-remote {}", server.url("blue"))).refused();
    let batch = red
        .api
        .call("BatchGetRepositories", &json!({ "repositoryNames": ["ours", "blue"] }));
    assert_eq!(
        batch.unwrap_err().code,
        "AccessDeniedException",
        "one that may not be seen closes all"
    );
    let batch = red
        .api
        .call("BatchGetRepositories", &json!({ "repositoryNames": ["ours"] }))
        .unwrap();
    assert_eq!(batch["repositories"].as_array().map(Vec::len), Some(1));
}
