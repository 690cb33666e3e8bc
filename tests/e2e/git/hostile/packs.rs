//! Packs that are none.

use packhouse_harness::{
    pack::{self, Kind, Object, Step},
    raw_git::{RawGit, ZERO, command},
    server::against_reference,
};

use super::{Victim, bounded};

/// A sound little history: a blob, its tree, the commit.
fn sound() -> Vec<Object> {
    let blob = Object::blob("content of the hostile file\n");
    let tree = Object::tree(&[("100644", "name", &blob.id())]);
    let commit = Object::commit(&tree.id(), &[]);
    vec![commit, tree, blob]
}

fn tip() -> String {
    sound()[0].id()
}

/// Entries in which a blob is replaced, so that everything else is sound.
fn with_blob_entry(entry: Vec<u8>) -> Vec<Vec<u8>> {
    let objects = sound();
    vec![objects[0].entry(), objects[1].entry(), entry]
}

#[track_caller]
fn refused(raw: &RawGit<'_>, what: &str, id: &str, bytes: &[u8]) -> String {
    let report = bounded(|| raw.create("refs/heads/evil", id, bytes));
    let text = report.refused();
    assert!(!text.is_empty(), "{what}");
    text
}

#[test]
fn a_sound_pack_made_by_hand_is_taken() {
    let victim = Victim::new("sound");
    victim
        .raw()
        .create("refs/heads/good", &tip(), &pack::of(&sound()))
        .accepted();
    victim
        .git
        .run(&format!("clone --quiet --branch good {} copy", victim.url))
        .ok();
    victim.git.in_dir("copy").run("fsck --strict").ok();
}

#[test]
fn broken_packs_are_refused() {
    let victim = Victim::new("broken-packs");
    let raw = victim.raw();
    let good = pack::of(&sound());
    let entries = sound().iter().map(Object::entry).collect::<Vec<_>>().concat();
    let content = b"content of the hostile file\n";
    let size = content.len() as u64;
    let mut wrong_checksum = good.clone();
    *wrong_checksum.last_mut().expect("a trailer") ^= 1;
    let rows: Vec<(&str, Vec<u8>)> = vec![
        ("nothing", Vec::new()),
        ("no magic", [b"JUNK", &good[4..]].concat()),
        (
            "version 4",
            pack::sealed(&[pack::header(4, 3), entries.clone()].concat()),
        ),
        (
            "version 0",
            pack::sealed(&[pack::header(0, 3), entries.clone()].concat()),
        ),
        ("wrong checksum", wrong_checksum),
        (
            "fewer objects than declared",
            pack::sealed(&[pack::header(2, 4), entries.clone()].concat()),
        ),
        (
            "millions declared",
            pack::sealed(&[pack::header(2, u32::MAX), entries.clone()].concat()),
        ),
        (
            "more objects than declared",
            pack::sealed(&[pack::header(2, 2), entries].concat()),
        ),
        (
            "kind 0",
            pack::of_entries(&with_blob_entry(pack::entry(0, size, content))),
        ),
        (
            "kind 5",
            pack::of_entries(&with_blob_entry(pack::entry(5, size, content))),
        ),
        (
            "size too small",
            pack::of_entries(&with_blob_entry(pack::entry(3, size - 1, content))),
        ),
        (
            "size too large",
            pack::of_entries(&with_blob_entry(pack::entry(3, size + 1, content))),
        ),
        (
            "size beyond 64 bits",
            pack::of_entries(&with_blob_entry([vec![0xbf], vec![0xff; 12], vec![0x7f]].concat())),
        ),
        (
            "no zlib",
            pack::of_entries(&with_blob_entry(
                [pack::entry_header(3, size), content.to_vec()].concat(),
            )),
        ),
        ("an object too few", pack::of(&sound()[..2])),
        ("tree without blob", pack::of(&[sound()[0].clone(), sound()[1].clone()])),
        (
            "commit without tree",
            pack::of(&[sound()[0].clone(), sound()[2].clone()]),
        ),
        ("no commit at all", pack::of(&sound()[1..])),
        ("an empty pack", pack::of(&[])),
    ];
    for (what, bytes) in rows {
        refused(&raw, what, &tip(), &bytes);
    }
    victim.unharmed();
}

