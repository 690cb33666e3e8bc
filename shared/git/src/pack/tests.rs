use std::process::{Command, Stdio};
use std::sync::atomic::AtomicU32;

use proptest::prelude::*;

use super::entry::{Content, pack_header, write};
use super::index::IndexEntry;
use super::resolve::{Resolved, resolve};
use super::scan::{Scanned, Scanner};
use super::*;
use crate::fsck::{Checker, Policy};
use crate::hash::{ObjectFormat, finish, hasher, object_id};
use crate::object::Kind;
use crate::zlib::deflate;

const LIMITS: Limits = Limits {
    pack_objects: 1 << 30,
    object_bytes: 1 << 26,
    in_memory_bytes: 1 << 24,
    inflate_ratio: 1000,
    padding: 64 << 10,
    delta_depth: 4095,
};

type Known = Vec<(ObjectId, Kind, Vec<u8>)>;

fn index_in(
    format: ObjectFormat,
    pack: &[u8],
    chunk: usize,
    limits: Limits,
    outside: &Known,
) -> Result<(Scanned, Resolved), PackError> {
    let mut scanner = Scanner::new(format, limits, Checker::new(format, Policy::strict()));
    for piece in pack.chunks(chunk) {
        scanner.feed(piece)?;
    }
    let read_at = |offset: u64, buffer: &mut [u8]| {
        let offset = usize::try_from(offset).unwrap();
        buffer.copy_from_slice(&pack[offset..offset + buffer.len()]);
        Ok(())
    };
    let mut outside = Elsewhere(outside);
    resolve(scanner.finish()?, limits, 2, &read_at, &mut outside, &AtomicU32::new(0))
}

struct Elsewhere<'a>(&'a Known);

impl resolve::Outside for Elsewhere<'_> {
    fn find(&mut self, id: &crate::hash::oid) -> Result<Option<(Kind, Vec<u8>)>, PackError> {
        let found = self.0.iter().find(|(known, ..)| known.as_slice() == id.as_bytes());
        Ok(found.map(|(_, kind, data)| (*kind, data.clone())))
    }

    fn keep(&mut self, deflated: &[u8]) -> Result<std::ops::Range<u64>, PackError> {
        Ok(0..deflated.len() as u64)
    }
}

fn index(pack: &[u8]) -> Result<(Scanned, Resolved), PackError> {
    index_in(ObjectFormat::Sha1, pack, 1000, LIMITS, &Vec::new())
}

/// A pack of the given entries: what each holds, its declared size, and its bytes before compression.
fn pack(entries: &[(Content, u64, &[u8])]) -> Vec<u8> {
    let mut out = pack_header(u32::try_from(entries.len()).unwrap()).to_vec();
    for (content, size, data) in entries {
        write(*content, *size, &mut out);
        out.extend(deflate(data));
    }
    sealed(out)
}

fn sealed(mut pack: Vec<u8>) -> Vec<u8> {
    let mut sum = hasher(ObjectFormat::Sha1);
    sum.update(&pack);
    pack.extend(finish(sum).unwrap().as_slice());
    pack
}

fn blob(data: &[u8]) -> (Content, u64, &[u8]) {
    (Content::Full(Kind::Blob), data.len() as u64, data)
}

fn blob_id(data: &[u8]) -> ObjectId {
    object_id(ObjectFormat::Sha1, Kind::Blob, data).unwrap()
}

/// Copies `0..3` of a base of `base` bytes and inserts `tail`.
fn delta(base: u8, tail: &[u8]) -> Vec<u8> {
    let inserted = u8::try_from(tail.len()).unwrap();
    [&[base, 3 + inserted, 0x90, 3, inserted], tail].concat()
}

fn git(dir: &std::path::Path, args: &[&str], input: &[u8]) -> Vec<u8> {
    use std::io::Write as _;
    let mut command = Command::new(&*crate::testing::repository::GIT);
    command
        .args(args)
        .current_dir(dir)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap());
    command.env("HOME", dir).env("GIT_CONFIG_NOSYSTEM", "1");
    for who in ["AUTHOR", "COMMITTER"] {
        command
            .env(format!("GIT_{who}_NAME"), "A")
            .env(format!("GIT_{who}_EMAIL"), "a@example.com");
    }
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    let feeder = std::thread::spawn(move || stdin.write_all(&input));
    let output = child.wait_with_output().unwrap();
    feeder.join().unwrap().unwrap();
    assert!(output.status.success(), "git {args:?}");
    output.stdout
}

