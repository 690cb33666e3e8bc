//! The plan for every other fetch: walk the trees of the commits that the client lacks.
//!
//! Each commit's tree is compared with those of its parents (or, where history is cut, with those of commits that the
//! client has), and only what differs is followed. Parents come first, so that whatever a tree shares with a parent's is
//! sent, or is with the client, before the tree itself is looked at; a tree that was followed once is therefore complete
//! and is not followed again when another commit has it too.

use std::cmp::Ordering;

use bytes::Bytes;
use packhouse_git::hash::{ObjectFormat, ObjectId};
use packhouse_git::object::{Kind, TreeEntry, identical_entries, tree_entries};
use packhouse_git::pack::edges::{IdMap, IdSet};

use super::commits::{History, between, peeled};
use super::filter::Compiled;
use super::stream::PackStream;
use super::{Asked, visible};
use crate::assemble::{Allow, Assembler};
use crate::error::{Error, Result};
use crate::odb::{Odb, Place};
use crate::snapshot::Snapshot;

/// With how many of the client's commits a tree is compared where history is cut.
const CUT_BASES: usize = 8;

/// Collects what to send.
struct Walk<'a> {
    odb: &'a Odb,
    filter: Compiled,
    places: Vec<Place>,
    sent: IdSet,
    /// The least depth at which a tree was walked, where depth matters.
    depths: IdMap<u64>,
    /// Objects of the client's trees that were found changed: bases for thin deltas.
    known: Option<IdSet>,
}

pub(super) fn plan(snapshot: &Snapshot, odb: &Odb, asked: &Asked) -> Result<PackStream> {
    let Asked {
        wants,
        common,
        boundary,
        request,
    } = asked;
    let thin = request.thin_pack && request.filter.is_none() && boundary.is_empty();
    let mut walk = Walk {
        odb,
        filter: Compiled::new(snapshot, odb, request.filter.as_ref())?,
        places: Vec::new(),
        sent: IdSet::default(),
        depths: IdMap::default(),
        known: thin.then(IdSet::default),
    };
    let mut starts = Vec::new();
    for id in &wants.ids {
        walk.want(id, &mut starts)?;
    }
    starts.extend(&boundary.extra);
    let mut haves = peeled(odb, common)?;
    haves.extend(&boundary.unshallow);
    let mut history = History::new(odb, &boundary.cut);
    let range = between(&mut history, &starts, &haves)?;
    let mut cut_bases = Vec::new();
    for have in haves.iter().take(CUT_BASES) {
        cut_bases.push(history.commit(have)?.tree);
    }
    for id in &range.lacking {
        walk.commit(&mut history, id, &range.has, &cut_bases)?;
    }
    if request.include_tag {
        walk.tags(snapshot)?;
    }
    let allow = Allow {
        ofs_delta: request.ofs_delta,
        known: walk.known.unwrap_or_default(),
    };
    PackStream::assembled(odb, Assembler::new(odb.clone(), walk.places, allow)?)
}

