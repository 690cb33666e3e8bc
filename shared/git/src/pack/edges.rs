//! What the objects of a pack refer to.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::{BuildHasher, Hasher};

use crate::hash::{ObjectId, oid};
use crate::object::Kind;

/// Hashes object ids by one multiplication. Ids in a push are chosen by who pushes, so it is keyed at random.
#[derive(Clone, Copy, Debug)]
pub struct IdHash {
    keys: [u64; 2],
}

impl Default for IdHash {
    fn default() -> Self {
        let random = std::hash::RandomState::new();
        Self {
            keys: [random.hash_one(1), random.hash_one(2)],
        }
    }
}

impl BuildHasher for IdHash {
    type Hasher = IdHasher;

    fn build_hasher(&self) -> IdHasher {
        IdHasher {
            keys: self.keys,
            hash: 0,
        }
    }
}

/// One hash of [`IdHash`].
#[derive(Debug)]
pub struct IdHasher {
    keys: [u64; 2],
    hash: u64,
}

impl Hasher for IdHasher {
    fn finish(&self) -> u64 {
        self.hash
    }

    fn write(&mut self, bytes: &[u8]) {
        let half = |at: usize| {
            bytes
                .get(at..at + 8)
                .map_or(0, |half| half.iter().fold(0, |sum, &b| sum << 8 | u64::from(b)))
        };
        let product = u128::from(half(0) ^ self.keys[0]).wrapping_mul(u128::from(half(8) ^ self.keys[1]));
        let [high, low] = [product >> 64, product & u128::from(u64::MAX)].map(|half| u64::try_from(half).unwrap_or(0));
        self.hash = high ^ low;
    }
}

/// A map by object id.
pub type IdMap<V> = HashMap<ObjectId, V, IdHash>;
/// A set of object ids.
pub type IdSet = std::collections::HashSet<ObjectId, IdHash>;

/// How many ids are remembered to spare the map: successive trees repeat nearly all of their entries.
const RECENT: usize = 1 << 14;

/// The distinct objects that others refer to, each with the kind that it has to be.
#[derive(Debug)]
pub struct Edges {
    all: IdMap<Kind>,
    recent: Vec<Option<(ObjectId, Kind)>>,
    conflict: Option<ObjectId>,
}

impl Default for Edges {
    fn default() -> Self {
        Self {
            all: IdMap::default(),
            recent: vec![None; RECENT],
            conflict: None,
        }
    }
}

impl Edges {
    /// Notes that something refers to `id` and takes it for a `kind`.
    pub fn add(&mut self, id: &oid, kind: Kind) {
        let bytes = id.as_bytes();
        let slot = bytes
            .first_chunk::<2>()
            .map_or(0, |first| usize::from(u16::from_ne_bytes(*first)))
            % RECENT;
        if let Some((known, of)) = &self.recent[slot]
            && *of == kind
            && known.as_slice() == bytes
        {
            return;
        }
        let id = id.to_owned();
        self.recent[slot] = Some((id, kind));
        self.insert(id, kind);
    }

    fn insert(&mut self, id: ObjectId, kind: Kind) {
        match self.all.entry(id) {
            Entry::Vacant(vacant) => {
                vacant.insert(kind);
            }
            Entry::Occupied(known) if *known.get() != kind => self.conflict = Some(id),
            Entry::Occupied(_) => {}
        }
    }

    /// Takes over what another has noted.
    pub fn merge(&mut self, other: Self) {
        if self.all.is_empty() {
            self.all = other.all;
        } else {
            for (id, kind) in other.all {
                self.insert(id, kind);
            }
        }
        self.conflict = self.conflict.or(other.conflict);
    }

    /// An object that two others take for two kinds, so that one of them is wrong.
    #[must_use]
    pub const fn conflict(&self) -> Option<&ObjectId> {
        self.conflict.as_ref()
    }

    /// Whether anything refers to `id`.
    #[must_use]
    pub fn contains(&self, id: &ObjectId) -> bool {
        self.all.contains_key(id)
    }

    /// Everything that was referred to.
    pub fn iter(&self) -> impl Iterator<Item = (&ObjectId, Kind)> {
        self.all.iter().map(|(id, kind)| (id, *kind))
    }
}
