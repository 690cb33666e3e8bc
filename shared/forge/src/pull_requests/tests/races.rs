//! Several at once: each of the first one's calls to the table is held until the second one is through.

use std::pin::pin;
use std::sync::Arc;

use packhouse_git::hash::ObjectId;
use packhouse_storage::fault::{Fault, Plan};

use super::bed::{Bed, demo};
use super::merge::fast_forward;
use super::*;
use crate::forge::Forge;

/// A pull request of `topic` to `main`.
pub(super) struct Race {
    pub(super) bed: Bed,
    pub(super) id: PullRequestId,
    pub(super) main: ObjectId,
    pub(super) topic: ObjectId,
}

impl Race {
    pub(super) async fn new() -> Self {
        let bed = Bed::new().await;
        let (main, topic) = bed.main_and_topic().await;
        let id = bed.ask("topic", None).await.unwrap().id;
        Self { bed, id, main, topic }
    }
}

/// Runs `first` with its call number `held` stopped until `second` is through; `None` once there are not so many calls.
pub(super) async fn race<A, B>(
    bed: &Bed,
    held: usize,
    first: impl AsyncFn(Forge) -> A,
    second: impl AsyncFn() -> B,
) -> Option<(A, B)> {
    let (plan, gate) = Plan::counting().hold_at(held);
    let mut first = pin!(first(bed.planned(&Arc::new(plan))));
    tokio::select! {
        _ = &mut first => return None,
        () = gate.reached() => {}
    }
    let second = second().await;
    gate.open();
    Some((first.await, second))
}

#[tokio::test]
async fn of_two_merges_one_is_made() {
    let mut held = 0;
    loop {
        held += 1;
        let Race { bed, id, topic, .. } = Race::new().await;
        let merged = async |forge: Forge| merge(&forge, &bed.caller, id, &fast_forward()).await;
        let second = async || merge(&bed.forge, &bed.caller, id, &fast_forward()).await;
        let Some((first, second)) = race(&bed, held, merged, second).await else {
            break;
        };
        assert!(second.is_ok(), "{held}: {second:?}");
        assert_eq!(refusal(first), Refusal::PullRequestAlreadyClosed, "{held}");
        assert_eq!(bed.tip("main").await, Some(topic));
        assert_eq!(
            bed.event_types(id).await,
            [EventType::Created, EventType::MergeStateChanged]
        );
    }
    assert!(held > 5);
}

#[tokio::test]
async fn a_push_to_a_branch_is_merged_or_keeps_the_merge() {
    for pushed in ["topic", "main"] {
        let mut held = 0;
        loop {
            held += 1;
            let Race { bed, id, main, topic } = Race::new().await;
            let merged = async |forge: Forge| merge(&forge, &bed.caller, id, &fast_forward()).await;
            let base = if pushed == "topic" { topic } else { main };
            let push = async || bed.commit(pushed, &[base], "raced").await;
            let Some((first, raced)) = race(&bed, held, merged, push).await else {
                break;
            };
            let got = bed.get(id).await;
            match first {
                // Before the push, or with what it brought.
                Ok(_) => {
                    assert_eq!(got.status, Status::Closed, "{held}");
                    let main = bed.tip("main").await;
                    assert!([Some(topic), Some(raced)].contains(&main), "{held}: {main:?}");
                }
                Err(Error::Refused(why, _)) => {
                    let expect = [Refusal::ConcurrentReferenceUpdate, Refusal::ManualMergeRequired];
                    assert!(expect.contains(&why), "{held}: {why:?}");
                    assert_eq!(got.status, Status::Open);
                    assert_eq!(bed.tip(pushed).await, Some(raced));
                }
                Err(other) => panic!("{held}: {other}"),
            }
        }
        assert!(held > 5);
    }
}

#[tokio::test]
async fn a_pull_request_is_of_what_its_branches_are() {
    for deleted in [false, true] {
        let mut held = 0;
        loop {
            held += 1;
            let bed = Bed::new().await;
            let (_, topic) = bed.main_and_topic().await;
            let create = async |forge: Forge| create(&forge, &bed.caller, bed.new_request("topic", None)).await;
            let push = async || {
                if deleted {
                    bed.set("refs/heads/topic", None).await;
                } else {
                    bed.commit("topic", &[topic], "raced").await;
                }
            };
            let Some((made, ())) = race(&bed, held, create, push).await else {
                break;
            };
            match made {
                Ok(made) => {
                    let got = bed.get(made.pull_request.id).await;
                    let tip = bed.tip("topic").await;
                    assert_eq!(got.status == Status::Closed, deleted, "{held}");
                    assert!(deleted || Some(got.source_commit) == tip, "{held}");
                    assert!(bed.kept(got.id).await.iter().any(|(_, id)| *id == got.source_commit));
                }
                Err(_) => assert!(deleted, "{held}: {made:?}"),
            }
        }
        assert!(held > 5);
    }
}

