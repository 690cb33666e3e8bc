use std::sync::Arc;

use packhouse_git::hash::ObjectId;
use packhouse_git::upload_pack::FetchRequest;

use packhouse_git::object::Kind;

use super::*;
use crate::blobs::KeyFault;
use crate::error::Error;
use crate::fault::Plan;
use crate::fetch::Session;
use crate::keys;
use crate::push::{Ingest, Request, push};
use crate::repository::Amendment;
use crate::testing::{Bed, Git, actor, assert_clean, chain, clone_of, command, crafted, history};

/// A repository of one pack and many thin ones on top of it.
async fn one_and_thin(small: usize) -> (Git, Bed) {
    let git = Git::sha1();
    let bed = Bed::sha1().await;
    let mut tip = None;
    for at in 0..=small {
        let mut noise = crate::testing::Rng::new(9);
        let mut text: String = (0..2000).map(|_| format!("{:x}\n", noise.below(1 << 40))).collect();
        text += &format!("{at}\n");
        let tree = git.tree(&[("large", git.blob(text.as_bytes()))]);
        let parents: Vec<ObjectId> = tip.into_iter().collect();
        let commit = git.commit(tree, &parents, "c");
        bed.pushed(
            vec![command("refs/heads/main", tip, Some(commit))],
            Some(git.pack(&[commit], &parents)),
        )
        .await;
        tip = Some(commit);
        git.set("refs/heads/main", commit);
    }
    (git, bed)
}

/// Everything that a clone brings, sorted.
async fn cloned(bed: &Bed) -> Vec<String> {
    clone_of(
        bed,
        &FetchRequest {
            ofs_delta: true,
            ..FetchRequest::default()
        },
    )
    .await
}

#[tokio::test]
async fn merged_packs_are_cloned_without_any_object_twice() {
    let (git, bed) = one_and_thin(13).await;
    let expect = git.objects(&["main"]);
    let tail = |packs: &[Pack]| packs.iter().filter(|pack| pack.appended.is_some()).count();
    assert!(
        tail(&bed.snapshot().await.packs().await.unwrap()) > 10,
        "the packs are thin"
    );
    assert_eq!(cloned(&bed).await, expect);
    let packs = bed.snapshot().await.packs().await.unwrap();
    merge(&bed.snapshot().await, &packs[1..]).await.unwrap().unwrap();
    assert_clean(&bed).await;
    let packs = bed.snapshot().await.packs().await.unwrap();
    assert_eq!(packs.len(), 2);
    assert!(
        packs.iter().all(|pack| !pack.overlaps),
        "a clone can still copy the packs: {packs:?}"
    );
    assert_eq!(cloned(&bed).await, expect);
    assert_eq!(compact(&bed.store, &bed.id).await.unwrap(), None);
}

#[tokio::test]
async fn chains_of_deltas_do_not_grow_with_the_number_of_pushes() {
    let (git, bed) = one_and_thin(30).await;
    let expect = git.objects(&["main"]);
    let before = bed.snapshot().await.packs().await.unwrap();
    merge(&bed.snapshot().await, &before).await.unwrap().unwrap();
    assert_clean(&bed).await;
    let odb = bed.snapshot().await.odb().await.unwrap();
    let (deepest, deltas, packed) = odb
        .walk(|odb| {
            let mut depths = Vec::new();
            for id in odb.every_id() {
                let mut place = odb.place(id).unwrap();
                let mut depth = 0;
                while let Ok(base) = odb.base(place, odb.header(place)?)? {
                    depth += 1;
                    place = base;
                }
                depths.push(depth);
            }
            let deltas = depths.iter().filter(|depth| **depth > 0).count();
            let packed: u64 = odb.packs().iter().map(|file| file.pack.bytes).sum();
            Ok::<_, Error>((depths.into_iter().max(), deltas, packed))
        })
        .await
        .unwrap();
    assert!(deepest.is_some_and(|deepest| deepest <= 8), "{deepest:?}");
    // All but one in nine of the large file's versions.
    assert!(deltas >= 26, "{deltas}");
    let sent: u64 = before.iter().map(|pack| pack.bytes).sum();
    assert!(packed < sent / 4, "{packed} of {sent}");
    assert_eq!(cloned(&bed).await, expect);
}

#[tokio::test]
async fn objects_of_several_packs_are_kept_once_and_the_overlap_is_forgotten() {
    let git = Git::sha1();
    let bed = Bed::sha1().await;
    history(&git, 3, 14, false);
    let tips = git.text(&["rev-list", "--reverse", "--topo-order", "--branches"], b"");
    for (at, hex) in tips.lines().enumerate() {
        // Each push brings all of its history again.
        let id = git.hex(hex);
        bed.pushed(
            vec![command(&format!("refs/heads/b{at}"), None, Some(id))],
            Some(git.pack(&[id], &[])),
        )
        .await;
    }
    assert!(
        bed.snapshot()
            .await
            .packs()
            .await
            .unwrap()
            .iter()
            .any(|pack| pack.overlaps)
    );
    let before = cloned(&bed).await;
    assert_eq!(before, git.objects(&["--branches"]));
    compact(&bed.store, &bed.id).await.unwrap().unwrap();
    assert_clean(&bed).await;
    let packs = bed.snapshot().await.packs().await.unwrap();
    assert_eq!((packs.len(), packs[0].overlaps), (1, false));
    assert_eq!(cloned(&bed).await, before);
}

