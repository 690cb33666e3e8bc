//! The second pass over a pack: deltas become objects.
//!
//! Every whole entry that deltas build on is the root of a tree; threads take roots and walk their trees depth first,
//! inflating a delta, applying it, hashing and checking the result, once each. Bases that the pack lacks (it is thin)
//! come from outside and are handed back to be appended.
//!
//! Memory: each thread holds the objects on its path through a tree, up to [`PATH_BYTES`]; beyond that, the oldest are
//! dropped and built again when the walk comes back to them.

mod tree;
mod worker;

use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, AtomicUsize, Ordering};

use super::edges::{Edges, IdMap};
use super::scan::{Base, Scanned};
use super::{Limits, PackError};
use crate::fsck::Checker;
use crate::hash::{ObjectId, oid};
use crate::object::Kind;
use tree::Children;
use worker::Worker;

/// How much of its path a thread holds at most, beyond the two objects that it works on.
const PATH_BYTES: usize = 48 << 20;
/// How much of bases from outside is loaded at once.
const BATCH_BYTES: usize = 16 << 20;
/// How many bytes deltas may make together, whatever the length of the pack: folders of a megabyte in a long history.
const MADE_FREELY: u64 = if cfg!(test) { 64 << 20 } else { 64 << 30 };

/// The pack, where it waits.
pub trait Source: Sync {
    /// Fills the buffer with what lies at an offset.
    ///
    /// # Errors
    /// When it cannot be read.
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<(), String>;

    /// Waits until there is memory for an object of so many bytes.
    ///
    /// # Errors
    /// When that takes too long.
    fn make_room(&self, _bytes: u64) -> Result<(), PackError> {
        Ok(())
    }
}

impl<F: Fn(u64, &mut [u8]) -> Result<(), String> + Sync> Source for F {
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<(), String> {
        self(offset, buffer)
    }
}

/// What is outside of the pack.
pub trait Outside {
    /// Finds an object.
    ///
    /// # Errors
    /// When it cannot be told, and when it is larger than deltas may build on.
    fn find(&mut self, id: &oid) -> Result<Option<(Kind, Vec<u8>)>, PackError>;

    /// Keeps the zlib stream of an object that was found; where it is kept.
    ///
    /// # Errors
    /// When there is no room.
    fn keep(&mut self, deflated: &[u8]) -> Result<Range<u64>, PackError>;
}

/// Nothing is outside.
impl Outside for () {
    fn find(&mut self, _: &oid) -> Result<Option<(Kind, Vec<u8>)>, PackError> {
        Ok(None)
    }

    fn keep(&mut self, _: &[u8]) -> Result<Range<u64>, PackError> {
        Ok(0..0)
    }
}

/// An object of a resolved pack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Object {
    /// Its id.
    pub id: ObjectId,
    /// Its kind.
    pub kind: Kind,
}

/// A base that a thin pack lacks, ready to be appended.
#[derive(Debug)]
pub struct OutsideBase {
    /// What it is.
    pub object: Object,
    /// Its size.
    pub size: u64,
    /// Where its zlib stream is kept.
    pub deflated: Range<u64>,
}

/// A pack of which everything is known.
#[derive(Debug)]
pub struct Resolved {
    /// What each entry is, in the order of the entries.
    pub objects: Vec<Object>,
    /// Bases from outside, which must be appended for the pack to stand alone.
    pub outside: Vec<OutsideBase>,
    /// What the objects refer to.
    pub edges: Edges,
    /// What remains to be checked.
    pub checker: Checker,
}

/// Where the walk of a tree starts.
#[derive(Clone, Copy, Debug)]
enum Root<'a> {
    Entry(u32),
    Outside(&'a Object, &'a [u8]),
}

/// What all threads share.
struct Shared<'a> {
    scanned: &'a Scanned,
    children: &'a Children,
    limits: Limits,
    source: &'a dyn Source,
    stop: AtomicBool,
    done: &'a AtomicU32,
    made: &'a Made,
}

/// How many bytes deltas have made so far, and the bases that the pack lacks have: thirty bytes of delta may copy hundreds of
/// megabytes, and name as many.
struct Made {
    bytes: AtomicU64,
    most: u64,
}

impl Made {
    fn count(&self, bytes: usize) -> Result<(), PackError> {
        let bytes = bytes as u64;
        let made = self.bytes.fetch_add(bytes, Ordering::Relaxed).saturating_add(bytes);
        if made > self.most {
            return Err(PackError::TooMuchMade(self.most));
        }
        Ok(())
    }
}

