mod refused;

use proptest::prelude::*;

use super::{Document, Effect, Kind};

const REPOSITORY: &str = "arn:aws:codecommit:us-east-1:111122223333:widgets";

/// A document with one statement, of which `with` replaces or adds an element, or removes it where it is empty.
fn with(kind: Kind, element: &str, json: &str) -> String {
    let subject = match kind {
        Kind::Identity => ("Resource", format!("\"{REPOSITORY}\"")),
        Kind::Trust => ("Principal", r#"{"AWS": "111122223333"}"#.to_owned()),
    };
    let action = match kind {
        Kind::Identity => r#""codecommit:GitPull""#,
        Kind::Trust => r#""sts:AssumeRole""#,
    };
    let mut elements = vec![
        ("Effect", r#""Allow""#.to_owned()),
        ("Action", action.to_owned()),
        (subject.0, subject.1),
    ];
    for drop in element.split('-').skip(1) {
        elements.retain(|(name, _)| *name != drop);
    }
    let element = element.split('-').next().unwrap_or_default();
    elements.retain(|(name, _)| *name != element);
    if !json.is_empty() {
        elements.push((element, json.to_owned()));
    }
    let elements: Vec<String> = elements
        .iter()
        .map(|(name, json)| format!("\"{name}\": {json}"))
        .collect();
    format!(
        r#"{{"Version": "2012-10-17", "Statement": [{{{}}}]}}"#,
        elements.join(", ")
    )
}

#[test]
fn documents_that_iam_takes_are_read() {
    use Kind::{Identity, Trust};
    let rows = [
        (Identity, "Sid", r#""AllowPull1""#),
        (Identity, "Sid", r#""""#),
        (Identity, "Effect", r#""Deny""#),
        (Identity, "Action", r#""*""#),
        (Identity, "Action", r#""*:*""#),
        (
            Identity,
            "Action",
            r#"["codecommit:Git*", "CodeCommit:get?older", "iam:*"]"#,
        ),
        (Identity, "Action", r#""execute-api:Invoke""#),
        (Identity, "NotAction-Action", r#""iam:*""#),
        (Identity, "Resource", r#"["*", "arn:aws:codecommit:*:*:*"]"#),
        (
            Identity,
            "NotResource-Resource",
            r#""arn:aws:codecommit:*:*:secret-${aws:username}""#,
        ),
        (Identity, "Condition", "{}"),
        (Identity, "Condition", r#"{"StringEquals": {}}"#),
        (Identity, "Condition", r#"{"Bool": {"aws:SecureTransport": true}}"#),
        (
            Identity,
            "Condition",
            r#"{"NumericLessThan": {"aws:MultiFactorAuthAge": 3600}}"#,
        ),
        (
            Identity,
            "Condition",
            r#"{"NumericLessThan": {"aws:MultiFactorAuthAge": [3600.5, "7200", -1]}}"#,
        ),
        (
            Identity,
            "Condition",
            r#"{"StringEquals": {"aws:ResourceTag/Cost Center": ["a", "b"]}}"#,
        ),
        (Trust, "Principal", r#""*""#),
        (Trust, "Principal", r#"{"AWS": "*"}"#),
        (
            Trust,
            "Principal",
            r#"{"AWS": ["111122223333", "arn:aws:iam::111122223333:root", "arn:aws:iam::1:user/a"]}"#,
        ),
        (
            Trust,
            "Principal",
            r#"{"Federated": "accounts.google.com", "Service": ["lambda.amazonaws.com"]}"#,
        ),
        (Trust, "NotPrincipal-Principal", r#"{"AWS": "111122223333"}"#),
        (Trust, "Action", r#"["sts:AssumeRole", "sts:TagSession", "STS:*"]"#),
        (Trust, "Action", r#""*""#),
        (Trust, "Action", r#"["packhouse:AssumeRoleWithAws", "sts:TagSession"]"#),
        (Trust, "Condition", r#"{"StringEquals": {"sts:ExternalId": "x"}}"#),
    ];
    for (kind, element, json) in rows {
        let text = with(kind, element, json);
        if let Err(error) = Document::parse(&text, kind) {
            panic!("{text}: {error}");
        }
    }
}

#[test]
fn documents_that_are_not_what_they_seem_are_refused() {
    let statement = format!(r#"{{"Sid": "A", "Effect": "Allow", "Action": "*", "Resource": "{REPOSITORY}"}}"#);
    let rows = [
        (String::new(), "is not valid JSON"),
        ("{".into(), "is not valid JSON"),
        ("[]".into(), "has to be a JSON object"),
        ("\"x\"".into(), "has to be a JSON object"),
        ("{}".into(), "has no Statement"),
        (format!(r#"{{"Statement": [{statement}]}} x"#), "is not valid JSON"),
        (r#"{"Statement": []}"#.into(), "Statement: there has to be at least one"),
        (r#"{"Statement": "x"}"#.into(), "Statement: it has to be an object"),
        (r#"{"Statement": [[]]}"#.into(), "Statement 1: it has to be an object"),
        (
            format!(r#"{{"Statement": [{statement}, {{}}]}}"#),
            "Statement 2, Effect: it is missing",
        ),
        (
            format!(r#"{{"Statement": [{statement}, {statement}]}}"#),
            "Statement 2: the Sid \"A\" is taken",
        ),
        (
            format!(r#"{{"Version": "2012-10-18", "Statement": [{statement}]}}"#),
            "Version: it has to be \"2012-10-17\"",
        ),
        (
            format!(r#"{{"Version": 1, "Statement": [{statement}]}}"#),
            "Version: it has to be",
        ),
        (
            format!(r#"{{"Id": {{}}, "Statement": [{statement}]}}"#),
            "Id: it has to be text",
        ),
        (format!(r#"{{"statement": [{statement}]}}"#), "has no Statement"),
        (
            format!(r#"{{"Statements": 1, "Statement": [{statement}]}}"#),
            "unknown element, \"Statements\"",
        ),
        (
            format!(r#"{{"Statement": {statement}, "Statement": {statement}}}"#),
            "the key \"Statement\" occurs twice",
        ),
        (
            r#"{"Statement": {"Effect": "Deny", "Effect": "Allow", "Action": "*", "Resource": "*"}}"#.into(),
            "the key \"Effect\" occurs twice",
        ),
        (
            r#"{"Statement": {"Effect": "Deny", "Ef\u0066ect": "Allow", "Action": "*", "Resource": "*"}}"#.into(),
            "the key \"Effect\" occurs twice",
        ),
        (
            r#"{"Statement": {"Condition": {"Bool": {"aws:x": true, "aws:x": false}}}}"#.into(),
            "the key \"aws:x\" occurs twice",
        ),
        (
            format!("{}{}", "[".repeat(5_000), "]".repeat(5_000)),
            "is not valid JSON: recursion limit",
        ),
        (
            format!("{statement}{}", " ".repeat(Document::MAXIMUM_BYTES)),
            "is longer than 20480 bytes",
        ),
    ];
    for (text, expect) in rows {
        let error = Document::parse(&text, Kind::Identity).expect_err(&text).to_string();
        assert!(error.contains(expect), "{text}: {error}");
    }
    for text in [
        format!(r#"{{"Version": "2008-10-17", "Id": "x", "Statement": {statement}}}"#),
        format!(r#"{{"Statement": [{statement}]}}"#),
        format!(" {{\n\t\"Statement\":\r\n [{statement}] }} "),
    ] {
        assert!(Document::parse(&text, Kind::Identity).is_ok(), "{text}");
    }
}

#[test]
fn statements_keep_their_numbers_ids_and_effects() {
    let text = r#"{"Statement": [
        {"Sid": "", "Effect": "Deny", "Action": "*", "Resource": "*"},
        {"Sid": "Two", "Effect": "Allow", "Action": "*", "Resource": "*"},
        {"Sid": "", "Effect": "Allow", "Action": "*", "Resource": "*"}
    ]}"#;
    let document = Document::parse(text, Kind::Identity).expect("it is valid");
    let found: Vec<_> = document
        .statements()
        .map(|(number, statement)| (number, statement.sid(), statement.effect()))
        .collect();
    let expect = [
        (1, None, Effect::Deny),
        (2, Some("Two"), Effect::Allow),
        (3, None, Effect::Allow),
    ];
    assert_eq!(found, expect);
    assert_eq!(Document::default().statements().count(), 0);
}

#[test]
fn quotas_do_not_count_white_space() {
    assert_eq!(Document::characters(""), 0);
    assert_eq!(Document::characters(" \t\r\n"), 0);
    assert_eq!(Document::characters("{ \"a b\" :\n\"ü\" }"), 10);
}

/// A long text of the user does not come back whole.
#[test]
fn messages_are_bounded() {
    let long = "x".repeat(10_000);
    let texts = [
        with(Kind::Identity, "Action", &format!("\"{long}\"")),
        with(Kind::Identity, "Resource", &format!("\"{long}\"")),
        with(Kind::Identity, &long, "1"),
        with(Kind::Identity, "Condition", &format!(r#"{{"{long}": {{}}}}"#)),
        with(
            Kind::Identity,
            "Condition",
            &format!(r#"{{"Bool": {{"{long}": true}}}}"#),
        ),
        with(
            Kind::Identity,
            "Condition",
            &format!(r#"{{"StringLike": {{"aws:{long}": "${{{long}}}"}}}}"#),
        ),
        with(Kind::Trust, "Principal", &format!(r#"{{"{long}": "1"}}"#)),
        with(Kind::Trust, "Principal", &format!(r#"{{"{long}": 1}}"#)),
        with(Kind::Trust, "Principal", &format!(r#"{{"AWS": "{long}"}}"#)),
    ];
    for text in texts {
        let kind = if text.contains("sts:") {
            Kind::Trust
        } else {
            Kind::Identity
        };
        let error = Document::parse(&text, kind).expect_err("it is invalid").to_string();
        assert!(error.len() < 500, "{error}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn any_text_is_read_or_refused(text in any::<String>(), trust in any::<bool>()) {
        let kind = if trust { Kind::Trust } else { Kind::Identity };
        drop(Document::parse(&text, kind));
    }

    #[test]
    fn any_damage_to_a_document_is_read_or_refused(
        at in any::<proptest::sample::Index>(),
        length in 0_usize..20,
        insert in "[ -~ü\n]{0,8}",
    ) {
        let whole = with(
            Kind::Identity,
            "Condition",
            r#"{"ForAnyValue:StringLikeIfExists": {"aws:TagKeys": ["${aws:username, 'x'}*", "\u00fc"]},
                "DateLessThan": {"aws:CurrentTime": "2026-01-31T12:00:00Z"}, "IpAddress": {"aws:SourceIp": "::1/64"}}"#,
        );
        let start = at.index(whole.len());
        let end = (start + length).min(whole.len());
        let damaged = format!("{}{insert}{}", &whole[..start], &whole[end..]);
        drop(Document::parse(&damaged, Kind::Identity));
        drop(Document::parse(&damaged, Kind::Trust));
    }
}
