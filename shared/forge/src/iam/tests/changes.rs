//! Changes with faults, and against each other.

use std::sync::Arc;

use packhouse_storage::fault::{Fault, FaultyTable, Plan};
use packhouse_storage::memory::MemoryTable;
use packhouse_storage::table::Table;

use super::*;
use crate::testing::{again, forge_over};

const STEPS: usize = 25;

/// Something of everything that changes identities, in an order in which each finds what it needs.
async fn step(forge: &Forge, number: usize) -> Result<()> {
    let me = &caller(forge);
    let reader = &policy_arn("reader");
    let ours = "arn:aws:iam::aws:policy/AWSCodeCommitReadOnly";
    let (bob, rob) = (user("bob"), user("Rob"));
    let inline = named(Identity::Policy, "inline");
    match number {
        0 => {
            let new = users::New {
                boundary: Some(ours.to_owned()),
                tags: vec![("team".into(), "red".into())],
                ..new_user("bob")
            };
            users::create(forge, me, new).await.map(drop)
        }
        1 => groups::create(forge, me, &group("devs"), &path("/x/")).await.map(drop),
        2 => roles::create(forge, me, new_role("ci")).await.map(drop),
        3 => policies::create(forge, me, new_policy("reader")).await.map(drop),
        4 => {
            let new = (EVERYTHING.to_owned(), true);
            policies::create_version(forge, me, reader, new).await.map(drop)
        }
        5 => groups::add_user(forge, me, &group("devs"), &bob).await,
        6 => attachments::attach(forge, me, (Holder::User, &bob), reader).await,
        7 => attachments::attach(forge, me, (Holder::Group, &group("Devs")), reader).await,
        8 => attachments::attach(forge, me, (Holder::Role, &role("ci")), ours).await,
        9 => inline_policies::put(forge, me, (Holder::User, &bob), (&inline, EVERYTHING)).await,
        10 => attachments::set_boundary(forge, me, (Holder::User, &bob), Some(reader)).await,
        11 => {
            let tags = vec![("Team".into(), "blue".into())];
            tags::tag(forge, me, tags::Tagged::User(&bob), tags).await
        }
        12 => users::update(forge, me, &bob, (Some(rob), Some(path("/y/")))).await,
        13 => groups::update(forge, me, &group("devs"), (Some(group("ops")), None)).await,
        14 => groups::update(forge, me, &group("ops"), (Some(group("OPS")), None)).await,
        15 => roles::update_trust(forge, me, &role("ci"), &TRUST.replace('*', "000000000000")).await,
        16 => policies::delete_version(forge, me, reader, "v1").await,
        17 => inline_policies::delete(forge, me, (Holder::User, &rob), &inline).await,
        18 => attachments::set_boundary(forge, me, (Holder::User, &rob), None).await,
        19 => attachments::detach(forge, me, (Holder::User, &rob), reader).await,
        20 => groups::remove_user(forge, me, &group("ops"), &rob).await,
        21 => users::delete(forge, me, &rob).await,
        22 => {
            attachments::detach(forge, me, (Holder::Group, &group("ops")), reader).await?;
            attachments::detach(forge, me, (Holder::Role, &role("ci")), ours).await
        }
        23 => {
            roles::delete(forge, me, &role("ci")).await?;
            groups::delete(forge, me, &group("ops")).await
        }
        _ => policies::delete(forge, me, reader).await,
    }
}

async fn after(steps: usize) -> (Arc<dyn Table>, Forge) {
    let table: Arc<dyn Table> = Arc::new(MemoryTable::default());
    let forge = forge_over(Arc::clone(&table)).await;
    for number in 0..steps {
        step(&forge, number).await.unwrap();
    }
    (table, forge)
}

