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
    /// Length of its sidecar, if it has one.
    pub sidecar_bytes: Option<u64>,
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

/// A pack whose objects are sorted by their kind: commits, tags, trees, blobs. Every delta in it names its base by distance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Base {
    /// Which pack.
    pub pack: String,
    /// Its commits and tags.
    pub history: Prefix,
    /// Its commits, tags and trees.
    pub trees: Prefix,
}

/// That all packs are to become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RepackRequest {
    /// When that was asked for, since the Unix epoch.
    pub at: Duration,
    /// Whether what no ref reached then is to be dropped, and not kept for some time.
    pub forget: bool,
}

/// The first entries of a pack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Prefix {
    /// Where the last of them ends.
    pub end: u64,
    /// How many they are.
    pub objects: u32,
}

/// The tail of a completed thin pack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Appended {
    /// Offset of the first appended entry.
    pub offset: u64,
    /// How many there are.
    pub objects: u32,
}

impl Pack {
    /// How long its blobs are together.
    #[must_use]
    pub fn stored_bytes(&self) -> u64 {
        let besides = self.index_bytes.saturating_add(self.sidecar_bytes.unwrap_or(0));
        self.bytes.saturating_add(besides)
    }

    /// The keys of its blobs.
    pub(crate) fn blobs(&self, repository: &str) -> impl Iterator<Item = String> {
        let stored = if self.sidecar_bytes.is_some() { 3 } else { 2 };
        crate::keys::pack_blobs(repository, &self.id).into_iter().take(stored)
    }
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
    /// The pack that the last repack made, with what it knows of it.
    pub base: Option<Base>,
    /// Packs of objects that no ref reached when they were set aside. Nothing else builds on them: what does takes them back
    /// (see [`Manifest::take_back`]).
    pub cruft: Vec<String>,
    /// Counts the changes after which something is no longer to be relied on that was: objects were set aside, dropped or taken back.
    pub gc_epoch: u64,
    /// Whether some stored object that is not set aside may be reachable from no ref.
    pub unreachable: bool,
    /// Counts what made [`Manifest::unreachable`] true: refs that were deleted or moved by force.
    pub losses: u64,
    /// When objects that no ref reaches were last looked for, in seconds since the Unix epoch; 0 for never.
    pub collected: u64,
    /// A repack that was asked for and not done yet.
    pub repack: Option<RepackRequest>,
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
            base: None,
            cruft: Vec::new(),
            gc_epoch: 0,
            unreachable: false,
            losses: 0,
            collected: 0,
            repack: None,
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

    /// Notes that something may be reachable from no ref.
    pub(crate) fn lose(&mut self) {
        self.unreachable = true;
        self.losses += 1;
    }

    /// Makes what was set aside part of the repository again. Nobody knows then what of it is reachable.
    pub(crate) fn take_back(&mut self) {
        self.cruft.clear();
        self.gc_epoch += 1;
        self.lose();
    }

    /// The manifest as it is stored. The version is the item's and not part of it.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        record::encode(self)
    }
}
