//! Filters, ready to be asked about objects.

use packhouse_git::filter::Filter;
use packhouse_git::hash::{ObjectId, parse_hex};
use packhouse_git::object::{self, Kind};
use packhouse_git::sparse::Patterns;

use super::short_name;
use crate::error::{Error, Result};
use crate::manifest::{Base, Prefix};
use crate::odb::{Odb, Place};
use crate::snapshot::Snapshot;

/// The most patterns that a sparse filter may have.
const MAX_PATTERNS: usize = 1_000;
/// The largest blob of patterns.
const MAX_PATTERN_BYTES: u64 = 1 << 20;

/// The most sparse filters in one request.
const MAX_SPARSE: usize = 32;

/// What each sparse filter says of a folder or a blob, a bit each.
pub(super) type Included = u32;

/// What a request leaves out.
#[derive(Debug, Default)]
pub(super) struct Compiled {
    no_blobs: bool,
    blob_limit: Option<u64>,
    pub(super) tree_depth: Option<u64>,
    kinds: Vec<Kind>,
    sparse: Vec<Patterns>,
}

/// What of a sorted pack passes a filter.
#[derive(Clone, Copy, Debug)]
pub(super) enum Passing {
    All,
    /// Its first objects.
    First(Prefix),
    /// Its first objects, and of the others those that are smaller.
    Small(Prefix, u64),
}

impl Compiled {
    pub(super) fn new(snapshot: &Snapshot, odb: &Odb, filter: Option<&Filter>) -> Result<Self> {
        let mut compiled = Self::default();
        for part in filter.map(Filter::parts).unwrap_or_default() {
            match part {
                Filter::BlobNone => compiled.no_blobs = true,
                Filter::BlobLimit(0) => compiled.no_blobs = true,
                Filter::BlobLimit(limit) => {
                    compiled.blob_limit = Some(compiled.blob_limit.map_or(*limit, |known| known.min(*limit)));
                }
                Filter::TreeDepth(depth) => {
                    compiled.tree_depth = Some(compiled.tree_depth.map_or(*depth, |known| known.min(*depth)));
                }
                Filter::ObjectType(kind) => compiled.kinds.push(*kind),
                Filter::SparseOid(_) if compiled.sparse.len() == MAX_SPARSE => {
                    return Err(Error::Invalid(format!("more than {MAX_SPARSE} sparse filters")));
                }
                Filter::SparseOid(name) => compiled.sparse.push(patterns(snapshot, odb, name)?),
                Filter::Combine(_) => {}
            }
        }
        Ok(compiled)
    }

    /// The part of a sorted pack that passes, where kind and size alone decide, and not the path.
    pub(super) fn passing(&self, base: &Base) -> Option<Passing> {
        if !self.sparse.is_empty() || !self.kinds.is_empty() {
            return None;
        }
        match (self.tree_depth, self.no_blobs, self.blob_limit) {
            (Some(0), _, _) => Some(Passing::First(base.history)),
            (None, true, _) => Some(Passing::First(base.trees)),
            // Sizes are known as far as they fit.
            (None, false, Some(limit)) if limit <= u64::from(u32::MAX) => Some(Passing::Small(base.trees, limit)),
            (None, false, Some(_)) => None,
            (None, false, None) => Some(Passing::All),
            (Some(_), _, _) => None,
        }
    }

    /// Whether an object of that kind can pass at all.
    pub(super) fn kind(&self, kind: Kind) -> bool {
        self.kinds.iter().all(|only| *only == kind) && !(kind == Kind::Blob && self.no_blobs)
    }

    /// Whether an object so deep under its commit can pass.
    pub(super) fn depth(&self, depth: u64) -> bool {
        self.tree_depth.is_none_or(|limit| depth < limit)
    }

    /// Whether paths decide.
    pub(super) fn by_path(&self) -> bool {
        !self.sparse.is_empty()
    }

    /// What sparse filters say of the root.
    pub(super) fn at_root(&self) -> Included {
        self.each(Patterns::includes_root)
    }

    /// What they say of an entry of a folder of which they say `above`.
    pub(super) fn included(&self, path: &[u8], kind: Kind, above: Included) -> Included {
        let mut bit = 1;
        self.each(|patterns| {
            let included = patterns.includes(path, kind == Kind::Tree, above & bit != 0);
            bit <<= 1;
            included
        })
    }

    fn each(&self, mut says: impl FnMut(&Patterns) -> bool) -> Included {
        let bits = (0..).zip(&self.sparse);
        bits.fold(0, |all, (at, patterns)| all | (Included::from(says(patterns)) << at))
    }

    /// Whether all of them select what they say that of.
    pub(super) fn selects(&self, included: Included) -> bool {
        included.count_ones() as usize == self.sparse.len()
    }

    /// What it costs at most to ask them about a path.
    pub(super) fn cost(&self, path: &[u8]) -> u64 {
        self.sparse.iter().map(|patterns| patterns.cost(path)).sum()
    }

    /// Whether a blob is small enough.
    pub(super) fn blob(&self, odb: &Odb, place: Place) -> Result<bool> {
        match self.blob_limit {
            Some(limit) => Ok(odb.size(place)? < limit),
            None => Ok(true),
        }
    }
}

/// The sparse patterns in the blob that `name` stands for.
fn patterns(snapshot: &Snapshot, odb: &Odb, name: &[u8]) -> Result<Patterns> {
    let refused = |why: &str| {
        Error::Invalid(format!(
            "unable to access sparse blob in '{}': {why}",
            name.escape_ascii()
        ))
    };
    let id = revision(snapshot, odb, name)?.ok_or_else(|| refused("no such object"))?;
    let place = odb.place(&id).ok_or_else(|| refused("no such object"))?;
    if odb.size(place)? > MAX_PATTERN_BYTES {
        return Err(refused("too large"));
    }
    let object = odb.read_at(place)?;
    if object.kind != Kind::Blob {
        return Err(refused("not a blob"));
    }
    Patterns::parse(&object.data, MAX_PATTERNS).map_err(|error| refused(&error.to_string()))
}

/// The object that `<id>`, `<ref>`, `<id>:<path>` or `<ref>:<path>` stands for.
fn revision(snapshot: &Snapshot, odb: &Odb, name: &[u8]) -> Result<Option<ObjectId>> {
    let split = name.iter().position(|&byte| byte == b':');
    let (start, path) = split.map_or((name, None), |at| (&name[..at], Some(&name[at + 1..])));
    let Some(start) = start_of(snapshot, start) else {
        return Ok(None);
    };
    let Some(path) = path else {
        return Ok(Some(start));
    };
    if !odb.contains(&start) {
        return Ok(None);
    }
    let mut at = match odb.peel(&start)? {
        (commit, Kind::Commit) => odb.commit(&commit)?.tree,
        (tree, _) => tree,
    };
    for part in path.split(|&byte| byte == b'/').filter(|part| !part.is_empty()) {
        let Some((Kind::Tree, data)) = odb.read(&at)? else {
            return Ok(None);
        };
        let mut entries = object::tree_entries(odb.format(), &data).filter_map(std::result::Result::ok);
        match entries.find(|entry| entry.name == part) {
            Some(entry) => at = entry.id.to_owned(),
            None => return Ok(None),
        }
    }
    Ok(Some(at))
}

fn start_of(snapshot: &Snapshot, name: &[u8]) -> Option<ObjectId> {
    parse_hex(snapshot.manifest().format, name).or_else(|| short_name::resolve(snapshot, name).map(|target| target.id))
}
