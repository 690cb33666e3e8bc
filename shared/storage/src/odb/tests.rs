use tokio::sync::oneshot;

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
