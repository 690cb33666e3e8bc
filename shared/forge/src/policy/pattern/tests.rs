use proptest::prelude::*;

use super::Pattern;
use super::arn::{ArnPattern, check_resource, is_arn};
use crate::policy::context::Context;
use crate::policy::variables::{FromPieces, Piece, Syntax, Template};

const SYNTAX: Syntax = Syntax {
    variables: true,
    wildcards: true,
};

fn matches<T: FromPieces>(pattern: &str, test: impl FnOnce(&T) -> bool) -> bool {
    let mut context = Context::new();
    context.set("aws:username", "a*?:na");
    let template = Template::<T>::parse(pattern, SYNTAX).expect(pattern);
    template.test(&context, test).expect("its variables have values")
}

#[test]
fn patterns_match_whole_texts() {
    let rows = [
        ("", "", true),
        ("", "a", false),
        ("a", "a", true),
        ("a", "A", false),
        ("a", "", false),
        ("a", "ab", false),
        ("a", "ba", false),
        ("*", "", true),
        ("*", "anything/at:all\n", true),
        ("**", "", true),
        ("***", "abc", true),
        ("a*", "a", true),
        ("a*", "abc", true),
        ("a*", "ba", false),
        ("*a", "a", true),
        ("*a", "bca", true),
        ("*a", "ab", false),
        ("a*a", "a", false),
        ("a*a", "aa", true),
        ("ab*ba", "aba", false),
        ("ab*ba", "abba", true),
        ("*ab*", "xxabxx", true),
        ("*ab*", "a-b", false),
        ("*a*b*c*", "xaxbxc", true),
        ("*a*b*c*", "xaxcxb", false),
        ("*ab*ab", "ab", false),
        ("*ab*ab", "abab", true),
        ("*ab*ab", "ababx", false),
        ("?", "", false),
        ("?", "a", true),
        ("?", "ü", true),
        ("?", "ab", false),
        ("??", "üß", true),
        ("a?c", "abc", true),
        ("a?c", "ac", false),
        ("?*", "", false),
        ("?*", "a", true),
        ("*?", "ab", true),
        ("*?*", "", false),
        ("*?*?*", "a", false),
        ("*?*?*", "aü", true),
        ("*a?c*", "aabbacc", true),
        ("*a?c*", "aabb", false),
        ("x*a?", "xaa", true),
        ("x*a?", "xa", false),
        ("ü*ß", "üäöß", true),
        ("refs/heads/*", "refs/heads/main", true),
        ("refs/heads/*", "refs/heads/", true),
        ("refs/heads/*", "refs/tags/v1", false),
        ("refs/heads/release-?.*", "refs/heads/release-1.2", true),
        ("refs/heads/release-?.*", "refs/heads/release-10.2", false),
        // A variable's value, and what is written as ${…}, is taken as it is.
        ("${aws:username}", "a*?:na", true),
        ("${aws:username}", "axy:na", false),
        ("*${aws:username}?", "xa*?:nay", true),
        ("${*}", "*", true),
        ("${*}", "a", false),
        ("${?}", "?", true),
        ("${?}", "a", false),
        ("${$}{aws:username}", "${aws:username}", true),
        ("a*${*}b", "axx*b", true),
        ("a*${*}b", "axxb", false),
    ];
    for (pattern, text, expect) in rows {
        let found = matches(pattern, |compiled: &Pattern| compiled.matches(text));
        assert_eq!(found, expect, "{pattern} {text}");
    }
}

