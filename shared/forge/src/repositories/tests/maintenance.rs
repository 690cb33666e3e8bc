use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt as _;
use packhouse_storage::fault::{FaultyTable, Plan};
use packhouse_storage::keys;
use packhouse_storage::manifest::Pack;
use packhouse_storage::repository::Amendment;
use packhouse_storage::table::Table;

use super::*;
use crate::maintenance::ask_where_due;

async fn put_blob(forge: &Forge, id: &RepositoryId) {
    let key = keys::pack(id.as_str(), "a");
    forge
        .store()
        .blobs()
        .put(&key, Bytes::from_static(b"x"), None)
        .await
        .unwrap();
}

async fn blobs(forge: &Forge, id: &RepositoryId) -> usize {
    let page = forge.store().blobs().list(&keys::blobs(id.as_str()), None).await;
    page.unwrap().blobs.len()
}

/// How many a pass without end takes away for good.
async fn purged(forge: &Forge, kept: Duration) -> usize {
    let pass = purge(forge, kept, None, Duration::MAX).await.unwrap();
    assert_eq!(pass.stopped, None);
    pass.gone
}

#[tokio::test]
async fn deleted_repositories_stay_for_their_time_and_then_go_whole() {
    let forge = forge().await;
    let (gone, alive) = (make(&forge, "gone").await, make(&forge, "alive").await);
    for id in [&gone, &alive] {
        put_blob(&forge, id).await;
    }
    delete(&forge, &caller(&forge), &name("gone")).await.unwrap();
    assert_eq!(purged(&forge, KEPT).await, 0);
    undelete(&forge, &caller(&forge), "gone", None).await.unwrap();
    assert_eq!(purged(&forge, Duration::ZERO).await, 0);
    delete(&forge, &caller(&forge), &name("gone")).await.unwrap();

    assert_eq!(purged(&forge, Duration::ZERO).await, 0);
    assert_eq!(blobs(&forge, &gone).await, 0);
    let late = undelete(&forge, &caller(&forge), "gone", None).await.unwrap_err();
    assert!(matches!(late, Error::NoDeletedRepository(_)), "{late}");
    assert_eq!(purged(&forge, Duration::ZERO).await, 1);
    assert!(list_deleted(&forge, &caller(&forge)).await.unwrap().is_empty());
    assert_eq!(purged(&forge, Duration::ZERO).await, 0);

    assert_eq!(blobs(&forge, &alive).await, 1);
    assert_eq!(resolve(&forge, &name("alive")).await.unwrap().id, alive);
    make(&forge, "gone").await;
}

#[tokio::test(start_paused = true)]
async fn a_purge_that_runs_out_of_time_goes_on_behind_the_last_repository_that_it_was_done_with() {
    let table: Arc<dyn Table> = Arc::new(MemoryTable::default());
    let forge = testing::forge_over(Arc::clone(&table)).await;
    let mut ids = Vec::new();
    for gone in ["a", "b", "c"] {
        ids.push(make(&forge, gone).await);
        delete(&forge, &caller(&forge), &name(gone)).await.unwrap();
    }
    ids.sort_unstable();
    let until = || packhouse_storage::clock::now() + Duration::from_secs(600);
    // One call lists, and each repository takes five: the manifest is read and removed, items are listed and removed, and it
    // is taken off the listing.
    for (held, gone, done) in [(1 + 1, 0, None), (1 + 5 + 2, 1, Some(&ids[0]))] {
        let (plan, _gate) = Plan::counting().hold_at(held);
        let slow = Arc::new(FaultyTable::new(Arc::clone(&table), Arc::new(plan)));
        let pass = purge(&testing::again(&forge, slow), Duration::ZERO, None, until()).await;
        let pass = pass.unwrap();
        assert_eq!((pass.gone, pass.stopped), (gone, Some(done.cloned())), "{held}");
    }
    let rest = purge(&forge, Duration::ZERO, Some(&ids[0]), until()).await.unwrap();
    assert_eq!((rest.gone, rest.stopped), (2, None));
    assert!(list_deleted(&forge, &caller(&forge)).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_start_asks_for_the_compactions_that_are_still_due() {
    let queue = Arc::new(Queue::default());
    let forge = forge_with(Arc::clone(&queue)).await;
    make(&forge, "few").await;
    let many = make(&forge, "many").await;
    let actor = caller(&forge).actor();
    let mut amendment = Amendment::new(forge.store(), &many, &actor, "test");
    let mut manifest = amendment.read().await.unwrap().unwrap();
    manifest.packs = (0..20)
        .map(|at| Pack {
            id: at.to_string(),
            bytes: 1,
            index_bytes: 1,
            sidecar_bytes: None,
            objects: 1,
            appended: None,
            overlaps: false,
            key_epoch: 0,
        })
        .collect();
    assert!(amendment.write(manifest, Vec::new()).await.unwrap());
    ask_where_due(&forge).await.unwrap();
    assert_eq!(queue.next().await, many);
    assert!(queue.next().now_or_never().is_none(), "the other has few packs");
}

#[tokio::test]
async fn another_encryption_key_asks_for_a_compaction_and_the_same_one_does_not() {
    let queue = Arc::new(Queue::default());
    let forge = forge_with(Arc::clone(&queue)).await;
    let id = make(&forge, "w").await;
    for (key, is_new) in [("alias/a", true), ("alias/a", false), ("alias/aws/codecommit", true)] {
        set_encryption_key(&forge, &caller(&forge), &name("w"), key.into())
            .await
            .unwrap();
        let asked = queue.next().now_or_never();
        assert_eq!(asked, is_new.then(|| id.clone()), "{key}");
    }
    let manifest = resolve(&forge, &name("w")).await.unwrap().manifest;
    assert_eq!((manifest.kms_key.as_deref(), manifest.key_epoch), (None, 2));
}

#[tokio::test]
async fn packs_under_another_key_are_worth_a_compaction_however_few() {
    let queue = Arc::new(Queue::default());
    let forge = forge_with(Arc::clone(&queue)).await;
    let few = make(&forge, "few").await;
    let actor = caller(&forge).actor();
    let mut amendment = Amendment::new(forge.store(), &few, &actor, "test");
    let mut manifest = amendment.read().await.unwrap().unwrap();
    manifest.packs = vec![Pack {
        id: "1".into(),
        bytes: 1,
        index_bytes: 1,
        sidecar_bytes: None,
        objects: 1,
        appended: None,
        overlaps: false,
        key_epoch: 0,
    }];
    manifest.key_epoch = 1;
    assert!(amendment.write(manifest, Vec::new()).await.unwrap());
    ask_where_due(&forge).await.unwrap();
    assert_eq!(queue.next().now_or_never(), Some(few));
    let inside = inspect(&forge, &caller(&forge), &name("few")).await.unwrap();
    assert_eq!((inside.packs, inside.packs_under_another_key), (1, 1));
}
