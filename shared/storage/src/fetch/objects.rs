//! The plan for every other fetch: walk the trees of the commits that the client lacks; or, where these are many, of those
//! that lie outside of the base, and for the rest look into its bitmaps ([`InBase`]).
//!
//! Each commit's tree is compared with those of its parents (or, where history is cut, with those of commits that the
//! client has), and only what differs is followed. Parents come first, so that whatever a tree shares with a parent's is
//! sent, or is with the client, before the tree itself is looked at; a tree that was followed once is therefore complete
//! and is not followed again when another commit has it too.

use packhouse_git::hash::ObjectId;
use packhouse_git::object::Kind;
use packhouse_git::pack::edges::{IdMap, IdSet};

use super::commits::{History, Range, between, peeled};
use super::filter::Compiled;
use super::in_base::InBase;
use super::stream::PackStream;
use super::{Asked, visible};
use crate::assemble::{Allow, Assembler};
use crate::error::{Error, Result};
use crate::odb::{Odb, Place};
use crate::snapshot::Snapshot;
use crate::tree_diff::{Descent, Folder, MOST_BESIDE};

/// For more commits than that, what they reach is looked up rather than walked.
const MANY: usize = if cfg!(test) { 3 } else { 20_000 };

/// How many entries are looked at by their paths, for sparse patterns: trees may hold others many times over.
const MOST_BY_PATH: u64 = if cfg!(test) { 100_000 } else { 100_000_000 };

/// Collects what to send.
struct Walk<'a> {
    odb: &'a Odb,
    filter: Compiled,
    places: Vec<Place>,
    sent: IdSet,
    /// What is sent of the base, where its bitmaps tell; it is not among `places` and `sent` then.
    base: Option<InBase>,
    /// The least depth at which a tree was walked, where depth matters.
    depths: IdMap<u64>,
    /// Objects of the client's trees that were found changed: bases for thin deltas.
    known: Option<IdSet>,
    /// Of objects that are sent, what the client has in their place.
    likenesses: IdMap<ObjectId>,
    /// How many entries were looked at by their paths.
    by_path: u64,
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
        base: None,
        depths: IdMap::default(),
        known: thin.then(IdSet::default),
        likenesses: IdMap::default(),
        by_path: 0,
    };
    let mut haves = peeled(odb, common)?;
    haves.extend(&boundary.unshallow);
    let mut history = History::new(odb, &boundary.cut);
    let (base, range) = lacking(snapshot, (odb, &mut history), asked, (&walk.filter, &haves))?;
    walk.base = base;
    for id in &wants.ids {
        walk.want(id)?;
    }
    let mut cut_bases = Vec::new();
    for have in haves.iter().take(MOST_BESIDE) {
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
        likenesses: walk.likenesses,
    };
    let mut assembler = Assembler::new(odb.clone(), walk.places, allow)?;
    if let Some(base) = walk.base {
        assembler = assembler.with_base(base.into_base(thin));
    }
    PackStream::assembled(odb, assembler)
}

