use std::collections::BTreeSet;
use std::sync::Arc;

use packhouse_git::upload_pack::FetchRequest;

use super::*;
use crate::compact::compact;
use crate::fault::{Fault, Plan};
use crate::testing::{Bed, assert_clean, chain, clone_of};

/// A repository of which a compaction has just merged all packs.
async fn compacted() -> Bed {
    let bed = Bed::sha1().await;
    chain(&bed, 14).await;
    compact(&bed.store, &bed.id)
        .await
        .unwrap()
        .expect("there is something to merge");
    bed
}

async fn packs(bed: &Bed) -> BTreeSet<String> {
    let blobs = bed.blobs_of_repository().await;
    blobs
        .into_iter()
        .map(|(key, _)| key)
        .filter(|key| key.contains("/packs/"))
        .collect()
}

#[tokio::test]
async fn merged_packs_go_when_they_are_old_enough_and_nothing_else_does() {
    let bed = compacted().await;
    let everything = clone_of(
        &bed,
        &FetchRequest {
            ofs_delta: true,
            ..FetchRequest::default()
        },
    )
    .await;
    let all = packs(&bed).await;
    assert_eq!(reclaim(&bed.store, &bed.id, KEPT).await.unwrap(), 0);
    assert_eq!(packs(&bed).await, all);
    assert_eq!(reclaim(&bed.store, &bed.id, Duration::ZERO).await.unwrap(), 42);
    assert_eq!(packs(&bed).await.len(), 2, "one pack and its index");
    assert_eq!(reclaim(&bed.store, &bed.id, Duration::ZERO).await.unwrap(), 0);
    assert_clean(&bed).await;
    assert_eq!(
        clone_of(
            &bed,
            &FetchRequest {
                ofs_delta: true,
                ..FetchRequest::default()
            }
        )
        .await,
        everything
    );
}

#[tokio::test]
async fn a_reclaim_that_fails_anywhere_is_finished_by_the_next() {
    for fault in Fault::ALL {
        for at in 1.. {
            let bed = compacted().await;
            let plan = Arc::new(Plan::fail_at(at, fault));
            let outcome = reclaim(&bed.planned(&plan), &bed.id, Duration::ZERO).await;
            let hit = plan.was_hit();
            assert!(hit || outcome.is_ok(), "{fault:?} at {at}: {outcome:?}");
            reclaim(&bed.store, &bed.id, Duration::ZERO).await.unwrap();
            assert_eq!(packs(&bed).await.len(), 2, "{fault:?} at {at}");
            assert_clean(&bed).await;
            if !hit {
                break;
            }
        }
    }
}

#[tokio::test]
async fn segments_of_one_push_go_each_when_it_is_replaced() {
    let bed = Bed::sha1().await;
    let tips = chain(&bed, crate::pack_list::INLINE).await;
    let tip = tips[crate::pack_list::INLINE - 1].0;
    let git = crate::testing::Git::sha1();
    let other = git.commit(git.tree(&[("a", git.blob(b"other"))]), &[], "other");
    let long = |prefix: &str, at: usize| format!("refs/heads/{prefix}{}{at}", "x".repeat(200));
    let many = |prefix: &str, target| -> Vec<_> {
        let names = (0..40).map(|at| long(prefix, at));
        names
            .map(|name| crate::testing::command(&name, None, Some(target)))
            .collect()
    };
    let mut both = many("a", tip);
    both.push(crate::testing::command("refs/heads/other", None, Some(other)));
    bed.pushed(both, Some(git.pack(&[other], &[]))).await;
    let manifest = bed.snapshot().await.manifest().clone();
    assert!(manifest.refs_base.is_some() && manifest.packs_base.is_some());
    bed.pushed(many("b", tip), None).await;
    let after = bed.snapshot().await.manifest().clone();
    assert!(after.refs_base != manifest.refs_base && after.packs_base == manifest.packs_base);
    reclaim(&bed.store, &bed.id, Duration::ZERO).await.unwrap();
    assert_clean(&bed).await;
    assert_eq!(bed.copy().await.snapshot().await.packs().await.unwrap().len(), 201);
}
