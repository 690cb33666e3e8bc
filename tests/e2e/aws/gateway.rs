//! Stock clients through the gateway, at the function binaries.

use std::{
    process::Command,
    time::{Duration, Instant},
};

use packhouse_harness::{
    Git,
    deployment::{Deployment, DeploymentOptions},
    emulators::{ACCOUNT, AwsStore},
    gateway::SignedAuthorization,
    http::Connection,
    python, random_history,
};
use serde_json::{Value, json};

use super::{assert_same, log_in, shared};
use crate::git::{with_helper, with_keys};

#[test]
fn every_git_clones_pushes_and_fetches() {
    let deployment = shared();
    for git in Git::every_protocol() {
        let name = format!(
            "through-{}",
            git.label().replace(|c: char| !c.is_ascii_alphanumeric(), "-")
        );
        let url = deployment.create_repository(&name);
        log_in(&git, deployment);
        let source = git.init("source");
        random_history::import(&source, |stream| random_history::mixed(stream, 5, 60));
        source.run(&format!("push --quiet --mirror {url}")).ok();
        git.run(&format!("clone --quiet --mirror {url} mirror")).ok();
        let copy = git.in_dir("mirror");
        assert_same(&copy, &source);
        source.run("checkout --quiet main").ok();
        let tip = source.commit("more", "x");
        source.run(&format!("push --quiet {url} main")).ok();
        copy.run("fetch --quiet").ok();
        assert_eq!(copy.rev("main"), tip, "{}", git.label());
        source.run(&format!("push --quiet {url} :refs/heads/b0")).ok();
        git.run(&format!("clone --quiet --depth 1 {url} shallow")).ok();
    }
}

#[test]
fn whoever_proves_nothing_is_asked_and_whoever_proves_it_wrongly_is_refused() {
    let deployment = shared();
    let url = deployment.create_repository("guarded");
    let git = Git::newest();
    let asked = git.stranger().run(&format!("ls-remote {url}")).refused();
    assert!(
        asked.contains("could not read Username"),
        "git was not asked for a name: {asked}"
    );
    git.store_credentials(&deployment.gateway.url(), "admin", "wrong");
    let told = git.run(&format!("ls-remote {url}")).refused();
    assert!(told.contains("Authentication failed"), "{told}");
    let answered = deployment.gateway.answered();
    let unasked = answered.iter().filter(|answered| answered.path.contains("/guarded/"));
    assert!(
        unasked.clone().count() >= 2 && unasked.clone().all(|answered| answered.status == 401),
        "{answered:?}"
    );
}

#[test]
fn git_prints_413_for_a_push_over_the_limit_and_nothing_is_changed() {
    let deployment = shared();
    let url = deployment.create_repository("too-large");
    let git = Git::newest();
    log_in(&git, deployment);
    let work = git.init("work");
    random_history::import(&work, |stream| random_history::binaries(stream, 1, 3, 2 << 20));
    let sized = work
        .run(&format!("-c http.postBuffer=20000000 push {url} main"))
        .refused();
    assert!(sized.contains("HTTP 413"), "{sized}");
    assert_eq!(git.run(&format!("ls-remote {url}")).ok(), "");
}

#[test]
fn a_large_clone_is_streamed() {
    let deployment = shared();
    let url = deployment.create_repository("large");
    let git = Git::newest();
    log_in(&git, deployment);
    let work = git.init("work");
    random_history::import(&work, |stream| random_history::binaries(stream, 2, 9, 3 << 20));
    for commit in work.run("rev-list --reverse main").ok().lines() {
        work.run(&format!(
            "-c http.postBuffer=20000000 push --quiet {url} {commit}:refs/heads/main"
        ))
        .ok();
    }
    git.run(&format!("clone --quiet --mirror {url} copy")).ok();
    let copy = git.in_dir("copy");
    assert_same(&copy, &work);
    let packed = copy.run("count-objects -v").ok();
    let kib = packed
        .lines()
        .find_map(|line| line.strip_prefix("size-pack: "))
        .and_then(|size| size.parse::<u64>().ok());
    assert!(kib.is_some_and(|kib| kib > 20 << 10), "{packed}");
}

