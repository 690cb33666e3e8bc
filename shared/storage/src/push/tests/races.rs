//! Writers that meet each other at one repository.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::future::join_all;
use packhouse_git::hash::ObjectId;

use crate::compact;
use crate::fault::Plan;
use crate::push::{Command, Verdict};
use crate::testing::{Bed, Git, assert_clean, command, push_to};

/// A root commit with `count` children in git, and a repository whose `main` is the root.
async fn fan(count: usize) -> (Git, Bed, ObjectId, Vec<(ObjectId, Bytes)>) {
    let git = Git::sha1();
    let root = git.commit(git.tree(&[("file", git.blob(b"x\n"))]), &[], "root");
    let child = |at: usize| {
        let tree = git.tree(&[("file", git.blob(format!("{at}\n").as_bytes()))]);
        let id = git.commit(tree, &[root], "child");
        (id, git.pack(&[id], &[root]))
    };
    let children = (0..count).map(child).collect();
    let bed = Bed::sha1().await;
    bed.pushed(
        vec![command("refs/heads/main", None, Some(root))],
        Some(git.pack(&[root], &[])),
    )
    .await;
    (git, bed, root, children)
}

fn won(verdicts: &[Verdict]) -> bool {
    verdicts.iter().all(|verdict| matches!(verdict, Verdict::Done { .. }))
}

#[tokio::test]
async fn sixteen_pushes_to_distinct_branches_all_succeed() {
    let (_, bed, _, children) = fan(16).await;
    let store = bed.planned(&Arc::new(Plan::counting().yielding()));
    let pushes = children.iter().enumerate().map(|(at, (child, pack))| {
        let commands = vec![command(&format!("refs/heads/b{at}"), None, Some(*child))];
        push_to(&store, &bed.id, commands, Some(pack.clone()), false)
    });
    for verdicts in join_all(pushes).await {
        assert!(won(&verdicts.unwrap()));
    }
    assert_eq!(bed.refs().await.len(), 17);
    assert_clean(&bed).await;
}

#[tokio::test]
async fn of_sixteen_pushes_to_one_branch_exactly_one_wins() {
    let (_, bed, root, children) = fan(16).await;
    let store = bed.planned(&Arc::new(Plan::counting().yielding()));
    let pushes = children.iter().map(|(child, pack)| {
        let commands = vec![command("refs/heads/main", Some(root), Some(*child))];
        push_to(&store, &bed.id, commands, Some(pack.clone()), false)
    });
    let outcomes = join_all(pushes).await;
    assert_eq!(
        outcomes
            .into_iter()
            .filter(|outcome| won(outcome.as_ref().unwrap()))
            .count(),
        1
    );
    assert_eq!(bed.snapshot().await.packs().await.unwrap().len(), 2);
    assert_clean(&bed).await;
}

#[tokio::test]
async fn pushes_race_compactions() {
    let (_, bed, _, children) = fan(40).await;
    let store = bed.planned(&Arc::new(Plan::counting().yielding()));
    for (round, some) in children.chunks(13).enumerate() {
        let pushes = some.iter().enumerate().map(|(at, (child, pack))| {
            let commands = vec![command(&format!("refs/heads/b{round}-{at}"), None, Some(*child))];
            push_to(&store, &bed.id, commands, Some(pack.clone()), false)
        });
        let compactions =
            async { join_all([compact::compact(&store, &bed.id), compact::compact(&store, &bed.id)]).await };
        let (pushes, compactions) = tokio::join!(join_all(pushes), compactions);
        assert!(pushes.into_iter().all(|outcome| won(&outcome.unwrap())));
        assert!(compactions.into_iter().all(|outcome| outcome.is_ok()));
    }
    assert_eq!(bed.refs().await.len(), 41);
    assert_clean(&bed).await;
}

