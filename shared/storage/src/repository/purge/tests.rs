use std::sync::Arc;

use bytes::Bytes;

use super::*;
use crate::fault::{Fault, Plan};
use crate::manifest::Manifest;
use crate::repository::Amendment;
use crate::testing::{Bed, actor, table_items};

const DELETED: u64 = 1000;

async fn amend(store: &Store, id: &RepositoryId, change: impl Fn(&mut Manifest)) -> Result<()> {
    let mut amendment = Amendment::new(store, id, &actor(), "test");
    while let Some(mut manifest) = amendment.read().await? {
        change(&mut manifest);
        if amendment.write(manifest, Vec::new()).await? {
            break;
        }
    }
    Ok(())
}

/// A deleted repository with blobs and with more items than go in one transaction.
async fn deleted() -> Bed {
    let bed = Bed::sha1().await;
    for round in 0..60 {
        amend(&bed.store, &bed.id, |manifest| manifest.name = format!("name{round}"))
            .await
            .unwrap();
    }
    amend(&bed.store, &bed.id, |manifest| manifest.deleted = Some(DELETED))
        .await
        .unwrap();
    for key in [keys::pack(bed.id.as_str(), "a"), keys::log_blob(bed.id.as_str(), "b")] {
        bed.store
            .blobs()
            .put(&key, Bytes::from_static(b"x"), None)
            .await
            .unwrap();
    }
    bed
}

/// Points to every log entry from the outbox, as pushes do.
async fn fill_outbox(bed: &Bed) {
    for version in 1..=62 {
        let pointer = Write::put(keys::outbox(bed.id.as_str(), version), Expect::Any, "{}");
        bed.store.table().transact(vec![pointer]).await.unwrap();
    }
}

async fn items(bed: &Bed) -> usize {
    let mut count = table_items(bed.store.table(), &keys::repository(bed.id.as_str()), "")
        .await
        .len();
    let shard = keys::outbox(bed.id.as_str(), 1).pk;
    count += table_items(bed.store.table(), &shard, "").await.len();
    count
}

#[tokio::test]
async fn only_what_was_deleted_long_enough_ago_goes() {
    let bed = deleted().await;
    assert_eq!(purge(&bed.store, &bed.id, DELETED - 1).await.unwrap(), Purged::Kept);
    amend(&bed.store, &bed.id, |manifest| manifest.deleted = None)
        .await
        .unwrap();
    assert_eq!(purge(&bed.store, &bed.id, u64::MAX).await.unwrap(), Purged::Kept);
    assert_eq!(bed.blobs_of_repository().await.len(), 2);
    assert!(bed.store.manifest(&bed.id).await.is_ok());
}

#[tokio::test]
async fn nothing_is_left_but_the_others() {
    let bed = deleted().await;
    fill_outbox(&bed).await;
    let other = keys::pack(RepositoryId::fresh().as_str(), "a");
    bed.store
        .blobs()
        .put(&other, Bytes::from_static(b"x"), None)
        .await
        .unwrap();
    assert_eq!(purge(&bed.store, &bed.id, DELETED).await.unwrap(), Purged::Begun);
    assert!(matches!(bed.store.manifest(&bed.id).await, Err(Error::NoRepository)));
    assert!(items(&bed).await > 0, "a crash could bring a blob back");
    assert_eq!(purge(&bed.store, &bed.id, DELETED).await.unwrap(), Purged::Whole);
    assert_eq!((items(&bed).await, bed.blobs_of_repository().await.len()), (0, 0));
    assert_eq!(bed.store.blobs().head(&other).await.unwrap(), 1);
}

#[tokio::test]
async fn a_purge_goes_on_after_every_fault_and_leaves_no_half_that_is_alive() {
    let bed = deleted().await;
    for fault in Fault::ALL {
        for nth in 1.. {
            let copy = bed.copy().await;
            fill_outbox(&copy).await;
            let before = items(&copy).await;
            let plan = Arc::new(Plan::fail_at(nth, fault));
            let store = copy.planned(&plan);
            for _ in 0..2 {
                if purge(&store, &copy.id, DELETED).await.is_err() {
                    break;
                }
            }
            if !plan.was_hit() {
                assert!(nth > 1, "{fault:?} never happens");
                break;
            }
            if copy.store.manifest(&copy.id).await.is_ok() {
                let whole = (items(&copy).await, copy.blobs_of_repository().await.len());
                assert_eq!(whole, (before, 2), "{fault:?} at {nth}: it could still be brought back");
            }
            while purge(&copy.store, &copy.id, DELETED).await.unwrap() != Purged::Whole {}
            let left = (items(&copy).await, copy.blobs_of_repository().await.len());
            assert_eq!(left, (0, 0), "{fault:?} at {nth}");
        }
    }
}

#[tokio::test]
async fn who_brings_it_back_in_the_last_moment_gets_it_whole() {
    let bed = deleted().await;
    // The read of the manifest is the first call, its deletion the second.
    let (plan, gate) = Plan::counting().hold_at(2);
    let store = bed.planned(&Arc::new(plan));
    let bring_back = async {
        gate.reached().await;
        amend(&bed.store, &bed.id, |manifest| manifest.deleted = None)
            .await
            .unwrap();
        gate.open();
    };
    let (purged, ()) = tokio::join!(purge(&store, &bed.id, DELETED), bring_back);
    assert_eq!(purged.unwrap(), Purged::Kept);
    assert_eq!(bed.blobs_of_repository().await.len(), 2);
    assert_eq!(bed.store.manifest(&bed.id).await.unwrap().deleted, None);
}