#[test]
fn a_function_that_is_killed_leaves_a_client_that_can_try_again() {
    let deployment = Deployment::start();
    let git = Git::newest();
    log_in(&git, &deployment);
    let url = deployment.create_repository("killed");
    let work = git.init("work");
    random_history::import(&work, |stream| random_history::binaries(stream, 3, 6, 3 << 20));
    for commit in work.run("rev-list --reverse main").ok().lines() {
        work.run(&format!(
            "-c http.postBuffer=20000000 push --quiet {url} {commit}:refs/heads/main"
        ))
        .ok();
    }
    let before = deployment.gateway.answered().len();
    let cloning = std::thread::spawn({
        let (git, url) = (git.in_dir("."), url.clone());
        move || git.run(&format!("clone --quiet --mirror {url} broken"))
    });
    // Killed again and again, until the clone is over: it cannot have got through between two kills.
    while !cloning.is_finished() {
        deployment.functions["git"].kill();
        std::thread::yield_now();
    }
    let told = cloning.join().expect("git runs").refused();
    assert!(told.contains("fatal: "), "{told}");
    assert!(deployment.gateway.answered().len() > before);
    git.run(&format!("clone --quiet --mirror {url} whole")).ok();
    assert_same(&git.in_dir("whole"), &work);
}

