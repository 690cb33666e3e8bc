//! Repacks, what they drop and what they keep, and pushes that meet them.

mod due;

use std::sync::Arc;

use packhouse_git::filter::Filter;
use packhouse_git::hash::ObjectFormat;
use packhouse_git::object::Kind;
use packhouse_git::upload_pack::FetchRequest;

use super::*;
use crate::compact::compact;
use crate::fault::{Fault, Plan};
use crate::fetch::Session;
use crate::manifest::RepackRequest;
use crate::reclaim::reclaim;
use crate::repository::Amendment;
use crate::testing::{
    Bed, Git, Rng, assert_clean, bytes_of, clone_of, command, crafted, history, name, planned, push_to,
};
use crate::upload;

const LONG: Duration = Duration::from_secs(14 * 24 * 3600);

async fn repacked(bed: &Bed, keep: Duration) {
    repack(&bed.store, &bed.id, keep).await.unwrap().unwrap();
    assert_clean(bed).await;
}

/// What a clone of everything brings, whose plan copies whole packs if `copied`.
async fn cloned(bed: &Bed, copied: bool) -> Vec<String> {
    assert_eq!(!bed.snapshot().await.manifest().unreachable, copied);
    let request = FetchRequest {
        ofs_delta: true,
        ..FetchRequest::default()
    };
    clone_of(bed, &request).await
}

/// A repository of a root and, on top of it, one commit with a large file that `main` was taken off again; all three packs
/// apart. The ids of both.
async fn with_garbage() -> (Git, Bed, ObjectId, ObjectId) {
    let (git, bed) = (Git::sha1(), Bed::sha1().await);
    let commit = |files: &[(&str, &str)], parents: &[ObjectId]| {
        let blobs: Vec<(&str, ObjectId)> = files
            .iter()
            .map(|(name, text)| (*name, git.blob(text.as_bytes())))
            .collect();
        git.commit(git.tree(&blobs), parents, "c")
    };
    let mut rng = Rng::new(3);
    let large: String = (0..200).map(|_| format!("{:x}\n", rng.below(1 << 40))).collect();
    let root = commit(&[("a", "root\n")], &[]);
    let lost = commit(&[("a", "root\n"), ("secret", &large)], &[root]);
    let next = commit(&[("a", "next\n")], &[root]);
    bed.pushed(
        vec![command("refs/heads/main", None, Some(root))],
        Some(git.pack(&[root], &[])),
    )
    .await;
    let pack = git.pack(&[lost], &[root]);
    bed.pushed(vec![command("refs/heads/main", Some(root), Some(lost))], Some(pack))
        .await;
    let pack = git.pack(&[next], &[root]);
    bed.pushed(vec![command("refs/heads/main", Some(lost), Some(next))], Some(pack))
        .await;
    git.set("refs/heads/main", next);
    (git, bed, lost, next)
}

/// A clone is complete, by whichever plan.
async fn cloned_as_it_is(bed: &Bed) {
    let copied = !bed.snapshot().await.manifest().unreachable;
    cloned(bed, copied).await;
}

async fn has(bed: &Bed, id: ObjectId) -> bool {
    let session = Session::open(bed.snapshot().await).await.unwrap();
    session.odb().contains(&id)
}

#[tokio::test]
async fn all_packs_become_one_that_is_sorted() {
    for (seed, format) in [
        (1, ObjectFormat::Sha1),
        (2, ObjectFormat::Sha256),
        (3, ObjectFormat::Sha1),
    ] {
        let (git, bed) = (Git::new(format), Bed::new(format).await);
        for (round, commits) in [5, 11, 12, 30, 31].into_iter().enumerate() {
            history(&git, seed, commits, seed == 3);
            bed.mirror(&git).await;
            if round == 2 {
                repacked(&bed, LONG).await;
            }
        }
        repacked(&bed, LONG).await;
        let snapshot = bed.snapshot().await;
        assert_eq!(
            snapshot.packs().await.unwrap().len(),
            1 + snapshot.manifest().cruft.len()
        );
        assert_eq!(cloned(&bed, true).await, git.objects(&["--all"]));
        let filter = Some(Filter::parse(b"blob:none").unwrap());
        let request = FetchRequest {
            ofs_delta: true,
            filter,
            ..FetchRequest::default()
        };
        let bare = clone_of(&bed, &request).await;
        assert_eq!(bare, git.objects(&["--all", "--filter=blob:none"]));
        // A second time there is nothing to do, and it does no harm.
        repacked(&bed, LONG).await;
        assert_eq!(cloned(&bed, true).await, git.objects(&["--all"]));
    }
}