/// Pushes that hold A built on B and B built on A, each as a thin pack on the other.
#[tokio::test]
async fn packs_whose_deltas_build_on_each_other_make_no_circle() {
    let git = Git::sha1();
    let text: String = (0..100).map(|line| format!("line {line}\n")).collect();
    let (a, b) = (format!("{text}a\n").into_bytes(), format!("{text}b\n").into_bytes());
    let (id_a, id_b) = (git.blob(&a), git.blob(&b));
    let tree = git.tree(&[("a", id_a), ("b", id_b)]);
    let tree_data = git.data("tree", tree);
    let mut commits = vec![git.commit(tree, &[], "c0")];
    for order in [[0, 1], [1, 0]] {
        let bed = Bed::sha1().await;
        bed.pushed(
            vec![command("refs/heads/main", None, Some(commits[0]))],
            Some(git.pack(&[commits[0]], &[])),
        )
        .await;
        for at in 1..14 {
            let commit = git.commit(tree, &[commits[0]], &format!("c{at}"));
            let data = git.data("commit", commit);
            let thin = |which| if which == 0 { (id_b, &b, &a) } else { (id_a, &a, &b) };
            let (base, from, to) = thin(order[at % 2]);
            // With the tree, which refers to both, nothing of the pack is left out.
            let whole = [(Kind::Commit, data.as_slice()), (Kind::Tree, &tree_data)];
            let pack = crafted(git.format, &whole, &[(base, from, to)]);
            bed.pushed(
                vec![command(&format!("refs/heads/b{at}"), None, Some(commit))],
                Some(pack),
            )
            .await;
            git.set(&format!("refs/heads/b{at}"), commit);
            commits.push(commit);
        }
        let expect = git.objects(&["--branches", &commits[0].to_string()]);
        assert_eq!(cloned(&bed).await, expect);
        // The first pack stays out of the merge, as a large one would.
        let packs = bed.snapshot().await.packs().await.unwrap();
        assert!(packs[1..].iter().all(|pack| pack.overlaps && pack.appended.is_some()));
        merge(&bed.snapshot().await, &packs[1..]).await.unwrap().unwrap();
        assert_clean(&bed).await;
        assert_eq!(cloned(&bed).await, expect);
        let packs = bed.snapshot().await.packs().await.unwrap();
        merge(&bed.snapshot().await, &packs).await.unwrap().unwrap();
        assert_clean(&bed).await;
        assert_eq!(cloned(&bed).await, expect);
    }
}

#[tokio::test]
async fn two_compactions_at_once_are_harmless_wherever_one_is_held() {
    let (git, bed) = one_and_thin(12).await;
    let counting = Arc::new(Plan::counting());
    let whole = bed.copy().await;
    compact(&whole.planned(&counting), &whole.id).await.unwrap();
    let expect = git.objects(&["main"]);
    for nth in (1..=counting.calls().len()).step_by(3) {
        let copy = bed.copy().await;
        let (plan, gate) = Plan::counting().hold_at(nth);
        let store = copy.planned(&Arc::new(plan));
        let other = async {
            gate.reached().await;
            compact(&copy.store, &copy.id).await.unwrap();
            gate.open();
        };
        let (mine, ()) = tokio::join!(compact(&store, &copy.id), other);
        mine.unwrap();
        assert_clean(&copy).await;
        assert_eq!(copy.snapshot().await.packs().await.unwrap().len(), 1);
        assert_eq!(cloned(&copy).await, expect);
    }
}

#[tokio::test]
async fn two_thousand_packs_fit_the_manifest_and_clone_right() {
    let bed = Bed::sha1().await;
    let commits = chain(&bed, 2000).await;
    let tip = commits[1999].0;
    assert_clean(&bed).await;
    let snapshot = bed.snapshot().await;
    assert_eq!(snapshot.packs().await.unwrap().len(), 2000);
    assert_eq!(cloned(&bed).await.len(), 2001);
    let session = Session::open(snapshot).await.unwrap();
    assert_eq!(
        session.run(move |session| session.kind(&tip)).await.unwrap(),
        Some(Kind::Commit)
    );
    compact(&bed.store, &bed.id).await.unwrap().unwrap();
    assert_clean(&bed).await;
    assert_eq!(cloned(&bed).await.len(), 2001);
}

#[tokio::test]
async fn a_push_into_too_many_packs_merges_them_itself() {
    let bed = Bed::sha1().await.limited(|limits| limits.inline_merge_packs = 20);
    chain(&bed, 60).await;
    assert!(bed.snapshot().await.packs().await.unwrap().len() <= 21);
    assert_clean(&bed).await;
}