#[test]
fn a_pack_that_declares_too_many_objects_is_refused_by_its_header() {
    if against_reference() {
        return;
    }
    let victim = Victim::new("too-many-objects");
    let header = pack::sealed(&pack::header(2, 20_000_001));
    let text = refused(&victim.raw(), "20,000,001 objects declared", &tip(), &header);
    assert!(
        text.contains("declares 20000001 objects, more than the 20000000"),
        "{text}"
    );
    victim.unharmed();
}

#[test]
fn a_pack_cut_at_any_byte_is_refused() {
    let victim = Victim::new("cut-packs");
    let raw = victim.raw();
    let good = pack::of(&sound());
    for end in 0..good.len() {
        refused(&raw, &format!("cut at {end}"), &tip(), &good[..end]);
    }
    victim.unharmed();
}

#[test]
fn a_pack_with_any_byte_changed_is_refused() {
    let victim = Victim::new("flipped-packs");
    let raw = victim.raw();
    let good = pack::of(&sound());
    for at in 0..good.len() {
        let mut bytes = good.clone();
        bytes[at] ^= 1 << (at % 8);
        refused(&raw, &format!("changed at {at}"), &tip(), &bytes);
    }
    victim.unharmed();
}

#[test]
fn deltas_that_lead_nowhere_are_refused() {
    let victim = Victim::new("bad-deltas");
    let raw = victim.raw();
    let (a, b) = (Object::blob("aaaaaaaa"), Object::blob("bbbbbbbb"));
    let insert = |data: &[u8]| pack::delta(8, 8, &[Step::Insert(data.to_vec())]);
    let tree = Object::tree(&[("100644", "a", &a.id()), ("100644", "b", &b.id())]);
    let commit = Object::commit(&tree.id(), &[]);
    let id = commit.id();
    let pack = |first: Vec<u8>, second: Vec<u8>| pack::of_entries(&[commit.entry(), tree.entry(), first, second]);
    let on_a = |delta: &[u8]| pack(a.entry(), pack::ref_delta(&a.id(), delta));
    let copy = |offset, size| Step::Copy { offset, size };
    let rows: Vec<(&str, Vec<u8>)> = vec![
        (
            "missing base",
            pack(a.entry(), pack::ref_delta(&"12".repeat(20), &insert(b"bbbbbbbb"))),
        ),
        (
            "cycle",
            pack(
                pack::ref_delta(&b.id(), &insert(b"aaaaaaaa")),
                pack::ref_delta(&a.id(), &insert(b"bbbbbbbb")),
            ),
        ),
        (
            "on itself",
            pack(a.entry(), pack::ref_delta(&b.id(), &insert(b"bbbbbbbb"))),
        ),
        (
            "before the pack",
            pack(a.entry(), pack::ofs_delta(1 << 20, &insert(b"bbbbbbbb"))),
        ),
        (
            "on the header",
            pack(pack::ofs_delta(1, &insert(b"aaaaaaaa")), b.entry()),
        ),
        (
            "on itself by offset",
            pack(a.entry(), pack::ofs_delta(0, &insert(b"bbbbbbbb"))),
        ),
        (
            "offset beyond 64 bits",
            pack(a.entry(), [pack::entry_header(6, 3), vec![0xff; 12], vec![1]].concat()),
        ),
        (
            "wrong base size",
            on_a(&pack::delta(9, 8, &[Step::Insert(b"bbbbbbbb".to_vec())])),
        ),
        (
            "wrong result size",
            on_a(&pack::delta(8, 9, &[Step::Insert(b"bbbbbbbb".to_vec())])),
        ),
        ("copy beyond the base", on_a(&pack::delta(8, 8, &[copy(4, 8)]))),
        ("copy from beyond", on_a(&pack::delta(8, 8, &[copy(u32::MAX, 8)]))),
        ("reserved step", on_a(&[pack::delta(8, 8, &[]), vec![0]].concat())),
        (
            "insert that ends early",
            on_a(&[pack::delta(8, 8, &[]), vec![8, b'b']].concat()),
        ),
        ("empty delta", on_a(&[])),
        ("sizes that never end", on_a(&[0xff; 30])),
        (
            "delta on another kind",
            pack(a.entry(), pack::ref_delta(&tree.id(), &insert(b"bbbbbbbb"))),
        ),
    ];
    for (what, bytes) in rows {
        refused(&raw, what, &id, &bytes);
    }
    victim.unharmed();
}

