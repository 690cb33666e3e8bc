//! Statements that are refused, with the words of the refusal.

use super::with;
use crate::policy::{Document, Kind};

/// An element of a statement, what it is set to, and what the refusal says.
const REFUSED: &[(Kind, &str, &str, &str)] = &[
    (
        Kind::Identity,
        "Sid",
        r#""with space""#,
        "Statement 1, Sid: it has to be text of letters",
    ),
    (
        Kind::Identity,
        "Sid",
        "1",
        "Statement 1, Sid: it has to be text of letters",
    ),
    (Kind::Identity, "Effect", "", "Statement 1, Effect: it is missing"),
    (
        Kind::Identity,
        "Effect",
        r#""allow""#,
        "Statement 1, Effect: it has to be \"Allow\" or \"Deny\"",
    ),
    (
        Kind::Identity,
        "Effect",
        r#"["Allow"]"#,
        "Statement 1, Effect: it has to be",
    ),
    (
        Kind::Identity,
        "Action",
        "",
        "Statement 1: it needs Action or NotAction",
    ),
    (Kind::Identity, "Action", "[]", "Statement 1, Action: the list is empty"),
    (
        Kind::Identity,
        "Action",
        r#"["a:b", []]"#,
        "Statement 1, Action: it has to be text, or a list of texts",
    ),
    (Kind::Identity, "Action", "7", "Statement 1, Action: it has to be text"),
    (
        Kind::Identity,
        "Action",
        r#""""#,
        "Statement 1, Action: \"\" is not an action",
    ),
    (Kind::Identity, "Action", r#""GitPull""#, "\"GitPull\" is not an action"),
    (Kind::Identity, "Action", r#""codecommit:""#, "is not an action"),
    (Kind::Identity, "Action", r#"":GitPull""#, "is not an action"),
    (Kind::Identity, "Action", r#""code*:GitPull""#, "is not an action"),
    (Kind::Identity, "Action", r#""*:GitPull""#, "is not an action"),
    (Kind::Identity, "Action", r#""codecommit:Git Pull""#, "is not an action"),
    (
        Kind::Identity,
        "Action",
        r#""codecommit:GitPull:x""#,
        "is not an action",
    ),
    (
        Kind::Identity,
        "Action",
        r#""codecommit:${aws:username}""#,
        "is not an action",
    ),
    (
        Kind::Identity,
        "NotAction",
        r#""iam:*""#,
        "Statement 1: it has Action and NotAction",
    ),
    (
        Kind::Identity,
        "NotAction-Action",
        "[]",
        "Statement 1, NotAction: the list is empty",
    ),
    (
        Kind::Identity,
        "Resource",
        "",
        "Statement 1: it needs Resource or NotResource",
    ),
    (
        Kind::Identity,
        "Resource",
        "[]",
        "Statement 1, Resource: the list is empty",
    ),
    (
        Kind::Identity,
        "Resource",
        r#"["*", "widgets"]"#,
        "Statement 1, Resource: \"widgets\" is not a resource: a resource is *",
    ),
    (Kind::Identity, "Resource", r#""arn:aws:*""#, "is not a resource"),
    (
        Kind::Identity,
        "Resource",
        r#""arn:aws:iam::${aws:PrincipalAccount}:user/a""#,
        "only behind the fifth colon",
    ),
    (
        Kind::Identity,
        "Resource",
        r#""arn:aws:iam::1:user/${aws:username""#,
        "has no }",
    ),
    (
        Kind::Identity,
        "NotResource",
        r#""*""#,
        "Statement 1: it has Resource and NotResource",
    ),
    (
        Kind::Identity,
        "Principal",
        r#""*""#,
        "Statement 1, Principal: a policy of a user, group or role",
    ),
    (
        Kind::Identity,
        "NotPrincipal",
        r#""*""#,
        "Statement 1, NotPrincipal: a policy of a user, group or role",
    ),
    (
        Kind::Identity,
        "Conditions",
        "{}",
        "Statement 1: it has an unknown element, \"Conditions\"",
    ),
    (
        Kind::Identity,
        "action",
        r#""a:b""#,
        "Statement 1: it has an unknown element, \"action\"",
    ),
    (
        Kind::Identity,
        "Condition",
        "[]",
        "Statement 1, Condition: it has to be an object",
    ),
    (
        Kind::Identity,
        "Condition",
        r#"{"StringEquals": "a"}"#,
        "Statement 1, Condition \"StringEquals\": it has to be an object",
    ),
    (
        Kind::Identity,
        "Condition",
        r#"{"StringEqual": {}}"#,
        "Condition \"StringEqual\": \"StringEqual\" is not a condition operator",
    ),
    (
        Kind::Identity,
        "Condition",
        r#"{"StringEquals": {"aws:username": []}}"#,
        "Statement 1, Condition \"StringEquals\", key \"aws:username\": the list is empty",
    ),
    (
        Kind::Identity,
        "Condition",
        r#"{"StringEquals": {"aws:username": [null]}}"#,
        "key \"aws:username\": it has to be text, a number, true or false",
    ),
    (
        Kind::Identity,
        "Condition",
        r#"{"StringEquals": {"username": "a"}}"#,
        "key \"username\": a condition key is",
    ),
    (
        Kind::Identity,
        "Condition",
        r#"{"IpAddress": {"aws:SourceIp": "10.0.0.0/40"}}"#,
        "is not an IP address or a range",
    ),
    (
        Kind::Trust,
        "Resource",
        r#""*""#,
        "Statement 1, Resource: a trust policy speaks of the role",
    ),
    (
        Kind::Trust,
        "Principal",
        "",
        "Statement 1: it needs Principal or NotPrincipal",
    ),
    (
        Kind::Trust,
        "Principal",
        r#""ana""#,
        "Statement 1, Principal: it has to be \"*\", or an object",
    ),
    (Kind::Trust, "Principal", "{}", "Statement 1, Principal: it has to be"),
    (
        Kind::Trust,
        "Principal",
        r#"{"AWS": []}"#,
        "Statement 1, Principal: \"AWS\": the list is empty",
    ),
    (
        Kind::Trust,
        "Principal",
        r#"{"AWS": "ana"}"#,
        "\"ana\" is not a principal",
    ),
    (
        Kind::Trust,
        "Principal",
        r#"{"AWS": "1111"}"#,
        "\"1111\" is not a principal",
    ),
    (
        Kind::Trust,
        "Principal",
        r#"{"AWS": "arn:aws:iam::111122223333:user/*"}"#,
        "cannot have wildcards",
    ),
    (
        Kind::Trust,
        "Principal",
        r#"{"AWS": "arn:aws:iam::111122223333:user/${aws:username}"}"#,
        "cannot have wildcards",
    ),
    (
        Kind::Trust,
        "Principal",
        r#"{"Federated": "*"}"#,
        "cannot have wildcards",
    ),
    (
        Kind::Trust,
        "Principal",
        r#"{"Service": ""}"#,
        "is not the name of a principal",
    ),
    (
        Kind::Trust,
        "Principal",
        r#"{"CanonicalUser": "a"}"#,
        "\"CanonicalUser\" is not a kind of principal",
    ),
    (
        Kind::Trust,
        "NotPrincipal",
        r#""*""#,
        "Statement 1: it has Principal and NotPrincipal",
    ),
    (
        Kind::Trust,
        "Action",
        r#""codecommit:GitPull""#,
        "is not an action of sts or packhouse",
    ),
];

#[test]
fn statements_that_iam_refuses_are_refused_with_place_and_reason() {
    for (kind, element, json, expect) in REFUSED {
        let text = with(*kind, element, json);
        let error = Document::parse(&text, *kind).expect_err(&text).to_string();
        assert!(error.contains(expect), "{text}: {error}");
    }
}
