//! One thread's walk through trees of deltas.

use std::sync::atomic::Ordering;

use super::tree::Cursor;
use super::{Object, PATH_BYTES, Root, Shared};
use crate::delta;
use crate::fsck::Checker;
use crate::hash::object_id;
use crate::object::Kind;
use crate::pack::PackError;
use crate::pack::edges::Edges;
use crate::pack::scan::{Base, Entry};
use crate::zlib::{InflateError, Inflater};

/// An object on the path from a root to where the walk is.
struct Step<'a> {
    origin: Root<'a>,
    /// Its bytes, unless they were dropped to save memory or are needed no more.
    data: Option<Vec<u8>>,
    left: Cursor,
}

/// One thread.
pub(super) struct Worker {
    pub(super) edges: Edges,
    pub(super) checker: Checker,
    pub(super) made: Vec<(u32, Object)>,
    inflater: Inflater,
    stream: Vec<u8>,
    delta: Vec<u8>,
    /// Buffers to use again.
    spare: Vec<Vec<u8>>,
}

impl Worker {
    pub(super) fn new(shared: &Shared<'_>) -> Self {
        Self {
            edges: Edges::default(),
            checker: shared.scanned.checker.clone(),
            made: Vec::new(),
            inflater: Inflater::default(),
            stream: Vec::new(),
            delta: Vec::new(),
            spare: Vec::new(),
        }
    }

    /// Makes every object that builds on `root`, directly or not.
    pub(super) fn walk(&mut self, shared: &Shared<'_>, root: Root<'_>) -> Result<(), PackError> {
        let (kind, left) = match root {
            Root::Entry(at) => {
                let Entry { base, offset, size, .. } = shared.scanned.entries[at as usize];
                let Base::None(kind) = base else {
                    return Ok(());
                };
                let limit = shared.limits.in_memory_bytes;
                if size > limit {
                    return Err(PackError::ObjectTooLarge { offset, size, limit });
                }
                shared.source.make_room(size)?;
                (kind, shared.children.of(Some(at), &shared.scanned.ids[at as usize]))
            }
            Root::Outside(object, _) => (object.kind, shared.children.of(None, &object.id)),
        };
        let mut path = vec![Step {
            origin: root,
            data: None,
            left,
        }];
        while let Some(step) = path.last_mut() {
            let Some(child) = step.left.next(shared.children) else {
                let step = path.pop();
                self.reuse(step.and_then(|step| step.data));
                continue;
            };
            if shared.stop.load(Ordering::Relaxed) {
                return Ok(());
            }
            if u32::try_from(path.len()).is_ok_and(|depth| depth > shared.limits.delta_depth) {
                return Err(PackError::DeltaTooDeep(shared.limits.delta_depth));
            }
            let object = self.make(shared, &mut path, kind, child)?;
            let left = shared.children.of(Some(child), &self.id_of(child));
            if left.is_empty() {
                self.reuse(Some(object));
            } else {
                path.push(Step {
                    origin: Root::Entry(child),
                    data: Some(object),
                    left,
                });
                self.shed(&mut path);
            }
        }
        Ok(())
    }

    fn id_of(&self, child: u32) -> crate::hash::ObjectId {
        let made = self.made.last().filter(|(at, _)| *at == child);
        made.map(|(_, object)| object.id).expect("the object was made just now")
    }

