//! What policies of `CodeCommit`'s kind decide about requests.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;

use packhouse_git::ref_name::RefName;
use packhouse_storage::manifest::Manifest;
use serde_json::{Value, json};

use super::*;
use crate::forge::{Forge, unborn_head};
use crate::identity::Who;
use crate::identity::session::{Session, SessionOf};
use crate::testing;

fn policy(statements: &Value) -> String {
    json!({ "Version": "2012-10-17", "Statement": statements }).to_string()
}

fn name(text: &str) -> RepositoryName {
    RepositoryName::new(text).unwrap()
}

fn caller(forge: &Forge, statements: &Value) -> Caller {
    testing::user(&forge.installation().account, &policy(statements))
}

fn allowed(forge: &Forge, caller: &Caller, request: Request<'_>) -> bool {
    authorise(forge, caller, request).is_ok()
}

const ARN: &str = "arn:aws:codecommit:us-east-1:000000000000:demo";

/// Every action, asked for on its resource: allowed, not allowed, denied, and allowed on another repository.
#[tokio::test]
async fn each_action_is_decided_by_its_own_name_and_resource() {
    let forge = testing::forge().await;
    let demo = name("demo");
    for &action in Action::ALL {
        let full = action.full_name();
        let (request, resource, other) = match action.target() {
            crate::policy::Target::Repository => (Request::on(action, &demo), ARN, json!(format!("{ARN}2"))),
            crate::policy::Target::Any => (Request::anywhere(action), "*", json!(ARN)),
        };
        let allow = json!({ "Effect": "Allow", "Action": full, "Resource": resource });
        let deny = json!({ "Effect": "Deny", "Action": full, "Resource": "*" });
        let everything_else = json!({ "Effect": "Allow", "NotAction": full, "Resource": "*" });
        let elsewhere = json!({ "Effect": "Allow", "Action": full, "Resource": other });
        for (statements, expect) in [
            (json!([allow]), true),
            (json!([everything_else]), false),
            (json!([allow, deny]), false),
            (json!([deny, allow]), false),
            (json!([elsewhere]), false),
        ] {
            let caller = caller(&forge, &statements);
            assert_eq!(allowed(&forge, &caller, request), expect, "{full} by {statements}");
        }
    }
}

#[test]
fn the_table_holds_every_operation_and_permission_once() {
    let mut names: Vec<&str> = Action::ALL.iter().map(|action| action.name()).collect();
    let count = names.len();
    names.dedup();
    assert!(names.is_sorted(), "it is read by people");
    assert_eq!((names.len(), count), (91, 91));
    let with_references = Action::ALL.iter().filter(|action| action.takes_references()).count();
    assert_eq!(with_references, 14);
    let anywhere = Action::ALL
        .iter()
        .filter(|action| action.target() == crate::policy::Target::Any);
    assert_eq!(anywhere.count(), 9);
}

/// The statement of `CodeCommit`'s guide that keeps `main` from pushes and merges.
fn protect_main() -> Value {
    json!([
        { "Effect": "Allow", "Action": "codecommit:*", "Resource": "*" },
        {
            "Effect": "Deny",
            "Action": ["codecommit:GitPush", "codecommit:DeleteBranch", "codecommit:PutFile"],
            "Resource": ARN,
            "Condition": {
                "StringEqualsIfExists": { "codecommit:References": ["refs/heads/main", "refs/heads/prod"] },
                "Null": { "codecommit:References": "false" }
            }
        }
    ])
}

#[tokio::test]
async fn a_protected_branch_is_closed_and_the_others_are_open() {
    let forge = testing::forge().await;
    let caller = caller(&forge, &protect_main());
    let (demo, other) = (name("demo"), name("other"));
    let (main, topic) = (RefName::branch("main").unwrap(), RefName::branch("topic").unwrap());
    let push = |name| Request::on(Action::GitPush, name);
    assert!(allowed(&forge, &caller, push(&demo)), "the advertisement names no ref");
    assert!(!allowed(&forge, &caller, push(&demo).of_ref(&main)));
    assert!(allowed(&forge, &caller, push(&demo).of_ref(&topic)));
    assert!(allowed(&forge, &caller, push(&other).of_ref(&main)));
    let manifest = Manifest::empty(
        "demo".into(),
        BTreeMap::new(),
        packhouse_git::hash::ObjectFormat::Sha1,
        unborn_head(),
    );
    let refs = [&topic, &main, &topic];
    let judged = each_pushed(&forge, &caller, (&demo, &manifest), &refs).await;
    let judged: Vec<bool> = judged.iter().map(Result::is_ok).collect();
    assert_eq!(judged, [true, false, true]);
    let denied = authorise(&forge, &caller, push(&demo).of_ref(&main))
        .unwrap_err()
        .to_string();
    assert!(
        denied.ends_with("with an explicit deny in an identity-based policy"),
        "{denied}"
    );
}