#[tokio::test]
async fn what_head_holds_lies_whole_in_the_base() {
    let (git, bed) = (Git::sha1(), Bed::sha1().await);
    history(&git, 6, 30, false);
    bed.mirror(&git).await;
    for more in [40, 50] {
        repacked(&bed, LONG).await;
        let head = git.text(&["ls-tree", "-r", "-t", "--object-only", "main"], b"");
        let held: Vec<ObjectId> = head.lines().map(|hex| git.hex(hex)).collect();
        let walk = move |odb: &Odb| {
            let is_whole = |place| Ok(odb.base(place, odb.header(place)?)?.is_err());
            let deltas = odb
                .places_in(0)
                .map(is_whole)
                .filter(|whole| matches!(whole, Ok(false)));
            let head = held.iter().filter_map(|id| odb.place(id));
            let head = head.map(is_whole).collect::<Result<Vec<bool>>>()?;
            Ok::<_, Error>((deltas.count(), head.into_iter().all(|whole| whole)))
        };
        let (deltas, is_whole) = bed.snapshot().await.odb().await.unwrap().walk(walk).await.unwrap();
        assert!(deltas > 20 && is_whole, "{deltas} deltas");
        history(&git, 6, more, false);
        bed.mirror(&git).await;
    }
}

#[tokio::test]
async fn commits_that_came_one_by_one_pack_as_small_as_git_packs_them() {
    let (git, bed) = (Git::sha1(), Bed::sha1().await);
    let mut tip: Option<ObjectId> = None;
    let mut rng = Rng::new(5);
    let mut files: Vec<String> = (0..12)
        .map(|at| {
            (0..200)
                .map(|line| format!("file {at} line {line} {:x}\n", rng.below(1 << 30)))
                .collect()
        })
        .collect();
    for at in 0..60 {
        let file = rng.below(files.len());
        files[file] += &format!("change {at} {:x}\n", rng.below(1 << 30));
        let names: Vec<String> = (0..files.len()).map(|at| format!("file{at}.txt")).collect();
        let entries: Vec<(&str, ObjectId)> = names
            .iter()
            .zip(&files)
            .map(|(name, text)| (name.as_str(), git.blob(text.as_bytes())))
            .collect();
        let parents: Vec<ObjectId> = tip.into_iter().collect();
        let commit = git.commit(git.tree(&entries), &parents, "change");
        git.set("refs/heads/main", commit);
        // Whole objects, as the API makes them.
        let not = parents.first().map(|parent| format!("^{parent}"));
        let range: Vec<&str> = ["main"].into_iter().chain(not.as_deref()).collect();
        let new = git.objects(&range).join("\n") + "\n";
        let whole = git.run(&["pack-objects", "-q", "--window=0", "--stdout"], new.as_bytes());
        bed.pushed(vec![command("refs/heads/main", tip, Some(commit))], Some(whole.into()))
            .await;
        tip = Some(commit);
    }
    let before: u64 = bed
        .snapshot()
        .await
        .packs()
        .await
        .unwrap()
        .iter()
        .map(|pack| pack.bytes)
        .sum();
    repacked(&bed, LONG).await;
    let ours = bed.snapshot().await.packs().await.unwrap()[0].bytes;
    git.run(&["repack", "-q", "-adf", "--window=10"], b"");
    let theirs: u64 = std::fs::read_dir(git.file("objects/pack"))
        .unwrap()
        .map(|file| file.unwrap())
        .filter(|file| file.path().extension().is_some_and(|end| end == "pack"))
        .map(|file| file.metadata().unwrap().len())
        .sum();
    assert!(ours * 4 < before, "{ours} of {before}");
    assert!(ours * 100 <= theirs * 115, "{ours}, and git {theirs}");
    assert_eq!(cloned(&bed, true).await, git.objects(&["--all"]));
}

