//! An index with any damage but a right checksum opens or does not, and answers if it does. The first byte is the number
//! of objects, the second the number of damaged bytes, of which three bytes each tell place and value.
#![no_main]

use libfuzzer_sys::fuzz_target;
use packhouse_git::hash::{ObjectFormat, ObjectId, finish, hasher, oid};
use packhouse_git::pack::index::{IndexEntry, open, write};

fn sealed(format: ObjectFormat, mut body: Vec<u8>) -> Option<Vec<u8>> {
    let mut hash = hasher(format);
    hash.update(&body);
    body.extend(finish(hash).ok()?.as_slice());
    Some(body)
}

fn ask(format: ObjectFormat, bytes: Vec<u8>, ids: &[ObjectId]) -> usize {
    let Ok(index) = open(format, bytes) else {
        return 0;
    };
    for at in 0..index.num_objects() {
        let _ = (
            index.oid_at_index(at),
            index.pack_offset_at_index(at),
            index.crc32_at_index(at),
        );
    }
    ids.iter().filter(|id| index.lookup(id).is_some()).count()
}

fuzz_target!(|data: &[u8]| {
    let [objects, damaged, rest @ ..] = data else {
        return;
    };
    for format in [ObjectFormat::Sha1, ObjectFormat::Sha256] {
        let id_len = format.len_in_bytes();
        let damage = rest.chunks_exact(3).take(usize::from(*damaged));
        let described = &rest[damage.len() * 3..];
        let chunks = described.chunks_exact(id_len + 8).take(usize::from(*objects));
        let mut entries: Vec<IndexEntry> = chunks
            .filter_map(|chunk| {
                let (id, offset) = chunk.split_at(id_len);
                let id = oid::try_from_bytes(id).ok()?.to_owned();
                let offset = u64::from_be_bytes(offset.try_into().ok()?);
                Some(IndexEntry { id, crc: 7, offset })
            })
            .collect();
        entries.sort_unstable_by_key(|entry| entry.id);
        entries.dedup_by_key(|entry| entry.id);
        let ids: Vec<ObjectId> = entries.iter().map(|entry| entry.id).collect();
        let Ok(good) = write(format, &mut entries, &ObjectId::null(format)) else {
            return;
        };
        assert_eq!(ask(format, good.clone(), &ids), ids.len());
        let mut body = good[..good.len() - id_len].to_vec();
        for change in damage {
            let at = usize::from(u16::from_be_bytes([change[0], change[1]])) % body.len();
            body[at] = change[2];
        }
        for body in [body, data.to_vec()] {
            ask(format, sealed(format, body).unwrap_or_default(), &ids);
        }
    }
});
