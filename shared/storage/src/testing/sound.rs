//! Whether what a repository has stored is sound, with real git as the judge.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use packhouse_git::hash::ObjectId;
use packhouse_git::ref_name::RefName;

use super::{Bed, Git};
use crate::keys;
use crate::log;
use crate::manifest::{Manifest, Pack};
use crate::sidecar::Sidecar;
use crate::snapshot::Snapshot;
use crate::table::{Item, Range, Table};

/// The largest item that a manifest may be.
const MANIFEST_BYTES: usize = 64 << 10;
/// Up to how many packs each is indexed by git on its own.
const PACKS_ONE_BY_ONE: usize = 12;

/// All items of a partition whose sort keys start with `prefix`.
pub(crate) async fn table_items(table: &dyn Table, pk: &str, prefix: &str) -> Vec<Item> {
    let mut range = Range {
        prefix: prefix.into(),
        ..Range::default()
    };
    let mut items = Vec::new();
    loop {
        let page = table.query(pk, range.clone()).await.unwrap();
        items.extend(page.items);
        match page.next {
            Some(next) => range.after = Some(next),
            None => return items,
        }
    }
}

/// What the log of a repository adds up to.
#[derive(Debug, Default, PartialEq, Eq)]
struct Replayed {
    refs: BTreeMap<RefName, ObjectId>,
    head: Option<RefName>,
    packs: BTreeSet<String>,
    segments: BTreeSet<String>,
    /// Every blob that some version named.
    named: BTreeSet<String>,
}

/// Adds up the log from its first entry on and checks that each entry continues the one before.
async fn replay(bed: &Bed, manifest: &Manifest) -> Replayed {
    let id = bed.id.as_str();
    let items = table_items(bed.store.table(), &keys::repository(id), keys::LOG_PREFIX).await;
    assert_eq!(items.len() as u64, manifest.version, "one entry for each version");
    let mut sum = Replayed::default();
    let mut time = std::time::Duration::ZERO;
    for (item, version) in items.iter().zip(1..) {
        let entry = log::decode(&**bed.store.blobs(), &bed.id, manifest.format, item)
            .await
            .unwrap();
        assert_eq!(entry.version, version);
        assert!(entry.time >= time, "entry {version} is older than the one before");
        time = entry.time;
        for change in entry.refs {
            assert_eq!(
                sum.refs.get(&change.name),
                change.old.as_ref(),
                "entry {version}, {}",
                change.name
            );
            match change.new {
                Some(new) => drop(sum.refs.insert(change.name, new)),
                None => drop(sum.refs.remove(&change.name)),
            }
        }
        sum.head = entry.head.or(sum.head);
        for removed in entry.packs_removed {
            assert!(
                sum.packs.remove(&removed),
                "entry {version} removes a pack that is not live"
            );
        }
        for removed in entry.segments_removed {
            assert!(
                sum.segments.remove(&removed),
                "entry {version} removes a segment that is not live"
            );
        }
        for pack in entry.packs_added {
            sum.named.extend(keys::pack_blobs(id, &pack));
            assert!(sum.packs.insert(pack), "entry {version} adds a pack twice");
        }
        for segment in entry.segments_added {
            sum.named
                .extend([keys::ref_segment(id, &segment), keys::pack_list(id, &segment)]);
            sum.segments.insert(segment);
        }
        if version % log::CHECKPOINT_EVERY == 0 {
            let name = entry.checkpoint.expect("a checkpoint is due");
            check_checkpoint(bed, &keys::log_blob(id, &name), version).await;
            sum.named.insert(keys::log_blob(id, &name));
        }
        let record: serde_json::Value = serde_json::from_slice(&item.body).unwrap();
        if let Some(blob) = record["refs_blob"][0].as_str() {
            sum.named.insert(keys::log_blob(id, blob));
        }
    }
    sum
}

/// A checkpoint reads back as a manifest whose refs and packs are at hand.
async fn check_checkpoint(bed: &Bed, key: &str, version: u64) {
    let length = bed.store.blobs().head(key).await.unwrap();
    let body = bed.store.blobs().get_range(key, 0..length).await.unwrap();
    let item = Item {
        key: keys::manifest(bed.id.as_str()),
        version,
        body,
        expires: None,
    };
    let manifest = Manifest::decode(&item).unwrap();
    let snapshot = Snapshot::of(&bed.store, &bed.id, manifest.into()).await.unwrap();
    snapshot.odb().await.unwrap();
}

