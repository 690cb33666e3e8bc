//! What is in a zip: read by its directory, and checked against what stands before each file.

use sirocco::Format;

/// An entry, as far as extracting goes.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Member {
    pub(super) name: Vec<u8>,
    pub(super) is_utf8: bool,
    pub(super) is_link: bool,
    pub(super) is_executable: bool,
    pub(super) seconds: u32,
    pub(super) content: Vec<u8>,
}

/// The end of a zip.
pub(super) struct End {
    pub(super) count: u64,
    pub(super) size: u64,
    pub(super) start: u64,
    pub(super) comment: Vec<u8>,
}

fn number(zip: &[u8], at: usize, width: usize) -> u64 {
    zip[at..at + width]
        .iter()
        .rev()
        .fold(0, |sum, &byte| sum << 8 | u64::from(byte))
}

fn at(number: u64) -> usize {
    usize::try_from(number).unwrap()
}

pub(super) fn end(zip: &[u8]) -> End {
    let start = zip.windows(4).rposition(|four| four == b"PK\x05\x06").unwrap();
    let mut end = End {
        count: number(zip, start + 10, 2),
        size: number(zip, start + 12, 4),
        start: number(zip, start + 16, 4),
        comment: zip[start + 22..].to_vec(),
    };
    assert_eq!(end.comment.len() as u64, number(zip, start + 20, 2));
    if start >= 20 && zip[start - 20..].starts_with(b"PK\x06\x07") {
        let wide = start - 76;
        assert!(zip[wide..].starts_with(b"PK\x06\x06"));
        (end.count, end.size, end.start) = (
            number(zip, wide + 32, 8),
            number(zip, wide + 40, 8),
            number(zip, wide + 48, 8),
        );
    }
    end
}

/// The extra field of that kind.
fn extra(mut extra: &[u8], kind: u64) -> Option<&[u8]> {
    while !extra.is_empty() {
        let length = at(number(extra, 2, 2));
        if number(extra, 0, 2) == kind {
            return Some(&extra[4..4 + length]);
        }
        extra = &extra[4 + length..];
    }
    None
}

pub(super) fn entries(zip: &[u8]) -> Vec<Member> {
    let end = end(zip);
    let mut rest = &zip[at(end.start)..at(end.start + end.size)];
    let mut members = Vec::new();
    for _ in 0..end.count {
        assert!(rest.starts_with(b"PK\x01\x02"));
        let [name, more, comment] = [28, 30, 32].map(|field| at(number(rest, field, 2)));
        let extras = &rest[46 + name..46 + name + more];
        let mode = number(rest, 38, 4) >> 16;
        let is_unix = rest[5] == 3;
        let content = content(zip, rest);
        members.push(Member {
            name: rest[46..46 + name].to_vec(),
            is_utf8: number(rest, 8, 2) & 0x800 != 0,
            is_link: is_unix && mode & 0o170_000 == 0o120_000,
            is_executable: is_unix && mode & 0o170_000 == 0o100_000 && mode & 0o111 != 0,
            seconds: u32::try_from(number(extra(extras, 0x5455).unwrap(), 1, 4)).unwrap(),
            content,
        });
        rest = &rest[46 + name + more + comment..];
    }
    assert!(rest.is_empty());
    members
}

/// The content of what the directory lists here; what its own header says has to be the same.
fn content(zip: &[u8], listed: &[u8]) -> Vec<u8> {
    let [compressed, size, offset] = [20, 24, 42].map(|field| number(listed, field, 4));
    let local = &zip[at(offset)..];
    assert!(local.starts_with(b"PK\x03\x04"));
    assert_eq!(local[6..14], listed[8..16], "flags, method and time");
    let [name, more] = [26, 28].map(|field| at(number(local, field, 2)));
    assert_eq!(local[30..30 + name], listed[46..46 + name], "name");
    let data = &local[30 + name + more..];
    let (stored, behind) = data.split_at(at(compressed));
    let sizes = if number(local, 6, 2) & 8 == 0 {
        local[14..26].to_vec()
    } else {
        assert!(behind.starts_with(b"PK\x07\x08"));
        if extra(&local[30 + name..30 + name + more], 1).is_some() {
            [&behind[4..12], &behind[16..20]].concat()
        } else {
            behind[4..16].to_vec()
        }
    };
    assert_eq!(sizes, listed[16..28], "checksum and sizes");
    let content = match number(listed, 10, 2) {
        0 => stored.to_vec(),
        8 => sirocco::decompress(Format::Deflate, stored, at(size)).unwrap(),
        method => panic!("method {method}"),
    };
    assert_eq!(content.len() as u64, size);
    assert_eq!(u64::from(crc32fast::hash(&content)), number(listed, 16, 4));
    content
}