/// Resolves all deltas of `scanned` on `threads` threads; counts resolved deltas in `done` as it goes.
///
/// # Errors
/// At the first thing that is wrong with a delta or an object made by one; when a base is nowhere.
pub fn resolve(
    mut scanned: Scanned,
    limits: Limits,
    threads: usize,
    source: &dyn Source,
    outside: &mut dyn Outside,
    done: &AtomicU32,
) -> Result<(Scanned, Resolved), PackError> {
    let made = Made {
        bytes: AtomicU64::new(0),
        most: MADE_FREELY.saturating_add(scanned.end.saturating_mul(limits.inflate_ratio)),
    };
    let children = Children::new(&scanned);
    let mut edges = std::mem::take(&mut scanned.edges);
    let mut checker = scanned.checker.clone();
    let mut kinds = vec![Kind::Blob; scanned.entries.len()];
    let mut roots = Vec::new();
    for (at, entry) in (0u32..).zip(&scanned.entries) {
        if let Base::None(kind) = entry.base {
            kinds[at as usize] = kind;
            if children.has(at, &scanned.ids[at as usize]) {
                roots.push(Root::Entry(at));
            }
        }
    }
    let mut run = |scanned: &mut Scanned, roots: &[Root<'_>]| -> Result<(), PackError> {
        let shared = Shared {
            scanned,
            children: &children,
            limits,
            source,
            stop: AtomicBool::new(false),
            done,
            made: &made,
        };
        let workers = walk(&shared, roots, threads)?;
        for worker in workers {
            edges.merge(worker.edges);
            checker.merge(worker.checker);
            for (at, object) in worker.made {
                scanned.ids[at as usize] = object.id;
                kinds[at as usize] = object.kind;
            }
        }
        Ok(())
    };
    run(&mut scanned, &roots)?;
    drop(roots);
    let outside = complete(&mut scanned, outside, (&children, &made), &mut run)?;
    let objects = scanned
        .ids
        .iter()
        .zip(kinds)
        .map(|(&id, kind)| Object { id, kind })
        .collect();
    Ok((
        scanned,
        Resolved {
            objects,
            outside,
            edges,
            checker,
        },
    ))
}

/// Lets threads take roots until there are none left.
fn walk(shared: &Shared<'_>, roots: &[Root<'_>], threads: usize) -> Result<Vec<Worker>, PackError> {
    let next = AtomicUsize::new(0);
    let work = || -> Result<Worker, PackError> {
        let mut worker = Worker::new(shared);
        while !shared.stop.load(Ordering::Relaxed) {
            let Some(root) = roots.get(next.fetch_add(1, Ordering::Relaxed)) else {
                break;
            };
            if let Err(error) = worker.walk(shared, *root) {
                shared.stop.store(true, Ordering::Relaxed);
                return Err(error);
            }
        }
        Ok(worker)
    };
    let threads = threads.clamp(1, roots.len().max(1));
    if threads == 1 {
        return Ok(vec![work()?]);
    }
    std::thread::scope(|scope| {
        let handles: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        let joined = handles
            .into_iter()
            .map(|handle| handle.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        joined.collect()
    })
}

/// Resolves what builds on some roots.
type Run<'a> = &'a mut dyn FnMut(&mut Scanned, &[Root<'_>]) -> Result<(), PackError>;

/// Resolves what builds on objects that the pack lacks.
fn complete(
    scanned: &mut Scanned,
    outside: &mut dyn Outside,
    (children, made): (&Children, &Made),
    run: Run<'_>,
) -> Result<Vec<OutsideBase>, PackError> {
    let open: Vec<u32> = (0u32..)
        .zip(&scanned.ids)
        .filter(|(_, id)| id.is_null())
        .map(|(at, _)| at)
        .collect();
    // Ids that turned out to be in the pack, which must then not come from outside as well.
    let mut inside: IdMap<()> = IdMap::default();
    if open.is_empty() {
        return Ok(Vec::new());
    }
    loop {
        let mut wanted: Vec<ObjectId> = open.iter().filter_map(|&at| named_base(scanned, at)).collect();
        wanted.sort_unstable();
        wanted.dedup();
        wanted.retain(|id| !inside.contains_key(id));
        let mut bases = Vec::new();
        let mut batch: Vec<(Object, Vec<u8>)> = Vec::new();
        let mut bytes = 0;
        let last = wanted.len().saturating_sub(1);
        for (at, id) in wanted.iter().enumerate() {
            if let Some((kind, data)) = outside.find(id)? {
                made.count(data.len())?;
                let deflated = outside.keep(&crate::zlib::deflate(&data))?;
                bytes += data.len();
                let object = Object { id: *id, kind };
                bases.push(OutsideBase {
                    object,
                    size: data.len() as u64,
                    deflated,
                });
                batch.push((object, data));
            }
            if bytes >= BATCH_BYTES || at == last {
                let roots: Vec<_> = batch.iter().map(|(object, data)| Root::Outside(object, data)).collect();
                run(scanned, &roots)?;
                batch.clear();
                bytes = 0;
            }
        }
        if let Some(&at) = open.iter().find(|&&at| scanned.ids[at as usize].is_null()) {
            let missing = open.iter().filter(|&&at| scanned.ids[at as usize].is_null()).count();
            let base = named_base(scanned, at).unwrap_or_else(|| ObjectId::null(scanned.format));
            return Err(PackError::Unresolved(missing, base));
        }
        let made: IdMap<()> = open.iter().map(|&at| (scanned.ids[at as usize], ())).collect();
        let twice: Vec<ObjectId> = bases
            .iter()
            .map(|base| base.object.id)
            .filter(|id| made.contains_key(id))
            .collect();
        if twice.is_empty() {
            return Ok(bases);
        }
        inside.extend(twice.into_iter().map(|id| (id, ())));
        for &at in &open {
            scanned.ids[at as usize] = ObjectId::null(scanned.format);
        }
        children.release();
    }
}

/// The id of the base that an entry names.
fn named_base(scanned: &Scanned, at: u32) -> Option<ObjectId> {
    match scanned.entries.get(at as usize)?.base {
        Base::Id(base) => scanned.base_ids.get(base as usize).copied(),
        Base::None(_) | Base::Entry(_) => None,
    }
}
