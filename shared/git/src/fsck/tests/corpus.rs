//! The smallest offender of each rule, beside valid neighbours.

mod headers;
mod special;
mod trees;

use std::fmt;

use crate::fsck::Rule;
use crate::hash::{ObjectFormat, ObjectId, oid};
use crate::object::Kind;

pub(super) const FORMATS: [ObjectFormat; 2] = [ObjectFormat::Sha1, ObjectFormat::Sha256];

/// One object, and what is wrong with it.
pub(super) struct Case {
    pub(super) kind: Kind,
    pub(super) data: Vec<u8>,
    pub(super) expect: Option<Rule>,
    /// What a tree calls it.
    pub(super) named: Option<&'static [u8]>,
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = self.data.get(..400).unwrap_or(&self.data);
        write!(
            f,
            "{} \"{}\" expecting {:?}",
            self.kind.name(),
            shown.escape_ascii(),
            self.expect
        )
    }
}

/// An id of equal bytes.
pub(super) fn fill(format: ObjectFormat, byte: u8) -> ObjectId {
    oid::try_from_bytes(&vec![byte; format.len_in_bytes()])
        .unwrap()
        .to_owned()
}

/// An id of an object of that kind that is nowhere; git minds when one id is used as two kinds.
pub(super) fn target(format: ObjectFormat, kind: Kind) -> ObjectId {
    let byte = match kind {
        Kind::Tree => 0x1a,
        Kind::Blob => 0x1b,
        Kind::Commit => 0x1c,
        Kind::Tag => 0x1d,
    };
    fill(format, byte)
}

/// The id that an entry of that mode can have.
pub(super) fn target_of_mode(format: ObjectFormat, mode: &str) -> ObjectId {
    let kind = match mode.trim_start_matches('0') {
        mode if mode.starts_with('4') => Kind::Tree,
        mode if mode.starts_with("16") => Kind::Commit,
        _ => Kind::Blob,
    };
    target(format, kind)
}

pub(super) fn tree(format: ObjectFormat, entries: &[(&str, &[u8], &[u8])]) -> Vec<u8> {
    let mut data = Vec::new();
    for (mode, name, id) in entries {
        assert_eq!(id.len(), format.len_in_bytes());
        data.extend_from_slice(mode.as_bytes());
        data.push(b' ');
        data.extend_from_slice(name);
        data.push(0);
        data.extend_from_slice(id);
    }
    data
}

pub(super) fn rows(format: ObjectFormat) -> Vec<Case> {
    let mut rows = Vec::new();
    rows.extend(trees::trees(format));
    rows.extend(trees::names(format));
    rows.extend(headers::commits(format));
    rows.extend(headers::identities(format));
    rows.extend(headers::tags(format));
    rows.extend(special::gitmodules());
    rows.extend(special::submodule_urls());
    rows.extend(special::gitattributes());
    rows
}
