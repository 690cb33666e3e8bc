use super::{Condition, Operator};
use crate::policy::context::Context;

const KEY: &str = "aws:TagKeys";

fn condition(operator: &str, values: &[&str]) -> Result<Condition, String> {
    let values: Vec<String> = values.iter().map(|value| (*value).to_owned()).collect();
    Condition::parse(Operator::parse(operator)?, KEY, &values, true)
}

fn context(values: &[&str]) -> Context {
    let mut context = Context::new();
    context.set("aws:username", "ana");
    context.set("aws:PrincipalTag/star", "*");
    context.set("aws:PrincipalArn", "arn:aws:iam::111122223333:role/ci");
    match values {
        [] => {}
        [value] => context.set(KEY, *value),
        values => context.set_many(KEY, values.iter().copied()),
    }
    context
}

/// Each operator with a value of the policy, a value of a request that equals it, and one that does not.
const OPERATORS: [(&str, &str, &str, &str); 18] = [
    ("StringEquals", "a", "a", "A"),
    ("StringEqualsIgnoreCase", "a", "A", "b"),
    ("StringLike", "a*", "abc", "bc"),
    ("NumericEquals", "10", "10.0", "11"),
    ("NumericLessThan", "10", "9.9", "10"),
    ("NumericLessThanEquals", "10", "10", "10.1"),
    ("NumericGreaterThan", "10", "11", "10"),
    ("NumericGreaterThanEquals", "10", "10", "9"),
    ("DateEquals", "2026-01-31T12:00:00Z", "1769860800", "1769860801"),
    (
        "DateLessThan",
        "2026-01-31T12:00:00Z",
        "2026-01-31T11:59:59Z",
        "2026-01-31T12:00:00Z",
    ),
    (
        "DateLessThanEquals",
        "2026-01-31T12:00:00Z",
        "2026-01-31T12:00:00Z",
        "2026-01-31T12:00:01Z",
    ),
    (
        "DateGreaterThan",
        "2026-01-31T12:00:00Z",
        "2026-01-31T12:00:01Z",
        "2026-01-31T12:00:00Z",
    ),
    (
        "DateGreaterThanEquals",
        "1769860800",
        "2026-01-31T12:00:00Z",
        "2026-01-31T11:59:59Z",
    ),
    ("Bool", "true", "true", "false"),
    ("BinaryEquals", "QUI=", "AB", "QUI="),
    ("IpAddress", "203.0.113.0/24", "203.0.113.9", "203.0.114.9"),
    (
        "ArnEquals",
        "arn:aws:iam::*:user/*",
        "arn:aws:iam::1:user/a",
        "arn:aws:iam::1:role/a",
    ),
    (
        "ArnLike",
        "arn:aws:iam::1:user/a",
        "arn:aws:iam::1:user/a",
        "arn:aws:iam::1:user/b",
    ),
];

/// The same for operators that are negated: here the second value of a request is what the policy's value excludes.
const NEGATED: [(&str, &str, &str, &str); 8] = [
    ("StringNotEquals", "a", "A", "a"),
    ("StringNotEqualsIgnoreCase", "a", "b", "A"),
    ("StringNotLike", "a*", "bc", "abc"),
    ("NumericNotEquals", "10", "11", "10"),
    (
        "DateNotEquals",
        "2026-01-31T12:00:00Z",
        "2026-01-31T12:00:01Z",
        "2026-01-31T12:00:00Z",
    ),
    ("NotIpAddress", "203.0.113.0/24", "203.0.114.9", "203.0.113.9"),
    (
        "ArnNotEquals",
        "arn:aws:iam::*:user/*",
        "arn:aws:iam::1:role/a",
        "arn:aws:iam::1:user/a",
    ),
    (
        "ArnNotLike",
        "arn:aws:iam::1:user/a",
        "arn:aws:iam::1:user/b",
        "arn:aws:iam::1:user/a",
    ),
];

const YES: Option<bool> = Some(true);
const NO: Option<bool> = Some(false);

/// An operator, values of the policy, values of the request, and what comes out.
type Row<'a> = (&'a str, &'a [&'a str], &'a [&'a str], Option<bool>);

/// What comes out where the key is absent, has a value that meets the condition, one that does not, and both.
type Outcomes = [Option<bool>; 4];

