//! Packs made by hand, for what git would not make.

use bytes::Bytes;
use packhouse_git::hash::{ObjectFormat, ObjectId, finish, hasher};
use packhouse_git::object::Kind;
use packhouse_git::pack::entry::{self, Content, pack_header};
use packhouse_git::zlib::deflate;

/// A pack of whole objects and of deltas, each of which turns `from`, the content of `base`, into `to`.
pub(crate) fn crafted(format: ObjectFormat, whole: &[(Kind, &[u8])], deltas: &[(ObjectId, &[u8], &[u8])]) -> Bytes {
    let whole = whole
        .iter()
        .map(|(kind, data)| (Content::Full(*kind), data.to_vec(), deflate(data)));
    let deltas = deltas.iter().map(|(base, from, to)| {
        let delta = delta(from, to);
        let deflated = deflate(&delta);
        (Content::RefDelta(*base), delta, deflated)
    });
    of_streams(format, &whole.chain(deltas).collect::<Vec<_>>())
}

/// The same, where the stream of the first delta begins with so many blocks that hold nothing.
pub(crate) fn padded(
    format: ObjectFormat,
    whole: &[(Kind, &[u8])],
    (base, from, to): (ObjectId, &[u8], &[u8]),
    blocks: usize,
) -> Bytes {
    let whole = whole
        .iter()
        .map(|(kind, data)| (Content::Full(*kind), data.to_vec(), deflate(data)));
    let mut entries: Vec<_> = whole.collect();
    let delta = delta(from, to);
    let deflated = deflate(&delta);
    let stream = [&deflated[..2], &[0, 0, 0, 0xff, 0xff].repeat(blocks), &deflated[2..]].concat();
    entries.push((Content::RefDelta(base), delta, stream));
    of_streams(format, &entries)
}

/// A pack of entries: what each is, what it holds, and that as a stream.
fn of_streams(format: ObjectFormat, entries: &[(Content, Vec<u8>, Vec<u8>)]) -> Bytes {
    let mut pack = pack_header(u32::try_from(entries.len()).unwrap()).to_vec();
    for (content, data, stream) in entries {
        entry::write(*content, data.len() as u64, &mut pack);
        pack.extend(stream);
    }
    let mut hash = hasher(format);
    hash.update(&pack);
    pack.extend(finish(hash).unwrap().as_slice());
    pack.into()
}

/// A delta that copies what both share at the start and writes the rest out.
fn delta(from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    for mut size in [from.len(), to.len()] {
        while size > 0x7f {
            out.push(u8::try_from(size & 0x7f).unwrap() | 0x80);
            size >>= 7;
        }
        out.push(u8::try_from(size).unwrap());
    }
    let shared = from.iter().zip(to).take_while(|(a, b)| a == b).count().min(0xffff);
    if shared > 0 {
        out.push(0x80 | 0x10 | 0x20);
        out.extend(u16::try_from(shared).unwrap().to_le_bytes());
    }
    for piece in to[shared..].chunks(0x7f) {
        out.push(u8::try_from(piece.len()).unwrap());
        out.extend(piece);
    }
    out
}