#[tokio::test]
async fn what_two_follow_at_once_is_applied_once() {
    let mut held = 0;
    loop {
        held += 1;
        let Race { bed, id, topic, main } = Race::new().await;
        let more = bed.commit("topic", &[topic], "more").await;
        bed.commit("main", &[main], "newer").await;
        let first = async |forge: Forge| follow(&forge, &bed.id).await;
        let second = async || follow(&bed.forge, &bed.id).await;
        let Some((first, second)) = race(&bed, held, first, second).await else {
            break;
        };
        first.unwrap();
        second.unwrap();
        let got = bed.get(id).await;
        assert_eq!(
            (got.source_commit, got.revision.number, got.events),
            (more, 2, 2),
            "{held}"
        );
        assert_eq!(
            bed.event_types(id).await,
            [EventType::Created, EventType::SourceReferenceUpdated]
        );
    }
    assert!(held > 5);
}

/// Runs something with one fault at each of its calls in turn; `check` is told whether it said that it succeeded.
pub(super) async fn sweep<T: std::fmt::Debug>(
    set_up: impl AsyncFn() -> Race,
    run: impl AsyncFn(&Race, Forge) -> crate::error::Result<T>,
    check: impl AsyncFn(&Race, bool, String),
) {
    for fault in Fault::ALL {
        for at in 1.. {
            let race = set_up().await;
            let plan = Arc::new(Plan::fail_at(at, fault));
            let done = run(&race, race.bed.planned(&plan)).await;
            check(&race, done.is_ok(), format!("{fault:?} at {at}: {done:?}")).await;
            if !plan.was_hit() {
                break;
            }
        }
    }
}

#[tokio::test]
async fn a_merge_that_fails_anywhere_is_made_or_not() {
    let run = async |race: &Race, forge: Forge| merge(&forge, &race.bed.caller, race.id, &fast_forward()).await;
    let check = async |race: &Race, is_done: bool, when: String| {
        let got = race.bed.get(race.id).await;
        let is_merged = got.merged.is_some();
        assert!(is_merged || !is_done, "{when}");
        let tip = if is_merged { race.topic } else { race.main };
        assert_eq!(race.bed.tip("main").await, Some(tip), "{when}");
        assert_eq!(
            race.bed.events(race.id).await.len(),
            1 + usize::from(is_merged),
            "{when}"
        );
    };
    sweep(Race::new, run, check).await;
}

#[tokio::test]
async fn following_that_fails_anywhere_is_gone_on_with() {
    let set_up = async || {
        let race = Race::new().await;
        race.bed.commit("topic", &[race.topic], "more").await;
        race.bed.set("refs/heads/topic", None).await;
        race
    };
    let run = async |race: &Race, forge: Forge| follow(&forge, &race.bed.id).await;
    let check = async |race: &Race, _: bool, when: String| {
        let types = [
            EventType::Created,
            EventType::SourceReferenceUpdated,
            EventType::StatusChanged,
        ];
        assert_eq!(race.bed.event_types(race.id).await, types, "{when}");
        assert_eq!(race.bed.get(race.id).await.status, Status::Closed, "{when}");
        assert_eq!(race.bed.kept(race.id).await.len(), 3, "{when}");
    };
    sweep(set_up, run, check).await;
}

#[tokio::test]
async fn a_request_with_a_token_that_fails_anywhere_is_made_once_in_the_end() {
    let new = |race: &Race| New {
        client_token: Some("t".into()),
        ..race.bed.new_request("topic", None)
    };
    let run = async |race: &Race, forge: Forge| create(&forge, &race.bed.caller, new(race)).await;
    let check = async |race: &Race, _: bool, when: String| {
        let made = create(&race.bed.forge, &race.bed.caller, new(race))
            .await
            .unwrap()
            .pull_request;
        assert_eq!(race.bed.event_types(made.id).await, [EventType::Created], "{when}");
        let listed = list(&race.bed.forge, &race.bed.caller, &demo(), &Filter::default())
            .await
            .unwrap();
        assert_eq!(listed.ids.len(), 2, "{when}");
    };
    sweep(Race::new, run, check).await;
}