impl Walk<'_> {
    /// Sends an object, once.
    fn send(&mut self, id: &ObjectId) -> Result<bool> {
        if !self.sent.insert(*id) {
            return Ok(false);
        }
        let place = self
            .odb
            .place(id)
            .ok_or_else(|| Error::corrupt(format!("object {id} is missing")))?;
        self.places.push(place);
        Ok(true)
    }

    /// Sends what the client named and what lies behind a tag, whatever the filter says, and finds the commit there.
    fn want(&mut self, id: &ObjectId, starts: &mut Vec<ObjectId>) -> Result<()> {
        let mut id = *id;
        loop {
            let kind = self.odb.kind(&id)?.ok_or(Error::NoObject(id))?;
            match kind {
                Kind::Tag => {
                    self.send(&id)?;
                    id = self.odb.tag(&id)?.target;
                }
                Kind::Commit => {
                    self.send(&id)?;
                    starts.push(id);
                    return Ok(());
                }
                Kind::Blob => return self.send(&id).map(drop),
                Kind::Tree => {
                    self.send(&id)?;
                    return self.tree(&id, &[], 0);
                }
            }
        }
    }

    fn commit(&mut self, history: &mut History<'_>, id: &ObjectId, has: &IdSet, cut_bases: &[ObjectId]) -> Result<()> {
        let commit = history.commit(id)?;
        if self.filter.kind(Kind::Commit) {
            self.send(id)?;
        }
        let mut bases = Vec::with_capacity(commit.parents.len());
        for parent in &commit.parents {
            let tree = history.commit(parent)?.tree;
            bases.push((tree, has.contains(parent)));
        }
        if bases.is_empty() {
            bases.extend(cut_bases.iter().map(|tree| (*tree, true)));
        }
        if bases.iter().any(|(tree, _)| *tree == commit.tree) {
            return Ok(());
        }
        if self.entry(&commit.tree, Kind::Tree, &bases, 0, &[])? {
            self.tree(&commit.tree, &bases, 0)?;
        }
        Ok(())
    }

    /// Decides about a tree or blob that none of `bases` has at its place; a base tells whether the client has it
    /// already. Answers whether what lies under it has to be looked at.
    fn entry(
        &mut self,
        id: &ObjectId,
        kind: Kind,
        bases: &[(ObjectId, bool)],
        depth: u64,
        path: &[u8],
    ) -> Result<bool> {
        if !self.filter.depth(depth) {
            return Ok(false);
        }
        if let Some(known) = &mut self.known {
            known.extend(bases.iter().filter(|(_, has)| *has).map(|(base, _)| *base));
        }
        if kind == Kind::Blob {
            if self.filter.kind(kind) && !self.sent.contains(id) && self.blob_passes(id, path)? {
                self.send(id)?;
            }
            return Ok(false);
        }
        let first = if self.filter.kind(kind) {
            self.send(id)?
        } else {
            self.sent.insert(*id)
        };
        // The same tree elsewhere may have to be looked at again: by its path, or because it lies less deep there.
        let shallower = self.filter.tree_depth.is_some() && self.depths.get(id).is_none_or(|known| depth < *known);
        if shallower {
            self.depths.insert(*id, depth);
        }
        Ok(first || shallower || !self.filter.sparse.is_empty())
    }

    fn blob_passes(&self, id: &ObjectId, path: &[u8]) -> Result<bool> {
        let place = self
            .odb
            .place(id)
            .ok_or_else(|| Error::corrupt(format!("object {id} is missing")))?;
        Ok(self.filter.sparse.iter().all(|patterns| sparse(patterns, path)) && self.filter.blob(self.odb, place)?)
    }

    /// Follows the entries of a tree that differ from all of `bases`, without recursion: trees nest as deep as they
    /// like.
    fn tree(&mut self, root: &ObjectId, bases: &[(ObjectId, bool)], depth: u64) -> Result<()> {
        let format = self.odb.format();
        let mut path: Vec<u8> = Vec::new();
        let mut open: Vec<Folder> = self.folder(root, bases, depth, 0)?.into_iter().collect();
        while let Some(folder) = open.last_mut() {
            path.truncate(folder.path);
            folder.skip_unchanged(format);
            let mut rest = tree_entries(format, folder.data.get(folder.at..).unwrap_or_default());
            let Some(entry) = rest.next() else {
                open.pop();
                continue;
            };
            let entry = entry.map_err(|error| Error::corrupt(format!("a stored tree: {error}")))?;
            folder.at = folder.data.len() - rest.remaining();
            let mut below = Vec::with_capacity(folder.others.len());
            let mut unchanged = entry.is_gitlink();
            for other in &mut folder.others {
                if let Some(same) = other.advance(format, &entry) {
                    unchanged |= *same == *entry.id;
                    below.push((same, other.has));
                }
            }
            let kind = if entry.is_tree() { Kind::Tree } else { Kind::Blob };
            if unchanged || (kind == Kind::Blob && !self.filter.kind(Kind::Blob)) {
                continue;
            }
            if !self.filter.sparse.is_empty() {
                if folder.path > 0 {
                    path.push(b'/');
                }
                path.extend(entry.name);
            }
            let (id, depth) = (entry.id.to_owned(), folder.depth + 1);
            if self.entry(&id, kind, &below, depth, &path)? {
                open.extend(self.folder(&id, &below, depth, path.len())?);
            }
        }
        Ok(())
    }

    /// A tree to follow, unless nothing under it can pass.
    fn folder(&self, id: &ObjectId, bases: &[(ObjectId, bool)], depth: u64, path: usize) -> Result<Option<Folder>> {
        if !self.filter.depth(depth + 1) {
            return Ok(None);
        }
        let data = self.odb.read_kind(id, Kind::Tree)?;
        let mut others = Vec::with_capacity(bases.len());
        for (base, has) in bases {
            if let Some((Kind::Tree, data)) = self.odb.read(base)? {
                others.push(Other { data, at: 0, has: *has });
            }
        }
        Ok(Some(Folder {
            data,
            at: 0,
            others,
            depth,
            path,
        }))
    }

    /// Sends annotated tags whose target is sent.
    fn tags(&mut self, snapshot: &Snapshot) -> Result<()> {
        for (name, target) in visible(snapshot) {
            let Some(peeled) = target
                .peeled
                .filter(|peeled| name.is_tag() && self.sent.contains(peeled))
            else {
                continue;
            };
            let mut id = target.id;
            while id != peeled {
                self.send(&id)?;
                id = self.odb.tag(&id)?.target;
            }
        }
        Ok(())
    }
}

