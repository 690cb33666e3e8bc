//! When a repack is due, and who does it.

use super::*;
use crate::table::{Expect, Write};

#[tokio::test]
async fn one_at_a_time_repacks() {
    let (_git, bed, _, _) = with_garbage().await;
    let bed = bed.limited(|limits| limits.repack_bytes = 1 << 30);
    let taken = Lease::take(&bed.store, &bed.id).await.unwrap().unwrap();
    assert!(Lease::take(&bed.store, &bed.id).await.unwrap().is_none());
    let busy = compact(&bed.store, &bed.id).await;
    assert!(matches!(busy, Err(Error::Busy)), "{busy:?}");
    taken.end().await;
    let done = compact(&bed.store, &bed.id).await.unwrap();
    assert_eq!(done, Some(Compacted { merged: 3 }));
    let mut lease = Lease::take(&bed.store, &bed.id)
        .await
        .unwrap()
        .expect("it was given back");
    tokio::time::pause();
    let held = tokio::time::timeout(Duration::from_secs(100), lease.hold(std::future::pending::<()>()));
    assert!(held.await.is_err());
    let item = bed
        .store
        .table()
        .get(&keys::repacking(bed.id.as_str()))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(item.version, 4, "it was renewed each half minute");
    // Somebody else's is not taken away.
    let others = Write::put(item.key.clone(), Expect::Any, "another");
    bed.store.table().transact(vec![others]).await.unwrap();
    lease.end().await;
    assert!(bed.store.table().get(&item.key).await.unwrap().is_some());
    assert_clean(&bed).await;
}

#[tokio::test]
async fn a_compaction_repacks_when_the_base_is_outgrown_or_objects_wait() {
    let (_git, bed, lost, _) = with_garbage().await;
    let bed = bed.limited(|limits| limits.repack_bytes = 1 << 30);
    assert_eq!(
        compact(&bed.store, &bed.id).await.unwrap(),
        Some(Compacted { merged: 3 })
    );
    assert!(has(&bed, lost).await);
    assert_eq!(
        compact(&bed.store, &bed.id).await.unwrap(),
        None,
        "what is set aside waits"
    );
    let bed = bed.limited(|limits| limits.keep_unreachable = Duration::ZERO);
    assert_eq!(
        compact(&bed.store, &bed.id).await.unwrap(),
        None,
        "once a day is enough"
    );

    let bed = Bed::sha1().await.limited(|limits| limits.repack_bytes = 1 << 30);
    let git = Git::sha1();
    history(&git, 15, 120, false);
    bed.mirror(&git).await;
    assert!(
        is_time(&bed.store, bed.snapshot().await.manifest()),
        "an import gets a base at once"
    );
    assert_eq!(
        compact(&bed.store, &bed.id).await.unwrap(),
        Some(Compacted { merged: 1 })
    );
    assert!(!is_time(&bed.store, bed.snapshot().await.manifest()));
    assert_clean(&bed).await;

    // Objects that are set aside are not worth a base, however many they are.
    let bed = Bed::sha1().await.limited(|limits| limits.repack_bytes = 1 << 30);
    let (tag, tip) = ("refs/tags/only", git.id("main"));
    bed.pushed(vec![command(tag, None, Some(tip))], Some(git.pack(&[tip], &[])))
        .await;
    bed.pushed(vec![command(tag, Some(tip), None)], None).await;
    for merged in [Some(Compacted { merged: 1 }), None] {
        assert_eq!(compact(&bed.store, &bed.id).await.unwrap(), merged);
        assert!(!is_time(&bed.store, bed.snapshot().await.manifest()));
    }
    assert!(has(&bed, tip).await);

    let bed = Bed::sha1().await.limited(|limits| limits.repack_bytes = 1 << 30);
    let commits = crate::testing::chain(&bed, 12).await;
    assert_eq!(
        compact(&bed.store, &bed.id).await.unwrap(),
        Some(Compacted { merged: 12 })
    );
    assert!(bed.snapshot().await.manifest().base.is_some());
    assert!(has(&bed, commits[11].0).await);
    assert_clean(&bed).await;
}
