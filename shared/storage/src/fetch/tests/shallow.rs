//! History that is cut.

use packhouse_git::hash::{ObjectFormat, ObjectId};
use packhouse_git::upload_pack::{Deepen, FetchRequest, INFINITE_DEPTH};

use super::twins::{Twins, want};
use crate::fetch::Session;
use crate::testing::Rng;

#[tokio::test]
async fn depths_cut_history_where_git_cuts_it() {
    for (seed, skew) in [(4, false), (5, true)] {
        let mut rng = Rng::new(seed);
        let mut twins = Twins::new(ObjectFormat::Sha1, seed, skew).await;
        if skew {
            twins = twins.merged().await;
        }
        for depth in 1..=5 {
            let deep = |depth, shallow: &[ObjectId]| {
                let mut shallow = shallow.to_vec();
                shallow.sort_unstable();
                let deepen = Some(Deepen::Depth(depth));
                FetchRequest {
                    deepen,

                    shallow,
                    ..want(twins.branches())
                }
            };
            let (shallow, _) = twins.check(deep(depth, &[]), &[]).await;
            let haves = twins.branches();
            twins.check(deep(depth + 2, &shallow), &haves).await;
            twins
                .check(deep(depth.saturating_sub(1).max(1), &shallow), &haves)
                .await;
            twins.check(deep(INFINITE_DEPTH, &shallow), &haves).await;
            // An ordinary fetch of a shallow client, and a cut for one that has all of some history.
            let ordinary = FetchRequest {
                deepen: None,
                ..deep(1, &shallow)
            };
            twins.check(ordinary, &haves[..1]).await;
            let some = twins.pick(&mut rng, 1);
            twins.check(deep(depth, &[]), &some).await;
        }
    }
}

#[tokio::test]
async fn relative_depths_count_from_the_clients_boundary() {
    let twins = Twins::new(ObjectFormat::Sha1, 6, false).await;
    let main = vec![twins.git.id("main")];
    for depth in 1..=3 {
        let first = FetchRequest {
            deepen: Some(Deepen::Depth(depth)),
            ..want(main.clone())
        };
        let (mut shallow, _) = twins.check(first, &[]).await;
        shallow.sort_unstable();
        for more in 1..=2 {
            let deepen = Some(Deepen::Depth(more));
            let request = FetchRequest {
                deepen,
                deepen_relative: true,
                shallow: shallow.clone(),
                ..want(main.clone())
            };
            twins.check(request, &main).await;
        }
    }
}

#[tokio::test]
async fn times_and_refs_cut_history_where_git_cuts_it() {
    let twins = Twins::new(ObjectFormat::Sha1, 7, false).await;
    twins
        .git
        .set("refs/heads/early", twins.commits[twins.commits.len() / 2]);
    twins.bed.mirror(&twins.git).await;
    let session = Session::open(twins.bed.snapshot().await).await.unwrap();
    let twins = Twins { session, ..twins };
    let history = |since, not: &[&str]| {
        let not = not.iter().map(|name| name.as_bytes().to_vec()).collect();
        FetchRequest {
            deepen: Some(Deepen::History { since, not }),
            ..want(twins.branches())
        }
    };
    let times: Vec<i64> = (0..36).step_by(5).map(|mark| 1_700_000_000 + mark / 2 * 100).collect();
    for since in times {
        let (mut shallow, _) = twins.check(history(Some(since), &[]), &[]).await;
        shallow.sort_unstable();
        let back = FetchRequest {
            shallow,
            ..history(Some(since - 500), &[])
        };
        twins.check(back, &twins.branches()).await;
    }
    twins.check(history(None, &["early"]), &[]).await;
    twins
        .check(history(None, &["refs/heads/early"]), &twins.commits[30..31])
        .await;
    twins.check(history(Some(1_700_000_300), &["early"]), &[]).await;
}
