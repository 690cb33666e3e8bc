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
    assert_eq!(reclaim(&bed.store, &bed.id, Duration::ZERO).await.unwrap(), 28);
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
