//! Pushes that are made to cost.

use packhouse_git::hash::ObjectId;
use packhouse_git::object::Kind;

use crate::push::{Command, Verdict};
use crate::testing::{Bed, Git, Rng, assert_clean, chain, command, crafted, push_to};

/// A few bytes name a base of any size, which is then stored once more.
#[tokio::test]
async fn bases_that_a_pack_lacks_are_bounded_each_and_together() {
    let (git, bed) = (Git::sha1(), Bed::sha1().await);
    let mut rng = Rng::new(5);
    let mut noise = || (0..3000).map(|_| u8::try_from(rng.below(256)).unwrap()).collect();
    let bases: [Vec<u8>; 2] = [noise(), noise()];
    let blobs = [git.blob(&bases[0]), git.blob(&bases[1])];
    let root = git.commit(git.tree(&[("a", blobs[0]), ("b", blobs[1])]), &[], "root");
    bed.pushed(
        vec![command("refs/heads/main", None, Some(root))],
        Some(git.pack(&[root], &[])),
    )
    .await;
    let edited: Vec<Vec<u8>> = bases.iter().map(|base| [&base[..], b"!"].concat()).collect();
    let (one, two) = (git.blob(&edited[0]), git.blob(&edited[1]));
    let next = git.commit(git.tree(&[("a", one), ("b", two)]), &[root], "next");
    let (commit_data, tree_data) = (
        git.data("commit", next),
        git.data("tree", git.id(&format!("{next}^{{tree}}"))),
    );
    let whole = [(Kind::Commit, commit_data.as_slice()), (Kind::Tree, &tree_data)];
    let deltas: Vec<_> = (0..2)
        .map(|at| (blobs[at], bases[at].as_slice(), edited[at].as_slice()))
        .collect();
    let pack = crafted(git.format, &whole, &deltas);
    let push = async |bed: &Bed| {
        let commands = vec![command("refs/heads/main", Some(root), Some(next))];
        let pushed = bed.push(commands, Some(pack.clone())).await;
        pushed.map(|verdicts| verdicts.len()).map_err(|error| error.to_string())
    };
    let each = push(&bed.limited(|limits| limits.in_memory_bytes = 2999)).await;
    assert!(each.unwrap_err().contains("on which a delta builds, has 3000 bytes"));
    let length = pack.len() as u64;
    let together = push(&bed.limited(|limits| limits.pack_bytes = length + 5999)).await;
    assert!(
        together
            .unwrap_err()
            .contains("together with the objects that its deltas build on")
    );
    assert_clean(&bed).await;
    let enough = bed.limited(|limits| limits.pack_bytes = length + 7000);
    assert_eq!(push(&enough).await, Ok(1));
    assert_clean(&bed).await;
}

/// Telling whether an update is forced is a walk. All of them together may walk so far; then updates count as forced.
#[tokio::test]
async fn many_refs_across_a_long_history_count_as_forced_in_the_end() {
    let bed = Bed::sha1().await;
    let commits: Vec<ObjectId> = chain(&bed, 40).await.into_iter().map(|(id, _)| id).collect();
    let (first, last) = (commits[0], commits[39]);
    let all = |old: Option<ObjectId>, new: ObjectId| -> Vec<Command> {
        let names = (0..100).map(|at| format!("refs/heads/topic-{at:03}"));
        names.map(|name| command(&name, old, Some(new))).collect()
    };
    bed.pushed(all(None, first), None).await;
    let verdicts = push_to(&bed.store, &bed.id, all(Some(first), last), None, false).await;
    let forced = |verdict: &Verdict| match verdict {
        Verdict::Done { forced } => *forced,
        Verdict::Refused(why) => panic!("{why}"),
    };
    let verdicts: Vec<bool> = verdicts.unwrap().iter().map(forced).collect();
    assert!(!verdicts[0] && verdicts[99] && verdicts.is_sorted());
    let few = push_to(&bed.store, &bed.id, all(Some(last), last)[..1].to_vec(), None, false).await;
    assert!(!forced(&few.unwrap()[0]));
}