fn check(operators: &[(&str, &str, &str, &str)], forms: &[(&str, &str, Outcomes)]) {
    for (operator, value, meets, fails) in operators {
        for (prefix, suffix, expect) in forms {
            let operator = format!("{prefix}{operator}{suffix}");
            let condition = condition(&operator, &[value]).expect(&operator);
            let requests: [&[&str]; 4] = [&[], &[meets], &[fails], &[meets, fails]];
            for (values, expect) in requests.into_iter().zip(expect) {
                assert_eq!(
                    condition.holds(&context(values)),
                    *expect,
                    "{operator} {value} of {values:?}"
                );
            }
        }
    }
}

#[test]
fn each_operator_treats_absent_single_and_several_values_as_documented() {
    check(
        &OPERATORS,
        &[
            ("", "", [NO, YES, NO, None]),
            ("", "IfExists", [YES, YES, NO, None]),
            ("ForAllValues:", "", [YES, YES, NO, NO]),
            ("ForAllValues:", "IfExists", [YES, YES, NO, NO]),
            ("ForAnyValue:", "", [NO, YES, NO, YES]),
            ("ForAnyValue:", "IfExists", [YES, YES, NO, YES]),
        ],
    );
}

#[test]
fn negated_operators_are_met_by_absent_keys() {
    check(
        &NEGATED,
        &[
            ("", "", [YES, YES, NO, None]),
            ("", "IfExists", [YES, YES, NO, None]),
            ("ForAllValues:", "", [YES, YES, NO, NO]),
            ("ForAllValues:", "IfExists", [YES, YES, NO, NO]),
            ("ForAnyValue:", "", [NO, YES, NO, YES]),
            ("ForAnyValue:", "IfExists", [YES, YES, NO, YES]),
        ],
    );
}

#[test]
fn values_are_compared_as_their_operator_says() {
    let rows = [
        ("StringEquals", "", "", true),
        ("StringEquals", "", "a", false),
        ("StringEquals", "a*", "a*", true),
        ("StringEquals", "a*", "ab", false),
        ("StringEquals", "${aws:username}", "ana", true),
        ("StringEquals", "${aws:username}", "${aws:username}", false),
        ("StringEquals", "${*}", "*", true),
        ("StringEquals", "x-${aws:userid, 'nobody'}", "x-nobody", true),
        ("StringEqualsIgnoreCase", "ÜBER", "über", true),
        ("StringEqualsIgnoreCase", "über", "uber", false),
        ("StringEqualsIgnoreCase", "${aws:username}", "ANA", true),
        ("StringLike", "a?c", "abc", true),
        ("StringLike", "A?c", "abc", false),
        ("StringLike", "", "", true),
        ("StringLike", "*", "", true),
        ("StringLike", "refs/heads/${aws:username}/*", "refs/heads/ana/x", true),
        ("StringLike", "refs/heads/${aws:username}/*", "refs/heads/bob/x", false),
        ("StringLike", "${aws:PrincipalTag/star}", "anything", false),
        ("StringLike", "${aws:PrincipalTag/star}", "*", true),
        ("StringLike", "${*}*", "*x", true),
        ("StringLike", "${*}*", "x*", false),
        ("NumericEquals", "1", "1.000", true),
        ("NumericEquals", "9007199254740993", "9007199254740992", false),
        ("NumericLessThan", "-1", "-2", true),
        ("NumericLessThan", "10", "9", true),
        ("NumericLessThan", "10", "x", false),
        ("NumericGreaterThan", "10", "", false),
        ("NumericNotEquals", "10", "x", true),
        ("DateLessThan", "2026", "2025-12-31T23:59:59.999Z", true),
        ("DateEquals", "2026-01-31T13:00:00+01:00", "2026-01-31T12:00:00Z", true),
        ("DateGreaterThan", "2026", "tomorrow", false),
        ("Bool", "TRUE", "true", true),
        ("Bool", "false", "False", true),
        ("Bool", "false", "", false),
        ("Bool", "true", "1", false),
        ("Bool", "${aws:PrincipalTag/absent, 'true'}", "true", true),
        ("BinaryEquals", "", "", true),
        ("IpAddress", "2001:db8::/32", "2001:db8::7", true),
        ("IpAddress", "203.0.113.0/24", "::ffff:203.0.113.7", true),
        ("IpAddress", "0.0.0.0/0", "not an address", false),
        ("NotIpAddress", "0.0.0.0/0", "not an address", true),
        ("ArnEquals", "*", "arn:aws:iam::1:user/a", true),
        ("ArnLike", "*", "not an ARN", false),
        ("ArnNotLike", "*", "not an ARN", true),
        ("ArnLike", "arn:aws:iam::*:user/*", "arn:aws:iam::1:user/a/b:c", true),
        (
            "ArnLike",
            "arn:aws:*:*:111122223333:*",
            "arn:aws:sns:r:9:x:111122223333:y",
            false,
        ),
        ("ArnLike", "arn:aws:iam::?:user/a", "arn:aws:iam::1:user/a", true),
        (
            "ArnEquals",
            "${aws:PrincipalArn}",
            "arn:aws:iam::111122223333:role/ci",
            true,
        ),
        (
            "ArnEquals",
            "arn:aws:iam::1:${aws:PrincipalTag/star}",
            "arn:aws:iam::1:user/a",
            false,
        ),
    ];
    for (operator, value, found, expect) in rows {
        let condition = condition(operator, &[value]).expect(value);
        assert_eq!(
            condition.holds(&context(&[found])),
            Some(expect),
            "{operator} {value} {found:?}"
        );
    }
}