/// A repository with a history in which files grow, so that git makes deltas of every kind.
fn repository(format: &str) -> tempfile::TempDir {
    use std::fmt::Write as _;
    let dir = tempfile::tempdir().unwrap();
    git(
        dir.path(),
        &["init", "-q", "--bare", "--object-format", format, "."],
        b"",
    );
    let mut stream = String::new();
    let mut text = String::new();
    for n in 0..150 {
        writeln!(text, "line {n} of a file that grows, {}", n * 7919).unwrap();
        let head = format!("commit refs/heads/main\ncommitter A <a@example.com> {n} +0000\ndata 1\nx");
        write!(
            stream,
            "{head}\nM 644 inline d{}/f\ndata {}\n{text}\n",
            n % 5,
            text.len()
        )
        .unwrap();
    }
    git(dir.path(), &["fast-import", "--quiet"], stream.as_bytes());
    git(dir.path(), &["repack", "-adfq", "--depth=50"], b"");
    dir
}

#[test]
fn real_packs_of_both_formats_index_as_git_indexes_them() {
    for (name, format) in [("sha1", ObjectFormat::Sha1), ("sha256", ObjectFormat::Sha256)] {
        let dir = repository(name);
        for offsets in ["--delta-base-offset", "-q"] {
            let bytes = git(dir.path(), &["pack-objects", "--all", "--stdout", "-q", offsets], b"");
            let stored = dir.path().join("x.pack");
            std::fs::write(&stored, &bytes).unwrap();
            git(dir.path(), &["index-pack", "-o", "x.idx", "x.pack"], b"");
            for chunk in [1, 13, 4096, bytes.len()] {
                let (scanned, resolved) = index_in(format, &bytes, chunk, LIMITS, &Vec::new()).unwrap();
                assert!(resolved.objects.iter().any(|object| object.kind == Kind::Tree));
                let entries = scanned.entries.iter().zip(&resolved.objects);
                let mut entries: Vec<_> = entries
                    .map(|(entry, object)| IndexEntry {
                        id: object.id,
                        crc: entry.crc,
                        offset: entry.offset,
                    })
                    .collect();
                let index = index::write(format, &mut entries, &scanned.checksum).unwrap();
                assert_eq!(
                    index,
                    std::fs::read(dir.path().join("x.idx")).unwrap(),
                    "{name} {offsets} {chunk}"
                );
                let opened = index::open(format, index).unwrap();
                assert_eq!(
                    opened.lookup(entries[7].id).map(|at| opened.pack_offset_at_index(at)),
                    Some(entries[7].offset)
                );
            }
        }
    }
}

#[test]
fn every_truncation_and_every_flipped_byte_is_refused() {
    let tail = delta(6, b"zz");
    let good = pack(&[
        blob(b"abcdef"),
        (Content::RefDelta(blob_id(b"abcdef")), tail.len() as u64, &tail),
        (Content::Full(Kind::Tree), 0, b""),
    ]);
    let (_, resolved) = index(&good).unwrap();
    assert_eq!(
        resolved.objects[1],
        resolve::Object {
            id: blob_id(b"abczz"),
            kind: Kind::Blob
        }
    );
    for end in 0..good.len() {
        assert!(index(&good[..end]).is_err(), "cut at {end}");
    }
    for at in 0..good.len() {
        let mut bad = good.clone();
        bad[at] ^= 0x10;
        assert!(index(&bad).is_err(), "flipped {at}");
    }
    assert!(matches!(index(&[good, vec![0]].concat()), Err(PackError::Garbage)));
}

