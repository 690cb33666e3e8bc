//! Builds packs by hand: right ones, and wrong ones in any way wanted.

use std::io::Write as _;

use flate2::{Compression, write::ZlibEncoder};
pub use gix_hash::Kind as ObjectFormat;

/// The kinds of objects, with their codes in a pack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// 1
    Commit = 1,
    /// 2
    Tree = 2,
    /// 3
    Blob = 3,
    /// 4
    Tag = 4,
}

/// An object that is not packed yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// What it is.
    pub kind: Kind,
    /// Its content without header.
    pub data: Vec<u8>,
}

/// A step of a delta.
#[derive(Debug, Clone)]
pub enum Step {
    /// Copies from the base.
    Copy {
        /// From where.
        offset: u32,
        /// How much, below 16 MiB.
        size: u32,
    },
    /// Takes these bytes, at most 127.
    Insert(Vec<u8>),
}

impl Kind {
    /// The code of a base entry in a pack.
    pub fn code(self) -> u8 {
        match self {
            Self::Commit => 1,
            Self::Tree => 2,
            Self::Blob => 3,
            Self::Tag => 4,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Commit => "commit",
            Self::Tree => "tree",
            Self::Blob => "blob",
            Self::Tag => "tag",
        }
    }
}

impl Object {
    /// A blob.
    pub fn blob(data: impl Into<Vec<u8>>) -> Self {
        Self {
            kind: Kind::Blob,
            data: data.into(),
        }
    }

    /// A tree of `(mode, name, id)` in this very order.
    pub fn tree<N: AsRef<[u8]>>(entries: &[(&str, N, &str)]) -> Self {
        let mut data = Vec::new();
        for (mode, name, id) in entries {
            data.extend(mode.bytes());
            data.push(b' ');
            data.extend(name.as_ref());
            data.push(0);
            data.extend(bytes_of(id));
        }
        Self { kind: Kind::Tree, data }
    }

    /// A commit of a tree, with parents.
    pub fn commit(tree: &str, parents: &[&str]) -> Self {
        let parents: String = parents.iter().map(|parent| format!("parent {parent}\n")).collect();
        let person = "Ada <ada@example.com> 1767323045 +0000";
        let text = format!("tree {tree}\n{parents}author {person}\ncommitter {person}\n\nmessage\n");
        Self {
            kind: Kind::Commit,
            data: text.into_bytes(),
        }
    }

    /// The SHA-1 id in hex.
    pub fn id(&self) -> String {
        self.id_in(ObjectFormat::Sha1)
    }

    /// The id in hex.
    pub fn id_in(&self, format: ObjectFormat) -> String {
        let mut hasher = gix_hash::hasher(format);
        hasher.update(format!("{} {}\0", self.kind.name(), self.data.len()).as_bytes());
        hasher.update(&self.data);
        hasher.try_finalize().expect("tests make no collisions").to_string()
    }

    /// The object as an entry of a pack.
    pub fn entry(&self) -> Vec<u8> {
        entry(self.kind.code(), self.data.len() as u64, &self.data)
    }
}

/// A right pack of these objects.
pub fn of(objects: &[Object]) -> Vec<u8> {
    let entries: Vec<_> = objects.iter().map(Object::entry).collect();
    of_entries(&entries)
}

/// A pack of these entries, rightly counted and sealed.
pub fn of_entries(entries: &[Vec<u8>]) -> Vec<u8> {
    let count = u32::try_from(entries.len()).expect("tests make small packs");
    sealed(&[header(2, count), entries.concat()].concat())
}

/// The header of a pack.
pub fn header(version: u32, count: u32) -> Vec<u8> {
    [b"PACK".as_slice(), &version.to_be_bytes(), &count.to_be_bytes()].concat()
}

/// Adds the right SHA-1 trailer.
pub fn sealed(bytes: &[u8]) -> Vec<u8> {
    let mut hasher = gix_hash::hasher(ObjectFormat::Sha1);
    hasher.update(bytes);
    let id = hasher.try_finalize().expect("tests make no collisions");
    [bytes, id.as_slice()].concat()
}

/// An entry that declares a kind and a size and then has this content, compressed.
pub fn entry(code: u8, declared: u64, data: &[u8]) -> Vec<u8> {
    [entry_header(code, declared), deflated(data)].concat()
}

/// The header of an entry: three bits of kind, a size of any length.
pub fn entry_header(code: u8, declared: u64) -> Vec<u8> {
    let low = |bits: u64, mask: u64| u8::try_from(bits & mask).expect("masked");
    let mut size = declared >> 4;
    let mut bytes = vec![(code << 4) | low(declared, 15)];
    while size > 0 {
        *bytes.last_mut().expect("not empty") |= 0x80;
        bytes.push(low(size, 127));
        size >>= 7;
    }
    bytes
}

/// A delta on the entry that begins `distance` bytes before this one.
pub fn ofs_delta(distance: u64, delta: &[u8]) -> Vec<u8> {
    let mut offset = vec![u8::try_from(distance & 127).expect("masked")];
    let mut rest = distance >> 7;
    while rest > 0 {
        rest -= 1;
        offset.push(u8::try_from(rest & 127).expect("masked") | 0x80);
        rest >>= 7;
    }
    offset.reverse();
    [entry_header(6, delta.len() as u64), offset, deflated(delta)].concat()
}

/// A delta on an object by id.
pub fn ref_delta(base: &str, delta: &[u8]) -> Vec<u8> {
    [entry_header(7, delta.len() as u64), bytes_of(base), deflated(delta)].concat()
}

/// A delta that declares sizes and does these steps.
pub fn delta(base_size: u64, result_size: u64, steps: &[Step]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for mut size in [base_size, result_size] {
        while size > 127 {
            bytes.push(u8::try_from(size & 127).expect("masked") | 0x80);
            size >>= 7;
        }
        bytes.push(u8::try_from(size).expect("below 128"));
    }
    for step in steps {
        match step {
            Step::Copy { offset, size } => bytes.extend(copy(*offset, *size)),
            Step::Insert(data) => {
                bytes.push(u8::try_from(data.len()).expect("at most 127 bytes"));
                bytes.extend(data);
            }
        }
    }
    bytes
}

fn copy(offset: u32, size: u32) -> Vec<u8> {
    let mut code = 0x80_u8;
    let mut arguments = Vec::new();
    let numbers = offset
        .to_le_bytes()
        .into_iter()
        .chain(size.to_le_bytes().into_iter().take(3));
    for (bit, byte) in numbers.enumerate() {
        if byte != 0 {
            code |= 1 << bit;
            arguments.push(byte);
        }
    }
    arguments.insert(0, code);
    arguments
}

/// Zlib data.
pub fn deflated(data: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(data).expect("memory takes all");
    encoder.finish().expect("memory takes all")
}

/// The bytes of an id in hex, of any length.
pub fn bytes_of(hex: &str) -> Vec<u8> {
    let pair = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).expect("ids are hex");
    (0..hex.len()).step_by(2).map(pair).collect()
}