#[tokio::test]
async fn what_no_ref_reaches_is_set_aside_and_then_dropped() {
    let (git, bed, lost, next) = with_garbage().await;
    let everything = cloned(&bed, false).await;
    assert_eq!(everything, git.objects(&["main"]));
    repacked(&bed, LONG).await;
    assert!(has(&bed, lost).await, "it can still be asked for by its id");
    assert_eq!(cloned(&bed, true).await, everything);
    let manifest = bed.snapshot().await.manifest().clone();
    assert_eq!(
        (manifest.cruft.len(), manifest.packs.len(), manifest.gc_epoch),
        (1, 2, 1)
    );

    for filter in [None, Some(Filter::parse(b"blob:none").unwrap())] {
        let session = Session::open(bed.snapshot().await).await.unwrap();
        let request = FetchRequest {
            wants: vec![next, lost],
            ofs_delta: true,
            filter,
            ..FetchRequest::default()
        };
        let filters = request.filter.as_ref().map(|_| "--filter=blob:none".to_owned());
        let expect: Vec<String> = [next.to_string(), lost.to_string()]
            .into_iter()
            .chain(filters)
            .collect();
        let expect: Vec<&str> = expect.iter().map(String::as_str).collect();
        let stream = planned(&session, request, Vec::new()).await.unwrap();
        let count = stream.count();
        let received = Git::sha1().receive(&bytes_of(stream).await, count, false);
        assert_eq!(received, git.objects(&expect), "who asks for both gets both");
    }

    repacked(&bed, Duration::ZERO).await;
    assert!(!has(&bed, lost).await);
    assert_eq!(cloned(&bed, true).await, everything);
    let manifest = bed.snapshot().await.manifest().clone();
    assert_eq!(
        (manifest.cruft.len(), manifest.packs.len(), manifest.gc_epoch),
        (0, 1, 2)
    );
    reclaim(&bed.store, &bed.id, Duration::ZERO).await.unwrap();
    let blobs = bed.blobs_of_repository().await;
    let packs = blobs
        .iter()
        .filter(|(key, _)| std::path::Path::new(key).extension().is_some_and(|end| end == "pack"));
    assert_eq!(packs.count(), 1, "nothing of it is left");
}

#[tokio::test]
async fn a_repository_whose_refs_are_all_gone_ends_up_empty() {
    let (git, bed) = (Git::sha1(), Bed::sha1().await);
    let only = git.commit(git.tree(&[("a", git.blob(b"a"))]), &[], "only");
    let pack = git.pack(&[only], &[]);
    bed.pushed(vec![command("refs/tags/a", None, Some(only))], Some(pack))
        .await;
    bed.pushed(vec![command("refs/tags/a", Some(only), None)], None).await;
    repacked(&bed, LONG).await;
    assert!(has(&bed, only).await);
    repacked(&bed, Duration::ZERO).await;
    assert!(!has(&bed, only).await);
    assert_eq!(bed.snapshot().await.packs().await.unwrap(), []);
    assert_eq!(repack(&bed.store, &bed.id, LONG).await.unwrap(), None);
}