#[test]
fn hostile_packs_are_refused_by_name() {
    let check = |entries: &[(Content, u64, &[u8])], expect: &str| {
        let limits = Limits {
            object_bytes: 1000,
            in_memory_bytes: 100,
            inflate_ratio: 10,
            delta_depth: 3,
            ..LIMITS
        };
        let outcome = index_in(ObjectFormat::Sha1, &pack(entries), 7, limits, &Vec::new());
        let text = outcome.map(|_| ()).map_err(|error| error.to_string());
        assert_eq!(text.as_ref().map_err(String::as_str), Err(expect));
    };
    let other = blob_id(b"other");
    let (to_base, endless) = (delta(6, b"zz"), delta(5, b"qq"));
    check(
        &[(Content::Full(Kind::Blob), 5, b"longer")],
        "object at offset 12: object data does not have its declared size",
    );
    check(
        &[(Content::Full(Kind::Blob), 7, b"short")],
        "object at offset 12: object data does not have its declared size",
    );
    check(
        &[(Content::Full(Kind::Blob), 1001, b"")],
        "object at offset 12 has 1001 bytes, more than the 1000 that are allowed",
    );
    check(
        &[(Content::Full(Kind::Tree), 101, b"")],
        "object at offset 12 has 101 bytes, more than the 100 that are allowed",
    );
    check(
        &[(Content::OfsDelta(12), 1, b"x")],
        "delta at offset 12 has a base that is not in the pack",
    );
    check(
        &[blob(b"abcdef"), (Content::OfsDelta(3), 1, b"x")],
        "delta at offset 27 has a base that is not in the pack",
    );
    check(
        &[(Content::RefDelta(other), to_base.len() as u64, &to_base)],
        &format!("pack has 1 unresolved deltas, missing base {other}"),
    );
    check(
        &[(Content::RefDelta(blob_id(b"abczz")), endless.len() as u64, &endless)],
        &format!("pack has 1 unresolved deltas, missing base {}", blob_id(b"abczz")),
    );
    let huge = [&[6, 0xff, 0xff, 0x7f], &[0x90, 3][..]].concat();
    check(
        &[blob(b"abcdef"), (Content::OfsDelta(15), huge.len() as u64, &huge)],
        "object at offset 27 has 2097151 bytes, more than the 100 that are allowed",
    );
    check(
        &[(Content::Full(Kind::Tree), 28, b"100644 .git\0aaaaaaaaaaaaaaaaaaaa")],
        "object at offset 12: object data does not have its declared size",
    );
}

#[test]
fn the_declared_count_is_bounded_and_reserves_nothing() {
    let check = |declared: u32, expect: &str| {
        let pack = pack_header(declared);
        let limits = Limits {
            pack_objects: 20_000_000,
            ..LIMITS
        };
        for chunk in [1, 12, 100] {
            let outcome = index_in(ObjectFormat::Sha1, &pack, chunk, limits, &Vec::new());
            let outcome = outcome.map(|_| ()).map_err(|error| error.to_string());
            assert_eq!(outcome, Err(expect.to_owned()), "in pieces of {chunk}");
        }
    };
    check(20_000_000, "pack is truncated: 0 of 20000000 objects arrived");
    check(
        20_000_001,
        "pack declares 20000001 objects, more than the 20000000 that are allowed",
    );
    check(
        u32::MAX,
        "pack declares 4294967295 objects, more than the 20000000 that are allowed",
    );
}

#[test]
fn chains_and_cycles_of_deltas_end() {
    let mut data = b"abcdef".to_vec();
    let mut entries: Vec<(Content, u64, Vec<u8>)> = vec![(Content::Full(Kind::Blob), 6, data.clone())];
    for n in 0..40u8 {
        let base = blob_id(&data);
        let tail = [b'k', n];
        let delta = delta(u8::try_from(data.len()).unwrap(), &tail);
        data = [&data[..3], &tail].concat();
        entries.push((Content::RefDelta(base), delta.len() as u64, delta));
    }
    // Deltas may come before their bases.
    entries.reverse();
    let borrowed: Vec<_> = entries
        .iter()
        .map(|(content, size, data)| (*content, *size, data.as_slice()))
        .collect();
    let chain = pack(&borrowed);
    let (_, resolved) = index(&chain).unwrap();
    assert_eq!(resolved.objects[0].id, blob_id(&data));
    let limits = Limits {
        delta_depth: 39,
        ..LIMITS
    };
    let outcome = index_in(ObjectFormat::Sha1, &chain, 7, limits, &Vec::new());
    assert!(matches!(outcome, Err(PackError::DeltaTooDeep(39))));
}

#[test]
fn twins_that_build_on_twins_are_visited_once() {
    let mut data = b"abcdef".to_vec();
    let mut entries: Vec<(Content, u64, Vec<u8>)> = vec![(Content::Full(Kind::Blob), 6, data.clone())];
    for n in 0..60u8 {
        let base = blob_id(&data);
        let tail = [b'k', n];
        let delta = delta(u8::try_from(data.len()).unwrap(), &tail);
        data = [&data[..3], &tail].concat();
        for _ in 0..2 {
            entries.push((Content::RefDelta(base), delta.len() as u64, delta.clone()));
        }
    }
    let borrowed: Vec<_> = entries
        .iter()
        .map(|(content, size, data)| (*content, *size, data.as_slice()))
        .collect();
    // Two to the power of sixty visits would not end.
    let (_, resolved) = index(&pack(&borrowed)).unwrap();
    assert_eq!(resolved.objects.len(), 121);
    assert_eq!(resolved.objects[120].id, blob_id(&data));
    assert_eq!(resolved.objects[119].id, blob_id(&data));
}

