//! Contents that are taken, refused and satisfied.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::error::Error;

const ANA: &str = "arn:aws:iam::111111111111:user/ana";

fn reason(read: Result<Content>) -> (Refusal, String) {
    match read.unwrap_err() {
        Error::Refused(refusal, why) => (refusal, why),
        other => panic!("{other:?}"),
    }
}

fn rule(needed: u64, pool: Option<&[&str]>) -> String {
    let mut statement = json!({ "Type": "Approvers", "NumberOfApprovalsNeeded": needed });
    if let Some(pool) = pool {
        statement["ApprovalPoolMembers"] = json!(pool);
    }
    json!({ "Version": VERSION, "Statements": [statement] }).to_string()
}

fn template(destinations: &[&str]) -> String {
    let mut content: Value = serde_json::from_str(&rule(1, None)).unwrap();
    content["DestinationReferences"] = json!(destinations);
    content.to_string()
}

#[test]
fn contents_are_kept_as_they_were_given() {
    let text =
        " {\"Statements\" : [{\"NumberOfApprovalsNeeded\":2,\n\"Type\":\"Approvers\"}],\"Version\":\"2018-11-08\"} ";
    assert_eq!(Content::of_rule(text).unwrap().as_str(), text);
    assert_eq!(Content::of_template(text).unwrap().as_str(), text);
    assert_eq!(Content::stored(text).unwrap().as_str(), text);
    assert_eq!(
        sha256("abc"),
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    );
}

