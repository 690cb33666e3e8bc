//! Rules, approvals and overrides: faults, and several at once.

use std::sync::Arc;

use super::bed::Bed;
use super::merge::fast_forward;
use super::races::{Race, race, sweep};
use super::*;
use crate::approvals::content::sha256;
use crate::approvals::{Content, RuleName};
use crate::error::Result;
use crate::forge::Forge;
use crate::identity::{Caller, Principal};
use crate::pull_requests::review::{
    self, RevisionId, create_rule, delete_rule, evaluate, get_override, get_states, override_rules, update_rule,
    update_state,
};

const ONE: &str = r#"{"Version":"2018-11-08","Statements":[{"Type":"Approvers","NumberOfApprovalsNeeded":1}]}"#;

/// Somebody else who may do everything.
pub(super) fn someone(bed: &Bed, name: &str) -> Caller {
    let known = bed.caller.clone();
    let principal = Principal {
        arn: format!("arn:aws:iam::000000000000:user/{name}"),
        name: name.to_owned(),
        ..(*known.principal).clone()
    };
    Caller {
        principal: Arc::new(principal),
        ..known
    }
}

pub(super) fn name(text: &str) -> RuleName {
    RuleName::of_rule(text).unwrap()
}

pub(super) fn content(needed: u32) -> Content {
    Content::of_rule(&ONE.replace(":1}", &format!(":{needed}}}"))).unwrap()
}

pub(super) async fn revision(bed: &Bed, id: PullRequestId) -> RevisionId {
    RevisionId::new(&bed.get(id).await.revision.id).unwrap()
}

pub(super) async fn add_rule(bed: &Bed, id: PullRequestId) -> review::Rule {
    create_rule(&bed.forge, &bed.caller, id, (&name("r"), &content(1)))
        .await
        .unwrap()
}

pub(super) async fn approve(forge: &Forge, who: &Caller, (id, revision): (PullRequestId, &RevisionId)) -> Result<()> {
    update_state(forge, who, id, (revision, true)).await
}

async fn approvers(bed: &Bed, id: PullRequestId, revision: &RevisionId) -> Vec<String> {
    get_states(&bed.forge, &bed.caller, id, revision).await.unwrap()
}

#[tokio::test]
async fn an_approval_that_races_a_push_counts_for_what_was_approved_only() {
    let mut held = 0;
    loop {
        held += 1;
        let Race { bed, id, topic, .. } = Race::new().await;
        add_rule(&bed, id).await;
        let (bob, old) = (someone(&bed, "bob"), revision(&bed, id).await);
        let first = async |forge: Forge| approve(&forge, &bob, (id, &old)).await;
        let second = async || bed.commit("topic", &[topic], "raced").await;
        let Some((approved, _)) = race(&bed, held, first, second).await else {
            break;
        };
        let new = revision(&bed, id).await;
        assert_ne!(new, old);
        let theirs = approvers(&bed, id, &old).await;
        match approved {
            Ok(()) => assert_eq!(theirs, [bob.principal.arn.as_str()], "{held}"),
            Err(_) => {
                assert_eq!(refusal(approved), Refusal::RevisionNotCurrent, "{held}");
                assert_eq!(theirs, Vec::<String>::new(), "{held}");
            }
        }
        assert_eq!(approvers(&bed, id, &new).await, Vec::<String>::new(), "{held}");
        let evaluation = evaluate(&bed.forge, &bed.caller, id, &new).await.unwrap();
        assert_eq!(
            (evaluation.approved, evaluation.not_satisfied),
            (false, vec!["r".to_owned()]),
            "{held}"
        );
        let stale = evaluate(&bed.forge, &bed.caller, id, &old).await;
        assert_eq!(refusal(stale), Refusal::RevisionNotCurrent);
    }
    assert!(held > 5);
}

#[tokio::test]
async fn of_two_overrides_one_is_made() {
    let mut held = 0;
    loop {
        held += 1;
        let Race { bed, id, .. } = Race::new().await;
        let (bob, eve, revision) = (someone(&bed, "bob"), someone(&bed, "eve"), revision(&bed, id).await);
        let first = async |forge: Forge| override_rules(&forge, &bob, id, (&revision, true)).await;
        let second = async || override_rules(&bed.forge, &eve, id, (&revision, true)).await;
        let Some((first, second)) = race(&bed, held, first, second).await else {
            break;
        };
        second.unwrap();
        assert_eq!(refusal(first), Refusal::OverrideAlreadySet, "{held}");
        let by = get_override(&bed.forge, &bed.caller, id, &revision).await.unwrap();
        assert_eq!(by.as_deref(), Some(eve.principal.arn.as_str()), "{held}");
        assert_eq!(
            bed.event_types(id).await,
            [EventType::Created, EventType::ApprovalRuleOverridden],
            "{held}"
        );
    }
    assert!(held > 3);
}

