//! A pack is taken or refused, within small limits, and the same in one piece and byte by byte: once as raw bytes behind
//! a header, once made of entries whose content the input tells, so that streams and checksums are right.
#![no_main]

use std::ops::Range;
use std::sync::atomic::AtomicU32;

use libfuzzer_sys::fuzz_target;
use packhouse_git::fsck::{Checker, Policy};
use packhouse_git::hash::{ObjectFormat, ObjectId, finish, hasher, object_id, oid};
use packhouse_git::object::Kind;
use packhouse_git::pack::entry::{Content, pack_header, write};
use packhouse_git::pack::resolve::{Object, Outside, resolve};
use packhouse_git::pack::scan::Scanner;
use packhouse_git::pack::{Limits, PackError};
use packhouse_git::zlib::deflate;

const LIMITS: Limits = Limits {
    pack_objects: 100,
    object_bytes: 1 << 16,
    in_memory_bytes: 1 << 14,
    inflate_ratio: 10,
    delta_depth: 5,
};

/// What thin packs may build on.
const OUTSIDE: &[u8] = b"outside";

fn sealed(format: ObjectFormat, mut pack: Vec<u8>) -> Vec<u8> {
    let mut hash = hasher(format);
    hash.update(&pack);
    if let Ok(sum) = finish(hash) {
        pack.extend(sum.as_slice());
    }
    pack
}

/// Entries of a kind, a length and so many bytes each; those of deltas choose their base by one byte more.
fn built(format: ObjectFormat, mut data: &[u8]) -> Vec<u8> {
    let (mut body, mut starts, mut ids) = (
        Vec::new(),
        Vec::new(),
        object_id(format, Kind::Blob, OUTSIDE)
            .into_iter()
            .collect::<Vec<ObjectId>>(),
    );
    while let [kind, choice, length, rest @ ..] = data {
        let (payload, tail) = rest.split_at(usize::from(*length).min(rest.len()));
        data = tail;
        let start = 12 + body.len() as u64;
        let pick = |count: usize| usize::from(*choice) % count.max(1);
        let whole = match kind % 8 {
            0 => Some(Kind::Commit),
            1 | 2 => Some(Kind::Tree),
            3 => Some(Kind::Tag),
            4 | 5 => Some(Kind::Blob),
            _ => None,
        };
        let content = match (whole, starts.get(pick(starts.len())), ids.get(pick(ids.len()))) {
            (Some(kind), ..) => Content::Full(kind),
            (None, Some(base), _) if kind % 8 == 6 => Content::OfsDelta(start - base),
            (None, _, Some(base)) => Content::RefDelta(*base),
            (None, ..) => Content::OfsDelta(1),
        };
        ids.extend(whole.and_then(|kind| object_id(format, kind, payload).ok()));
        starts.push(start);
        write(content, payload.len() as u64, &mut body);
        body.extend(deflate(payload));
    }
    let count = u32::try_from(starts.len()).unwrap_or(u32::MAX);
    sealed(format, [pack_header(count).as_slice(), &body].concat())
}

fn index(format: ObjectFormat, pack: &[u8], chunk: usize) -> Result<Vec<Object>, PackError> {
    let mut scanner = Scanner::new(format, LIMITS, Checker::new(format, Policy::strict()));
    for piece in pack.chunks(chunk) {
        scanner.feed(piece)?;
    }
    let scanned = scanner.finish()?;
    let read_at = |offset: u64, buffer: &mut [u8]| {
        let start = usize::try_from(offset).map_err(|error| error.to_string())?;
        let bytes = pack.get(start..start + buffer.len()).ok_or("outside of the pack")?;
        buffer.copy_from_slice(bytes);
        Ok(())
    };
    let base = object_id(format, Kind::Blob, OUTSIDE)?;
    let mut outside = Elsewhere(base);
    let (scanned, resolved) = resolve(scanned, LIMITS, 1, &read_at, &mut outside, &AtomicU32::new(0))?;
    assert_eq!(scanned.entries.len(), resolved.objects.len());
    Ok(resolved.objects)
}

struct Elsewhere(ObjectId);

impl Outside for Elsewhere {
    fn find(&mut self, id: &oid) -> Result<Option<(Kind, Vec<u8>)>, PackError> {
        Ok((*id == *self.0).then(|| (Kind::Blob, OUTSIDE.to_vec())))
    }

    fn keep(&mut self, deflated: &[u8]) -> Result<Range<u64>, PackError> {
        Ok(0..deflated.len() as u64)
    }
}

fuzz_target!(|data: &[u8]| {
    let Some((&first, rest)) = data.split_first() else {
        return;
    };
    for format in [ObjectFormat::Sha1, ObjectFormat::Sha256] {
        let raw = [pack_header(u32::from(first)).as_slice(), rest].concat();
        for pack in [sealed(format, raw), built(format, rest), data.to_vec()] {
            let outcome = |chunk| index(format, &pack, chunk).map_err(|error| error.to_string());
            assert_eq!(outcome(pack.len().max(1)), outcome(1));
        }
    }
});
