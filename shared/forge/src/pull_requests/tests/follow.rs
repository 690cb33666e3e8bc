//! What pushes make of pull requests.

use std::sync::Arc;

use packhouse_storage::fault::Plan;

use super::bed::{Bed, demo, objects};
use super::*;

#[tokio::test]
async fn each_push_to_the_source_makes_a_revision_that_is_kept() {
    let bed = Bed::new().await;
    let (main, topic) = bed.main_and_topic().await;
    let made = bed.ask("topic", None).await.unwrap();
    let more = bed.commit("topic", &[topic], "more").await;
    let moved = bed.get(made.id).await;
    assert_eq!((moved.source_commit, moved.revision.number), (more, 2));
    assert_eq!(moved.destination_commit, main);
    bed.set("refs/heads/topic", Some(topic)).await;
    let back = bed.get(made.id).await;
    assert_eq!((back.source_commit, back.revision.number), (topic, 3));
    let ids = [&made.revision.id, &moved.revision.id, &back.revision.id];
    assert!(ids[0] != ids[1] && ids[1] != ids[2] && ids[0] != ids[2], "{ids:?}");
    let kept = bed.kept(made.id).await;
    let expect = [("1", topic), ("2", more), ("3", topic), ("destination", main)];
    assert_eq!(kept, expect.map(|(name, id)| (name.to_owned(), id)));
    let types = [
        EventType::Created,
        EventType::SourceReferenceUpdated,
        EventType::SourceReferenceUpdated,
    ];
    assert_eq!(bed.event_types(made.id).await, types);
}

#[tokio::test]
async fn pushes_that_nobody_looked_at_are_all_applied_in_their_order() {
    let bed = Bed::new().await;
    let (_, mut tip) = bed.main_and_topic().await;
    let id = bed.ask("topic", None).await.unwrap().id;
    for at in 0..100 {
        tip = bed.commit("topic", &[tip], &at.to_string()).await;
    }
    bed.set("refs/heads/topic", None).await;
    let got = bed.get(id).await;
    assert_eq!(
        (got.source_commit, got.revision.number, got.status),
        (tip, 101, Status::Closed)
    );
    assert_eq!(got.events, 102);
    assert_eq!(bed.kept(id).await.len(), 102);
}

#[tokio::test]
async fn a_deleted_branch_closes_what_it_is_in() {
    for gone in ["topic", "release"] {
        let bed = Bed::new().await;
        let (main, _) = bed.main_and_topic().await;
        bed.set("refs/heads/release", Some(main)).await;
        let id = bed.ask("topic", Some("release")).await.unwrap().id;
        let other = bed.ask("topic", Some("main")).await.unwrap().id;
        bed.set(&format!("refs/heads/{gone}"), None).await;
        let got = bed.get(id).await;
        assert_eq!((got.status, &got.merged), (Status::Closed, &None), "{gone}");
        assert_eq!(
            bed.event_types(id).await,
            [EventType::Created, EventType::StatusChanged]
        );
        let expect = if gone == "topic" { Status::Closed } else { Status::Open };
        assert_eq!(bed.get(other).await.status, expect);
        bed.set("refs/heads/topic", Some(main)).await;
        assert_eq!(bed.get(id).await, got, "what is closed stays as it is");
    }
}

/// How a push may move the destination.
#[derive(Debug)]
enum Push {
    ToTheTip,
    PastTheTip,
    WithTheSource,
    MergeCommit,
    Squash,
    Elsewhere,
    ByForce,
}

#[tokio::test]
async fn a_push_merges_what_it_brings_by_fast_forward() {
    for (push, merges) in [
        (Push::ToTheTip, true),
        (Push::PastTheTip, true),
        (Push::WithTheSource, true),
        (Push::MergeCommit, false),
        (Push::Squash, false),
        (Push::Elsewhere, false),
        (Push::ByForce, false),
    ] {
        let bed = Bed::new().await;
        let (main, topic) = bed.main_and_topic().await;
        let id = bed.ask("topic", None).await.unwrap().id;
        match push {
            Push::ToTheTip => bed.set("refs/heads/main", Some(topic)).await,
            Push::PastTheTip => drop(bed.commit("main", &[topic], "past").await),
            Push::WithTheSource => {
                let (next, objects) = objects(&[topic], "both");
                let refs = [("refs/heads/topic", Some(next)), ("refs/heads/main", Some(next))];
                bed.change(&refs, objects).await;
            }
            Push::MergeCommit => drop(bed.commit("main", &[main, topic], "merge").await),
            Push::Squash => drop(bed.commit("main", &[main], "squashed").await),
            Push::Elsewhere => drop(bed.commit("main", &[main], "elsewhere").await),
            Push::ByForce => {
                let newer = bed.commit("main", &[main], "newer").await;
                assert_eq!(bed.get(id).await.status, Status::Open);
                assert_ne!(newer, topic);
                bed.set("refs/heads/main", Some(topic)).await;
            }
        }
        let got = bed.get(id).await;
        assert_eq!(got.status == Status::Closed, merges, "{push:?}");
        let expect = merges.then(|| Merged {
            by: bed.caller.principal.arn.clone(),
            commit: None,
            destination: Some(main),
            option: MergeOption::FastForward,
        });
        assert_eq!(got.merged, expect, "{push:?}");
    }
}

#[tokio::test]
async fn a_push_merges_every_pull_request_on_its_way_and_no_other() {
    let bed = Bed::new().await;
    let (main, one) = bed.main_and_topic().await;
    let two = bed.commit("two", &[one], "two").await;
    bed.commit("aside", &[main], "aside").await;
    let mut ids = Vec::new();
    for source in ["topic", "two", "aside"] {
        ids.push(bed.ask(source, None).await.unwrap().id);
    }
    bed.set("refs/heads/main", Some(two)).await;
    let mut open = Vec::new();
    for id in ids {
        open.push(bed.get(id).await.status == Status::Open);
    }
    assert_eq!(open, [false, false, true]);
}

#[tokio::test]
async fn following_costs_two_reads_where_nothing_happened() {
    let bed = Bed::new().await;
    bed.main_and_topic().await;
    bed.ask("topic", None).await.unwrap();
    follow(&bed.forge, &bed.id).await.unwrap();
    let plan = Arc::new(Plan::counting());
    follow(&bed.planned(&plan), &bed.id).await.unwrap();
    let counted = plan.counters();
    assert_eq!((counted.table_gets, counted.queries, counted.transacts), (2, 0, 0));
}

#[tokio::test]
async fn the_repository_has_its_present_name() {
    let bed = Bed::new().await;
    bed.main_and_topic().await;
    let id = bed.ask("topic", None).await.unwrap().id;
    let renamed = RepositoryName::new("renamed").unwrap();
    repositories::rename(&bed.forge, &bed.caller, &demo(), &renamed)
        .await
        .unwrap();
    let shown = get(&bed.forge, &bed.caller, id).await.unwrap();
    assert_eq!(shown.repository, renamed);
}