#[tokio::test]
async fn two_approvals_by_one_caller_are_one() {
    let mut held = 0;
    loop {
        held += 1;
        let Race { bed, id, .. } = Race::new().await;
        let (bob, revision) = (someone(&bed, "bob"), revision(&bed, id).await);
        let first = async |forge: Forge| approve(&forge, &bob, (id, &revision)).await;
        let second = async || approve(&bed.forge, &bob, (id, &revision)).await;
        let Some((first, second)) = race(&bed, held, first, second).await else {
            break;
        };
        first.unwrap();
        second.unwrap();
        assert_eq!(
            approvers(&bed, id, &revision).await,
            [bob.principal.arn.as_str()],
            "{held}"
        );
        assert_eq!(
            bed.event_types(id).await,
            [EventType::Created, EventType::ApprovalStateChanged],
            "{held}"
        );
    }
    assert!(held > 3);
}

#[tokio::test]
async fn of_two_rules_of_a_name_one_is_made() {
    let mut held = 0;
    loop {
        held += 1;
        let Race { bed, id, .. } = Race::new().await;
        let (name, content) = (name("r"), content(1));
        let first = async |forge: Forge| create_rule(&forge, &bed.caller, id, (&name, &content)).await;
        let second = async || create_rule(&bed.forge, &bed.caller, id, (&name, &content)).await;
        let Some((first, second)) = race(&bed, held, first, second).await else {
            break;
        };
        assert_eq!(refusal(first), Refusal::ApprovalRuleNameAlreadyExists, "{held}");
        let shown = get(&bed.forge, &bed.caller, id).await.unwrap();
        assert_eq!(shown.rules, [second.unwrap()], "{held}");
    }
    assert!(held > 3);
}

#[tokio::test]
async fn nothing_is_merged_whose_approval_was_taken_back_before() {
    let mut held = 0;
    loop {
        held += 1;
        let Race { bed, id, main, topic } = Race::new().await;
        add_rule(&bed, id).await;
        let (bob, revision) = (someone(&bed, "bob"), revision(&bed, id).await);
        approve(&bed.forge, &bob, (id, &revision)).await.unwrap();
        let first = async |forge: Forge| merge(&forge, &bed.caller, id, &fast_forward()).await;
        let second = async || update_state(&bed.forge, &bob, id, (&revision, false)).await;
        let Some((merged, taken_back)) = race(&bed, held, first, second).await else {
            assert_eq!(bed.tip("main").await, Some(topic));
            break;
        };
        if taken_back.is_ok() {
            assert_eq!(refusal(merged), Refusal::PullRequestApprovalRulesNotSatisfied, "{held}");
            assert_eq!(bed.tip("main").await, Some(main), "{held}");
        } else {
            assert_eq!(refusal(taken_back), Refusal::PullRequestAlreadyClosed, "{held}");
            merged.unwrap();
        }
    }
    assert!(held > 5);
}

#[tokio::test]
async fn a_pull_request_has_only_so_many_rules_and_approvals() {
    let Race { bed, id, .. } = Race::new().await;
    for at in 0..30 {
        create_rule(&bed.forge, &bed.caller, id, (&name(&at.to_string()), &content(1)))
            .await
            .unwrap();
    }
    let more = create_rule(&bed.forge, &bed.caller, id, (&name("more"), &content(1))).await;
    assert_eq!(refusal(more), Refusal::NumberOfRulesExceeded);
    delete_rule(&bed.forge, &bed.caller, id, &name("7"))
        .await
        .unwrap()
        .unwrap();
    create_rule(&bed.forge, &bed.caller, id, (&name("more"), &content(1)))
        .await
        .unwrap();

    let revision = revision(&bed, id).await;
    for at in 0..200 {
        approve(&bed.forge, &someone(&bed, &format!("u{at}")), (id, &revision))
            .await
            .unwrap();
    }
    let late = someone(&bed, "late");
    let more = approve(&bed.forge, &late, (id, &revision)).await;
    assert_eq!(refusal(more), Refusal::MaximumNumberOfApprovalsExceeded);
    approve(&bed.forge, &someone(&bed, "u7"), (id, &revision))
        .await
        .unwrap();
    update_state(&bed.forge, &someone(&bed, "u7"), id, (&revision, false))
        .await
        .unwrap();
    approve(&bed.forge, &late, (id, &revision)).await.unwrap();
    assert_eq!(approvers(&bed, id, &revision).await.len(), 200);
}

/// What is done with faults, in an order in which each finds what it needs.
const STEPS: [&str; 7] = ["add", "change", "approve", "revoke", "override", "restore", "remove"];