/// Holds the push of `commands` at each of its calls, lets `meanwhile` happen, and checks what comes of it.
async fn interleave(
    bed: &Bed,
    (commands, pack): (Vec<Command>, Bytes),
    meanwhile: impl AsyncFn(&Bed),
    expect_done: impl Fn(usize) -> bool,
) {
    let counting = Arc::new(Plan::counting());
    let whole = bed.copy().await;
    push_to(
        &whole.planned(&counting),
        &whole.id,
        commands.clone(),
        Some(pack.clone()),
        false,
    )
    .await
    .unwrap();
    let calls = counting.calls();
    let commit = calls.iter().rposition(|call| call.keys.contains("MANIFEST")).unwrap() + 1;
    for nth in 1..=commit {
        let copy = bed.copy().await;
        let (plan, gate) = Plan::counting().hold_at(nth);
        let store = copy.planned(&Arc::new(plan));
        let other = async {
            gate.reached().await;
            meanwhile(&copy).await;
            gate.open();
        };
        let (verdicts, ()) = tokio::join!(
            push_to(&store, &copy.id, commands.clone(), Some(pack.clone()), false),
            other
        );
        let verdicts = verdicts.unwrap();
        assert_eq!(
            won(&verdicts),
            expect_done(nth),
            "held at {nth} ({:?}): {verdicts:?}",
            calls[nth - 1]
        );
        for (command, verdict) in commands.iter().zip(&verdicts) {
            if matches!(verdict, Verdict::Done { .. }) {
                assert_eq!(copy.refs().await.get(&command.name).copied(), command.new);
            }
        }
        assert_clean(&copy).await;
    }
}

#[tokio::test]
async fn a_push_held_anywhere_meets_one_that_brings_the_same_objects() {
    let (_, bed, _, children) = fan(1).await;
    let (child, pack) = children[0].clone();
    let mine = (vec![command("refs/heads/mine", None, Some(child))], pack.clone());
    let theirs = async |bed: &Bed| {
        bed.pushed(
            vec![command("refs/heads/theirs", None, Some(child))],
            Some(pack.clone()),
        )
        .await;
    };
    interleave(&bed, mine, theirs, |_| true).await;
}

#[tokio::test]
async fn a_push_held_anywhere_loses_to_one_of_the_same_ref_or_of_a_ref_in_its_way() {
    let (_, bed, _, children) = fan(2).await;
    let mine = (
        vec![command("refs/heads/a/b", None, Some(children[0].0))],
        children[0].1.clone(),
    );
    for other in ["refs/heads/a/b", "refs/heads/a", "refs/heads/a/b/c"] {
        let theirs = async |bed: &Bed| {
            bed.pushed(
                vec![command(other, None, Some(children[1].0))],
                Some(children[1].1.clone()),
            )
            .await;
        };
        interleave(&bed, mine.clone(), theirs, |_| false).await;
    }
}

#[tokio::test]
async fn a_push_that_replaces_a_ref_by_refs_below_it_succeeds_beside_others() {
    let (_, bed, root, children) = fan(2).await;
    bed.pushed(vec![command("refs/heads/a", None, Some(root))], None).await;
    let commands = vec![
        command("refs/heads/a", Some(root), None),
        command("refs/heads/a/b", None, Some(children[0].0)),
    ];
    let theirs = async |bed: &Bed| {
        bed.pushed(
            vec![command("refs/heads/x", None, Some(children[1].0))],
            Some(children[1].1.clone()),
        )
        .await;
    };
    interleave(&bed, (commands, children[0].1.clone()), theirs, |_| true).await;
}

#[tokio::test]
async fn a_push_held_anywhere_meets_a_compaction() {
    let (_, bed, _, children) = fan(12).await;
    for (at, (child, pack)) in children[1..].iter().enumerate() {
        bed.pushed(
            vec![command(&format!("refs/heads/b{at}"), None, Some(*child))],
            Some(pack.clone()),
        )
        .await;
    }
    let mine = (
        vec![command("refs/heads/mine", None, Some(children[0].0))],
        children[0].1.clone(),
    );
    let merge = async |bed: &Bed| {
        compact::compact(&bed.store, &bed.id)
            .await
            .unwrap()
            .expect("there is much to merge");
    };
    interleave(&bed, mine, merge, |_| true).await;
}