/// Changes the encryption key of a repository.
async fn set_kms_key(bed: &Bed, kms_key: &str) {
    let actor = actor();
    let mut amendment = Amendment::new(&bed.store, &bed.id, &actor, "key");
    let mut manifest = amendment.read().await.unwrap().unwrap();
    manifest.kms_key = Some(kms_key.to_owned());
    manifest.key_epoch += 1;
    assert!(amendment.write(manifest, Vec::new()).await.unwrap());
}

/// Under which keys the blobs lie that the manifest names.
async fn live_kms_keys(bed: &Bed) -> Vec<Option<String>> {
    let (snapshot, id) = (bed.snapshot().await, bed.id.as_str());
    let manifest = snapshot.manifest();
    let packs = snapshot.packs().await.unwrap();
    let mut live: Vec<String> = packs
        .iter()
        .flat_map(|pack| [keys::pack(id, &pack.id), keys::pack_index(id, &pack.id)])
        .collect();
    live.extend(
        manifest
            .refs_base
            .iter()
            .map(|segment| keys::ref_segment(id, &segment.id)),
    );
    live.extend(
        manifest
            .packs_base
            .iter()
            .map(|segment| keys::pack_list(id, &segment.id)),
    );
    let all = bed.memory.kms_keys("");
    let mut kms_keys: Vec<Option<String>> = live.iter().map(|blob| all[blob].clone()).collect();
    kms_keys.dedup();
    kms_keys
}

#[tokio::test]
async fn after_a_change_of_the_key_all_that_is_live_comes_under_the_new_one() {
    let (git, bed) = one_and_thin(3).await;
    let expect = git.objects(&["main"]);
    let tip = git.id("main");
    let long = |at: usize| format!("refs/heads/{}{at}", "x".repeat(200));
    let many = (0..40).map(|at| command(&long(at), None, Some(tip))).collect();
    bed.pushed(many, None).await;
    assert!(bed.snapshot().await.manifest().refs_base.is_some());
    assert_eq!(compact(&bed.store, &bed.id).await.unwrap(), None);
    set_kms_key(&bed, "new").await;
    assert_eq!(live_kms_keys(&bed).await, [None], "what is there stays as it is");
    while compact(&bed.store, &bed.id).await.unwrap().is_some() {}
    assert_eq!(live_kms_keys(&bed).await, [Some("new".to_owned())]);
    assert_clean(&bed).await;
    assert_eq!(cloned(&bed).await, expect);

    // Even a single pack is worth it.
    set_kms_key(&bed, "newer").await;
    let done = compact(&bed.store, &bed.id).await.unwrap();
    assert_eq!(done, Some(Compacted { merged: 1 }));
    assert_eq!(live_kms_keys(&bed).await, [Some("newer".to_owned())]);
    assert_eq!(compact(&bed.store, &bed.id).await.unwrap(), None);
    bed.memory.set_fault("new", Some(KeyFault::Disabled));
    let anew = bed.limited(|_| ());
    assert_eq!(anew.refs().await.len(), 41);
    assert_eq!(cloned(&anew).await, expect);
}

#[tokio::test]
async fn a_pack_that_was_stored_under_the_old_key_while_it_changed_is_found() {
    let (git, bed) = one_and_thin(1).await;
    let tip = git.id("main");
    let next = git.commit(git.tree(&[("a", git.blob(b"new"))]), &[tip], "next");
    let old = bed.snapshot().await;
    let mut ingest = Ingest::new(&old).unwrap();
    ingest.feed(git.pack(&[next], &[tip])).await.unwrap();
    set_kms_key(&bed, "new").await;
    let request = Request {
        commands: vec![command("refs/heads/main", Some(tip), Some(next))],
        actor: actor(),
        ..Request::default()
    };
    push(old, Some(ingest), &request).await.unwrap();
    assert_eq!(live_kms_keys(&bed).await, [None]);
    while compact(&bed.store, &bed.id).await.unwrap().is_some() {}
    assert_eq!(live_kms_keys(&bed).await, [Some("new".to_owned())]);
    assert_clean(&bed).await;
}

#[tokio::test]
async fn a_useless_key_is_told_and_leaves_the_repository_as_it_is() {
    let (_git, bed) = one_and_thin(1).await;
    set_kms_key(&bed, "gone").await;
    bed.memory.set_fault("gone", Some(KeyFault::NotFound));
    let error = compact(&bed.store, &bed.id).await.unwrap_err();
    assert!(
        matches!(
            error,
            Error::Key {
                fault: KeyFault::NotFound,
                ..
            }
        ),
        "{error}"
    );
    assert_eq!(live_kms_keys(&bed).await, [None]);
    bed.memory.set_fault("gone", None);
    while compact(&bed.store, &bed.id).await.unwrap().is_some() {}
    assert_eq!(live_kms_keys(&bed).await, [Some("gone".to_owned())]);
}