#[tokio::test]
async fn a_whole_life_leaves_nothing_behind() {
    for steps in 0..=STEPS {
        let (_, forge) = after(steps).await;
        check_consistent(&forge, &format!("after {steps} steps")).await;
    }
    let (_, forge) = after(STEPS).await;
    assert!(stored(&forge).await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn with_a_fault_at_any_call_a_change_is_made_or_not_and_says_so() {
    for number in (0..STEPS).filter(|number| !matches!(number, 22 | 23)) {
        let before = stored(&after(number).await.1).await;
        let made = stored(&after(number + 1).await.1).await;
        assert_ne!(before, made, "step {number} does something");
        for fault in Fault::ALL {
            for nth in 1.. {
                let (table, forge) = after(number).await;
                let plan = Arc::new(Plan::fail_at(nth, fault));
                let faulty = again(&forge, Arc::new(FaultyTable::new(table, Arc::clone(&plan))));
                let outcome = step(&faulty, number).await;
                let what = format!("step {number}, {fault:?} at {nth}: {outcome:?}");
                let now = stored(&forge).await;
                assert_eq!(
                    now,
                    if outcome.is_ok() { made.clone() } else { before.clone() },
                    "{what}"
                );
                assert!(fault == Fault::Before || outcome.is_ok(), "{what}");
                if !plan.was_hit() {
                    assert!(nth > 1, "{what}");
                    break;
                }
            }
        }
    }
}

/// One of two changes that get in each other's way.
async fn rival(forge: &Forge, which: &str) -> Result<()> {
    let me = &caller(forge);
    let reader = &policy_arn("reader");
    match which {
        "attach to user" => attachments::attach(forge, me, (Holder::User, &user("bob")), reader).await,
        "bound user" => attachments::set_boundary(forge, me, (Holder::User, &user("bob")), Some(reader)).await,
        "delete policy" => policies::delete(forge, me, reader).await,
        "delete user" => users::delete(forge, me, &user("bob")).await,
        "rename user" => users::update(forge, me, &user("bob"), (Some(user("rob")), None)).await,
        "join" => groups::add_user(forge, me, &group("devs"), &user("bob")).await,
        "delete group" => groups::delete(forge, me, &group("devs")).await,
        "rename group" => groups::update(forge, me, &group("devs"), (Some(group("ops")), None)).await,
        "create user" => users::create(forge, me, new_user("eve")).await.map(drop),
        "create user in capitals" => users::create(forge, me, new_user("EVE")).await.map(drop),
        "rename user to that" => users::update(forge, me, &user("bob"), (Some(user("eve")), None)).await,
        other => panic!("no change is called {other}"),
    }
}

#[tokio::test(start_paused = true)]
async fn of_two_changes_at_once_as_many_are_made_as_one_after_the_other() {
    // How many of the two can be made, depending on which is first.
    let rows = [
        ("attach to user", "delete policy", 1..=1),
        ("bound user", "delete policy", 1..=1),
        ("attach to user", "delete user", 1..=1),
        ("bound user", "rename user", 1..=2),
        ("bound user", "delete user", 1..=2),
        ("join", "delete user", 1..=1),
        ("join", "delete group", 1..=1),
        ("join", "rename group", 1..=2),
        ("create user", "create user in capitals", 1..=1),
        ("create user", "rename user to that", 1..=1),
        ("attach to user", "join", 2..=2),
        ("rename group", "rename user", 2..=2),
    ];
    for (first, second, possible) in rows {
        for (one, other) in [(first, second), (second, first)] {
            for nth in 1.. {
                let table: Arc<dyn Table> = Arc::new(MemoryTable::default());
                let forge = forge_over(Arc::clone(&table)).await;
                make_user(&forge, "bob").await;
                make_group(&forge, "devs").await;
                make_policy(&forge, "reader").await;
                let (plan, gate) = Plan::counting().hold_at(nth);
                let held = again(&forge, Arc::new(FaultyTable::new(table, Arc::new(plan))));
                let held = rival(&held, one);
                tokio::pin!(held);
                let over = tokio::select! {
                    biased;
                    outcome = &mut held => Some(outcome),
                    () = gate.reached() => None,
                };
                let second = rival(&forge, other).await;
                gate.open();
                let what = format!("{one} held at call {nth}, against {other}");
                let Some(first) = over else {
                    let first = held.await;
                    check_consistent(&forge, &what).await;
                    let made = [&first, &second].iter().filter(|outcome| outcome.is_ok()).count();
                    assert!(possible.contains(&made), "{what}: {first:?} {second:?}");
                    continue;
                };
                first.unwrap();
                assert!(nth > 1, "{what}");
                break;
            }
        }
    }
}