#[test]
fn one_of_several_values_of_the_policy_is_enough_and_negated_operators_exclude_all() {
    let rows: [Row<'_>; 16] = [
        ("StringEquals", &["a", "b"], &["b"], YES),
        ("StringEquals", &["a", "b"], &["c"], NO),
        ("StringNotEquals", &["a", "b"], &["b"], NO),
        ("StringNotEquals", &["a", "b"], &["c"], YES),
        ("StringNotLike", &["a*", "b*"], &["bc"], NO),
        ("NumericLessThan", &["5", "10"], &["7"], YES),
        ("IpAddress", &["192.0.2.0/24", "2001:db8::/32"], &["2001:db8::1"], YES),
        ("NotIpAddress", &["192.0.2.0/24", "2001:db8::/32"], &["192.0.2.1"], NO),
        ("ForAllValues:StringEquals", &["a", "b"], &["a", "b"], YES),
        ("ForAllValues:StringEquals", &["a", "b"], &["a", "c"], NO),
        ("ForAnyValue:StringEquals", &["a", "b"], &["c", "b"], YES),
        ("ForAnyValue:StringEquals", &["a", "b"], &["c", "d"], NO),
        ("ForAllValues:StringNotEquals", &["a", "b"], &["c", "d"], YES),
        ("ForAllValues:StringNotEquals", &["a", "b"], &["c", "b"], NO),
        ("ForAnyValue:StringNotEquals", &["a", "b"], &["a", "b"], NO),
        ("StringEquals", &["a", "b"], &["a", "b"], YES),
    ];
    for (operator, values, found, expect) in rows {
        let condition = condition(operator, values).expect(operator);
        assert_eq!(
            condition.holds(&context(found)),
            expect,
            "{operator} {values:?} {found:?}"
        );
    }
}

#[test]
fn null_asks_whether_a_key_is_absent() {
    let rows: [(&[&str], &[&str], bool); 8] = [
        (&["true"], &[], true),
        (&["true"], &["a"], false),
        (&["false"], &[], false),
        (&["false"], &["a"], true),
        (&["false"], &["a", "b"], true),
        (&["True"], &[], true),
        (&["true", "false"], &[], true),
        (&["true", "false"], &["a"], true),
    ];
    for (values, found, expect) in rows {
        let condition = condition("Null", values).expect("it is well formed");
        assert_eq!(condition.holds(&context(found)), Some(expect), "{values:?} {found:?}");
    }
    let mut empty = Context::new();
    empty.set_many(KEY, Vec::<String>::new());
    assert_eq!(condition("Null", &["true"]).expect("well formed").holds(&empty), YES);
}

#[test]
fn set_operators_take_the_empty_text_for_an_empty_set() {
    let rows = [
        ("ForAllValues:StringEquals", "a", YES),
        ("ForAnyValue:StringEquals", "", NO),
        ("ForAnyValue:StringLike", "*", NO),
        ("ForAllValues:StringNotEquals", "", YES),
        ("StringEquals", "", YES),
    ];
    for (operator, value, expect) in rows {
        let condition = condition(operator, &[value]).expect(operator);
        assert_eq!(condition.holds(&context(&[""])), expect, "{operator} {value:?}");
    }
}

