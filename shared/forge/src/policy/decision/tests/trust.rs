use super::Keys;
use crate::policy::{Context, Decision, Document, Kind, Layer, Outcome, Trusted, decide_trust};

const ACCOUNT: &str = "111122223333";
const ANA: &str = "arn:aws:iam::111122223333:user/ana";
const CI: &str = "arn:aws:iam::111122223333:role/ci";
const SESSION: &str = "arn:aws:sts::111122223333:assumed-role/ci/run-7";

fn user(arn: &str) -> Trusted<'_> {
    Trusted::Aws {
        arn,
        account: ACCOUNT,
        also: &[],
    }
}

fn asked(statements: &str, caller: Trusted<'_>, action: &str, keys: Keys<'_>) -> Decision {
    let text = format!(r#"{{"Version": "2012-10-17", "Statement": [{statements}]}}"#);
    let document = match Document::parse(&text, Kind::Trust) {
        Ok(document) => document,
        Err(error) => panic!("{text}: {error}"),
    };
    let mut context = Context::new();
    for (key, value) in keys {
        context.set(key, *value);
    }
    decide_trust(&document, caller, action, &context)
}

/// Whether the caller is let in, and then whether by name, or only with others.
const NO: Option<bool> = None;
const NAMED: Option<bool> = Some(false);
const DELEGATED: Option<bool> = Some(true);

fn check(caller: Trusted<'_>, rows: &[(&str, Option<bool>)]) {
    for (principal, expect) in rows {
        let statement = format!(r#"{{"Effect": "Allow", {principal}, "Action": "sts:*"}}"#);
        let decision = asked(&statement, caller, "sts:AssumeRole", &[]);
        let found = decision.by.as_ref().map(|by| by.delegated);
        assert_eq!(found, *expect, "{principal} {caller:?}");
        assert_eq!(decision.allowed(), expect.is_some(), "{principal} {caller:?}");
    }
}

#[test]
fn users_are_let_in_by_name_or_with_their_account() {
    let rows = [
        (r#""Principal": "*""#, DELEGATED),
        (r#""Principal": {"AWS": "*"}"#, DELEGATED),
        (r#""Principal": {"AWS": "111122223333"}"#, DELEGATED),
        (r#""Principal": {"AWS": "arn:aws:iam::111122223333:root"}"#, DELEGATED),
        (r#""Principal": {"AWS": "999999999999"}"#, NO),
        (r#""Principal": {"AWS": "arn:aws:iam::111122223333:user/ana"}"#, NAMED),
        (r#""Principal": {"AWS": "arn:aws:iam::111122223333:user/Ana"}"#, NO),
        (r#""Principal": {"AWS": "arn:aws:iam::999999999999:user/ana"}"#, NO),
        (
            r#""Principal": {"AWS": ["999999999999", "arn:aws:iam::111122223333:user/ana"]}"#,
            NAMED,
        ),
        (
            r#""Principal": {"AWS": ["111122223333", "arn:aws:iam::111122223333:user/ana"]}"#,
            NAMED,
        ),
        (
            r#""Principal": {"Federated": "arn:aws:iam::111122223333:user/ana"}"#,
            NO,
        ),
        (r#""NotPrincipal": {"AWS": "arn:aws:iam::111122223333:user/ana"}"#, NO),
        (r#""NotPrincipal": {"AWS": "111122223333"}"#, NO),
        (
            r#""NotPrincipal": {"AWS": "arn:aws:iam::111122223333:user/bob"}"#,
            DELEGATED,
        ),
    ];
    check(user(ANA), &rows);
}

#[test]
fn sessions_are_let_in_as_themselves_and_as_their_role() {
    let roles = [CI.to_owned()];
    let session = Trusted::Aws {
        arn: SESSION,
        account: ACCOUNT,
        also: &roles,
    };
    let rows = [
        (r#""Principal": {"AWS": "arn:aws:iam::111122223333:root"}"#, DELEGATED),
        (r#""Principal": {"AWS": "arn:aws:iam::111122223333:role/ci"}"#, NAMED),
        (r#""Principal": {"AWS": "arn:aws:iam::111122223333:role/other"}"#, NO),
        (
            r#""Principal": {"AWS": "arn:aws:sts::111122223333:assumed-role/ci/run-7"}"#,
            NAMED,
        ),
        (
            r#""Principal": {"AWS": "arn:aws:sts::111122223333:assumed-role/ci/run-8"}"#,
            NO,
        ),
        (r#""NotPrincipal": {"AWS": "arn:aws:iam::111122223333:role/ci"}"#, NO),
    ];
    check(session, &rows);
}

#[test]
fn providers_and_services_are_let_in_by_name() {
    let provider = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com";
    let by_name = format!(r#""Principal": {{"Federated": ["accounts.google.com", "{provider}"]}}"#);
    let rows = [
        (by_name.as_str(), NAMED),
        (r#""Principal": {"Federated": "accounts.google.com"}"#, NO),
        (r#""Principal": {"AWS": "111122223333"}"#, NO),
        (r#""Principal": "*""#, DELEGATED),
    ];
    check(Trusted::Federated(provider), &rows);
    let rows = [
        (r#""Principal": {"Service": "lambda.amazonaws.com"}"#, NAMED),
        (
            r#""Principal": {"AWS": "111122223333", "Service": ["ec2.amazonaws.com", "lambda.amazonaws.com"]}"#,
            NAMED,
        ),
        (r#""Principal": {"Service": "ec2.amazonaws.com"}"#, NO),
        (r#""Principal": {"Federated": "lambda.amazonaws.com"}"#, NO),
    ];
    check(Trusted::Service("lambda.amazonaws.com"), &rows);
}

#[test]
fn denials_conditions_and_actions_count_as_elsewhere() {
    let trusts = r#"{"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"sts:ExternalId": "x"}}},
        {"Sid": "NotBob", "Effect": "Deny", "Principal": {"AWS": "arn:aws:iam::111122223333:user/bob"}, "Action": "sts:*"},
        {"Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRole",
            "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}}"#;
    let good = [("sts:ExternalId", "x"), ("aws:MultiFactorAuthPresent", "true")];
    let bob = "arn:aws:iam::111122223333:user/bob";
    let rows: [(&str, &str, Keys<'_>, Outcome); 6] = [
        (ANA, "sts:AssumeRole", &good, Outcome::Allowed),
        (ANA, "STS:assumerole", &good, Outcome::Allowed),
        (ANA, "sts:TagSession", &good, Outcome::ImplicitlyDenied(Layer::Trust)),
        (
            ANA,
            "sts:AssumeRole",
            &[good[1]],
            Outcome::ImplicitlyDenied(Layer::Trust),
        ),
        (
            ANA,
            "sts:AssumeRole",
            &[good[0]],
            Outcome::ExplicitlyDenied(Layer::Trust),
        ),
        (bob, "sts:AssumeRole", &good, Outcome::ExplicitlyDenied(Layer::Trust)),
    ];
    for (caller, action, keys, expect) in rows {
        let decision = asked(trusts, user(caller), action, keys);
        assert_eq!(decision.outcome, expect, "{caller} {action} {keys:?}");
    }
    let denied = asked(trusts, user(bob), "sts:AssumeRole", &good);
    assert_eq!(
        denied.because("sts:AssumeRole"),
        "with an explicit deny in the role trust policy"
    );
    assert_eq!(
        denied.explain(),
        "Statement 2 (NotBob) of the role's trust policy denies it."
    );
    let missing = asked(trusts, user(ANA), "sts:TagSession", &good);
    assert_eq!(
        missing.because("sts:TagSession"),
        "because no role trust policy allows the sts:TagSession action"
    );
}

#[test]
fn a_caller_who_is_named_anywhere_is_not_delegated() {
    let both = r#"{"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "sts:AssumeRole"},
        {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:user/ana"}, "Action": "sts:AssumeRole"},
        {"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}"#;
    let by = asked(both, user(ANA), "sts:AssumeRole", &[]).by.expect("it is allowed");
    assert_eq!((by.statement, by.delegated), (2, false));
    let by = asked(both, user(CI), "sts:AssumeRole", &[]).by.expect("it is allowed");
    assert_eq!((by.statement, by.delegated), (1, true));
}

#[test]
fn a_trust_policy_allows_nothing_else() {
    use crate::policy::{Permissions, Policy, Question, decide};
    let text = r#"{"Statement": {"Effect": "Allow", "Principal": "*", "Action": "*"}}"#;
    let document = Document::parse(text, Kind::Trust).expect("it is valid");
    let permissions = Permissions {
        identity: vec![Policy {
            name: "a trust policy".into(),
            document: document.into(),
        }],
        ..Permissions::default()
    };
    let question = Question {
        action: "codecommit:GitPull",
        resource: "*",
        context: &Context::new(),
    };
    assert!(!decide(&permissions, &question).allowed());
    let identity = Document::parse(
        r#"{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}"#,
        Kind::Identity,
    );
    let identity = identity.expect("it is valid");
    assert!(!decide_trust(&identity, user(ANA), "sts:AssumeRole", &Context::new()).allowed());
}
