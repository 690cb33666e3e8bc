//! What only somebody would push who means harm, and what fetches then make of it.

use std::time::Duration;

use packhouse_git::filter::Filter;
use packhouse_git::hash::ObjectId;
use packhouse_git::object::Kind;
use packhouse_git::upload_pack::FetchRequest;

use super::planned;
use crate::error::Error;
use crate::fetch::Session;
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
    assert!(matches!(refused.await, Err(Error::Invalid(_))));
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
        let bed = bed.copy().await;
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
