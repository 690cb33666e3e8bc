//! The manifest: the whole state of a repository in one small item.

pub(crate) mod record;

use std::collections::BTreeMap;
use std::time::Duration;

use packhouse_git::hash::{ObjectFormat, ObjectId};
use packhouse_git::ref_name::RefName;

use crate::error::Result;
use crate::table::Item;

/// What a ref points to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target {
    /// The object.
    pub id: ObjectId,
    /// For an annotated tag, the first object behind it that is no tag.
    pub peeled: Option<ObjectId>,
}

/// One live pack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pack {
    /// Its ULID, which names its blobs.
    pub id: String,
    /// Length of the pack, trailer included.
    pub bytes: u64,
    /// Length of its index.
    pub index_bytes: u64,
    /// How many objects it holds.
    pub objects: u32,
    /// Where the bases start that were appended to complete a thin pack, and how many they are. What lies before is
    /// the pack as it was sent.
    pub appended: Option<Appended>,
    /// Whether it holds, besides appended bases, objects that an older live pack holds too.
    pub overlaps: bool,
    /// The [`key_epoch`](Manifest::key_epoch) of the manifest whose key it was stored under.
    pub key_epoch: u64,
}

/// The tail of a completed thin pack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Appended {
    /// Offset of the first appended entry.
    pub offset: u64,
    /// How many there are.
    pub objects: u32,
}

/// An immutable blob that holds the older part of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Its ULID.
    pub id: String,
    /// How long it is.
    pub bytes: u64,
}

/// The state of a repository at one instant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// The version of its item: one more at each change.
    pub version: u64,
    /// When this version was made, since the Unix epoch; never before its predecessor.
    pub changed: Duration,
    /// Name, so that a cached name -> id is verified by the same read.
    pub name: String,
    /// Tags.
    pub tags: BTreeMap<String, String>,
    /// The key that blobs are encrypted with, where a customer chose one.
    pub kms_key: Option<String>,
    /// Counts the changes of that key. A pack of another epoch may lie under another key, so it is to be stored anew.
    pub key_epoch: u64,
    /// When it was deleted, in seconds since the Unix epoch. A deleted repository answers nobody.
    pub deleted: Option<u64>,
    /// The hash of its ids.
    pub format: ObjectFormat,
    /// What HEAD points to, born or not.
    pub head: RefName,
    /// The segment under the overlay.
    pub refs_base: Option<Segment>,
    /// Refs changed since the segment was written; `None` marks a deleted one.
    pub refs_overlay: BTreeMap<RefName, Option<Target>>,
    /// The older part of the pack list.
    pub packs_base: Option<Segment>,
    /// The newer part of the pack list, oldest first.
    pub packs: Vec<Pack>,
    /// Counts the changes that dropped objects.
    pub gc_epoch: u64,
    /// Whether some stored object may be reachable from no ref (a ref was deleted or moved by force since the last
    /// time garbage was dropped).
    pub unreachable: bool,
    /// Names of the fsck rules that this repository relaxes.
    pub relaxed: Vec<String>,
}

impl Manifest {
    /// The manifest of a repository without refs, not stored yet.
    #[must_use]
    pub fn empty(name: String, tags: BTreeMap<String, String>, format: ObjectFormat, head: RefName) -> Self {
        Self {
            version: 0,
            changed: crate::clock::now(),
            name,
            tags,
            kms_key: None,
            key_epoch: 0,
            deleted: None,
            format,
            head,
            refs_base: None,
            refs_overlay: BTreeMap::new(),
            packs_base: None,
            packs: Vec::new(),
            gc_epoch: 0,
            unreachable: false,
            relaxed: Vec::new(),
        }
    }

    /// Reads a stored manifest.
    ///
    /// # Errors
    /// When the record cannot be read or is of a newer schema.
    pub fn decode(item: &Item) -> Result<Self> {
        record::decode(item.version, &item.body)
    }

    /// The manifest as it is stored. The version is the item's and not part of it.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        record::encode(self)
    }
}
