//! Pushes of many refs, and many pushes.

use bytes::Bytes;
use packhouse_git::hash::ObjectId;

use crate::compact::compact;
use crate::keys;
use crate::push::Command;
use crate::repository::Amendment;
use crate::testing::{Bed, Git, actor, assert_clean, chain, command, push_to};

/// A root commit in git, and a pack of it.
fn root() -> (Git, ObjectId, Bytes) {
    let git = Git::sha1();
    let commit = git.commit(git.tree(&[("file", git.blob(b"x\n"))]), &[], "root");
    let pack = git.pack(&[commit], &[]);
    (git, commit, pack)
}

#[tokio::test]
async fn five_thousand_refs_are_created_and_deleted_in_one_atomic_push_each() {
    let (_, one, pack) = root();
    let bed = Bed::sha1().await;
    let all: Vec<Command> = (0..5000)
        .map(|at| command(&format!("refs/tags/release-{at:05}"), None, Some(one)))
        .collect();
    let verdicts = push_to(&bed.store, &bed.id, all.clone(), Some(pack), true)
        .await
        .unwrap();
    assert_eq!(verdicts.len(), 5000);
    assert_eq!(bed.refs().await.len(), 5000);
    let entry = bed
        .store
        .table()
        .get(&keys::log(bed.id.as_str(), 2))
        .await
        .unwrap()
        .unwrap();
    assert!(entry.body.len() < 64 << 10, "a long list lies in a blob");
    assert_clean(&bed).await;
    let gone = all
        .into_iter()
        .map(|command| Command {
            old: command.new,
            new: None,
            ..command
        })
        .collect();
    push_to(&bed.store, &bed.id, gone, None, true).await.unwrap();
    assert!(bed.refs().await.is_empty());
    assert_clean(&bed).await;
}

#[tokio::test]
async fn every_256th_version_names_a_checkpoint_whoever_makes_it() {
    for maker in ["push", "compact", "rename"] {
        let bed = Bed::sha1().await;
        let one = chain(&bed, 12).await[0].0;
        let mut version = bed.snapshot().await.manifest().version;
        while version < 255 {
            let (old, new) = if version % 2 == 1 {
                (None, Some(one))
            } else {
                (Some(one), None)
            };
            bed.pushed(vec![command("refs/heads/topic", old, new)], None).await;
            version += 1;
        }
        match maker {
            "push" => {
                bed.pushed(vec![command("refs/heads/last", None, Some(one))], None)
                    .await;
            }
            "compact" => drop(compact(&bed.store, &bed.id).await.unwrap().unwrap()),
            _ => {
                let mut amendment = Amendment::new(&bed.store, &bed.id, &actor(), maker);
                let manifest = amendment.read().await.unwrap().unwrap();
                assert!(amendment.write(manifest, Vec::new()).await.unwrap());
            }
        }
        assert_eq!(bed.snapshot().await.manifest().version, 256);
        assert_clean(&bed).await;
    }
}