#[test]
fn bombs_are_refused_and_cost_little_memory() {
    if against_reference() {
        return;
    }
    let victim = Victim::new("bombs");
    let raw = victim.raw();
    let zeros = vec![0; 256 << 20];
    let small = Object::blob(vec![b'x'; 1 << 20]);
    let copies: Vec<_> = (0..8_000)
        .map(|_| Step::Copy {
            offset: 0,
            size: 1 << 20,
        })
        .collect();
    let delta_bomb = pack::ref_delta(&small.id(), &pack::delta(1 << 20, 8_000 << 20, &copies));
    let rows: Vec<(&str, Vec<u8>)> = vec![
        (
            "inflates far beyond its size",
            pack::of_entries(&with_blob_entry(pack::entry(3, 10, &zeros))),
        ),
        (
            "declares exabytes",
            pack::of_entries(&with_blob_entry(pack::entry(3, 1 << 60, b"x"))),
        ),
        (
            "declares 3 GB",
            pack::of_entries(&with_blob_entry(pack::entry(3, 3 << 30, &zeros))),
        ),
        (
            "a tree of 256 MB",
            pack::of_entries(&with_blob_entry(pack::entry(2, zeros.len() as u64, &zeros))),
        ),
        (
            "a delta of 8 GB",
            pack::of_entries(&[sound()[0].entry(), sound()[1].entry(), small.entry(), delta_bomb]),
        ),
    ];
    for (what, bytes) in rows {
        refused(&raw, what, &tip(), &bytes);
    }
    victim.unharmed();
}

#[test]
fn deltas_upon_deltas_end_in_an_answer() {
    let victim = Victim::new("deep-deltas");
    // Each blob is its predecessor with one more byte; the last is what the tree names.
    let mut entries = vec![Object::blob("x").entry()];
    let mut content = b"x".to_vec();
    for _ in 0..5_000_u32 {
        let size = u32::try_from(content.len()).expect("small");
        let steps = [Step::Copy { offset: 0, size }, Step::Insert(b"y".to_vec())];
        let delta = pack::delta(u64::from(size), u64::from(size) + 1, &steps);
        let distance = entries.last().expect("a base").len() as u64;
        entries.push(pack::ofs_delta(distance, &delta));
        content.push(b'y');
    }
    let tree = Object::tree(&[("100644", "deep", &Object::blob(content).id())]);
    let commit = Object::commit(&tree.id(), &[]);
    entries.extend([tree.entry(), commit.entry()]);
    let report = bounded(|| {
        victim
            .raw()
            .create("refs/heads/deep", &commit.id(), &pack::of_entries(&entries))
    });
    if report.refs.iter().any(|(_, answer)| answer == "ok") {
        victim
            .git
            .run(&format!("clone --quiet --branch deep {} copy", victim.url))
            .ok();
        victim.git.in_dir("copy").run("fsck").ok();
    } else {
        report.refused();
        victim.unharmed();
    }
}

#[test]
fn objects_that_nothing_reaches_are_not_kept() {
    let victim = Victim::new("unreachable");
    let lost = Object::tree(&[("100644", "lost", &"12".repeat(20))]);
    let extra = [sound(), vec![Object::blob("nothing names this"), lost]].concat();
    let report = victim.raw().create("refs/heads/extra", &tip(), &pack::of(&extra));
    if against_reference() {
        return;
    }
    report.accepted();
    // Nobody may build on what was dropped.
    let tree = Object::tree(&[("100644", "x", &Object::blob("nothing names this").id())]);
    let commit = Object::commit(&tree.id(), &[]);
    let pushed = victim
        .raw()
        .create("refs/heads/on-lost", &commit.id(), &pack::of(&[tree, commit.clone()]));
    pushed.refused();
    let fetched = victim.git.init("copy").run(&format!(
        "fetch {} {}",
        victim.url,
        Object::blob("nothing names this").id()
    ));
    assert!(fetched.code != Some(0), "{fetched:?}");
}

#[test]
fn a_ref_names_only_what_is_there() {
    let victim = Victim::new("unknown-tip");
    let raw = victim.raw();
    let blob = Object {
        kind: Kind::Blob,
        data: b"x".to_vec(),
    };
    refused(&raw, "an id of nothing", &"12".repeat(20), &pack::of(&[]));
    refused(
        &raw,
        "a branch to a blob",
        &blob.id(),
        &pack::of(std::slice::from_ref(&blob)),
    );
    if !against_reference() {
        raw.push(&[command(ZERO, "12", "refs/heads/evil")], &pack::of(&[]))
            .refused();
    }
    victim.unharmed();
}