#[test]
fn what_is_not_understood_is_refused() {
    let one = r#"{"Type":"Approvers","NumberOfApprovalsNeeded":1}"#;
    let statements = |statements: &str| format!(r#"{{"Version":"2018-11-08","Statements":{statements}}}"#);
    let member = |member: &str| rule(1, Some(&[member]));
    for (text, why) in [
        (String::new(), "EOF"),
        ("null".into(), "an object"),
        ("[\"2018-11-08\",null,[]]".into(), "an object"),
        ("{Version: 2018-11-08}".into(), "key must be a string"),
        ("{}".into(), "Version"),
        (format!("{}x", rule(1, None)), "trailing"),
        (statements(one), "a sequence"),
        (statements("[]"), "a statement"),
        (statements("[[\"Approvers\",1,null]]"), "an object"),
        (statements("[{\"Type\":\"Approvers\"}]"), "NumberOfApprovalsNeeded"),
        (statements("[{\"NumberOfApprovalsNeeded\":1}]"), "Type"),
        (statements(&format!("[{one},{{}}]")), "Type"),
        (statements(&format!("[{}]", one.replace('1', "\"1\""))), "invalid type"),
        (statements(&format!("[{}]", one.replace('1', "1.0"))), "invalid type"),
        (statements(&format!("[{}]", one.replace('1', "-1"))), "invalid value"),
        (
            statements(&format!("[{}]", one.replace("}", ",\"Type\":\"Approvers\"}"))),
            "duplicate",
        ),
        (
            statements(&format!("[{}]", one.replace("}", ",\"type\":\"Approvers\"}"))),
            "unknown field",
        ),
        (
            statements(&format!("[{}]", one.replace("Approvers", "approvers"))),
            "Type",
        ),
        (rule(0, None), "1 to 200"),
        (rule(201, None), "1 to 200"),
        (rule(1, Some(&[])), "cannot be empty"),
        (rule(1, Some(&["CodeCommitApprovers:111111111111:a"; 51])), "at most 50"),
        (rule(1, None).replace("2018", "2012"), "Version"),
        (
            rule(1, None).replace("2018-11-08", "2018-11-08\",\"x\":\""),
            "unknown field",
        ),
        (format!("{}{}", " ".repeat(MAX), rule(1, None)), "3000 characters"),
        (member(""), "not a member"),
        (member("ana"), "not a member"),
        (member("*"), "not a member"),
        (member("CodeCommitApprovers"), "not a member"),
        (member("CodeCommitApprovers:111111111111"), "not a member"),
        (member("CodeCommitApprovers:111111111111:"), "not a member"),
        (member("CodeCommitApprovers:11111111111:ana"), "not a member"),
        (member("CodeCommitApprovers:*:ana"), "not a member"),
        (member("CodeCommitApprovers:111111111111:ana:x"), "not a member"),
        (member("CodeCommitApprovers:111111111111:/ana"), "not a member"),
        (member("CodeCommitApprovers:111111111111:Role/"), "not a member"),
        (member("CodeCommitApprovers:111111111111:an?"), "not a member"),
        (member("codecommitapprovers:111111111111:ana"), "not a member"),
        (member("arn:aws:iam::111111111111:root"), "not a member"),
        (member("arn:aws:iam::111111111111:user/"), "not a member"),
        (member("arn:aws:iam::111111111111:group/g"), "not a member"),
        (member("arn:aws:iam::111111111111:assumed-role/r/s"), "not a member"),
        (member("arn:aws:sts::111111111111:user/ana"), "not a member"),
        (member("arn:aws:iam::*:user/ana"), "not a member"),
        (member("arn:aws:iam:us-east-1:111111111111:user/ana"), "not a member"),
        (member("arn:*:iam::111111111111:user/ana"), "not a member"),
    ] {
        let (refusal, got) = reason(Content::of_rule(&text));
        assert_eq!(refusal, Refusal::InvalidApprovalRuleContent, "{text}");
        assert!(got.contains(why), "{text}: {got}");
        let (refusal, got) = reason(Content::of_template(&text));
        assert_eq!(refusal, Refusal::InvalidApprovalRuleTemplateContent, "{text}");
        assert!(got.contains(why), "{text}: {got}");
        assert!(Content::stored(&text).is_err(), "{text}");
    }
}

#[test]
fn limits_are_inclusive() {
    let member = format!("CodeCommitApprovers:111111111111:{}", "a".repeat(17));
    let pool = vec![member.as_str(); 50];
    let destinations: Vec<String> = (0..100).map(|at| format!("refs/heads/{at}")).collect();
    let destinations: Vec<&str> = destinations.iter().map(String::as_str).collect();
    for text in [
        rule(200, None),
        rule(1, Some(&pool)),
        format!("{:MAX$}", rule(1, None)),
        template(&destinations),
    ] {
        Content::of_template(&text).unwrap();
    }
    let many: Vec<&str> = std::iter::repeat_n("refs/heads/a", 101).collect();
    assert!(reason(Content::of_template(&template(&many))).1.contains("at most 100"));
}

#[test]
fn templates_are_for_the_branches_that_they_name() {
    let main = RefName::new(b"refs/heads/main").unwrap();
    for (destinations, branch, expect) in [
        (&["refs/heads/main"][..], "refs/heads/main", true),
        (&["refs/heads/main"], "refs/heads/Main", false),
        (&["refs/heads/main"], "refs/heads/main2", false),
        (&["refs/heads/main*"], "refs/heads/main2", true),
        (&["refs/heads/rel/*"], "refs/heads/rel/1/2", true),
        (&["refs/heads/rel/*"], "refs/heads/rel", false),
        (&["refs/heads/r*l/*-x"], "refs/heads/real/1-x", true),
        (&["refs/heads/a", "refs/heads/b"], "refs/heads/b", true),
        (&["refs/heads/a", "refs/heads/b"], "refs/heads/c", false),
        (&[], "refs/heads/c", true),
    ] {
        let content = Content::of_template(&template(destinations)).unwrap();
        let branch = RefName::new(branch.as_bytes()).unwrap();
        assert_eq!(content.is_for(&branch), expect, "{destinations:?} {branch}");
    }
    assert!(Content::of_template(&rule(1, None)).unwrap().is_for(&main));
    for bad in [
        "",
        "main",
        "*",
        "refs/*",
        "refs/heads/",
        "refs/heads/*",
        "refs/heads/*x",
        "refs/tags/v1",
        "refs/heads/a b",
        "refs/heads/a..b",
        "refs/heads/a/",
    ] {
        assert!(Content::of_template(&template(&[bad])).is_err(), "{bad}");
    }
    let (refusal, why) = reason(Content::of_rule(&template(&["refs/heads/main"])));
    assert_eq!(refusal, Refusal::InvalidApprovalRuleContent);
    assert!(why.contains("templates only"), "{why}");
}

/// A member, the ARN of a principal, and whether the member means the principal.
const MEMBERS: &[(&str, &str, bool)] = &[
    ("CodeCommitApprovers:111111111111:ana", ANA, true),
    (
        "CodeCommitApprovers:111111111111:ana",
        "arn:aws:iam::111111111111:user/Ana",
        false,
    ),
    (
        "CodeCommitApprovers:111111111111:ana",
        "arn:aws:iam::111111111111:user/ana2",
        false,
    ),
    (
        "CodeCommitApprovers:111111111111:ana",
        "arn:aws:iam::111111111111:user/joana",
        false,
    ),
    (
        "CodeCommitApprovers:111111111111:ana",
        "arn:aws:iam::222222222222:user/ana",
        false,
    ),
    (
        "CodeCommitApprovers:111111111111:ana",
        "arn:aws:iam::111111111111:user/team/x/ana",
        true,
    ),
    (
        "CodeCommitApprovers:111111111111:ana",
        "arn:aws:iam::111111111111:user/ana/bob",
        false,
    ),
    (
        "CodeCommitApprovers:111111111111:ana",
        "arn:aws:sts::111111111111:federated-user/ana",
        true,
    ),
    (
        "CodeCommitApprovers:111111111111:ana",
        "arn:aws:sts::111111111111:assumed-role/Review/ana",
        false,
    ),
    (
        "CodeCommitApprovers:111111111111:ana",
        "arn:aws:sts::111111111111:assumed-role/ana/s",
        false,
    ),
    (
        "CodeCommitApprovers:111111111111:ana",
        "arn:aws-cn:iam::111111111111:user/ana",
        true,
    ),
    (
        "CodeCommitApprovers:111111111111:*ana",
        "arn:aws:sts::111111111111:assumed-role/Review/ana",
        true,
    ),
    ("CodeCommitApprovers:111111111111:*ana", ANA, true),
    (
        "CodeCommitApprovers:111111111111:*ana",
        "arn:aws:iam::111111111111:user/joana",
        true,
    ),
    (
        "CodeCommitApprovers:111111111111:*ana",
        "arn:aws:sts::111111111111:assumed-role/ana/bob",
        false,
    ),
    (
        "CodeCommitApprovers:111111111111:*/ana",
        "arn:aws:sts::111111111111:assumed-role/Review/joana",
        false,
    ),
    ("CodeCommitApprovers:111111111111:an*", ANA, true),
    (
        "CodeCommitApprovers:111111111111:an*",
        "arn:aws:iam::111111111111:user/bob",
        false,
    ),
    ("CodeCommitApprovers:111111111111:*", ANA, true),
    (
        "CodeCommitApprovers:111111111111:*",
        "arn:aws:sts::111111111111:assumed-role/Review/ana",
        true,
    ),
    (
        "CodeCommitApprovers:111111111111:*",
        "arn:aws:iam::222222222222:user/ana",
        false,
    ),
    (
        "CodeCommitApprovers:111111111111:Review/ana",
        "arn:aws:sts::111111111111:assumed-role/Review/ana",
        true,
    ),
    (
        "CodeCommitApprovers:111111111111:Review/ana",
        "arn:aws:sts::111111111111:assumed-role/Other/ana",
        false,
    ),
    (
        "CodeCommitApprovers:111111111111:Review/ana",
        "arn:aws:sts::111111111111:assumed-role/Review/bob",
        false,
    ),
    ("CodeCommitApprovers:111111111111:Review/ana", ANA, false),
    (
        "CodeCommitApprovers:111111111111:Review/*",
        "arn:aws:sts::111111111111:assumed-role/Review/bob",
        true,
    ),
    (
        "CodeCommitApprovers:111111111111:Review/*",
        "arn:aws:sts::111111111111:assumed-role/Review2/bob",
        false,
    ),
    (
        "CodeCommitApprovers:111111111111:Review/*",
        "arn:aws:sts::222222222222:assumed-role/Review/bob",
        false,
    ),
    (
        "CodeCommitApprovers:111111111111:Review/*",
        "arn:aws:iam::111111111111:user/Review/bob",
        false,
    ),
    (
        "CodeCommitApprovers:111111111111:Review",
        "arn:aws:sts::111111111111:assumed-role/Review/bob",
        false,
    ),
    ("CodeCommitApprovers:111111111111:user/*", ANA, true),
    (
        "CodeCommitApprovers:111111111111:user/*",
        "arn:aws:sts::111111111111:assumed-role/Review/ana",
        false,
    ),
    (
        "CodeCommitApprovers:111111111111:user/ana",
        "arn:aws:iam::111111111111:user/x/ana",
        true,
    ),
    (
        "CodeCommitApprovers:111111111111:user/ana",
        "arn:aws:iam::111111111111:user/bob",
        false,
    ),
    (
        "CodeCommitApprovers:111111111111:assumed-role/Review/*",
        "arn:aws:sts::111111111111:assumed-role/Review/a",
        true,
    ),
    (ANA, ANA, true),
    (ANA, "arn:aws:iam::111111111111:user/x/ana", false),
    (ANA, "arn:aws:iam::111111111111:user/ana2", false),
    (ANA, "arn:aws:sts::111111111111:federated-user/ana", false),
    ("arn:aws:iam::111111111111:user/*", ANA, true),
    (
        "arn:aws:iam::111111111111:user/*",
        "arn:aws:iam::111111111111:user/x/ana",
        true,
    ),
    (
        "arn:aws:iam::111111111111:user/*",
        "arn:aws:sts::111111111111:assumed-role/Review/ana",
        false,
    ),
    ("arn:aws:iam::222222222222:user/*", ANA, false),
    (
        "arn:aws:iam::111111111111:user/x/*",
        "arn:aws:iam::111111111111:user/x/ana",
        true,
    ),
    ("arn:aws:iam::111111111111:user/x/*", ANA, false),
    (
        "arn:aws:sts::111111111111:assumed-role/Review/*",
        "arn:aws:sts::111111111111:assumed-role/Review/ana",
        true,
    ),
    (
        "arn:aws:sts::111111111111:assumed-role/Review/*",
        "arn:aws:sts::111111111111:assumed-role/Review2/ana",
        false,
    ),
    (
        "arn:aws:sts::111111111111:assumed-role/Review/*",
        "arn:aws:sts::222222222222:assumed-role/Review/ana",
        false,
    ),
    (
        "arn:aws:sts::111111111111:assumed-role/Review/*",
        "arn:aws-cn:sts::111111111111:assumed-role/Review/ana",
        false,
    ),
    (
        "arn:aws:sts::111111111111:assumed-role/Review/ana",
        "arn:aws:sts::111111111111:assumed-role/Review/ana",
        true,
    ),
    (
        "arn:aws:sts::111111111111:assumed-role/Review/ana",
        "arn:aws:sts::111111111111:assumed-role/Review/bob",
        false,
    ),
    (
        "arn:aws:sts::111111111111:assumed-role/*/ana",
        "arn:aws:sts::111111111111:assumed-role/Review/ana",
        true,
    ),
    (
        "arn:aws:sts::111111111111:federated-user/a*",
        "arn:aws:sts::111111111111:federated-user/ana",
        true,
    ),
    (
        "arn:aws:iam::111111111111:role/Review",
        "arn:aws:sts::111111111111:assumed-role/Review/ana",
        true,
    ),
    (
        "arn:aws:iam::111111111111:role/team/Review",
        "arn:aws:sts::111111111111:assumed-role/Review/ana",
        true,
    ),
    (
        "arn:aws:iam::111111111111:role/Review",
        "arn:aws:sts::111111111111:assumed-role/Review2/ana",
        false,
    ),
    (
        "arn:aws:iam::111111111111:role/Review",
        "arn:aws:iam::111111111111:user/Review",
        false,
    ),
    ("CodeCommitApprovers:111111111111:ana", "nonsense", false),
];

#[test]
fn members_mean_whom_codecommit_means() {
    for &(member, arn, expect) in MEMBERS {
        let content = Content::of_rule(&rule(1, Some(&[member]))).unwrap();
        assert_eq!(
            content.is_satisfied_by(&BTreeSet::from([arn])),
            expect,
            "{member} and {arn}"
        );
    }
}

#[test]
fn a_rule_is_satisfied_by_enough_of_its_pool() {
    let [bob, session] = [
        "arn:aws:iam::111111111111:user/bob",
        "arn:aws:sts::111111111111:assumed-role/Review/ana",
    ];
    let pool: &[&str] = &[
        "CodeCommitApprovers:111111111111:ana",
        "CodeCommitApprovers:111111111111:*ana",
    ];
    for (needed, pool, approvers, expect) in [
        (1, None, &[][..], false),
        (1, None, &[bob], true),
        (2, None, &[bob], false),
        (2, None, &[bob, ANA], true),
        // Each approver counts once, however many members mean them.
        (2, Some(pool), &[ANA], false),
        (2, Some(pool), &[ANA, bob], false),
        (2, Some(pool), &[ANA, session], true),
        (1, Some(pool), &[bob, ANA, session], true),
    ] {
        let content = Content::of_rule(&rule(needed, pool)).unwrap();
        let approvers = approvers.iter().copied().collect();
        assert_eq!(
            content.is_satisfied_by(&approvers),
            expect,
            "{needed} of {pool:?}: {approvers:?}"
        );
    }
    let both = json!({ "Version": VERSION, "Statements": [
        { "Type": "Approvers", "NumberOfApprovalsNeeded": 1, "ApprovalPoolMembers": [ANA] },
        { "Type": "Approvers", "NumberOfApprovalsNeeded": 1, "ApprovalPoolMembers": [bob] },
    ] });
    let both = Content::of_rule(&both.to_string()).unwrap();
    assert!(!both.is_satisfied_by(&BTreeSet::from([ANA])));
    assert!(both.is_satisfied_by(&BTreeSet::from([ANA, bob])));
}

proptest! {
    #[test]
    fn reading_never_panics(text in ".{0,200}", member in ".{0,60}") {
        drop(Content::of_template(&text));
        drop(Content::of_rule(&rule(1, Some(&[&member]))));
        drop(Content::of_template(&template(&[&member])));
    }

    #[test]
    fn what_is_taken_is_read_again_the_same(
        needed in 0..=201_u64,
        pool in prop::option::of(prop::collection::vec("CodeCommitApprovers:[0-9]{12}:[a-z*/]{0,3}|arn:aws:(iam|sts)::1{12}:(user|assumed-role)/[a-z*/]{0,3}", 0..4)),
    ) {
        let pool: Option<Vec<&str>> = pool.as_ref().map(|pool| pool.iter().map(String::as_str).collect());
        let text = rule(needed, pool.as_deref());
        if let Ok(content) = Content::of_rule(&text) {
            prop_assert!((1..=200).contains(&needed));
            prop_assert_eq!(&Content::stored(content.as_str()).unwrap(), &content);
            prop_assert!(!content.is_satisfied_by(&BTreeSet::new()));
        }
    }

    #[test]
    fn more_approvals_never_undo_a_rule(needed in 1..4_u64, few in 0..4_usize, more in 0..4_usize) {
        let arns: Vec<String> = (0..few + more).map(|at| format!("arn:aws:iam::111111111111:user/u{at}")).collect();
        let content = Content::of_rule(&rule(needed, Some(&["CodeCommitApprovers:111111111111:u*"]))).unwrap();
        let some = |number: usize| arns[..number].iter().map(String::as_str).collect();
        prop_assert!(!content.is_satisfied_by(&some(few)) || content.is_satisfied_by(&some(few + more)));
        prop_assert_eq!(content.is_satisfied_by(&some(few)), few as u64 >= needed);
    }
}