/// The records of uploads.
async fn uploads(bed: &Bed) -> Vec<String> {
    let items = table_items(
        bed.store.table(),
        &keys::repository(bed.id.as_str()),
        keys::UPLOAD_PREFIX,
    )
    .await;
    items
        .into_iter()
        .map(|item| String::from_utf8(item.body.to_vec()).unwrap())
        .collect()
}

/// [`assert_sound`], and nothing of any upload is left.
pub(crate) async fn assert_clean(bed: &Bed) {
    assert_eq!(uploads(bed).await, Vec::<String>::new(), "upload records are left");
    assert_sound(bed).await;
}

/// Checks what is stored: the manifest against the log, the blobs against both, every pack and index against git, and
/// the whole as a repository of git's.
async fn assert_sound(bed: &Bed) {
    let store = bed.planned(&std::sync::Arc::default());
    let manifest = store.manifest(&bed.id).await.unwrap();
    assert!(
        manifest.encode().len() <= MANIFEST_BYTES,
        "the manifest has {} bytes",
        manifest.encode().len()
    );
    let snapshot = Snapshot::of(&store, &bed.id, std::sync::Arc::clone(&manifest))
        .await
        .unwrap();
    let packs = snapshot.packs().await.unwrap();

    let replayed = replay(bed, &manifest).await;
    assert_eq!(replayed.refs, super::refs_of(&snapshot), "refs of the log");
    assert_eq!(replayed.head.as_ref().unwrap_or(&manifest.head), &manifest.head);
    assert_eq!(
        replayed.packs,
        packs.iter().map(|pack| pack.id.clone()).collect(),
        "packs of the log"
    );
    let segments = manifest
        .refs_base
        .iter()
        .chain(&manifest.packs_base)
        .map(|segment| segment.id.clone());
    assert_eq!(replayed.segments, segments.collect(), "segments of the log");
    let recorded = uploads(bed).await.concat();
    let blobs: BTreeMap<String, bytes::Bytes> = bed.blobs_of_repository().await.into_iter().collect();
    for key in blobs.keys() {
        assert!(
            replayed.named.contains(key) || recorded.contains(key.as_str()),
            "nobody names {key}"
        );
    }

    let git = Git::new(manifest.format);
    std::fs::create_dir_all(git.file("objects/pack")).unwrap();
    // What is set aside, nothing else needs.
    let (cruft, packs): (Vec<Pack>, Vec<Pack>) = packs.into_iter().partition(|pack| manifest.cruft.contains(&pack.id));
    assert_eq!(cruft.len(), manifest.cruft.len(), "all that is set aside is live");
    put_packs(bed, &git, &packs, &blobs);
    assert_git_agrees(&git, &snapshot);
    check_overlaps(&git, &packs, &manifest);
    check_base(&git, &packs, &manifest);
    check_sidecar(bed, &packs, &manifest, &blobs);
    put_packs(bed, &git, &cruft, &blobs);
    assert_complete(&git);
}

/// Puts packs into a repository of git's, which reads them.
fn put_packs(bed: &Bed, git: &Git, packs: &[Pack], blobs: &BTreeMap<String, bytes::Bytes>) {
    for pack in packs {
        let bytes = [
            keys::pack(bed.id.as_str(), &pack.id),
            keys::pack_index(bed.id.as_str(), &pack.id),
        ]
        .map(|key| blobs[&key].clone());
        assert_eq!(
            (pack.bytes, pack.index_bytes),
            (bytes[0].len() as u64, bytes[1].len() as u64)
        );
        std::fs::write(git.file(&format!("objects/pack/pack-{}.pack", pack.id)), &bytes[0]).unwrap();
        std::fs::write(git.file(&format!("objects/pack/pack-{}.idx", pack.id)), &bytes[1]).unwrap();
    }
    if packs.len() <= PACKS_ONE_BY_ONE {
        for pack in packs {
            let file = format!("objects/pack/pack-{}.pack", pack.id);
            git.run(&["index-pack", "--strict", "-o", "made.idx", &file], b"");
            assert!(
                std::fs::read(git.file("made.idx")).unwrap() == blobs[&keys::pack_index(bed.id.as_str(), &pack.id)]
            );
            std::fs::remove_file(git.file("made.idx")).unwrap();
        }
    }
}

/// The base has a sidecar, and that is its own; no other pack has one.
fn check_sidecar(bed: &Bed, packs: &[Pack], manifest: &Manifest, blobs: &BTreeMap<String, bytes::Bytes>) {
    for pack in packs {
        let is_base = manifest.base.as_ref().is_some_and(|base| base.pack == pack.id);
        let [stored, _, sidecar] = keys::pack_blobs(bed.id.as_str(), &pack.id);
        let (stored, sidecar) = (&blobs[&stored], blobs.get(&sidecar));
        let length = sidecar.map(|sidecar| sidecar.len() as u64);
        assert_eq!((pack.sidecar_bytes, length.is_some()), (length, is_base));
        if let Some(sidecar) = sidecar {
            let checksum = &stored[stored.len() - manifest.format.len_in_bytes()..];
            let checksum = packhouse_git::hash::oid::from_bytes_unchecked(checksum);
            Sidecar::decode(sidecar, checksum, pack.objects).expect("a sidecar of the base");
        }
    }
}