    /// Applies entry `child` to the object at the end of `path`, checks and notes the result.
    fn make(
        &mut self,
        shared: &Shared<'_>,
        path: &mut [Step<'_>],
        kind: Kind,
        child: u32,
    ) -> Result<Vec<u8>, PackError> {
        self.restore(shared, path)?;
        let entry = &shared.scanned.entries[child as usize];
        let mut object = self.spare.pop().unwrap_or_default();
        let Some(step) = path.last_mut() else {
            return Ok(object);
        };
        let base: &[u8] = match (&step.data, step.origin) {
            (Some(data), _) => data,
            (None, Root::Outside(_, data)) => data,
            (None, Root::Entry(_)) => &[],
        };
        self.apply(shared, entry, base, &mut object)?;
        shared.made.count(object.len())?;
        if step.left.is_empty() {
            // That was its last child: from here on nothing needs its bytes.
            let data = step.data.take();
            self.reuse(data);
        }
        let id = object_id(shared.scanned.format, kind, &object)?;
        if kind != Kind::Blob || self.checker.wants_blob(&id) {
            let edges = &mut self.edges;
            self.checker
                .check(kind, &id, &object, &mut |id, kind| edges.add(id, kind))?;
        }
        self.made.push((child, Object { id, kind }));
        shared.done.fetch_add(1, Ordering::Relaxed);
        Ok(object)
    }

    /// Inflates the delta `entry` and applies it to `base`.
    fn apply(&mut self, shared: &Shared<'_>, entry: &Entry, base: &[u8], out: &mut Vec<u8>) -> Result<(), PackError> {
        let offset = entry.offset;
        let mut delta = std::mem::take(&mut self.delta);
        let outcome = self.inflate(shared, entry, &mut delta).and_then(|()| {
            let wrong = |source| PackError::Delta { offset, source };
            let (_, size, _) = delta::sizes(&delta).map_err(wrong)?;
            let limit = shared.limits.in_memory_bytes;
            if size > limit {
                return Err(PackError::ObjectTooLarge { offset, size, limit });
            }
            shared.source.make_room(size.max(entry.size))?;
            delta::apply(base, &delta, out).map_err(wrong)
        });
        self.delta = delta;
        outcome
    }

    /// Inflates what an entry holds.
    fn inflate(&mut self, shared: &Shared<'_>, entry: &Entry, out: &mut Vec<u8>) -> Result<(), PackError> {
        let offset = entry.offset;
        let start = offset + u64::from(entry.header);
        let end = shared.scanned.end_of(entry);
        let size = |size: u64| {
            usize::try_from(size).map_err(|_| PackError::Inflate {
                offset,
                source: InflateError::Size,
            })
        };
        self.stream.resize(size(end - start)?, 0);
        shared
            .source
            .read_at(start, &mut self.stream)
            .map_err(PackError::Read)?;
        let inflated = self.inflater.inflate(&self.stream, size(entry.size)?, out);
        inflated
            .map(drop)
            .map_err(|source| PackError::Inflate { offset, source })
    }

    /// Builds the object at the end of `path` again, if its bytes are not there.
    fn restore(&mut self, shared: &Shared<'_>, path: &mut [Step<'_>]) -> Result<(), PackError> {
        let there = |step: &Step<'_>| step.data.is_some() || matches!(step.origin, Root::Outside(..));
        if path.last().is_none_or(there) {
            return Ok(());
        }
        let from = path.iter().rposition(there);
        let mut object = self.spare.pop().unwrap_or_default();
        let first = match from {
            Some(at) => at + 1,
            None => {
                if let Some(Root::Entry(at)) = path.first().map(|step| step.origin) {
                    self.inflate(shared, &shared.scanned.entries[at as usize], &mut object)?;
                }
                1
            }
        };
        for at in first..path.len() {
            let Root::Entry(entry) = path[at].origin else {
                continue;
            };
            let mut next = self.spare.pop().unwrap_or_default();
            let base = match (from, path[at - 1].origin) {
                (Some(from), Root::Outside(_, data)) if from + 1 == at && path[from].data.is_none() => data,
                (Some(from), _) if from + 1 == at => path[from].data.as_deref().unwrap_or_default(),
                _ => object.as_slice(),
            };
            self.apply(shared, &shared.scanned.entries[entry as usize], base, &mut next)?;
            let old = std::mem::replace(&mut object, next);
            self.reuse(Some(old));
        }
        if let Some(step) = path.last_mut() {
            step.data = Some(object);
        }
        Ok(())
    }

    /// Drops the oldest objects of the path while it holds too much.
    fn shed(&mut self, path: &mut [Step<'_>]) {
        let mut held: usize = path
            .iter()
            .filter_map(|step| step.data.as_ref())
            .map(Vec::capacity)
            .sum();
        let last = path.len().saturating_sub(1);
        for step in path.iter_mut().take(last) {
            if held <= PATH_BYTES {
                return;
            }
            if let Some(data) = step.data.take() {
                held -= data.capacity();
            }
        }
    }

    fn reuse(&mut self, buffer: Option<Vec<u8>>) {
        if let Some(buffer) = buffer
            && self.spare.len() < 4
            && buffer.capacity() < 8 << 20
        {
            self.spare.push(buffer);
        }
    }
}
