//! What commits of a sorted pack reach in it, by the graph and the bitmaps of its sidecar.

use std::collections::BinaryHeap;

use packhouse_git::hash::ObjectId;
use packhouse_git::object::Kind;
use roaring::RoaringBitmap;

use crate::error::{Error, Result};
use crate::odb::{Odb, Place};
use crate::pack_cache::PackFile;
use crate::sidecar::{Graph, Known, Sidecar};
use crate::tree_diff::{Descent, Folder, MOST_BESIDE};

/// A sorted pack, which holds all that its objects refer to.
#[derive(Clone, Copy)]
pub(crate) struct Reach<'a> {
    odb: &'a Odb,
    /// Its position in the repository.
    pack: usize,
    graph: &'a Graph,
    known: &'a dyn Known,
}

impl<'a> Reach<'a> {
    pub(crate) fn new(odb: &'a Odb, pack: usize, graph: &'a Graph, known: &'a dyn Known) -> Self {
        Self {
            odb,
            pack,
            graph,
            known,
        }
    }

    /// The base of a repository with its sidecar.
    pub(crate) fn of(odb: &'a Odb, pack: usize, sidecar: &'a Sidecar) -> Self {
        Self::new(odb, pack, &sidecar.graph, sidecar)
    }

    fn file(&self) -> &'a PackFile {
        &self.odb.packs()[self.pack]
    }

    /// The rank of an object.
    pub(crate) fn rank(&self, id: &ObjectId) -> Result<Option<u32>> {
        self.file().find(id).map(|offset| self.rank_at(offset)).transpose()
    }

    /// The rank of the object whose entry starts there.
    pub(crate) fn rank_at(&self, offset: u64) -> Result<u32> {
        let rank = self.file().rank(offset)?;
        u32::try_from(rank).map_err(|_| Error::corrupt("a pack of too many objects"))
    }

    /// Adds to `found` all that commits reach and that is not in `without`. Whatever either holds, it holds with all that
    /// this reaches, and so they do afterwards.
    pub(crate) fn add(&self, starts: &[u32], without: &RoaringBitmap, found: &mut RoaringBitmap) -> Result<()> {
        let mut open: BinaryHeap<(u32, u32)> = starts.iter().map(|at| (self.graph.generation(*at), *at)).collect();
        // The greatest generation comes first, so whatever reaches a commit was looked at before it.
        let mut fresh = Vec::new();
        while let Some((_, commit)) = open.pop() {
            if found.contains(commit) || without.contains(commit) {
                continue;
            }
            if let Some(reached) = self.known.reached(commit)? {
                *found |= reached;
                continue;
            }
            found.insert(commit);
            fresh.push(commit);
            let parents = self.graph.parents(commit).iter();
            open.extend(parents.map(|parent| (self.graph.generation(*parent), *parent)));
        }
        // Parents first: whatever a tree shares with theirs is there by then.
        for commit in fresh.into_iter().rev() {
            self.tree_of(commit, without, found)?;
        }
        *found -= without;
        Ok(())
    }

    fn tree_of(&self, commit: u32, without: &RoaringBitmap, found: &mut RoaringBitmap) -> Result<()> {
        let tree = self.graph.tree(commit);
        if without.contains(tree) || !found.insert(tree) {
            return Ok(());
        }
        let parents = self.graph.parents(commit).iter().take(MOST_BESIDE);
        let beside = parents.map(|parent| Ok((self.id(self.graph.tree(*parent))?, ())));
        let beside = beside.collect::<Result<Vec<_>>>()?;
        let mut descent = Descent::new(self.odb);
        descent.enter(Folder::open(self.odb, &self.id(tree)?, &beside)?, ())?;
        while let Some((entry, ..)) = descent.next()? {
            let missing = || Error::corrupt(format!("object {} is not in the base", entry.id));
            let rank = self.rank(&entry.id)?.ok_or_else(missing)?;
            if !without.contains(rank) && found.insert(rank) && entry.kind == Kind::Tree {
                descent.enter(Folder::open(self.odb, &entry.id, &entry.instead)?, ())?;
            }
        }
        Ok(())
    }

    /// Its position in the index.
    fn position(&self, rank: u32) -> Result<u32> {
        let file = self.file();
        let missing = || Error::corrupt(format!("pack {} has no object {rank}", file.pack.id));
        file.order().get(rank as usize).copied().ok_or_else(missing)
    }

    /// The object of a rank.
    pub(crate) fn id(&self, rank: u32) -> Result<ObjectId> {
        Ok(self.file().index.oid_at_index(self.position(rank)?).to_owned())
    }

    /// Where the object of a rank lies.
    pub(crate) fn place(&self, rank: u32) -> Result<Place> {
        Ok(Place {
            pack: self.pack,
            offset: self.file().index.pack_offset_at_index(self.position(rank)?),
        })
    }
}