#[tokio::test]
async fn a_push_that_builds_on_what_was_set_aside_brings_it_back() {
    let (git, bed, lost, next) = with_garbage().await;
    repacked(&bed, LONG).await;
    let blob = git.id(&format!("{lost}:secret"));
    // A ref on it; a tree that has its blob; a delta on its blob. Each push holds only what is new.
    let again = git.commit(git.tree(&[("secret", blob)]), &[next], "again");
    let (grown, with_base) = grown(&git, blob, next);
    let with_blob = git.pack_of(&[again, git.id(&format!("{again}^{{tree}}"))]);
    let rows = [
        (lost, None, "ref"),
        (again, Some(with_blob), "blob"),
        (grown, Some(with_base), "delta"),
    ];
    for (tip, pack, on) in rows {
        let copy = bed.copy().await;
        copy.pushed(vec![command("refs/heads/back", None, Some(tip))], pack)
            .await;
        assert_clean(&copy).await;
        let manifest = copy.snapshot().await.manifest().clone();
        assert!(manifest.cruft.is_empty() && manifest.unreachable, "{on}");
        git.set("refs/heads/back", tip);
        let expect = git.objects(&["main", "back"]);
        assert_eq!(cloned(&copy, false).await, expect);
        repacked(&copy, Duration::ZERO).await;
        assert_eq!(cloned(&copy, true).await, expect);
    }
}

#[tokio::test]
async fn a_push_that_needs_nothing_of_what_was_set_aside_leaves_it_there() {
    let (git, bed, lost, next) = with_garbage().await;
    repacked(&bed, LONG).await;
    // It brings the lost blob along.
    let blob = git.id(&format!("{lost}:secret"));
    let own = git.commit(git.tree(&[("secret", blob)]), &[next], "own");
    let pack = git.pack(&[own], &[next]);
    bed.pushed(vec![command("refs/heads/main", Some(next), Some(own))], Some(pack))
        .await;
    assert_clean(&bed).await;
    git.set("refs/heads/main", own);
    let snapshot = bed.snapshot().await;
    assert_eq!(snapshot.manifest().cruft.len(), 1);
    assert!(snapshot.packs().await.unwrap().iter().all(|pack| !pack.overlaps));
    assert_eq!(cloned(&bed, true).await, git.objects(&["main"]));
}

/// A commit with a blob that is a delta on `blob`, which nothing else of the commit needs, and its pack.
fn grown(git: &Git, blob: ObjectId, parent: ObjectId) -> (ObjectId, Bytes) {
    let base = git.data("blob", blob);
    let edited = [base.as_slice(), b"and one more\n"].concat();
    let tree = git.tree(&[("secret", git.blob(&edited))]);
    let commit = git.commit(tree, &[parent], "grown");
    let (commit_data, tree_data) = (git.data("commit", commit), git.data("tree", tree));
    let whole = [(Kind::Commit, commit_data.as_slice()), (Kind::Tree, &tree_data)];
    (commit, crafted(git.format, &whole, &[(blob, &base, &edited)]))
}

