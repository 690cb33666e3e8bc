//! What a failing store leaves behind, whichever of its calls fails.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use packhouse_git::hash::{ObjectFormat, ObjectId};

use crate::error::Result;
use crate::fault::{Call, Fault, Operation, Plan};
use crate::manifest::Manifest;
use crate::pack_list;
use crate::push::{Command, Verdict};
use crate::repository::{Amendment, Creation};
use crate::repository_id::RepositoryId;
use crate::store::Store;
use crate::testing::{Bed, Git, actor, assert_clean, chain, command, name, push_to};
use crate::{compact, upload};

/// Which call of those that `fault` fits to fail: every one, but of a row of equal reads only the first, and none where
/// there are a hundred of them.
fn chances(calls: &[Call], fault: Fault) -> Vec<usize> {
    let fits = |call: &&Call| match fault {
        Fault::Before => true,
        Fault::After => matches!(
            call.operation,
            Operation::Transact | Operation::Put | Operation::PutStream | Operation::Delete
        ),
        Fault::Unknown | Fault::Conflict => call.operation == Operation::Transact,
    };
    let eligible: Vec<&Call> = calls.iter().filter(fits).collect();
    let reads = |at: usize| matches!(eligible[at].operation, Operation::GetRange | Operation::TableGet);
    let skip = |at: usize| reads(at) && (eligible.len() > 100 || (at > 0 && eligible[at] == eligible[at - 1]));
    (0..eligible.len()).filter(|&at| !skip(at)).map(|at| at + 1).collect()
}

/// What of a repository a fault must leave old or make new, as a whole.
async fn state(bed: &Bed) -> Option<(String, Option<u64>, BTreeMap<String, ObjectId>)> {
    let manifest = bed.planned(&Arc::default()).manifest(&bed.id).await.ok()?;
    let refs = if manifest.deleted.is_some() {
        BTreeMap::new()
    } else {
        bed.refs()
            .await
            .into_iter()
            .map(|(name, id)| (name.to_string(), id))
            .collect()
    };
    Some((manifest.name.clone(), manifest.deleted, refs))
}

/// Fails `operation` at every call in every way: afterwards the repository is as before or as after, it is sound, and
/// what `operation` called done is done.
async fn sweep_faults(bed: &Bed, operation: impl AsyncFn(Store, RepositoryId) -> Result<()>) {
    let old = state(bed).await;
    let whole = bed.copy().await;
    let counting = Arc::new(Plan::counting());
    operation(whole.planned(&counting), whole.id.clone()).await.unwrap();
    let new = state(&whole).await;
    for fault in Fault::ALL {
        for nth in chances(&counting.calls(), fault) {
            let copy = bed.copy().await;
            let plan = Arc::new(Plan::fail_at(nth, fault));
            let outcome = operation(copy.planned(&plan), copy.id.clone()).await;
            assert!(plan.was_hit(), "{fault:?} at {nth}");
            let after = state(&copy).await;
            let expected = after == new || (outcome.is_err() && after == old);
            assert!(expected, "{fault:?} at {nth}: {outcome:?} left {after:?}");
            upload::sweep(&copy.store, &copy.id, Duration::ZERO).await.unwrap();
            assert_eq!(state(&copy).await, after, "the sweeper changes nothing");
            if after.is_some() {
                assert_clean(&copy).await;
            }
        }
    }
}

async fn push_all(store: Store, id: RepositoryId, commands: Vec<Command>, pack: Option<Bytes>) -> Result<()> {
    let verdicts = push_to(&store, &id, commands, pack, false).await?;
    assert!(
        verdicts.iter().all(|verdict| matches!(verdict, Verdict::Done { .. })),
        "{verdicts:?}"
    );
    Ok(())
}

/// Two commits in git, and a repository whose `main` is at the first.
async fn two() -> (Git, Bed, ObjectId, ObjectId) {
    let git = Git::sha1();
    let text: String = (0..200).map(|line| format!("line {line}\n")).collect();
    let tree = git.tree(&[("file", git.blob(text.as_bytes()))]);
    let one = git.commit(tree, &[], "one");
    let two = git.commit(
        git.tree(&[("file", git.blob((text + "more\n").as_bytes()))]),
        &[one],
        "two",
    );
    let bed = Bed::sha1().await;
    bed.pushed(
        vec![command("refs/heads/main", None, Some(one))],
        Some(git.pack(&[one], &[])),
    )
    .await;
    (git, bed, one, two)
}

