//! What holds of all policies.

use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use super::{Permissions, Policy, Question, decide, identity, policy};
use crate::policy::{Context, Decision, Document, Kind};

/// A statement, as JSON.
fn statement(effect: &'static str) -> impl Strategy<Value = Value> {
    let action = select(vec![
        "*",
        "codecommit:*",
        "codecommit:Git*",
        "codecommit:GitPush",
        "iam:*",
        "codecommit:?itPull",
    ]);
    let resource = select(vec![
        "*",
        "arn:aws:codecommit:*:*:*",
        "arn:aws:codecommit:*",
        "arn:aws:codecommit:us-east-1:1:a*",
        "arn:aws:codecommit:us-east-1:1:${aws:username}",
        "arn:aws:codecommit:us-?ast-1:1:${aws:userid, 'ab'}*",
    ]);
    let condition = (
        select(vec!["", "ForAllValues:", "ForAnyValue:"]),
        select(vec![
            ("StringEquals", "a"),
            ("StringNotEquals", "a"),
            ("StringLike", "${aws:username}*"),
            ("StringNotLike", "*${aws:username}"),
            ("NumericLessThan", "5"),
            ("DateGreaterThan", "2026"),
            ("IpAddress", "10.0.0.0/8"),
            ("ArnLike", "arn:aws:iam::*:user/${aws:username}"),
            ("Bool", "true"),
        ]),
        select(vec!["", "IfExists"]),
        select(vec!["aws:username", "aws:TagKeys", "codecommit:References"]),
    );
    let condition = condition.prop_map(|(qualifier, (operator, value), suffix, key)| {
        let operator = format!("{qualifier}{operator}{suffix}");
        json!({operator: {key: value}})
    });
    let condition = prop_oneof![
        3 => Just(json!({})),
        4 => condition,
        1 => any::<bool>().prop_map(|absent| json!({"Null": {"aws:username": absent}})),
    ];
    (action, any::<bool>(), resource, any::<bool>(), condition).prop_map(
        move |(action, not_action, resource, not_resource, condition)| {
            let action_element = if not_action { "NotAction" } else { "Action" };
            let resource_element = if not_resource { "NotResource" } else { "Resource" };
            json!({"Effect": effect, action_element: action, resource_element: [resource], "Condition": condition})
        },
    )
}

fn any_statement() -> impl Strategy<Value = Value> {
    prop_oneof![3 => statement("Allow"), 1 => statement("Deny")]
}

fn document(statements: &[Value]) -> Policy {
    policy(
        "the policy",
        &json!({"Version": "2012-10-17", "Statement": statements}).to_string(),
    )
}

fn statements() -> impl Strategy<Value = Vec<Value>> {
    proptest::collection::vec(any_statement(), 1..5)
}

/// What somebody asks for: action, resource and keys.
type Asked = (&'static str, &'static str, Option<&'static str>, Vec<&'static str>);

fn asking() -> impl Strategy<Value = Asked> {
    (
        select(vec![
            "codecommit:GitPush",
            "codecommit:GitPull",
            "codecommit:GetBranch",
            "iam:GetUser",
        ]),
        select(vec![
            "*",
            "arn:aws:codecommit:us-east-1:1:a",
            "arn:aws:codecommit:us-east-1:1:abc",
            "arn:aws:iam::1:user/a",
        ]),
        proptest::option::of(select(vec![
            "a",
            "b",
            "*",
            "",
            "10.0.0.1",
            "arn:aws:iam::1:user/a",
            "true",
            "3",
        ])),
        proptest::collection::vec(select(vec!["a", "b", "2027-01-01", "4"]), 0..3),
    )
}