/// Whether sparse patterns select a file, asked folder by folder from the root.
fn sparse(patterns: &packhouse_git::sparse::Patterns, path: &[u8]) -> bool {
    let mut included = patterns.includes_root();
    for (at, &byte) in path.iter().enumerate() {
        if byte == b'/' {
            included = patterns.includes(&path[..at], true, included);
        }
    }
    patterns.includes(path, false, included)
}

/// A tree being followed.
struct Folder {
    data: Bytes,
    at: usize,
    others: Vec<Other>,
    depth: u64,
    /// Length of its path.
    path: usize,
}

impl Folder {
    /// Skips the entries that are those of the first tree to compare with; the others keep up as far as they are the
    /// same too.
    fn skip_unchanged(&mut self, format: ObjectFormat) {
        let ours = self.data.get(self.at..).unwrap_or_default();
        let Some((first, rest)) = self.others.split_first_mut() else {
            return;
        };
        let same = identical_entries(format, ours, first.data.get(first.at..).unwrap_or_default());
        first.at += same;
        for other in rest {
            let theirs = other.data.get(other.at..).unwrap_or_default();
            other.at += identical_entries(format, &ours[..same], theirs);
        }
        self.at += same;
    }
}

/// A tree to compare with, walked beside another; both are sorted.
struct Other {
    data: Bytes,
    at: usize,
    has: bool,
}

impl Other {
    /// What this tree has under the name of `entry`.
    fn advance(&mut self, format: ObjectFormat, entry: &TreeEntry<'_>) -> Option<ObjectId> {
        loop {
            let mut rest = tree_entries(format, self.data.get(self.at..)?);
            let other = rest.next()?.ok()?;
            match sorted(&other, entry) {
                Ordering::Less => self.at = self.data.len() - rest.remaining(),
                Ordering::Equal => {
                    // Names are unique, so both trees go on behind it, side by side again.
                    let id = other.id.to_owned();
                    self.at = self.data.len() - rest.remaining();
                    return Some(id);
                }
                Ordering::Greater => return None,
            }
        }
    }
}

/// Git sorts folders as if their names ended with a slash.
fn sorted(a: &TreeEntry<'_>, b: &TreeEntry<'_>) -> Ordering {
    let shared = a.name.len().min(b.name.len());
    let after = |entry: &TreeEntry<'_>| {
        let slash = if entry.is_tree() { b'/' } else { 0 };
        entry.name.get(shared).copied().unwrap_or(slash)
    };
    a.name[..shared]
        .cmp(&b.name[..shared])
        .then_with(|| after(a).cmp(&after(b)))
        .then(a.name.len().cmp(&b.name.len()))
}