#[test]
fn a_push_whose_function_dies_is_there_whole_or_not_at_all() {
    let deployment = Deployment::start();
    let git = Git::newest();
    log_in(&git, &deployment);
    let url = deployment.create_repository("dying");
    let work = git.init("work");
    for round in 0..6u64 {
        let before = git.run(&format!("ls-remote {url} main")).stdout;
        let tip = work.commit("file", format!("{round}"));
        let pushing = std::thread::spawn({
            let (work, url) = (work.in_dir("."), url.clone());
            move || work.run(&format!("push --quiet {url} main"))
        });
        let until = Instant::now() + Duration::from_millis(40 * round);
        while Instant::now() < until && !pushing.is_finished() {
            std::thread::yield_now();
        }
        deployment.functions["git"].kill();
        let pushed = pushing.join().expect("git runs");
        let after = git.run(&format!("ls-remote {url} main")).ok();
        let is_there = after.starts_with(&tip);
        assert!(is_there || after.as_bytes() == before, "{after}");
        assert!(is_there || pushed.code != Some(0), "git was told that it is there");
        work.run(&format!("push --quiet {url} main")).ok();
    }
    deployment.functions["pack-indexer"]
        .invoke(br#"{"sweep":{}}"#)
        .expect("it sweeps");
    git.run(&format!("clone --quiet {url} copy")).ok();
    let copy = git.in_dir("copy");
    assert_eq!(copy.rev("HEAD"), work.rev("HEAD"));
    copy.run("fsck --full").ok();
}

#[test]
fn the_api_answers_with_and_without_a_stage_whatever_becomes_of_signatures() {
    let ways = [
        (false, SignedAuthorization::Dropped),
        (false, SignedAuthorization::PassedOn),
        (true, SignedAuthorization::Dropped),
    ];
    for (custom_domain, signed_authorization) in ways {
        let options = DeploymentOptions {
            custom_domain,
            signed_authorization,
            ..DeploymentOptions::default()
        };
        let deployment = Deployment::start_with(AwsStore::fresh(), &options);
        deployment.create_repository("api");
        let api = deployment.boto3();
        let found = api
            .call("GetRepository", &json!({ "repositoryName": "api" }))
            .expect("it is there");
        assert_eq!(found["repositoryMetadata"]["repositoryName"], "api");
        let refused = api
            .call("GetRepository", &json!({ "repositoryName": "absent" }))
            .expect_err("it is not there");
        assert_eq!(
            (refused.status, refused.code.as_str()),
            (400, "RepositoryDoesNotExistException")
        );
        let credentials = deployment.credentials().variables().map(|(name, value)| {
            let value = if name == "AWS_SECRET_ACCESS_KEY" {
                "wrong"
            } else {
                value
            };
            (name.to_owned(), value.to_owned())
        });
        let stranger = packhouse_harness::Boto3::start_with_env(credentials.collect());
        let refused = stranger
            .call("ListRepositories", &json!({}))
            .expect_err("the secret is wrong");
        assert_eq!(refused.code, "InvalidSignatureException");
    }
}

/// A presigned `GetCallerIdentity` of the administrator's, made by boto3.
fn presigned(deployment: &Deployment) -> String {
    const SCRIPT: &str = "
import boto3
url = boto3.client('sts').generate_presigned_url('get_caller_identity', HttpMethod='GET', ExpiresIn=60)
print(url, end='')";
    let printed = Command::new(python::program("python"))
        .args(["-c", SCRIPT])
        .env_clear()
        .envs(deployment.credentials().variables())
        .output()
        .expect("the pinned python runs");
    assert!(printed.status.success(), "{}", String::from_utf8_lossy(&printed.stderr));
    String::from_utf8(printed.stdout).expect("a URL")
}

#[test]
fn a_presigned_request_is_answered_with_and_without_a_stage() {
    let on_domain = DeploymentOptions {
        custom_domain: true,
        ..DeploymentOptions::default()
    };
    let on_domain = Deployment::start_with(AwsStore::fresh(), &on_domain);
    for deployment in [shared(), &on_domain] {
        let url = presigned(deployment);
        let get = |url: &str| {
            let (host, path) = url
                .strip_prefix("http://")
                .and_then(|rest| rest.split_once('/'))
                .expect("a URL of the gateway");
            let mut connection = Connection::open(host.parse().expect("an address"));
            let head = format!("GET /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
            connection.send(head.as_bytes()).expect("the gateway reads");
            let answer = connection.response().expect("the gateway answers");
            (answer.status, answer.text())
        };
        let (status, xml) = get(&url);
        assert!(
            status == 200 && xml.contains(&format!("<Arn>arn:aws:iam::{ACCOUNT}:user/admin</Arn>")),
            "{status} {xml}"
        );
        let (status, xml) = get(&url.replace("Expires=60", "Expires=61"));
        assert!(
            status == 403 && xml.contains("<Code>SignatureDoesNotMatch</Code>"),
            "{status} {xml}"
        );
    }
}

#[test]
fn signatures_of_git_are_good_for_the_public_host_and_for_no_other() {
    let somewhere = DeploymentOptions {
        variables: vec![("PACKHOUSE_PUBLIC_URL".to_owned(), "http://localhost/prod".to_owned())],
        ..DeploymentOptions::default()
    };
    let somewhere = Deployment::start_with(AwsStore::fresh(), &somewhere);
    // The gateway has no name here. Where the public host is another one, signatures for its address are for another server.
    for (deployment, let_in) in [(&somewhere, true), (shared(), false)] {
        let url = deployment.create_repository("signed-for");
        let keys = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION"]
            .map(|name| (name, deployment.credentials().get(name)));
        let git = with_helper(&with_keys(&Git::newest(), &keys));
        let asked = git.run(&format!("ls-remote {url}"));
        if let_in {
            asked.ok();
        } else {
            asked.refused_with("Authentication failed");
        }
    }
}

#[test]
fn a_git_event_without_the_authorizers_word_is_refused() {
    let deployment = shared();
    let upload = "/v1/repos/guarded/uploads/01ARZ3NDEKTSV4RRFFQ69G5FAV/git-receive-pack";
    let event = |method: &str, path: &str| {
        json!({
            "resource": path,
            "path": path,
            "httpMethod": method,
            "headers": {}, "multiValueHeaders": {},
            "queryStringParameters": { "service": "git-upload-pack" },
            "multiValueQueryStringParameters": { "service": ["git-upload-pack"] },
            "requestContext": { "path": path, "stage": "prod", "httpMethod": method },
            "body": null, "isBase64Encoded": false,
        })
    };
    let calls = [
        ("git", event("GET", "/v1/repos/guarded/info/refs")),
        ("git", event("POST", "/v1/repos/guarded/git-receive-pack")),
        ("pack-indexer", event("POST", upload)),
    ];
    for (function, event) in calls {
        let answer = deployment.functions[function]
            .invoke(event.to_string().as_bytes())
            .expect("it answers");
        let prelude = answer.split(|byte| *byte == 0).next().unwrap_or_default();
        let prelude: Value = serde_json::from_slice(prelude).expect("a streamed answer begins with a prelude");
        assert_eq!(prelude["statusCode"], 403, "{function}");
    }
}

#[test]
fn a_missing_variable_is_named_at_the_start() {
    use packhouse_harness::{
        binary,
        runtime_api::{Function, FunctionOptions},
    };
    let needed = [
        "PACKHOUSE_TABLE",
        "PACKHOUSE_ACCOUNT_ID",
        "PACKHOUSE_MASTER_KEY_PARAMETER",
        "PACKHOUSE_PUBLIC_URL",
    ];
    let all = needed.map(|name| {
        let value = match name {
            "PACKHOUSE_ACCOUNT_ID" => "210987654321",
            "PACKHOUSE_PUBLIC_URL" => "https://git.example.com",
            _ => "x",
        };
        (name.to_owned(), value.to_owned())
    });
    for missing in needed {
        let mut variables: Vec<_> = all.iter().filter(|(name, _)| name != missing).cloned().collect();
        variables.push(("AWS_REGION".to_owned(), "us-east-1".to_owned()));
        let function = Function::deploy(FunctionOptions::new(
            "authorizer",
            binary::program("authorizer"),
            variables,
        ));
        function.invoke(b"{}").expect_err("it does not start");
        assert!(function.log().contains(missing), "{}", function.log());
    }
}
