use packhouse_git::find::Find as _;
use tokio::sync::oneshot;

use crate::error::Error;
use crate::testing::{Bed, Git, Rng, history};

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

#[tokio::test]
async fn a_large_blob_is_read_in_pieces_and_is_the_same() {
    let (bed, git) = (Bed::sha1().await, Git::sha1());
    let mut rng = Rng::new(3);
    let large: Vec<u8> = (0..5_600_000).map(|_| u8::try_from(rng.below(256)).unwrap()).collect();
    let small = b"small".to_vec();
    let blobs = [git.blob(&large), git.blob(&small)];
    let tree = git.tree(&[("large", blobs[0]), ("small", blobs[1])]);
    git.set("refs/heads/main", git.commit(tree, &[], "files"));
    bed.mirror(&git).await;
    let odb = bed.snapshot().await.odb().await.unwrap();
    let read = odb.walk(move |odb| {
        let read = |id| {
            let blob = odb.blob(id)?;
            let mut content = Vec::new();
            let (size, mut pieces) = (blob.size, 0);
            for piece in blob.pieces {
                content.extend_from_slice(&piece?);
                pieces += 1;
            }
            Ok::<_, Error>((size, pieces, content))
        };
        assert!(odb.blob(&tree).is_err());
        Ok::<_, Error>((read(&blobs[0])?, read(&blobs[1])?))
    });
    let (of_large, of_small) = read.await.unwrap();
    assert_eq!((of_large.0, of_large.1), (5_600_000, 6));
    assert!(of_large.2 == large);
    assert_eq!(of_small, (5, 1, small));
}
