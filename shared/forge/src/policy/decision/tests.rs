mod properties;
mod recipes;
mod trust;

use std::sync::Arc;

use super::{Layer, Outcome, Permissions, Policy, Question, decide};
use crate::policy::{Context, Document, Kind};

const REPOSITORY: &str = "arn:aws:codecommit:us-east-1:111122223333:widgets";
const REFERENCES: &str = "codecommit:References";

/// Condition keys and their values.
type Keys<'a> = &'a [(&'a str, &'a str)];

fn policy(name: &str, text: &str) -> Policy {
    let document = match Document::parse(text, Kind::Identity) {
        Ok(document) => document,
        Err(error) => panic!("{text}: {error}"),
    };
    Policy {
        name: name.to_owned(),
        document: Arc::new(document),
    }
}

/// A policy of these statements.
fn of(statements: &str) -> Policy {
    policy(
        "the policy",
        &format!(r#"{{"Version": "2012-10-17", "Statement": [{statements}]}}"#),
    )
}

fn identity(policies: impl IntoIterator<Item = Policy>) -> Permissions {
    Permissions {
        identity: policies.into_iter().collect(),
        ..Permissions::default()
    }
}

fn asked(permissions: &Permissions, action: &str, resource: &str, keys: Keys<'_>) -> super::Decision {
    let mut context = Context::new();
    for (key, value) in keys {
        context.set(key, *value);
    }
    let question = Question {
        action,
        resource,
        context: &context,
    };
    decide(permissions, &question)
}

fn allow(action: &str) -> Policy {
    of(&format!(
        r#"{{"Effect": "Allow", "Action": "{action}", "Resource": "*"}}"#
    ))
}

fn deny(action: &str) -> Policy {
    of(&format!(
        r#"{{"Effect": "Deny", "Action": "{action}", "Resource": "*"}}"#
    ))
}

/// Elements of a statement that allows, and whether it allows to clone the repository.
const ELEMENTS: &[(&str, bool)] = &[
    (r#""Action": "codecommit:GitPull", "Resource": "*""#, true),
    (r#""Action": "CODECOMMIT:gitpull", "Resource": "*""#, true),
    (r#""Action": "codecommit:Git*", "Resource": "*""#, true),
    (r#""Action": "codecommit:*", "Resource": "*""#, true),
    (r#""Action": "codecommit:?itPull", "Resource": "*""#, true),
    (r#""Action": "*", "Resource": "*""#, true),
    (r#""Action": "*:*", "Resource": "*""#, true),
    (r#""Action": ["iam:*", "codecommit:GitPull"], "Resource": "*""#, true),
    (r#""Action": "codecommit:GitPush", "Resource": "*""#, false),
    (r#""Action": "codecommit:GitPul", "Resource": "*""#, false),
    (r#""Action": "codecommit:Get*", "Resource": "*""#, false),
    (r#""Action": "iam:*", "Resource": "*""#, false),
    (r#""NotAction": "iam:*", "Resource": "*""#, true),
    (r#""NotAction": ["iam:*", "codecommit:git*"], "Resource": "*""#, false),
    (r#""NotAction": "*", "Resource": "*""#, false),
    (
        r#""Action": "*", "Resource": "arn:aws:codecommit:us-east-1:111122223333:widgets""#,
        true,
    ),
    (
        r#""Action": "*", "Resource": "arn:aws:codecommit:us-east-1:111122223333:Widgets""#,
        false,
    ),
    (
        r#""Action": "*", "Resource": "arn:aws:codecommit:us-east-1:111122223333:widget""#,
        false,
    ),
    (
        r#""Action": "*", "Resource": "arn:aws:codecommit:us-east-1:111122223333:widgets-2""#,
        false,
    ),
    (
        r#""Action": "*", "Resource": ["arn:aws:iam::1:user/a", "arn:aws:codecommit:*:*:wid*"]"#,
        true,
    ),
    (
        r#""Action": "*", "Resource": "arn:aws:codecommit:eu-west-1:111122223333:*""#,
        false,
    ),
    (
        r#""Action": "*", "NotResource": "arn:aws:codecommit:*:*:widgets""#,
        false,
    ),
    (
        r#""Action": "*", "NotResource": "arn:aws:codecommit:*:*:gadgets""#,
        true,
    ),
    (
        r#""Action": "*", "NotResource": ["arn:aws:codecommit:*:*:gadgets", "arn:aws:codecommit:*:*:wid*"]"#,
        false,
    ),
    (
        r#""Action": "*", "Resource": "arn:aws:codecommit:*:*:${aws:PrincipalTag/repository}""#,
        true,
    ),
    (
        r#""Action": "*", "Resource": "arn:aws:codecommit:*:*:${aws:PrincipalTag/star}""#,
        false,
    ),
    (
        r#""Action": "*", "Resource": "arn:aws:codecommit:*:*:${aws:userid}*""#,
        false,
    ),
    (
        r#""Action": "*", "Resource": "arn:aws:codecommit:*:*:${aws:userid, 'wid'}*""#,
        true,
    ),
    // In an allowance, what cannot be told does not allow.
    (
        r#""Action": "*", "NotResource": "arn:aws:codecommit:*:*:${aws:userid}""#,
        false,
    ),
];

#[test]
fn actions_and_resources_have_to_match() {
    let keys = [
        ("aws:PrincipalTag/repository", "widgets"),
        ("aws:PrincipalTag/star", "*"),
    ];
    for (elements, expect) in ELEMENTS {
        let permissions = identity([of(&format!(r#"{{"Effect": "Allow", {elements}}}"#))]);
        let decision = asked(&permissions, "codecommit:GitPull", REPOSITORY, &keys);
        assert_eq!(decision.allowed(), *expect, "{elements}");
    }
}

#[test]
fn in_a_denial_what_cannot_be_told_denies() {
    let rows = [
        (r#""NotResource": "arn:aws:codecommit:*:*:${aws:userid}""#, false),
        (r#""Resource": "arn:aws:codecommit:*:*:${aws:userid}""#, true),
        (
            r#""Resource": "*", "Condition": {"StringNotLike": {"codecommit:References": "refs/heads/${aws:userid}/*"}}"#,
            false,
        ),
        (
            r#""Resource": "*", "Condition": {"StringLike": {"codecommit:References": "refs/heads/${aws:userid}/*"}}"#,
            true,
        ),
        // Of a set without ForAllValues or ForAnyValue, one member is enough to deny.
        (
            r#""Resource": "*", "Condition": {"StringEquals": {"aws:TagKeys": "secret"}}"#,
            false,
        ),
        (
            r#""Resource": "*", "Condition": {"StringNotEquals": {"aws:TagKeys": "secret"}}"#,
            false,
        ),
        (
            r#""Resource": "*", "Condition": {"StringEquals": {"aws:TagKeys": "other"}}"#,
            true,
        ),
    ];
    let mut context = Context::new();
    context.set(REFERENCES, "refs/heads/main");
    context.set_many("aws:TagKeys", ["public", "secret"]);
    for (elements, expect) in rows {
        let denial = of(&format!(r#"{{"Effect": "Deny", "Action": "*", {elements}}}"#));
        let question = Question {
            action: "codecommit:GitPush",
            resource: REPOSITORY,
            context: &context,
        };
        let decision = decide(&identity([allow("*"), denial]), &question);
        assert_eq!(decision.allowed(), expect, "{elements}");
    }
    // In an allowance all members have to meet it.
    let rows = [
        (r#"{"StringEquals": {"aws:TagKeys": "secret"}}"#, false),
        (r#"{"StringEquals": {"aws:TagKeys": ["secret", "public"]}}"#, true),
        (r#"{"StringNotEquals": {"aws:TagKeys": "secret"}}"#, false),
        (r#"{"ForAnyValue:StringEquals": {"aws:TagKeys": "secret"}}"#, true),
    ];
    for (condition, expect) in rows {
        let policy = of(&format!(
            r#"{{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {condition}}}"#
        ));
        let question = Question {
            action: "codecommit:TagResource",
            resource: REPOSITORY,
            context: &context,
        };
        assert_eq!(decide(&identity([policy]), &question).allowed(), expect, "{condition}");
    }
}

#[test]
fn all_conditions_of_a_statement_have_to_be_met() {
    let rows: [(&str, Keys<'_>, bool); 6] = [
        ("{}", &[], true),
        (
            r#"{"StringEquals": {"aws:username": "ana", "aws:PrincipalAccount": "1"}}"#,
            &[("aws:username", "ana"), ("aws:PrincipalAccount", "1")],
            true,
        ),
        (
            r#"{"StringEquals": {"aws:username": "ana", "aws:PrincipalAccount": "1"}}"#,
            &[("aws:username", "ana"), ("aws:PrincipalAccount", "2")],
            false,
        ),
        (
            r#"{"StringEquals": {"aws:username": "ana"}, "IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}"#,
            &[("AWS:USERNAME", "ana"), ("aws:sourceip", "192.0.2.1")],
            true,
        ),
        (
            r#"{"StringEquals": {"aws:username": "ana"}, "IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}"#,
            &[("aws:username", "ana")],
            false,
        ),
        (
            r#"{"Bool": {"aws:SecureTransport": true}, "Null": {"aws:TokenIssueTime": true}}"#,
            &[("aws:SecureTransport", "true")],
            true,
        ),
    ];
    for (condition, keys, expect) in rows {
        let policy = of(&format!(
            r#"{{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {condition}}}"#
        ));
        let decision = asked(&identity([policy]), "codecommit:GitPull", REPOSITORY, keys);
        assert_eq!(decision.allowed(), expect, "{condition} {keys:?}");
    }
}

#[test]
fn each_layer_has_to_allow_and_any_may_deny() {
    use Layer::{Boundary, Identity, Session};
    use Outcome::{Allowed, ExplicitlyDenied, ImplicitlyDenied};
    let pull = || allow("codecommit:GitPull");
    let push = || allow("codecommit:GitPush");
    let no_pull = || deny("codecommit:GitPull");
    let rows = [
        (vec![], None, None, ImplicitlyDenied(Identity)),
        (vec![push()], None, None, ImplicitlyDenied(Identity)),
        (vec![push(), pull()], None, None, Allowed),
        (vec![pull(), no_pull()], None, None, ExplicitlyDenied(Identity)),
        (vec![no_pull()], None, None, ExplicitlyDenied(Identity)),
        (vec![pull()], Some(pull()), None, Allowed),
        (vec![pull()], Some(push()), None, ImplicitlyDenied(Boundary)),
        (vec![push()], Some(pull()), None, ImplicitlyDenied(Identity)),
        (vec![push()], Some(push()), None, ImplicitlyDenied(Identity)),
        (vec![pull()], Some(no_pull()), None, ExplicitlyDenied(Boundary)),
        (vec![pull()], None, Some(vec![pull()]), Allowed),
        (vec![pull()], None, Some(vec![push(), pull()]), Allowed),
        (vec![pull()], None, Some(vec![push()]), ImplicitlyDenied(Session)),
        (vec![pull()], None, Some(vec![]), ImplicitlyDenied(Session)),
        (
            vec![pull()],
            None,
            Some(vec![pull(), no_pull()]),
            ExplicitlyDenied(Session),
        ),
        (vec![], None, Some(vec![pull()]), ImplicitlyDenied(Identity)),
        (vec![pull()], Some(pull()), Some(vec![pull()]), Allowed),
        (
            vec![pull()],
            Some(push()),
            Some(vec![push()]),
            ImplicitlyDenied(Boundary),
        ),
        (vec![], Some(push()), Some(vec![no_pull()]), ExplicitlyDenied(Session)),
        (
            vec![no_pull()],
            Some(no_pull()),
            Some(vec![no_pull()]),
            ExplicitlyDenied(Identity),
        ),
    ];
    for (number, (identity, boundary, session, expect)) in rows.into_iter().enumerate() {
        let permissions = Permissions {
            identity,
            boundary,
            session,
        };
        let decision = asked(&permissions, "codecommit:GitPull", REPOSITORY, &[]);
        assert_eq!(decision.outcome, expect, "row {number}");
        assert_eq!(decision.allowed(), expect == Allowed, "row {number}");
    }
}

#[test]
fn decisions_say_what_aws_says_and_where_it_is_written() {
    let statements = r#"{"Effect": "Allow", "Action": "codecommit:Get*", "Resource": "*"},
        {"Sid": "Pull", "Effect": "Allow", "Action": "codecommit:GitPull", "Resource": "*"},
        {"Effect": "Deny", "Action": "codecommit:GetFile", "Resource": "*"}"#;
    let text = |statements: &str| format!(r#"{{"Statement": [{statements}]}}"#);
    let own = policy("the inline policy read of group readers", &text(statements));
    let bound = r#"{"Effect": "Allow", "Action": ["codecommit:G*", "codecommit:P*"], "Resource": "*"},
        {"Sid": "NoBlobs", "Effect": "Deny", "Action": "codecommit:GetBlob", "Resource": "*"}"#;
    let permissions = Permissions {
        identity: vec![allow("iam:*"), own],
        boundary: Some(policy("the managed policy arn:aws:iam::1:policy/bound", &text(bound))),
        session: Some(vec![policy(
            "the session policy",
            &text(r#"{"Effect": "Allow", "NotAction": "codecommit:GetTree", "Resource": "*"}"#),
        )]),
    };
    let rows = [
        (
            "codecommit:GitPull",
            "",
            "Statement 2 (Pull) of the inline policy read of group readers allows it.",
        ),
        (
            "codecommit:PutFile",
            "because no identity-based policy allows the codecommit:PutFile action",
            "No statement of any identity-based policy allows it, and none denies it.",
        ),
        (
            "codecommit:GetFile",
            "with an explicit deny in an identity-based policy",
            "Statement 3 of the inline policy read of group readers denies it.",
        ),
        (
            "iam:GetUser",
            "because no permissions boundary allows the iam:GetUser action",
            "Statement 1 of the policy allows it, but no permissions boundary does.",
        ),
        (
            "codecommit:GetBlob",
            "with an explicit deny in a permissions boundary",
            "Statement 2 (NoBlobs) of the managed policy arn:aws:iam::1:policy/bound, the permissions boundary, denies it.",
        ),
        (
            "codecommit:GetTree",
            "because no session policy allows the codecommit:GetTree action",
            "Statement 1 of the inline policy read of group readers allows it, but no session policy does.",
        ),
    ];
    for (action, because, explanation) in rows {
        let decision = asked(&permissions, action, REPOSITORY, &[]);
        assert_eq!(decision.because(action), because);
        assert_eq!(decision.explain(), explanation);
    }
    let denied = Permissions {
        session: Some(vec![deny("*")]),
        ..identity([allow("*")])
    };
    let decision = asked(&denied, "iam:GetUser", "*", &[]);
    assert_eq!(
        decision.because("iam:GetUser"),
        "with an explicit deny in a session policy"
    );
    assert_eq!(
        decision.explain(),
        "Statement 1 of the policy, which bounds the session, denies it."
    );
}