#[test]
fn arns_match_part_by_part() {
    let repository = "arn:aws:codecommit:us-east-1:111122223333:team/widgets";
    let rows = [
        ("*", repository, true),
        ("*", "*", true),
        (repository, repository, true),
        ("arn:aws:codecommit:us-east-1:111122223333:team", repository, false),
        ("arn:aws:codecommit:us-east-1:111122223333:*", repository, true),
        ("arn:aws:codecommit:us-east-1:111122223333:te*s", repository, true),
        (
            "arn:aws:codecommit:us-east-1:111122223333:?eam/widgets",
            repository,
            true,
        ),
        (
            "arn:aws:codecommit:us-east-1:111122223333:TEAM/widgets",
            repository,
            false,
        ),
        ("arn:aws:codecommit:us-*-1:111122223333:*", repository, true),
        ("arn:aws:codecommit:*:*:*", repository, true),
        ("arn:aws:codecommit:*:*:widgets", repository, false),
        ("arn:*:codecommit:??-east-1:1111*:*", repository, true),
        ("arn:aws:codecommit::111122223333:*", repository, false),
        ("arn:aws:codecommit:us-east-1:111122223334:*", repository, false),
        ("arn:aws:s3:*:*:*", repository, false),
        // A star before the resource does not eat colons …
        ("arn:aws:codecommit:*:widgets", repository, false),
        ("arn:aws:codecommit:*:111122223333:x:widgets", repository, false),
        (
            "arn:aws:someservice:*:111122223333:finance/*",
            "arn:aws:someservice:us-east-2:999999999999:store/abc:111122223333:finance/document.txt",
            false,
        ),
        // … but in the resource, or at the end, it does.
        (
            "arn:aws:logs:*:*:log-group:*:x",
            "arn:aws:logs:r:1:log-group:a:b:x",
            true,
        ),
        ("arn:aws:logs:*:*:*x", "arn:aws:logs:r:1:log-group:a:b:x", true),
        ("arn:aws:logs:*:*:log*:x", "arn:aws:logs:r:1:log-group:a:b:x", true),
        ("arn:aws:codecommit:*", repository, true),
        ("arn:aws:codecommit:us-*", repository, true),
        ("arn:aws:codecommit:eu-*", repository, false),
        ("arn:aws:codecommit:us-east-1:1*", repository, true),
        ("arn:aws:codecommit:us-east-1:2*", repository, false),
        // What concerns nothing in particular is only matched by *.
        (repository, "*", false),
        ("arn:aws:codecommit:*", "*", false),
        // The value of a variable does not move the parts of a Resource, behind whose fifth colon it has to stand.
        (
            "arn:aws:s3:::home/${aws:username}/*",
            "arn:aws:s3:::home/a*?:na/x",
            true,
        ),
        (
            "arn:aws:s3:::home/${aws:username}/*",
            "arn:aws:s3:::home/abc:na/x",
            false,
        ),
    ];
    for (pattern, text, expect) in rows {
        let found = matches(pattern, |compiled: &ArnPattern| compiled.matches(text));
        assert_eq!(found, expect, "{pattern} {text}");
    }
}

#[test]
fn what_is_no_resource_is_refused() {
    let good = [
        "*",
        "arn:aws:codecommit:us-east-1:111122223333:widgets",
        "arn:aws:codecommit:us-east-1:111122223333:${aws:username}",
        "arn:aws:iam::*:user/${aws:username}",
        "arn:aws:codecommit:*",
        "arn:aws:codecommit:us-east-1:*",
        "arn:*:codecommit:*:*:*",
        "arn:aws:s3:::bucket",
    ];
    for text in good {
        assert_eq!(check_resource(text, true), Ok(()), "{text}");
    }
    let bad = [
        "",
        "**",
        "widgets",
        "arn",
        "arn:",
        "arn:*",
        "arn:aws:*",
        "arn:aws:codecommit",
        "arn:aws:codecommit:us-east-1",
        "arn:aws:codecommit:us-east-1:111122223333",
        "arn:aws:codecommit:us-east-1:111122223333:",
        "arn::codecommit:us-east-1:111122223333:widgets",
        "arn:aws::us-east-1:111122223333:widgets",
        "arn:aws:code*:us-east-1:111122223333:widgets",
        "arn:aws:?:us-east-1:111122223333:widgets",
        "ARN:aws:codecommit:us-east-1:111122223333:widgets",
        " arn:aws:codecommit:us-east-1:111122223333:widgets",
        "arn:aws:codecommit:us-east-1:${aws:PrincipalAccount}:widgets",
        "arn:aws:s3:${aws:username}*",
    ];
    for text in bad {
        assert!(check_resource(text, true).is_err(), "{text}");
    }
    assert!(check_resource("arn:aws:codecommit:us-east-1:${x}:widgets", false).is_ok());
    assert!(is_arn("arn:aws:iam::1:user/a") && !is_arn("arn:aws:iam::1") && !is_arn("urn:aws:iam::1:user/a"));
}