#[tokio::test]
async fn without_the_null_condition_the_deny_closes_the_advertisement_too() {
    let forge = testing::forge().await;
    let mut statements = protect_main();
    statements[1]["Condition"].as_object_mut().unwrap().remove("Null");
    let caller = caller(&forge, &statements);
    let demo = name("demo");
    assert!(!allowed(&forge, &caller, Request::on(Action::GitPush, &demo)));
}

#[tokio::test]
async fn tags_of_the_repository_and_of_the_request_decide() {
    let forge = testing::forge().await;
    let caller = caller(
        &forge,
        &json!([
            { "Effect": "Allow", "Action": "codecommit:Git*", "Resource": "*",
              "Condition": { "StringEquals": { "aws:ResourceTag/team": "red" } } },
            { "Effect": "Allow", "Action": "codecommit:CreateRepository", "Resource": "*",
              "Condition": { "StringEquals": { "aws:RequestTag/team": "red" },
                             "ForAllValues:StringEquals": { "aws:TagKeys": ["team", "stage"] } } }
        ]),
    );
    let demo = name("demo");
    let tags = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
        pairs
            .iter()
            .map(|&(key, value)| (key.to_owned(), value.to_owned()))
            .collect()
    };
    let of = |pairs: &[(&str, &str)]| {
        Manifest::empty(
            "demo".into(),
            tags(pairs),
            packhouse_git::hash::ObjectFormat::Sha1,
            unborn_head(),
        )
    };
    let pull = Request::on(Action::GitPull, &demo);
    assert!(allowed(&forge, &caller, pull.of(&of(&[("team", "red")]))));
    assert!(!allowed(&forge, &caller, pull.of(&of(&[("team", "blue")]))));
    assert!(
        !allowed(&forge, &caller, pull),
        "a repository that is not there has no tags"
    );
    let create = Request::on(Action::CreateRepository, &demo);
    assert!(allowed(
        &forge,
        &caller,
        create.tagging(&tags(&[("team", "red"), ("stage", "x")]))
    ));
    assert!(!allowed(
        &forge,
        &caller,
        create.tagging(&tags(&[("team", "red"), ("owner", "x")]))
    ));
    assert!(!allowed(&forge, &caller, create.tagging(&tags(&[]))));
}

#[tokio::test]
async fn the_source_of_a_request_decides() {
    let forge = testing::forge().await;
    let statements = json!([{ "Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {
        "IpAddress": { "aws:SourceIp": ["192.0.2.0/24", "2001:db8::/32"] }, "Bool": { "aws:SecureTransport": "true" } } }]);
    let mut caller = caller(&forge, &statements);
    let demo = name("demo");
    for (ip, secure, expect) in [
        (Some("192.0.2.7".parse().unwrap()), true, true),
        (Some("::ffff:192.0.2.7".parse().unwrap()), true, true),
        (
            Some(IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1))),
            true,
            true,
        ),
        (Some("198.51.100.7".parse().unwrap()), true, false),
        (Some("192.0.2.7".parse().unwrap()), false, false),
        (None, true, false),
    ] {
        caller.source.ip = ip;
        caller.source.secure = secure;
        let request = Request::on(Action::GitPull, &demo);
        assert_eq!(allowed(&forge, &caller, request), expect, "{ip:?} {secure}");
    }
}

#[tokio::test]
async fn only_sessions_can_have_come_with_a_second_factor() {
    let forge = testing::forge().await;
    let statements = json!([
        { "Effect": "Allow", "Action": "*", "Resource": "*" },
        { "Effect": "Deny", "Action": "codecommit:DeleteRepository", "Resource": "*",
          "Condition": { "BoolIfExists": { "aws:MultiFactorAuthPresent": "false" } } }
    ]);
    let of_user = caller(&forge, &statements);
    let demo = name("demo");
    let request = Request::on(Action::DeleteRepository, &demo);
    assert!(
        !allowed(&forge, &of_user, request),
        "the key is absent, and so IfExists holds"
    );
    for mfa in [true, false] {
        let mut of_session = of_user.clone();
        let principal = Arc::make_mut(&mut of_session.principal);
        principal.proven.who = Who::Session(Box::new(Session {
            of: SessionOf::User {
                name: "ana".into(),
                id: "AIDA1".into(),
            },
            issued: 1,
            expires: u64::MAX,
            mfa,
            policies: Vec::new(),
            policy_arns: Vec::new(),
            tags: BTreeMap::new(),
            provider: None,
            claims: BTreeMap::new(),
        }));
        assert_eq!(allowed(&forge, &of_session, request), mfa);
    }
}

#[tokio::test]
async fn a_user_may_be_named_by_a_variable() {
    let forge = testing::forge().await;
    let statements =
        json!([{ "Effect": "Allow", "Action": "iam:*", "Resource": "arn:aws:iam::*:user/${aws:username}" }]);
    let caller = caller(&forge, &statements);
    let permit = |user: &str| {
        let arn = format!("arn:aws:iam::000000000000:user/{user}");
        permit(&forge, &caller, "iam:CreateAccessKey", &arn, &[]).is_ok()
    };
    assert!(permit("ana"));
    assert!(!permit("anastasia"));
    assert!(!permit("bob"));
}
