//! What CodeCommit's user guide advises.

use super::{Keys, REFERENCES, REPOSITORY, allow, asked, identity, of};
use crate::policy::{Decision, Permissions};

/// Asks for a push as a server does: when it advertises refs, and then for each that is pushed.
fn push(permissions: &Permissions, reference: Option<&str>, keys: Keys<'_>) -> Decision {
    let mut keys = keys.to_vec();
    keys.extend(reference.map(|reference| (REFERENCES, reference)));
    asked(permissions, "codecommit:GitPush", REPOSITORY, &keys)
}

#[test]
fn pushes_to_main_are_denied_and_others_are_not() {
    let statement = r#"{
        "Effect": "Deny",
        "Action": ["codecommit:GitPush", "codecommit:DeleteBranch", "codecommit:PutFile", "codecommit:Merge*"],
        "Resource": "arn:aws:codecommit:us-east-1:111122223333:widgets",
        "Condition": {
            "StringEqualsIfExists": {"codecommit:References": ["refs/heads/main", "refs/heads/prod"]},
            "Null": {"codecommit:References": "false"}
        }
    }"#;
    let permissions = identity([allow("codecommit:*"), of(statement)]);
    let rows = [
        (None, true),
        (Some("refs/heads/main"), false),
        (Some("refs/heads/prod"), false),
        (Some("refs/heads/main2"), true),
        (Some("refs/heads/Main"), true),
        (Some("refs/heads/topic"), true),
        (Some("refs/tags/main"), true),
    ];
    for (reference, expect) in rows {
        assert_eq!(push(&permissions, reference, &[]).allowed(), expect, "{reference:?}");
    }
    let elsewhere = "arn:aws:codecommit:us-east-1:111122223333:gadgets";
    let keys = [(REFERENCES, "refs/heads/main")];
    assert!(asked(&permissions, "codecommit:GitPush", elsewhere, &keys).allowed());
    assert!(!asked(&permissions, "codecommit:PutFile", REPOSITORY, &keys).allowed());
    assert!(asked(&permissions, "codecommit:GitPull", REPOSITORY, &[]).allowed());
}

#[test]
fn without_null_the_advertisement_is_denied_too() {
    let statement = r#"{"Effect": "Deny", "Action": "codecommit:GitPush", "Resource": "*",
        "Condition": {"StringEqualsIfExists": {"codecommit:References": "refs/heads/main"}}}"#;
    let permissions = identity([allow("*"), of(statement)]);
    assert!(!push(&permissions, None, &[]).allowed());
    assert!(push(&permissions, Some("refs/heads/topic"), &[]).allowed());
}