#[test]
fn what_deltas_make_is_bounded_together() {
    let base = vec![0; 1 << 20];
    let size = [0x80, 0x80, 0x40];
    let larger = [0x81, 0x80, 0x40];
    // Copies all of the base, and inserts one byte.
    let deltas: Vec<Vec<u8>> = (0..200u8)
        .map(|n| [&size[..], &larger, &[0xc0, 0x10, 1, n]].concat())
        .collect();
    let mut entries = vec![blob(&base)];
    for delta in &deltas {
        entries.push((Content::RefDelta(blob_id(&base)), delta.len() as u64, delta.as_slice()));
    }
    let limits = Limits {
        inflate_ratio: 10,
        ..LIMITS
    };
    let few = pack(&entries[..50]);
    assert!(index_in(ObjectFormat::Sha1, &few, 1000, limits, &Vec::new()).is_ok());
    let many = index_in(ObjectFormat::Sha1, &pack(&entries), 1000, limits, &Vec::new());
    assert!(matches!(many, Err(PackError::TooMuchMade(_))), "{many:?}");
}

#[test]
fn thin_packs_are_completed_from_outside_but_never_twice() {
    let outside = |data: &[u8]| (blob_id(data), Kind::Blob, data.to_vec());
    let on_known = delta(6, b"zz");
    let on_that = delta(5, b"yyy");
    let entries = [
        (
            Content::RefDelta(blob_id(b"abczz")),
            on_that.len() as u64,
            on_that.as_slice(),
        ),
        (
            Content::RefDelta(blob_id(b"abcdef")),
            on_known.len() as u64,
            on_known.as_slice(),
        ),
    ];
    let thin = pack(&entries);
    // The second base is outside as well, but it is in the pack already.
    let known = vec![outside(b"abcdef"), outside(b"abczz")];
    let (_, resolved) = index_in(ObjectFormat::Sha1, &thin, 7, LIMITS, &known).unwrap();
    let appended: Vec<_> = resolved.outside.iter().map(|base| base.object.id).collect();
    assert_eq!(appended, [blob_id(b"abcdef")]);
    assert_eq!(resolved.objects[0].id, blob_id(b"abcyyy"));
    // Each of two deltas makes the other's base: without the outside they hang in the air.
    let to_first = delta(6, b"def");
    let circle = pack(&[
        (Content::RefDelta(blob_id(b"abcdef")), on_known.len() as u64, &on_known),
        (Content::RefDelta(blob_id(b"abczz")), to_first.len() as u64, &to_first),
    ]);
    assert!(index_in(ObjectFormat::Sha1, &circle, 7, LIMITS, &vec![outside(b"abcdef")]).is_err());
}

proptest! {
    #[test]
    fn any_bytes_are_a_pack_or_an_error(bytes: Vec<u8>, chunk in 1usize..50) {
        let framed = sealed([&pack_header(2)[..], &bytes].concat());
        for pack in [&bytes, &framed] {
            drop(index_in(ObjectFormat::Sha1, pack, chunk, LIMITS, &Vec::new()));
        }
    }
}

#[test]
fn an_index_with_any_byte_damaged_answers_or_does_not_open() {
    let format = ObjectFormat::Sha1;
    let ids = [b"a", b"b", b"c"].map(|data| blob_id(data));
    let offsets = [12, 1 << 31, 1 << 40];
    let mut entries: Vec<_> = ids
        .into_iter()
        .zip(offsets)
        .map(|(id, offset)| IndexEntry { id, crc: 1, offset })
        .collect();
    let good = index::write(format, &mut entries, &ObjectId::null(format)).unwrap();
    let body = &good[..good.len() - 20];
    let (mut opened, mut found, mut seen) = (0, 0, std::collections::BTreeSet::new());
    for at in 0..body.len() {
        for value in [0, 1, 0x7f, 0x80, 0xff] {
            let mut bad = body.to_vec();
            bad[at] = value;
            let Ok(index) = index::open(format, sealed(bad)) else {
                continue;
            };
            opened += 1;
            for at in 0..index.num_objects() {
                assert!(!index.oid_at_index(at).is_null());
                seen.insert(index.pack_offset_at_index(at));
            }
            found += ids.iter().filter(|id| index.lookup(id).is_some()).count();
        }
    }
    assert!(
        opened < body.len() * 5 && found < opened * ids.len(),
        "{opened} {found}"
    );
    assert!(offsets.iter().all(|offset| seen.contains(offset)));
}
