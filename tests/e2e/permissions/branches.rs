//! Policies on branches.

use packhouse_harness::Server;
use serde_json::json;

use super::{Person, arn, iam, repository};

#[test]
fn a_protected_branch_takes_no_push_and_the_others_do() {
    let server = Server::start();
    let iam = iam(&server);
    let (url, _work) = repository(&server, "guarded");
    let protect = json!([
        { "Effect": "Allow", "Action": "codecommit:*", "Resource": "*" },
        { "Effect": "Deny", "Action": ["codecommit:GitPush", "codecommit:DeleteBranch"], "Resource": arn("guarded"),
          "Condition": {
              "StringEqualsIfExists": { "codecommit:References": ["refs/heads/main"] },
              "Null": { "codecommit:References": "false" } } }
    ]);
    let dev = Person::new(&server, &iam, "dev", &protect);
    let git = dev.git(&server);
    git.run(&format!("clone --quiet {url} work")).ok();
    let work = git.in_dir("work");
    let before = work.rev("HEAD");
    work.commit("c", "3");
    let refused = work.run(&format!("push {url} main")).refused();
    assert!(refused.contains("! [remote rejected] main -> main"), "{refused}");
    assert!(refused.contains("explicit deny"), "{refused}");
    // The one is refused and the other is taken; all are refused when all or none was asked for.
    let mixed = work.run(&format!("push {url} main main:topic")).refused();
    assert!(
        mixed.contains("[new branch]") && mixed.contains("remote rejected"),
        "{mixed}"
    );
    let atomic = work.run(&format!("push --atomic {url} main main:other")).refused();
    assert!(!atomic.contains("[new branch]"), "{atomic}");
    let deleted = work.run(&format!("push {url} :main")).refused();
    assert!(deleted.contains("remote rejected"), "{deleted}");
    let listed = git.run(&format!("ls-remote {url}")).ok();
    assert!(listed.contains(&format!("{before}\trefs/heads/main")), "{listed}");
    assert!(
        listed.contains("refs/heads/topic") && !listed.contains("refs/heads/other"),
        "{listed}"
    );
}

#[test]
fn a_team_pushes_below_its_own_prefix_only() {
    let server = Server::start();
    let iam = iam(&server);
    let (url, _work) = repository(&server, "shared");
    let red = json!([
        { "Effect": "Allow", "Action": "codecommit:GitPull", "Resource": arn("shared") },
        { "Effect": "Allow", "Action": "codecommit:GitPush", "Resource": arn("shared"),
          "Condition": { "StringLikeIfExists": { "codecommit:References": ["refs/heads/red/*"] } } }
    ]);
    let person = Person::new(&server, &iam, "ruth", &red);
    let git = person.git(&server);
    git.run(&format!("clone --quiet {url} work")).ok();
    let work = git.in_dir("work");
    work.run(&format!("push --quiet {url} main:red/one")).ok();
    for target in ["blue/one", "red", "redder/one", "main"] {
        work.commit(target, target);
        let refused = work.run(&format!("push {url} main:{target}")).refused();
        assert!(refused.contains("remote rejected"), "{target}: {refused}");
    }
    let tag = work.run(&format!("push {url} main:refs/tags/red/one")).refused();
    assert!(tag.contains("remote rejected"), "{tag}");
}
