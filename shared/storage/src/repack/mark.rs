//! What is reachable, in the order in which it is to lie: newest first.

use std::collections::BinaryHeap;

use packhouse_git::hash::ObjectId;
use packhouse_git::object::Kind;
use packhouse_git::pack::edges::IdMap;

use crate::error::{Error, Result};
use crate::odb::{Odb, Place};
use crate::tree_diff::{Descent, Folder};

/// A reachable object.
#[derive(Clone, Copy, Debug)]
pub(super) struct Node {
    pub(super) id: ObjectId,
    pub(super) kind: Kind,
    pub(super) place: Place,
    /// A number for the path where it was met first: alike for paths that end alike.
    pub(super) path: u32,
    /// Whether it is to be stored whole, so that who gets little else gets it as it lies.
    pub(super) whole: bool,
}

/// The objects that were found.
#[derive(Debug, Default)]
pub(super) struct Marked {
    pub(super) nodes: Vec<Node>,
    /// So many of them are reached by refs; what follows is kept for other reasons.
    pub(super) kept: usize,
    /// Positions in `nodes`.
    pub(super) by_id: IdMap<u32>,
}

impl Marked {
    /// Whether two objects come into the same pack.
    pub(super) fn together(&self, a: u32, b: u32) -> bool {
        (a as usize >= self.kept) == (b as usize >= self.kept)
    }
}

/// Finds all that `tips` reach, and behind that all that only `retained` reach. What one of the tips holds, if it is given as
/// `head`, is to be stored whole.
///
/// # Errors
/// When an object is missing or cannot be read.
pub(super) fn mark(odb: &Odb, tips: &[ObjectId], retained: &[ObjectId], head: Option<ObjectId>) -> Result<Marked> {
    let mut marking = Marking {
        odb,
        marked: Marked::default(),
    };
    marking.reach(tips)?;
    marking.marked.kept = marking.marked.nodes.len();
    marking.reach(retained)?;
    if let Some(head) = head
        && let (commit, Kind::Commit) = odb.peel(&head)?
    {
        marking.keep_whole(odb.commit(&commit)?.tree)?;
    }
    Ok(marking.marked)
}

struct Marking<'a> {
    odb: &'a Odb,
    marked: Marked,
}

impl Marking<'_> {
    fn reach(&mut self, tips: &[ObjectId]) -> Result<()> {
        let mut open = BinaryHeap::new();
        let mut trees = Vec::new();
        for tip in tips {
            self.tip(*tip, &mut open, &mut trees)?;
        }
        while let Some((_, id)) = open.pop() {
            let commit = self.odb.commit(&id)?;
            trees.push(commit.tree);
            for parent in commit.parents {
                if self.meet(parent, Kind::Commit, 0)? {
                    open.push((self.odb.commit(&parent)?.time, parent));
                }
            }
        }
        // What a tree shares with the one before, which was followed to its end, was met there.
        let mut before = Vec::new();
        for tree in trees {
            if self.meet(tree, Kind::Tree, 0)? {
                self.tree(tree, &before)?;
                before = vec![(tree, ())];
            }
        }
        Ok(())
    }

    /// Follows what a ref names: tags to what lies behind them.
    fn tip(
        &mut self,
        mut id: ObjectId,
        open: &mut BinaryHeap<(i64, ObjectId)>,
        trees: &mut Vec<ObjectId>,
    ) -> Result<()> {
        loop {
            let kind = self.odb.kind(&id)?.ok_or(Error::NoObject(id))?;
            if kind == Kind::Tree {
                trees.push(id);
                return Ok(());
            }
            if !self.meet(id, kind, 0)? {
                return Ok(());
            }
            match kind {
                Kind::Commit => {
                    open.push((self.odb.commit(&id)?.time, id));
                    return Ok(());
                }
                Kind::Tag => id = self.odb.tag(&id)?.target,
                Kind::Blob | Kind::Tree => return Ok(()),
            }
        }
    }

    /// Notes an object; `false` when it was met before.
    fn meet(&mut self, id: ObjectId, kind: Kind, path: u32) -> Result<bool> {
        let next = u32::try_from(self.marked.nodes.len()).map_err(|_| Error::TooLarge("too many objects".into()))?;
        let std::collections::hash_map::Entry::Vacant(vacant) = self.marked.by_id.entry(id) else {
            return Ok(false);
        };
        vacant.insert(next);
        let place = self
            .odb
            .place(&id)
            .ok_or_else(|| Error::corrupt(format!("object {id} is missing")))?;
        self.marked.nodes.push(Node {
            id,
            kind,
            place,
            path,
            whole: false,
        });
        Ok(true)
    }

    /// Notes that all under a tree is to be stored whole, the tree included.
    fn keep_whole(&mut self, root: ObjectId) -> Result<()> {
        let mut open = vec![root];
        while let Some(tree) = open.pop() {
            if !self.first_whole(&tree) {
                continue;
            }
            let mut folder = Folder::<()>::open(self.odb, &tree, &[])?;
            while let Some(entry) = folder.next()? {
                match entry.kind {
                    Kind::Tree => open.push(entry.id),
                    _ => drop(self.first_whole(&entry.id)),
                }
            }
        }
        Ok(())
    }

    fn first_whole(&mut self, id: &ObjectId) -> bool {
        let at = self.marked.by_id.get(id).copied();
        let node = at.and_then(|at| self.marked.nodes.get_mut(at as usize));
        node.is_some_and(|node| !std::mem::replace(&mut node.whole, true))
    }

    /// Meets all that lies under a tree and was not met under that beside it.
    fn tree(&mut self, root: ObjectId, beside: &[(ObjectId, ())]) -> Result<()> {
        let mut descent = Descent::new(self.odb);
        descent.enter(Folder::open(self.odb, &root, beside)?, 0)?;
        while let Some((entry, folder, path)) = descent.next()? {
            let path = extend(path, folder.name(&entry));
            if self.meet(entry.id, entry.kind, path)? && entry.kind == Kind::Tree {
                let folder = Folder::open(self.odb, &entry.id, &entry.instead)?;
                descent.enter(folder, extend(path, b"/"))?;
            }
        }
        Ok(())
    }
}

/// Continues the number of a path, of which the last sixteen characters count, the last one most: what git's pack-objects
/// sorts by.
fn extend(path: u32, name: &[u8]) -> u32 {
    let characters = name.iter().filter(|byte| !byte.is_ascii_whitespace());
    characters.fold(path, |path, &byte| (path >> 2).wrapping_add(u32::from(byte) << 24))
}
