use std::sync::atomic::Ordering;

use futures_util::FutureExt as _;
use tokio::sync::oneshot;

use crate::push::Ingest;
use crate::testing::{Bed, Git, history};

#[tokio::test]
async fn a_walk_that_nobody_waits_for_ends_at_its_next_read() {
    let (bed, git) = (Bed::sha1().await, Git::sha1());
    history(&git, 1, 3, false);
    bed.mirror(&git).await;
    let odb = bed.snapshot().await.odb().await.unwrap();
    let tip = git.id("main");
    let (begin, begun) = oneshot::channel();
    let (end, ended) = oneshot::channel();
    let endless = odb.walk(move |odb| {
        begin.send(()).unwrap();
        let error = loop {
            // From the second one on it comes from a cache, which asks nobody.
            if let Err(error) = odb.read(&tip) {
                break error;
            }
        };
        end.send(error.to_string()).unwrap();
        Err::<(), _>(error)
    });
    tokio::select! {
        _ = endless => unreachable!("it ends by being dropped"),
        begun = begun => begun.unwrap(),
    }
    assert!(ended.await.unwrap().ends_with("nobody waits for it any more"));
    assert!(odb.walk(move |odb| odb.read(&tip)).await.unwrap().is_some());
}

#[test]
fn a_pack_that_nobody_waits_for_is_not_resolved() {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.max_blocking_threads(1).enable_all().build().unwrap();
    runtime.block_on(async {
        let (bed, git) = (Bed::sha1().await, Git::sha1());
        history(&git, 2, 60, false);
        let snapshot = bed.snapshot().await;
        let odb = snapshot.odb().await.unwrap();
        let mut ingest = Ingest::new(&snapshot).unwrap();
        ingest.feed(git.pack(&[git.id("main")], &[])).await.unwrap();
        let progress = ingest.progress();
        // The only thread that may block is taken until the push is given up.
        let (release, released) = std::sync::mpsc::channel::<()>();
        let taken = tokio::task::spawn_blocking(move || released.recv().is_err());
        assert!(ingest.prepare(&odb).now_or_never().is_none());
        drop(release);
        assert!(taken.await.unwrap());
        // What waited for the thread before this has ended.
        tokio::task::spawn_blocking(|| {}).await.unwrap();
        let (deltas, resolved) = (&progress.deltas, &progress.resolved);
        assert!(deltas.load(Ordering::Relaxed) > 0, "it began");
        assert_eq!(resolved.load(Ordering::Relaxed), 0);
    });
}