#[test]
fn a_variable_without_a_value_equals_nothing() {
    let rows: [Row<'_>; 12] = [
        ("StringEquals", &["${aws:userid}"], &["x"], NO),
        ("StringEquals", &["${aws:userid}"], &[""], NO),
        ("StringEquals", &["${aws:userid}", "x"], &["x"], YES),
        ("StringLike", &["${aws:userid}*"], &["x"], NO),
        (
            "ArnLike",
            &["arn:aws:iam::1:user/${aws:userid}"],
            &["arn:aws:iam::1:user/"],
            NO,
        ),
        ("StringEqualsIfExists", &["${aws:userid}"], &[], YES),
        // Whether something differs from it cannot be told, unless it is excluded anyway.
        ("StringNotEquals", &["${aws:userid}"], &["x"], None),
        ("StringNotEquals", &["${aws:userid}", "x"], &["x"], NO),
        ("StringNotEquals", &["${aws:userid}"], &[], YES),
        ("StringNotEqualsIfExists", &["${aws:userid}"], &["x"], None),
        ("ForAllValues:StringNotEquals", &["${aws:userid}"], &["x", "y"], None),
        ("ForAnyValue:StringNotEquals", &["${aws:userid}"], &["x", "y"], None),
    ];
    for (operator, values, found, expect) in rows {
        let condition = condition(operator, values).expect(operator);
        assert_eq!(
            condition.holds(&context(found)),
            expect,
            "{operator} {values:?} {found:?}"
        );
    }
}

#[test]
fn unknown_operators_and_bad_values_are_refused() {
    let rows = [
        ("StringEqual", "a", "\"StringEqual\" is not a condition operator"),
        ("stringequals", "a", "it is written StringEquals"),
        ("IfExists", "a", "not a condition operator"),
        ("", "a", "not a condition operator"),
        ("ForAllValues:", "a", "not a condition operator"),
        ("ForAllValues:ForAnyValue:StringEquals", "a", "not a condition operator"),
        ("ForAnyvalue:StringEquals", "a", "not a condition operator"),
        ("StringEqualsIfExistsIfExists", "a", "not a condition operator"),
        ("NullIfExists", "true", "takes neither"),
        ("ForAnyValue:Null", "true", "takes neither"),
        ("Null", "yes", "\"yes\" is not true or false"),
        ("Bool", "1", "\"1\" is not true or false"),
        ("NumericEquals", "ten", "\"ten\" is not a number"),
        ("NumericEquals", "${aws:EpochTime}", "is not a number"),
        ("DateLessThan", "tomorrow", "\"tomorrow\" is not a date"),
        ("BinaryEquals", "***", "is not bytes in base64"),
        ("IpAddress", "10.0.0.0/33", "is not an IP address or a range"),
        ("ArnLike", "arn:aws:codecommit:*", "is not an ARN of six parts"),
        ("ArnEquals", "repository", "is not an ARN of six parts"),
        ("ArnLike", "ARN:aws:iam::1:user/a", "is not an ARN of six parts"),
        ("StringEquals", "${", "has no }"),
        ("StringLike", "${name}", "names no condition key"),
    ];
    for (operator, value, expect) in rows {
        let problem = condition(operator, &[value]).expect_err(operator);
        assert!(problem.contains(expect), "{operator} {value}: {problem}");
    }
    let keys = ["", "SourceIp", ":SourceIp", "aws:", "a s:x", "aws:x\u{0}"];
    for key in keys {
        let operator = Operator::parse("StringEquals").expect("there is such an operator");
        assert!(
            Condition::parse(operator, key, &["a".to_owned()], true).is_err(),
            "{key}"
        );
    }
}

#[test]
fn old_documents_compare_variables_as_they_are_written() {
    let operator = Operator::parse("StringEquals").expect("there is such an operator");
    let value = "${aws:username}".to_owned();
    let condition = Condition::parse(operator, KEY, std::slice::from_ref(&value), false).expect("it is well formed");
    assert_eq!(condition.holds(&context(&[&value])), YES);
    assert_eq!(condition.holds(&context(&["ana"])), NO);
}
