//! How many calls of the stores a fetch may cost where each is slow and paid for.

use std::fmt::Write as _;
use std::sync::Arc;

use super::*;
use crate::fault::{Counters, Plan};
use crate::snapshot::Snapshot;
use crate::testing::{Bed, command};

/// What a fetch costs that nothing was read for before, and the bytes that it brings.
async fn cold(bed: &Bed, request: FetchRequest, common: Vec<ObjectId>) -> (Counters, usize) {
    let plan = Arc::new(Plan::default());
    let store = bed.limited(|limits| limits.reads = Reads::REMOTE).planned(&plan);
    let session = Session::open(Snapshot::open(&store, &bed.id).await.unwrap())
        .await
        .unwrap();
    let bytes = bytes_of(planned(&session, request, common).await.unwrap()).await;
    (plan.counters(), bytes.len())
}

/// The branch `main` of as many commits of 20 folders with 20 files each, of which one is another in each; answers the commits.
fn history(git: &Git, commits: u64, bytes: usize) -> Vec<ObjectId> {
    let mut stream = String::new();
    for commit in 0..commits {
        let time = 1_800_000_000 + commit;
        writeln!(
            stream,
            "commit refs/heads/main\ncommitter A <a@b> {time} +0000\ndata 0\n"
        )
        .unwrap();
        for at in 0..if commit == 0 { 400 } else { 1 } {
            let mut noise = Rng::new(at + 1000 * commit);
            let text: String = (0..bytes / 8)
                .map(|_| format!("{:07x}\n", noise.below(1 << 28)))
                .collect();
            let path = format!("folder{:02}/file{:02}", at / 20, at % 20);
            writeln!(stream, "M 100644 inline {path}\ndata {}\n{text}", text.len()).unwrap();
        }
    }
    git.run(&["fast-import", "--quiet", "--force"], stream.as_bytes());
    let listed = git.text(&["rev-list", "--reverse", "main"], b"");
    listed.lines().map(|hex| git.hex(hex)).collect()
}

async fn push(git: &Git, bed: &Bed, old: Option<ObjectId>, new: ObjectId) {
    let parents: Vec<ObjectId> = old.into_iter().collect();
    let pack = git.pack(&[new], &parents);
    bed.pushed(vec![command("refs/heads/main", old, Some(new))], Some(pack))
        .await;
}

#[tokio::test]
async fn a_cold_fetch_of_one_commit_reads_four_blobs_at_most() {
    let (git, bed) = (Git::sha1(), Bed::sha1().await);
    let commits = history(&git, 2, 16_000);
    let (first, second) = (commits[0], commits[1]);
    push(&git, &bed, None, first).await;
    push(&git, &bed, Some(first), second).await;
    let request = FetchRequest {
        thin_pack: true,
        ofs_delta: true,
        ..want(vec![second])
    };
    let (calls, _) = cold(&bed, request, vec![first]).await;
    assert!(calls.ranges <= 4 && calls.table_gets == 1, "{calls:?}");
}

#[tokio::test]
async fn a_clone_reads_a_blob_for_each_eight_megabytes_and_the_index() {
    let (git, bed) = (Git::sha1(), Bed::sha1().await);
    let tip = history(&git, 1, 100_000)[0];
    push(&git, &bed, None, tip).await;
    let request = FetchRequest {
        ofs_delta: true,
        ..want(vec![tip])
    };
    let (calls, bytes) = cold(&bed, request, Vec::new()).await;
    assert!(bytes > 16 << 20, "{bytes}");
    assert!(calls.ranges <= bytes.div_ceil(8 << 20) + 1, "{calls:?} for {bytes}");
}

#[tokio::test]
async fn clones_that_stand_still_hold_no_more_long_parts_than_there_is_room_for() {
    let (git, bed) = (Git::sha1(), Bed::sha1().await);
    let tip = history(&git, 1, 100_000)[0];
    push(&git, &bed, None, tip).await;
    let store = bed.limited(|limits| limits.reads = Reads::REMOTE).store;
    let session = Session::open(Snapshot::open(&store, &bed.id).await.unwrap())
        .await
        .unwrap();
    let mut clones = Vec::new();
    for _ in 0..40 {
        let request = FetchRequest {
            ofs_delta: true,
            ..want(vec![tip])
        };
        let mut stream = planned(&session, request, Vec::new()).await.unwrap();
        // A kept answer begins with the header.
        let first = stream.next().await.unwrap().unwrap();
        let second = stream.next().await.unwrap().unwrap();
        clones.push((stream, first, second));
    }
    let held: Vec<usize> = clones
        .iter()
        .map(|(_, first, second)| first.len().max(second.len()))
        .collect();
    assert!(held[0] >= 8 << 20 && held[39] <= 512 << 10, "{held:?}");
    assert!(held.iter().sum::<usize>() <= (128 << 20) + 40 * (512 << 10), "{held:?}");
    let mut packs = Vec::new();
    for (mut stream, first, second) in clones.drain(..).rev().step_by(13) {
        let mut bytes = [first, second].concat();
        while let Some(more) = stream.next().await.unwrap() {
            bytes.extend(more);
        }
        packs.push(bytes);
    }
    let whole = |bytes: &[u8]| bytes[bytes.len() - 20..] == packs[0][packs[0].len() - 20..];
    assert!(packs.iter().all(|bytes| whole(bytes) && bytes.len() == packs[0].len()));
    assert!(store.long_part(128 << 20).is_some(), "all of the room is given back");
}

#[tokio::test]
async fn what_memory_does_not_hold_is_read_from_the_disk() {
    let (git, bed) = (Git::sha1(), Bed::sha1().await);
    let commits = history(&git, 20, 4_000);
    push(&git, &bed, None, commits[19]).await;
    let reads_of = |disk_bytes: u64| {
        let plan = Arc::new(Plan::default());
        let limited = bed.limited(|limits| {
            limits.cache_bytes = 0;
            limits.reads = Reads {
                chunk_bytes: 4 << 10,
                chunks: 1,
                disk_bytes,
                ..Reads::REMOTE
            };
        });
        let (store, commits) = (limited.planned(&plan), commits.clone());
        let id = bed.id.clone();
        async move {
            let snapshot = Snapshot::open(&store, &id).await.unwrap();
            let odb = snapshot.odb().await.unwrap();
            for _ in 0..3 {
                let commits = commits.clone();
                let read = move |odb: &crate::odb::Odb| {
                    for commit in &commits {
                        odb.read(&odb.commit(commit)?.tree)?;
                    }
                    Ok::<_, crate::error::Error>(())
                };
                odb.walk(read).await.unwrap();
            }
            plan.counters().ranges
        }
    };
    let (without, with) = (reads_of(0).await, reads_of(4 << 20).await);
    assert!(with * 2 < without, "{with} of {without} reads");
}