/// The base is sorted as the manifest says.
fn check_base(git: &Git, packs: &[Pack], manifest: &Manifest) {
    let Some(base) = &manifest.base else {
        return;
    };
    assert!(packs.iter().any(|pack| pack.id == base.pack), "the base is live");
    let index = std::fs::read(git.file(&format!("objects/pack/pack-{}.idx", base.pack))).unwrap();
    let list = git.text(&["show-index"], &index);
    let mut entries: Vec<(u64, &str)> = list
        .lines()
        .map(|line| {
            let (offset, rest) = line.split_once(' ').unwrap();
            (offset.parse().unwrap(), rest.split(' ').next().unwrap())
        })
        .collect();
    entries.sort_unstable();
    let ids: String = entries.iter().map(|(_, id)| format!("{id}\n")).collect();
    let kinds = git.text(&["cat-file", "--batch-check=%(objecttype)"], ids.as_bytes());
    for ((offset, id), (at, kind)) in entries.iter().zip((0..).zip(kinds.lines())) {
        let expect = (kind != "tree" && kind != "blob", kind != "blob");
        let found = (*offset < base.history.end, *offset < base.trees.end);
        assert_eq!(found, expect, "{id} at {offset}");
        assert_eq!(
            (at < base.history.objects, at < base.trees.objects),
            expect,
            "{id} is number {at}"
        );
    }
}

/// Git finds the same refs, and every stored object complete; reachable too, unless the manifest says otherwise.
fn assert_git_agrees(git: &Git, snapshot: &Snapshot) {
    let mut packed = String::from("# pack-refs with: sorted\n");
    let mut expected = String::new();
    for (name, target) in snapshot.refs().iter() {
        writeln!(packed, "{} {name}", target.id).unwrap();
        writeln!(expected, "{} {name}", target.id).unwrap();
        if let Some(peeled) = target.peeled {
            writeln!(expected, "{peeled} {name}^{{}}").unwrap();
        }
    }
    std::fs::write(git.file("packed-refs"), packed).unwrap();
    if !expected.is_empty() {
        assert_eq!(git.text(&["show-ref", "-d"], b""), expected.trim_end());
    }
    let fsck = git.output(&["fsck", "--full", "--strict", "--unreachable", "--no-progress"], b"");
    let said = String::from_utf8_lossy(&fsck.stdout).into_owned() + &String::from_utf8_lossy(&fsck.stderr);
    let bad: Vec<&str> = said
        .lines()
        .filter(|line| !line.starts_with("notice: "))
        .filter(|line| {
            let loose = line.starts_with("unreachable ") || line.starts_with("dangling ");
            !(snapshot.manifest().unreachable && loose)
        })
        .collect();
    assert!(fsck.status.success() && bad.is_empty(), "{bad:?}");
    assert_complete(git);
}

/// Nothing is missing that any object refers to.
fn assert_complete(git: &Git) {
    let all = git.run(
        &[
            "cat-file",
            "--batch-all-objects",
            "--unordered",
            "--batch-check=%(objectname)",
        ],
        b"",
    );
    git.run(&["rev-list", "--objects", "--quiet", "--stdin"], &all);
}

/// Where no pack says that it overlaps, no object but appended bases lies in two.
fn check_overlaps(git: &Git, packs: &[Pack], manifest: &Manifest) {
    // Where something may be unreachable, a clone looks at each object.
    if packs.len() > PACKS_ONE_BY_ONE || manifest.unreachable || packs.iter().any(|pack| pack.overlaps) {
        return;
    }
    let mut seen = BTreeSet::new();
    for pack in packs {
        let index = std::fs::read(git.file(&format!("objects/pack/pack-{}.idx", pack.id))).unwrap();
        for line in git.text(&["show-index"], &index).lines() {
            let (offset, id) = line.split_once(' ').unwrap();
            let appended = pack
                .appended
                .is_some_and(|tail| offset.parse::<u64>().unwrap() >= tail.offset);
            let id = id.split(' ').next().unwrap().to_owned();
            assert!(
                appended || seen.insert(id.clone()),
                "{id} lies in two packs, and none says so"
            );
        }
    }
}