#[test]
fn tags_say_who_may_do_what() {
    let statements = r#"{"Effect": "Allow", "Action": "codecommit:*", "Resource": "*"},
        {"Effect": "Deny", "Action": ["codecommit:GitPush", "codecommit:Create*", "codecommit:Delete*"], "Resource": "*",
            "Condition": {"StringEquals": {"aws:ResourceTag/Status": "Secret"}}},
        {"Effect": "Deny", "Action": "codecommit:*", "Resource": "*",
            "Condition": {"StringNotEqualsIfExists": {"aws:ResourceTag/Team": "${aws:PrincipalTag/Team}"},
                "Null": {"aws:ResourceTag/Team": "false"}}},
        {"Effect": "Deny", "Action": ["codecommit:CreateRepository", "codecommit:TagResource"], "Resource": "*",
            "Condition": {"ForAnyValue:StringNotEquals": {"aws:TagKeys": ["Status", "Team"]}}}"#;
    let permissions = identity([of(statements)]);
    let rows: [(&str, Keys<'_>, bool); 8] = [
        ("codecommit:GitPush", &[], true),
        ("codecommit:GitPush", &[("aws:ResourceTag/Status", "Secret")], false),
        ("codecommit:GitPush", &[("aws:ResourceTag/status", "Secret")], false),
        ("codecommit:GitPush", &[("aws:ResourceTag/Status", "secret")], true),
        ("codecommit:GitPull", &[("aws:ResourceTag/Status", "Secret")], true),
        (
            "codecommit:GitPull",
            &[("aws:ResourceTag/Team", "red"), ("aws:PrincipalTag/Team", "red")],
            true,
        ),
        (
            "codecommit:GitPull",
            &[("aws:ResourceTag/Team", "red"), ("aws:PrincipalTag/Team", "blue")],
            false,
        ),
        ("codecommit:GitPull", &[("aws:ResourceTag/Team", "red")], false),
    ];
    for (action, keys, expect) in rows {
        assert_eq!(
            asked(&permissions, action, REPOSITORY, keys).allowed(),
            expect,
            "{action} {keys:?}"
        );
    }
    for (keys, expect) in [
        (&["Status"][..], true),
        (&["Status", "Team"], true),
        (&["Team", "Other"], false),
        (&[], true),
    ] {
        let mut context = crate::policy::Context::new();
        context.set_many("aws:TagKeys", keys.iter().copied());
        let question = crate::policy::Question {
            action: "codecommit:TagResource",
            resource: REPOSITORY,
            context: &context,
        };
        assert_eq!(
            crate::policy::decide(&permissions, &question).allowed(),
            expect,
            "{keys:?}"
        );
    }
}

#[test]
fn each_team_has_its_branches() {
    let statements = r#"{"Effect": "Allow", "Action": ["codecommit:Get*", "codecommit:GitPull"], "Resource": "*"},
        {"Effect": "Allow", "Action": ["codecommit:GitPush", "codecommit:CreateBranch", "codecommit:PutFile"],
            "Resource": "arn:aws:codecommit:*:*:widgets",
            "Condition": {"StringLikeIfExists": {"codecommit:References":
                ["refs/heads/${aws:PrincipalTag/Team}/*", "refs/heads/users/${aws:username}/*"]}}}"#;
    let permissions = identity([of(statements)]);
    let ana = [("aws:username", "ana"), ("aws:PrincipalTag/Team", "red")];
    let of_no_team = [("aws:username", "bob")];
    let sly = [("aws:username", "eve"), ("aws:PrincipalTag/Team", "*")];
    let rows: [(Keys<'_>, Option<&str>, bool); 12] = [
        (&ana, None, true),
        (&ana, Some("refs/heads/red/fix"), true),
        (&ana, Some("refs/heads/red/deep/fix"), true),
        (&ana, Some("refs/heads/red"), false),
        (&ana, Some("refs/heads/blue/fix"), false),
        (&ana, Some("refs/heads/users/ana/fix"), true),
        (&ana, Some("refs/heads/users/bob/fix"), false),
        (&ana, Some("refs/heads/main"), false),
        (&of_no_team, Some("refs/heads/users/bob/fix"), true),
        (&of_no_team, Some("refs/heads//fix"), false),
        (&sly, Some("refs/heads/red/fix"), false),
        (&sly, Some("refs/heads/*/fix"), true),
    ];
    for (keys, reference, expect) in rows {
        assert_eq!(
            push(&permissions, reference, keys).allowed(),
            expect,
            "{keys:?} {reference:?}"
        );
    }
}

#[test]
fn requests_without_mfa_or_from_elsewhere_are_denied() {
    let statements = r#"{"Effect": "Allow", "Action": "*", "Resource": "*"},
        {"Effect": "Deny", "NotAction": "iam:*", "Resource": "*",
            "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}},
        {"Effect": "Deny", "Action": "*", "Resource": "*",
            "Condition": {"NotIpAddress": {"aws:SourceIp": ["192.0.2.0/24", "2001:db8::/32"]}}},
        {"Effect": "Deny", "Action": "*", "Resource": "*",
            "Condition": {"DateGreaterThan": {"aws:CurrentTime": "2027-01-01T00:00:00Z"}}}"#;
    let permissions = identity([of(statements)]);
    let (mfa, here) = (("aws:MultiFactorAuthPresent", "true"), ("aws:SourceIp", "192.0.2.7"));
    let now = ("aws:CurrentTime", "2026-11-21T18:00:00Z");
    let rows: [(&str, Keys<'_>, bool); 7] = [
        ("codecommit:GitPull", &[mfa, here, now], true),
        ("codecommit:GitPull", &[mfa, ("aws:SourceIp", "2001:db8::7"), now], true),
        (
            "codecommit:GitPull",
            &[mfa, ("aws:SourceIp", "198.51.100.1"), now],
            false,
        ),
        ("codecommit:GitPull", &[mfa, now], false),
        ("codecommit:GitPull", &[here, now], false),
        ("iam:EnableMFADevice", &[here, now], true),
        (
            "codecommit:GitPull",
            &[mfa, here, ("aws:CurrentTime", "2027-01-01T00:00:01Z")],
            false,
        ),
    ];
    for (action, keys, expect) in rows {
        assert_eq!(
            asked(&permissions, action, "*", keys).allowed(),
            expect,
            "{action} {keys:?}"
        );
    }
}
