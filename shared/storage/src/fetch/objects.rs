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
use super::filter::{Compiled, Included};
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

/// What sparse patterns may cost: trees may hold others many times over, so that some entries are met once more and once more, and
/// paths may be long.
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
    /// What sparse patterns have cost.
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
    // What else is wanted goes along by itself; where it lies behind what the client has, a walk has to find that out.
    let passing = passing.filter(|_| (only_commits || haves.is_empty()) && boundary.is_empty());
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

    /// Where the trees of commits lie.
    fn root(&self) -> At {
        At {
            depth: 0,
            path: 0,
            included: self.filter.at_root(),
            again: false,
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
                    return self.tree(&id, &[], self.root());
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
        let root = self.root();
        if let Some(root) = self.entry(&commit.tree, Kind::Tree, &bases, root)? {
            self.tree(&commit.tree, &bases, root)?;
        }
        Ok(())
    }

    /// Decides about a tree or blob, that lies `at` a place where none of `bases` has it; a base tells whether the client has it
    /// already. Answers whether what lies under it has to be looked at, and where that is.
    fn entry(&mut self, id: &ObjectId, kind: Kind, bases: &[(ObjectId, bool)], at: At) -> Result<Option<At>> {
        if !self.filter.depth(at.depth) {
            return Ok(None);
        }
        self.compare(id, bases)?;
        if kind == Kind::Blob {
            let selected = self.filter.kind(kind) && self.filter.selects(at.included);
            if selected && !self.sends(id)? && self.filter.blob(self.odb, self.place(id)?)? {
                self.send(id)?;
            }
            return Ok(None);
        }
        let first = if self.filter.kind(kind) {
            self.send(id)?
        } else {
            self.sent.insert(*id)
        };
        // The same tree elsewhere may have to be looked at again: by its path, or because it lies less deep there.
        let shallower = self.filter.tree_depth.is_some() && self.depths.get(id).is_none_or(|known| at.depth < *known);
        if shallower {
            self.depths.insert(*id, at.depth);
        }
        let again = at.again || !first;
        Ok((first || shallower || self.filter.by_path()).then_some(At { again, ..at }))
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

    /// Follows the entries of a tree that differ from all of `bases`.
    fn tree(&mut self, root: &ObjectId, bases: &[(ObjectId, bool)], at: At) -> Result<()> {
        let mut path: Vec<u8> = Vec::new();
        let mut descent = Descent::new(self.odb);
        self.enter(&mut descent, root, bases, at)?;
        while let Some((entry, folder, above)) = descent.next()? {
            if entry.kind == Kind::Blob && !self.filter.kind(Kind::Blob) {
                continue;
            }
            let mut at = At {
                depth: above.depth + 1,
                ..above
            };
            if self.filter.by_path() {
                path.truncate(above.path);
                if above.path > 0 {
                    path.push(b'/');
                }
                path.extend(folder.name(&entry));
                at.path = path.len();
                self.count_by_path(&path, above.again)?;
                at.included = self.filter.included(&path, entry.kind, above.included);
            }
            if let Some(at) = self.entry(&entry.id, entry.kind, &entry.instead, at)? {
                self.enter(&mut descent, &entry.id, &entry.instead, at)?;
            }
        }
        Ok(())
    }

    /// Counts what it costs to ask patterns about a path, and that one is met once more.
    fn count_by_path(&mut self, path: &[u8], again: bool) -> Result<()> {
        self.odb.abandoned().check()?;
        self.by_path += self.filter.cost(path) / 1024 + u64::from(again);
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
            // Who sends a tag sends what lies behind it.
            while id != peeled && self.send(&id)? {
                id = self.odb.tag(&id)?.target;
            }
        }
        Ok(())
    }
}

/// Where a tree that is being followed lies. The mark of those beside it is whether the client has them.
#[derive(Clone, Copy)]
struct At {
    depth: u64,
    /// Length of its path.
    path: usize,
    /// What sparse patterns say of it.
    included: Included,
    /// It, or one above it, was followed before.
    again: bool,
}