#[tokio::test]
async fn a_push_of_one_ref_survives_every_fault() {
    let (git, bed, one, two) = two().await;
    let pack = git.pack(&[two], &[one]);
    sweep_faults(&bed, async |store, id| {
        push_all(
            store,
            id,
            vec![command("refs/heads/main", Some(one), Some(two))],
            Some(pack.clone()),
        )
        .await
    })
    .await;
}

#[tokio::test]
async fn a_push_that_folds_refs_and_fills_a_log_blob_survives_every_fault() {
    let (git, bed, one, two) = two().await;
    let pack = git.pack(&[two], &[one]);
    let many: Vec<Command> = (0..700)
        .map(|at| command(&format!("refs/heads/a-longer-name/{at:04}"), None, Some(two)))
        .collect();
    sweep_faults(&bed, async |store, id| {
        push_all(store, id, many.clone(), Some(pack.clone())).await
    })
    .await;
}

#[tokio::test]
async fn a_push_that_folds_the_list_of_packs_survives_every_fault() {
    let bed = Bed::sha1().await;
    let commits = chain(&bed, pack_list::INLINE).await;
    let [.., (old, _), (new, pack)] = &commits[..] else {
        panic!("there are many")
    };
    sweep_faults(&bed, async |store, id| {
        push_all(
            store,
            id,
            vec![command("refs/heads/main", Some(*old), Some(*new))],
            Some(pack.clone()),
        )
        .await
    })
    .await;
}

#[tokio::test]
async fn a_compaction_survives_every_fault() {
    let bed = Bed::sha1().await;
    chain(&bed, 12).await;
    sweep_faults(&bed, async |store, id| {
        compact::compact(&store, &id).await?;
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_push_whose_client_hangs_up_anywhere_happened_or_did_not() {
    let (git, bed, one, two) = two().await;
    let pack = git.pack(&[two], &[one]);
    let many = || {
        (0..100)
            .map(|at| command(&format!("refs/heads/a-longer-name/{at:04}"), None, Some(two)))
            .collect()
    };
    let old = state(&bed).await;
    let counting = Arc::new(Plan::counting());
    let whole = bed.copy().await;
    push_all(whole.planned(&counting), whole.id.clone(), many(), Some(pack.clone()))
        .await
        .unwrap();
    let new = state(&whole).await;
    let calls = counting.calls();
    let mut happened = 0;
    for nth in 1..=calls.len() {
        let copy = bed.copy().await;
        let (plan, gate) = Plan::counting().hold_at(nth);
        tokio::select! {
            biased;
            outcome = push_all(copy.planned(&Arc::new(plan)), copy.id.clone(), many(), Some(pack.clone())) =>
                panic!("{outcome:?} without call {nth}"),
            () = gate.reached() => {}
        }
        // Nothing may hang on the gate for ever.
        gate.open();
        let after = state(&copy).await;
        assert!(after == old || after == new, "hung up at {nth}");
        happened += usize::from(after == new);
        upload::sweep(&copy.store, &copy.id, Duration::ZERO).await.unwrap();
        assert_clean(&copy).await;
    }
    let commit = calls
        .iter()
        .rposition(|call| call.operation == Operation::Transact)
        .unwrap()
        + 1;
    assert_eq!(
        happened,
        calls.len() - commit,
        "only calls behind the commit come too late"
    );
}

#[tokio::test]
async fn making_changing_and_deleting_a_repository_survives_every_fault() {
    let none = Bed::without_repository();
    sweep_faults(&none, async |store, id| {
        let manifest = Manifest::empty(
            "demo".into(),
            BTreeMap::new(),
            ObjectFormat::Sha1,
            name("refs/heads/main"),
        );
        let mut creation = Creation::new(&store, &id, &manifest, &actor());
        while creation.read().await? && !creation.write(Vec::new()).await? {}
        Ok(())
    })
    .await;
    let (_, bed, ..) = two().await;
    for deleted in [None, Some(5)] {
        sweep_faults(&bed, async |store, id| {
            let mut amendment = Amendment::new(&store, &id, &actor(), "rename");
            while let Some(mut manifest) = amendment.read().await? {
                assert_eq!(manifest.version, 2, "a change that was made is not made again");
                manifest.name = "renamed".into();
                manifest.deleted = deleted;
                if amendment.write(manifest, Vec::new()).await? {
                    break;
                }
            }
            Ok(())
        })
        .await;
    }
}
