//! What only somebody would push who means harm, and what fetches then make of it.

use std::fmt::Write as _;
use std::time::Duration;

use packhouse_git::filter::Filter;
use packhouse_git::hash::ObjectId;
use packhouse_git::object::Kind;
use packhouse_git::upload_pack::FetchRequest;

use super::planned;
use crate::error::Error;
use crate::fetch::{Session, Wants};
use crate::repack::repack;
use crate::testing::{Bed, Git, assert_clean, clone_of, command, padded};

/// The stream of a delta may begin with many blocks that hold nothing, so that its first bytes do not tell its size.
#[tokio::test]
async fn padded_deltas_are_read_like_any_other() {
    let (git, bed) = (Git::sha1(), Bed::sha1().await);
    let base: Vec<u8> = b"what it builds on ".repeat(20);
    let edited = [base.as_slice(), b"and one more\n"].concat();
    let (blob, second) = (git.blob(&base), git.blob(&edited));
    let tree = git.tree(&[("a", blob), ("b", second)]);
    let commit = git.commit(tree, &[], "padded");
    git.set("refs/heads/main", commit);
    let (commit_data, tree_data) = (git.data("commit", commit), git.data("tree", tree));
    let whole = [
        (Kind::Commit, commit_data.as_slice()),
        (Kind::Tree, &tree_data),
        (Kind::Blob, &base),
    ];
    for blocks in [0, 110, 10_000] {
        let bed = bed.copy().await;
        let pack = padded(git.format, &whole, (blob, &base, &edited), blocks);
        bed.pushed(vec![command("refs/heads/main", None, Some(commit))], Some(pack))
            .await;
        assert_clean(&bed).await;
        let everything = FetchRequest::default();
        let small = FetchRequest {
            filter: Some(Filter::BlobLimit(365)),
            ..FetchRequest::default()
        };
        for _ in 0..2 {
            assert_eq!(clone_of(&bed, &everything).await, git.objects(&["main"]));
            assert_eq!(
                clone_of(&bed, &small).await,
                git.objects(&["--filter=blob:limit=365", "main"])
            );
            repack(&bed.store, &bed.id, Duration::ZERO).await.unwrap();
            assert_clean(&bed).await;
        }
    }
    let pack = padded(git.format, &whole, (blob, &base, &edited), 20_000);
    let refused = bed.push(vec![command("refs/heads/main", None, Some(commit))], Some(pack));
    assert!(refused.await.unwrap_err().to_string().ends_with("is padded"));
}

/// Trees that differ little take little to push, and much to hold one inside the other.
#[tokio::test]
async fn nests_of_large_folders_are_refused_rather_than_held() {
    let (git, bed) = (Git::sha1(), Bed::sha1().await);
    let blob = git.blob(b"the same in all");
    let files: String = (0..600).map(|n| format!("100644 blob {blob}\tfile-{n:04}\n")).collect();
    let folder = |inner: Option<ObjectId>| {
        let inner = inner.map_or(String::new(), |inner| format!("040000 tree {inner}\tnest\n"));
        git.hex(&git.text(&["mktree"], format!("{files}{inner}").as_bytes()))
    };
    let mut nest = folder(None);
    let mut tips = Vec::new();
    for depth in 0..20 {
        nest = folder(Some(nest));
        if depth % 18 == 8 {
            tips.push(git.commit(nest, &[], "nest"));
        }
    }
    tips.push(git.commit(nest, &[], "nest"));
    for (at, tip) in tips.into_iter().enumerate() {
        let bed = bed.copy().await.limited(|limits| limits.in_memory_bytes = 256 << 10);
        bed.pushed(
            vec![command("refs/heads/main", None, Some(tip))],
            Some(git.pack(&[tip], &[])),
        )
        .await;
        // Plans that look into trees.
        let request = FetchRequest {
            wants: vec![tip],
            filter: Some(Filter::BlobLimit(1024)),
            ..FetchRequest::default()
        };
        let session = Session::open(bed.snapshot().await).await.unwrap();
        let fetched = planned(&session, request, Vec::new()).await;
        let repacked = repack(&bed.store, &bed.id, Duration::ZERO).await;
        if at == 0 {
            assert!(fetched.is_ok() && repacked.is_ok());
        } else {
            assert!(matches!(fetched, Err(Error::TooLarge(_))));
            assert!(matches!(repacked, Err(Error::TooLarge(_))));
        }
    }
}

/// Eight trees, each with the next one ten times: a few hundred bytes, and a hundred million paths.
#[tokio::test]
async fn paths_are_not_followed_without_end() {
    let (git, bed) = (Git::sha1(), Bed::sha1().await);
    let mut tree = git.tree(&[("patterns", git.blob(b"/d0/\n!/d0/d1/\n"))]);
    for depth in 0..8 {
        let lines: String = (0..10).map(|n| format!("040000 tree {tree}\td{n}\n")).collect();
        tree = git.hex(&git.text(&["mktree"], lines.as_bytes()));
        let below = "/d0".repeat(depth + 1);
        let tip = git.commit(tree, &[], "bomb");
        let bed = bed.copy().await;
        bed.pushed(
            vec![command("refs/heads/main", None, Some(tip))],
            Some(git.pack(&[tip], &[])),
        )
        .await;
        let path = format!("sparse:oid=main:{}/patterns", &below[1..]);
        let request = FetchRequest {
            wants: vec![tip],
            filter: Some(Filter::parse(path.as_bytes()).unwrap()),
            ..FetchRequest::default()
        };
        let session = Session::open(bed.snapshot().await).await.unwrap();
        match planned(&session, request, Vec::new()).await {
            Ok(_) => assert!(depth < 5),
            Err(error) => assert!(depth > 3 && matches!(error, Error::TooLarge(_)), "{depth} {error}"),
        }
    }
}

/// Each thing that is common may need a walk over all of history to tell whether it is enough.
#[tokio::test]
async fn all_questions_of_a_negotiation_together_may_walk_so_far() {
    let (git, bed) = (Git::sha1(), Bed::sha1().await);
    let mut stream = String::new();
    for (branch, count, time) in [("old", 1, 1_000), ("main", 600, 2_000)] {
        for at in 0..count {
            let time = time + at;
            let who = format!("committer c <c@example.com> {time} +0000");
            writeln!(
                stream,
                "commit refs/heads/{branch}\n{who}\ndata 2\nc\nM 644 inline f\ndata 1\n{}",
                at % 7
            )
            .unwrap();
        }
    }
    git.import(&stream);
    bed.mirror(&git).await;
    let session = Session::open(bed.snapshot().await).await.unwrap();
    let (tip, near, old) = (git.id("main"), git.id("main~3"), git.id("old"));
    let ready = async |questions: Vec<Vec<ObjectId>>| {
        let wants = Wants {
            ids: vec![tip],
            refs: Vec::new(),
        };
        let ask = move |session: &Session| {
            let mut readiness = session.readiness(&wants);
            let answers = questions.iter().map(|common| readiness.ready(common));
            answers.collect::<Result<Vec<bool>, _>>()
        };
        session.run(ask).await.unwrap()
    };
    assert_eq!(ready(vec![vec![near]]).await, [true]);
    assert_eq!(
        ready(vec![vec![], vec![near], vec![near, old]]).await,
        [false, true, true]
    );
    // To tell that it does not reach the old one takes more steps than there are, and none are left for the near one.
    assert_eq!(ready(vec![vec![old], vec![old, near]]).await, [false, false]);
}