/// The commits whose trees are to be walked; and, where these would be many, what of the base is sent without that.
fn lacking(
    snapshot: &Snapshot,
    (odb, history): (&Odb, &mut History<'_>),
    asked: &Asked,
    (filter, haves): (&Compiled, &[ObjectId]),
) -> Result<(Option<InBase>, Range)> {
    let Asked { wants, boundary, .. } = asked;
    let mut starts = peeled(odb, &wants.ids)?;
    let only_commits = starts.len() == wants.ids.len();
    starts.extend(&boundary.extra);
    let first = odb.packs().first().map(|file| &file.pack.id);
    let base = snapshot.manifest().base.as_ref();
    let base = base.filter(|base| Some(&base.pack) == first);
    let passing = base.and_then(|base| filter.passing(base));
    let passing = passing.filter(|_| only_commits && boundary.is_empty());
    let most = if passing.is_some() { MANY } else { usize::MAX };
    if (passing.is_none() || !haves.is_empty())
        && let Some(range) = between(history, &starts, haves, most)?
    {
        return Ok((None, range));
    }
    match (history.sidecar(), passing) {
        (Some(sidecar), Some(passing)) => {
            let (base, range) = InBase::find(odb, history, sidecar, (&starts, haves), passing)?;
            Ok((Some(base), range))
        }
        _ => {
            let range = between(history, &starts, haves, usize::MAX)?;
            Ok((None, range.unwrap_or_default()))
        }
    }
}

impl Walk<'_> {
    /// Sends an object, once.
    fn send(&mut self, id: &ObjectId) -> Result<bool> {
        if self.sent.contains(id) {
            return Ok(false);
        }
        let place = self.place(id)?;
        if let Some(base) = &mut self.base
            && let Some(fresh) = base.send(self.odb, place)?
        {
            return Ok(fresh);
        }
        self.sent.insert(*id);
        self.places.push(place);
        Ok(true)
    }

    /// Whether an object is sent.
    fn sends(&self, id: &ObjectId) -> Result<bool> {
        if self.sent.contains(id) {
            return Ok(true);
        }
        match (&self.base, self.odb.place(id)) {
            (Some(base), Some(place)) => base.sends(self.odb, place),
            (None, _) | (_, None) => Ok(false),
        }
    }

    fn place(&self, id: &ObjectId) -> Result<Place> {
        let missing = || Error::corrupt(format!("object {id} is missing"));
        self.odb.place(id).ok_or_else(missing)
    }

    /// Sends what the client named and what lies behind a tag, whatever the filter says.
    fn want(&mut self, id: &ObjectId) -> Result<()> {
        let mut id = *id;
        loop {
            let kind = self.odb.kind(&id)?.ok_or(Error::NoObject(id))?;
            match kind {
                Kind::Tag => {
                    if !self.send(&id)? {
                        // With all that lies behind it.
                        return Ok(());
                    }
                    id = self.odb.tag(&id)?.target;
                }
                Kind::Commit | Kind::Blob => return self.send(&id).map(drop),
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
        for parent in commit.parents.iter().take(MOST_BESIDE) {
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
        self.compare(id, bases)?;
        if kind == Kind::Blob {
            if self.filter.kind(kind) && !self.sends(id)? && self.blob_passes(id, path)? {
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

    /// Notes what the client has in the place of an object: what deltas may build on. What a parent's tree holds and what is
    /// not sent, the client has: that tree was walked before, or is the client's.
    fn compare(&mut self, id: &ObjectId, bases: &[(ObjectId, bool)]) -> Result<()> {
        if self.known.is_none() {
            return Ok(());
        }
        let mut like = None;
        for (base, has) in bases {
            if *has || !self.sends(base)? {
                self.known.get_or_insert_default().insert(*base);
                like = like.or(Some(*base));
            } else {
                // Never what is sent itself: stored deltas may build the other way round.
                like = like.or(self.likenesses.get(base).copied());
            }
        }
        if let Some(like) = like {
            self.likenesses.entry(*id).or_insert(like);
        }
        Ok(())
    }

    fn blob_passes(&self, id: &ObjectId, path: &[u8]) -> Result<bool> {
        let place = self.place(id)?;
        Ok(self.filter.sparse.iter().all(|patterns| sparse(patterns, path)) && self.filter.blob(self.odb, place)?)
    }

    /// Follows the entries of a tree that differ from all of `bases`.
    fn tree(&mut self, root: &ObjectId, bases: &[(ObjectId, bool)], depth: u64) -> Result<()> {
        let mut path: Vec<u8> = Vec::new();
        let mut descent = Descent::new();
        self.enter(&mut descent, root, bases, At { depth, path: 0 })?;
        while let Some((entry, folder, above)) = descent.next()? {
            if entry.kind == Kind::Blob && !self.filter.kind(Kind::Blob) {
                continue;
            }
            path.truncate(above.path);
            if !self.filter.sparse.is_empty() {
                self.count_by_path()?;
                if above.path > 0 {
                    path.push(b'/');
                }
                path.extend(folder.name(&entry));
            }
            let depth = above.depth + 1;
            if self.entry(&entry.id, entry.kind, &entry.instead, depth, &path)? {
                let at = At {
                    depth,
                    path: path.len(),
                };
                self.enter(&mut descent, &entry.id, &entry.instead, at)?;
            }
        }
        Ok(())
    }

    fn count_by_path(&mut self) -> Result<()> {
        self.odb.abandoned().check()?;
        self.by_path += self.filter.sparse.len() as u64;
        if self.by_path > MOST_BY_PATH {
            return Err(Error::TooLarge("too many paths for a sparse filter".into()));
        }
        Ok(())
    }

    /// Goes into a tree, unless nothing under it can pass.
    fn enter(&self, descent: &mut Descent<bool, At>, id: &ObjectId, bases: &[(ObjectId, bool)], at: At) -> Result<()> {
        if self.filter.depth(at.depth + 1) {
            descent.enter(Folder::open(self.odb, id, bases)?, at)?;
        }
        Ok(())
    }

    /// Sends annotated tags whose target is sent.
    fn tags(&mut self, snapshot: &Snapshot) -> Result<()> {
        for (name, target) in visible(snapshot) {
            let Some(peeled) = target.peeled.filter(|_| name.is_tag()) else {
                continue;
            };
            if !self.sends(&peeled)? {
                continue;
            }
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

/// Where a tree that is being followed lies. The mark of those beside it is whether the client has them.
#[derive(Clone, Copy)]
struct At {
    depth: u64,
    /// Length of its path.
    path: usize,
}
