//! Sidecars compared with what git says of the same history.

use std::collections::BTreeSet;
use std::time::Duration;

use packhouse_git::hash::{ObjectFormat, ObjectId};

use super::*;
use crate::odb::Odb;
use crate::reach::Reach;
use crate::repack::repack;
use crate::testing::{Bed, Git, Rng, history};

/// The only pack of a repository of a random history.
async fn sorted(format: ObjectFormat, seed: u64) -> (Git, Bed, Odb) {
    let (git, bed) = (Git::new(format), Bed::new(format).await);
    history(&git, seed, 60, seed.is_multiple_of(2));
    bed.mirror(&git).await;
    repack(&bed.store, &bed.id, Duration::ZERO).await.unwrap().unwrap();
    let odb = bed.snapshot().await.odb().await.unwrap();
    (git, bed, odb)
}

fn reached(git: &Git, ids: &[ObjectId], without: &[ObjectId]) -> BTreeSet<ObjectId> {
    let mut args: Vec<String> = ids.iter().map(ToString::to_string).collect();
    args.extend(without.iter().map(|id| format!("^{id}")));
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    git.objects(&args).iter().map(|hex| git.hex(hex)).collect()
}

#[tokio::test]
async fn graph_and_bitmaps_say_what_git_says() {
    for (format, seed) in [
        (ObjectFormat::Sha1, 1),
        (ObjectFormat::Sha1, 2),
        (ObjectFormat::Sha256, 3),
    ] {
        let (git, _bed, odb) = sorted(format, seed).await;
        let walk = move |odb: &Odb| {
            let (pack, sidecar) = odb.sidecar().expect("a repack makes one");
            let reach = Reach::of(odb, pack, &sidecar);
            let mut stored = 0;
            let commits: Vec<u32> = (0..).take(sidecar.graph.commits()).collect();
            for &commit in &commits {
                let id = reach.id(commit)?;
                let known = odb.commit(&id)?;
                let parents = sidecar.graph.parents(commit).iter().map(|at| reach.id(*at));
                assert_eq!(parents.collect::<Result<Vec<_>>>()?, known.parents);
                assert_eq!(reach.id(sidecar.graph.tree(commit))?, known.tree);
                assert_eq!(sidecar.graph.time(commit), known.time);
                let all = reached(&git, &[id], &[]);
                if let Some(bits) = sidecar.reached(commit)? {
                    stored += 1;
                    let bits = bits.iter().map(|at| reach.id(at));
                    assert_eq!(bits.collect::<Result<BTreeSet<_>>>()?, all);
                }
            }
            assert!((5..commits.len()).contains(&stored), "{stored} bitmaps");
            let mut rng = Rng::new(seed);
            for _ in 0..20 {
                let [wants, haves] = [1 + rng.below(3), rng.below(3)].map(|count| {
                    (0..count)
                        .map(|_| commits[rng.below(commits.len())])
                        .collect::<Vec<_>>()
                });
                let (mut has, mut sent) = (RoaringBitmap::new(), RoaringBitmap::new());
                reach.add(&haves, &RoaringBitmap::new(), &mut has)?;
                reach.add(&wants, &has, &mut sent)?;
                let ids = |ranks: &[u32]| ranks.iter().map(|at| reach.id(*at)).collect::<Result<Vec<_>>>();
                let had = if haves.is_empty() {
                    BTreeSet::new()
                } else {
                    reached(&git, &ids(&haves)?, &[])
                };
                let all = reached(&git, &ids(&wants)?, &[]);
                let expect: BTreeSet<ObjectId> = all.difference(&had).copied().collect();
                let sent = sent.iter().map(|at| reach.id(at));
                assert_eq!(sent.collect::<Result<BTreeSet<_>>>()?, expect);
            }
            for rank in 0..odb.packs()[0].pack.objects {
                let place = reach.place(rank)?;
                assert_eq!(sidecar.size(rank).map(u64::from), Some(odb.size(place)?));
                let base = odb.base(place, odb.header(place)?)?.ok();
                assert_eq!(sidecar.base(rank).map(|base| reach.place(base)).transpose()?, base);
            }
            Ok::<_, Error>(())
        };
        odb.walk(walk).await.unwrap();
    }
}

#[tokio::test]
async fn what_is_no_sidecar_of_the_pack_is_refused() {
    let (_git, bed, odb) = sorted(ObjectFormat::Sha1, 4).await;
    let file = &odb.packs()[0];
    let blob = bed
        .store
        .packs()
        .sidecar_blob(&**bed.store.blobs(), file)
        .await
        .unwrap()
        .unwrap();
    let (pack, objects) = (file.index.pack_checksum(), file.pack.objects);
    let decode = |blob: Vec<u8>| Sidecar::decode(&blob.into(), &pack, objects);
    assert!(decode(blob.to_vec()).is_ok());
    assert!(Sidecar::decode(&blob, &pack, objects + 1).is_err());
    assert!(Sidecar::decode(&blob, &ObjectId::null(ObjectFormat::Sha1), objects).is_err());
    for length in 0..blob.len() {
        assert!(decode(blob[..length].to_vec()).is_err());
    }
    // Damage that the checksum does not tell makes wrong answers at worst: none of it panics.
    let mut rng = Rng::new(4);
    for _ in 0..2000 {
        let mut damaged = blob.to_vec();
        let body = damaged.len() - CRC;
        for _ in 0..=rng.below(3) {
            damaged[rng.below(body)] = u8::try_from(rng.below(256)).unwrap();
        }
        assert!(decode(damaged.clone()).is_err() || damaged == *blob);
        let crc = crc32fast::hash(&damaged[..body]);
        damaged.truncate(body);
        damaged.put_u32(crc);
        if let Ok(sidecar) = decode(damaged) {
            for commit in (0..).take(sidecar.graph.commits()) {
                drop(sidecar.reached(commit));
            }
        }
    }
}

#[tokio::test]
async fn a_repository_is_read_without_its_sidecar_where_that_is_lost() {
    let (git, bed, odb) = sorted(ObjectFormat::Sha1, 5).await;
    let key = crate::keys::pack_sidecar(bed.id.as_str(), &odb.packs()[0].pack.id);
    bed.store.blobs().delete(&key).await.unwrap();
    let request = packhouse_git::upload_pack::FetchRequest {
        wants: vec![git.id("b0")],
        ofs_delta: true,
        ..Default::default()
    };
    let session = crate::fetch::Session::open(bed.snapshot().await).await.unwrap();
    let stream = crate::testing::planned(&session, request, Vec::new()).await.unwrap();
    let count = stream.count();
    let sent = Git::sha1().receive(&crate::testing::bytes_of(stream).await, count, true);
    let sent: BTreeSet<ObjectId> = sent.iter().map(|hex| git.hex(hex)).collect();
    assert_eq!(sent, reached(&git, &[git.id("b0")], &[]));
}