/// Patterns that take a matcher that tries everything longer than the world will last.
#[test]
fn many_wildcards_do_not_blow_up() {
    let text = "a".repeat(100_000);
    let many = [
        format!("{}b", "*a".repeat(5_000)),
        format!("{}b", "*aa".repeat(3_000)),
        format!("{}b*", "a*".repeat(5_000)),
        format!("{}*b", "?*".repeat(5_000)),
        format!("*{}b", "?".repeat(1_000)),
        format!("*{}b*c", "a".repeat(10_000)),
        format!("*{}b*", "a?".repeat(3_000)),
        format!("*{}b*", "a?*?b".repeat(1_000)),
    ];
    for pattern in many {
        assert!(!matches(&pattern, |compiled: &Pattern| compiled.matches(&text)));
    }
    let stars = "*".repeat(20_000);
    assert!(matches(&stars, |compiled: &Pattern| compiled.matches(&text)));
    let arn = format!("arn:aws:codecommit:us-east-1:111122223333:{}b", "*a".repeat(5_000));
    let resource = format!("arn:aws:codecommit:us-east-1:111122223333:{text}");
    assert!(!matches(&arn, |compiled: &ArnPattern| compiled.matches(&resource)));
}

/// Tries every way to match.
fn naive(pattern: &[char], text: &[char]) -> bool {
    match (pattern.split_first(), text.split_first()) {
        (None, None) => true,
        (Some(('*', rest)), None) => naive(rest, text),
        (Some(('*', rest)), Some((_, behind))) => naive(rest, text) || naive(pattern, behind),
        (Some(('?', rest)), Some((_, behind))) => naive(rest, behind),
        (Some((want, rest)), Some((found, behind))) if want == found => naive(rest, behind),
        _ => false,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn patterns_match_as_a_naive_matcher_does(pattern in "[abü*?]{0,9}", text in "[abü]{0,9}") {
        let characters = |text: &str| text.chars().collect::<Vec<char>>();
        let expect = naive(&characters(&pattern), &characters(&text));
        prop_assert_eq!(matches(&pattern, |compiled: &Pattern| compiled.matches(&text)), expect);
    }

    #[test]
    fn literal_wildcards_match_only_themselves(pattern in "[ab*?]{0,6}", text in "[ab*?]{0,6}") {
        let compiled = Pattern::from_pieces(vec![Piece::Literal(pattern.clone())]);
        prop_assert_eq!(compiled.matches(&text), pattern == text);
    }

    #[test]
    fn arns_of_six_parts_match_as_their_parts_do(
        pattern in proptest::collection::vec("[ab*?]{0,3}", 6),
        text in proptest::collection::vec("[ab]{0,3}", 6),
    ) {
        let characters = |text: &str| text.chars().collect::<Vec<char>>();
        let expect = pattern.iter().zip(&text).all(|(pattern, text)| naive(&characters(pattern), &characters(text)));
        let text = text.join(":");
        prop_assert_eq!(matches(&pattern.join(":"), |compiled: &ArnPattern| compiled.matches(&text)), expect);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn long_runs_are_found_as_a_naive_matcher_finds_them(
        run in "[ab?]{60,140}",
        before in "[ab]{0,70}",
        filler in proptest::collection::vec("[abü]", 140),
        change in proptest::option::of(0_usize..140),
        behind in "[ab]{0,5}",
    ) {
        let mut text: Vec<String> = run.chars().zip(&filler).map(|(want, filler)| match want {
            '?' => filler.clone(),
            want => want.to_string(),
        }).collect();
        if let Some(place) = change.and_then(|place| text.get_mut(place)) {
            *place = "x".to_owned();
        }
        let text = format!("{before}{}{behind}", text.concat());
        let (run_characters, characters) = (run.chars().collect::<Vec<_>>(), text.chars().collect::<Vec<_>>());
        let expect = characters.windows(run_characters.len()).any(|window| naive(&run_characters, window));
        prop_assert_eq!(matches(&format!("*{run}*"), |compiled: &Pattern| compiled.matches(&text)), expect);
    }
}