/// Whatever of a push was let in, everything that it needs is there; and what was not let in is told.
#[tokio::test]
async fn pushes_and_repacks_meet_at_every_step() {
    let (git, bed, lost, next) = with_garbage().await;
    let blob = git.id(&format!("{lost}:secret"));
    let again = git.commit(git.tree(&[("secret", blob)]), &[next], "again");
    let leaning = git.pack_of(&[again, git.id(&format!("{again}^{{tree}}"))]);
    let fresh = git.commit(git.tree(&[("b", git.blob(b"fresh\n"))]), &[next], "fresh");
    let (grown, with_base) = grown(&git, blob, next);
    let rows = [
        (lost, None),
        (again, Some(leaning)),
        (grown, Some(with_base)),
        (fresh, Some(git.pack(&[fresh], &[next]))),
    ];
    for (tip, pack) in rows {
        for keep in [LONG, Duration::ZERO] {
            let pushing = async |bed: &Bed, store: &Store| {
                let commands = vec![command("refs/heads/back", None, Some(tip))];
                let verdicts = push_to(store, &bed.id, commands, pack.clone(), false).await;
                let (back, there) = (name("refs/heads/back"), has(bed, tip).await);
                let points = bed.refs().await.get(&back).copied();
                // A push may come too late for what it needs. Then the ref is not there.
                assert_eq!(points, points.filter(|_| there && verdicts.is_ok()));
                assert!(tip != fresh || points.is_some());
            };
            // The repack is held, and the push gets in between; then the other way round.
            let counting = Arc::new(Plan::counting());
            let whole = bed.copy().await;
            repack(&whole.planned(&counting), &whole.id, keep).await.unwrap();
            for nth in 1..=counting.calls().len() {
                let copy = bed.copy().await;
                let (plan, gate) = Plan::counting().hold_at(nth);
                let store = copy.planned(&Arc::new(plan));
                let other = async {
                    gate.reached().await;
                    pushing(&copy, &copy.store).await;
                    gate.open();
                };
                let (done, ()) = tokio::join!(repack(&store, &copy.id, keep), other);
                done.unwrap();
                assert_clean(&copy).await;
                cloned_as_it_is(&copy).await;
            }
            let counting = Arc::new(Plan::counting());
            let whole = bed.copy().await;
            pushing(&whole, &whole.planned(&counting)).await;
            for nth in 1..=counting.calls().len() {
                let copy = bed.copy().await;
                let (plan, gate) = Plan::counting().hold_at(nth);
                let store = copy.planned(&Arc::new(plan));
                let other = async {
                    gate.reached().await;
                    repack(&copy.store, &copy.id, keep).await.unwrap();
                    gate.open();
                };
                tokio::join!(pushing(&copy, &store), other);
                assert_clean(&copy).await;
                cloned_as_it_is(&copy).await;
            }
        }
    }
}

#[tokio::test]
async fn a_failing_store_leaves_a_repack_done_or_undone() {
    let (_git, bed, _, _) = with_garbage().await;
    let expect = cloned(&bed, false).await;
    let counting = Arc::new(Plan::counting());
    let whole = bed.copy().await;
    repack(&whole.planned(&counting), &whole.id, LONG).await.unwrap();
    for fault in Fault::ALL {
        for nth in 1..=counting.calls().len() {
            let copy = bed.copy().await;
            let plan = Arc::new(Plan::fail_at(nth, fault));
            let outcome = repack(&copy.planned(&plan), &copy.id, LONG).await;
            upload::sweep(&copy.store, &copy.id, Duration::ZERO).await.unwrap();
            assert_clean(&copy).await;
            let done = !copy.snapshot().await.manifest().unreachable;
            assert!(done || outcome.is_err(), "{fault:?} at {nth}");
            assert_eq!(cloned(&copy, done).await, expect);
        }
    }
}

#[tokio::test]
async fn what_is_to_be_forgotten_is_not_kept() {
    let (_git, bed, lost, _) = with_garbage().await;
    let bed = bed.limited(|limits| limits.repack_bytes = 1 << 30);
    repacked(&bed, LONG).await;
    let forget = async || {
        let actor = crate::testing::actor();
        let mut amendment = Amendment::new(&bed.store, &bed.id, &actor, "forget");
        let mut manifest = amendment.read().await.unwrap().unwrap();
        manifest.repack = Some(RepackRequest {
            at: manifest.changed,
            forget: true,
        });
        assert!(amendment.write(manifest, Vec::new()).await.unwrap());
    };
    // It was asked for in the midst of another repack.
    let (plan, gate) = Plan::counting().hold_at(6);
    let store = bed.planned(&Arc::new(plan));
    let other = async {
        gate.reached().await;
        forget().await;
        gate.open();
    };
    let (done, ()) = tokio::join!(repack(&store, &bed.id, LONG), other);
    done.unwrap().unwrap();
    assert!(!has(&bed, lost).await);
    assert_eq!(compact(&bed.store, &bed.id).await.unwrap(), None, "it is done");
    forget().await;
    assert_eq!(
        compact(&bed.store, &bed.id).await.unwrap(),
        Some(Compacted { merged: 1 })
    );
    assert_eq!(compact(&bed.store, &bed.id).await.unwrap(), None);
    assert_clean(&bed).await;
}