fn answer(permissions: &Permissions, (action, resource, name, tags): &Asked) -> Decision {
    let mut context = Context::new();
    if let Some(name) = name {
        context.set("aws:username", *name);
    }
    if !tags.is_empty() {
        context.set_many("aws:TagKeys", tags.iter().copied());
    }
    let question = Question {
        action,
        resource,
        context: &context,
    };
    decide(permissions, &question)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn another_denial_never_allows(own in statements(), denial in statement("Deny"), asked in asking()) {
        let before = answer(&identity([document(&own)]), &asked);
        let after = answer(&identity([document(&own), document(&[denial])]), &asked);
        prop_assert!(before.allowed() || !after.allowed());
    }

    #[test]
    fn another_allowance_never_denies(own in statements(), allowance in statement("Allow"), asked in asking()) {
        let before = answer(&identity([document(&own)]), &asked);
        let after = answer(&identity([document(&own), document(&[allowance])]), &asked);
        prop_assert!(!before.allowed() || after.allowed());
    }

    #[test]
    fn the_order_and_the_grouping_of_statements_do_not_matter(own in statements(), turn in 0_usize..5, asked in asking()) {
        let expect = answer(&identity([document(&own)]), &asked).outcome;
        let mut turned = own.clone();
        turned.rotate_left(turn % own.len());
        prop_assert_eq!(answer(&identity([document(&turned)]), &asked).outcome, expect);
        turned.reverse();
        let each = turned.iter().map(|statement| document(std::slice::from_ref(statement)));
        prop_assert_eq!(answer(&identity(each), &asked).outcome, expect);
    }

    #[test]
    fn a_boundary_and_a_session_only_take_away(
        own in statements(),
        boundary in proptest::option::of(statements()),
        session in proptest::option::of(statements()),
        asked in asking(),
    ) {
        let alone = |statements: &[Value]| answer(&identity([document(statements)]), &asked).allowed();
        let permissions = Permissions {
            identity: vec![document(&own)],
            boundary: boundary.as_deref().map(document),
            session: session.as_deref().map(|session| vec![document(session)]),
        };
        let expect = alone(&own) && boundary.as_deref().is_none_or(alone) && session.as_deref().is_none_or(alone);
        prop_assert_eq!(answer(&permissions, &asked).allowed(), expect);
    }

    #[test]
    fn a_reason_names_a_statement_that_applies(own in statements(), asked in asking()) {
        let decision = answer(&identity([document(&own)]), &asked);
        match &decision.by {
            Some(by) => {
                let statement = own.get(by.statement - 1).cloned().expect("it is counted from 1");
                let effect = if decision.allowed() { "Allow" } else { "Deny" };
                prop_assert_eq!(&statement["Effect"], effect);
                let alone = answer(&identity([document(&[statement])]), &asked);
                prop_assert_eq!(alone.outcome, decision.outcome);
            }
            None => {
                for statement in own {
                    prop_assert_eq!(answer(&identity([document(&[statement])]), &asked).by, None);
                }
            }
        }
    }

    /// Whatever can be read can be evaluated, whatever is asked.
    #[test]
    fn evaluation_never_panics(
        texts in proptest::collection::vec("\\PC{0,12}", 8),
        patterns in proptest::collection::vec("[a*?:${}',]{0,10}", 3),
        operator in "(ForAllValues:|ForAnyValue:)?(String(Not)?(Equals|Like)|Arn(Not)?Like|Bool|NumericEquals|DateLessThan|IpAddress)(IfExists)?",
    ) {
        let [action, resource, value, key, one, two, three, four] = texts.try_into().expect("there are eight");
        let [pattern, glob, variable]: [String; 3] = patterns.try_into().expect("there are three");
        let text = json!({"Version": "2012-10-17", "Statement": {
            "Effect": "Deny", "Action": "*", "Resource": ["*", format!("arn:aws:codecommit:*:*:{pattern}")],
            "Condition": {&operator: {"aws:username": [value, glob, format!("${{aws:userid, '{variable}'}}{one}")], format!("aws:{key}"): two}},
        }});
        if let Ok(document) = Document::parse(&text.to_string(), Kind::Identity) {
            let permissions = identity([Policy { name: "any".into(), document: document.into() }]);
            let mut context = Context::new();
            context.set("aws:username", three.as_str());
            context.set_many(&format!("aws:{key}"), [one, four]);
            for resource in [resource.as_str(), "arn:aws:codecommit:a:b:c"] {
                let decision = decide(&permissions, &Question { action: &action, resource, context: &context });
                prop_assert!(!decision.allowed());
                drop((decision.because(&action), decision.explain()));
            }
        }
    }
}