async fn step(race: &Race, forge: &Forge, what: &str) -> Result<()> {
    let (bed, id) = (&race.bed, race.id);
    let (bob, revision) = (someone(bed, "bob"), revision(bed, id).await);
    let rule = name("r");
    match what {
        "add" => create_rule(forge, &bob, id, (&rule, &content(1))).await.map(drop),
        "change" => {
            let existing = sha256(content(1).as_str());
            update_rule(forge, &bob, id, (&rule, &content(2), Some(&existing)))
                .await
                .map(drop)
        }
        "approve" => approve(forge, &bob, (id, &revision)).await,
        "revoke" => update_state(forge, &bob, id, (&revision, false)).await,
        "override" => override_rules(forge, &bob, id, (&revision, true)).await,
        "restore" => override_rules(forge, &bob, id, (&revision, false)).await,
        "remove" => delete_rule(forge, &bob, id, &rule).await.map(drop),
        other => panic!("no step is called {other}"),
    }
}

#[tokio::test(start_paused = true)]
async fn a_step_that_fails_anywhere_is_made_or_not() {
    for (number, what) in STEPS.iter().enumerate() {
        let set_up = async || {
            let race = Race::new().await;
            for before in &STEPS[..number] {
                step(&race, &race.bed.forge, before).await.unwrap();
            }
            race
        };
        let run = async |race: &Race, forge: Forge| step(race, &forge, what).await;
        let check = async |race: &Race, is_done: bool, when: String| {
            let (bed, id) = (&race.bed, race.id);
            let when = format!("{what}, {when}");
            let events = bed.events(id).await.len() - 1;
            assert!(
                events == number + usize::from(is_done) || (!is_done && events == number + 1),
                "{when}: {events}"
            );
            let done = |step: &str| STEPS[..events].contains(&step);
            let revision = revision(bed, id).await;
            let shown = get(&bed.forge, &bed.caller, id).await.unwrap();
            let rule = shown.rules.first().map(|rule| rule.content.clone());
            let expect = match (done("add"), done("change"), done("remove")) {
                (true, true, false) => Some(content(2)),
                (true, false, false) => Some(content(1)),
                _ => None,
            };
            assert_eq!(rule.as_deref(), expect.as_ref().map(Content::as_str), "{when}");
            let approvers = approvers(bed, id, &revision).await.len();
            assert_eq!(approvers, usize::from(done("approve") && !done("revoke")), "{when}");
            let overridden = get_override(&bed.forge, &bed.caller, id, &revision).await.unwrap();
            assert_eq!(overridden.is_some(), done("override") && !done("restore"), "{when}");
        };
        sweep(set_up, run, check).await;
    }
}

#[tokio::test]
async fn closed_pull_requests_keep_their_approvals() {
    let Race { bed, id, .. } = Race::new().await;
    add_rule(&bed, id).await;
    let (bob, revision) = (someone(&bed, "bob"), revision(&bed, id).await);
    let unapproved = merge(&bed.forge, &bed.caller, id, &fast_forward()).await;
    assert_eq!(refusal(unapproved), Refusal::PullRequestApprovalRulesNotSatisfied);
    approve(&bed.forge, &bob, (id, &revision)).await.unwrap();
    let merged = merge(&bed.forge, &bed.caller, id, &fast_forward()).await.unwrap();
    assert_eq!(merged.rules.len(), 1);
    let evaluation = evaluate(&bed.forge, &bed.caller, id, &revision).await.unwrap();
    assert!(evaluation.approved);
    for closed in [
        create_rule(&bed.forge, &bob, id, (&name("x"), &content(1)))
            .await
            .map(drop),
        update_rule(&bed.forge, &bob, id, (&name("r"), &content(2), None))
            .await
            .map(drop),
        delete_rule(&bed.forge, &bob, id, &name("r")).await.map(drop),
        delete_rule(&bed.forge, &bob, id, &name("none")).await.map(drop),
        update_state(&bed.forge, &bob, id, (&revision, false)).await,
        override_rules(&bed.forge, &bob, id, (&revision, true)).await,
    ] {
        assert_eq!(refusal(closed), Refusal::PullRequestAlreadyClosed);
    }
    assert_eq!(approvers(&bed, id, &revision).await, [bob.principal.arn.as_str()]);
}

#[tokio::test]
async fn overridden_rules_are_no_longer_in_the_way() {
    let Race { bed, id, topic, .. } = Race::new().await;
    add_rule(&bed, id).await;
    let revision = revision(&bed, id).await;
    for (overridden, expect) in [(true, true), (false, false), (false, false), (true, true)] {
        override_rules(&bed.forge, &bed.caller, id, (&revision, overridden))
            .await
            .unwrap();
        let evaluation = evaluate(&bed.forge, &bed.caller, id, &revision).await.unwrap();
        assert_eq!((evaluation.approved, evaluation.overridden), (expect, expect));
        assert_eq!(evaluation.not_satisfied, ["r"]);
    }
    merge(&bed.forge, &bed.caller, id, &fast_forward()).await.unwrap();
    assert_eq!(bed.tip("main").await, Some(topic));
}
