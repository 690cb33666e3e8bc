//! Whether a client has told enough of what it has.

use std::collections::BinaryHeap;
use std::sync::LazyLock;

use packhouse_git::hash::ObjectId;
use packhouse_git::object::Kind;
use packhouse_git::pack::edges::{IdMap, IdSet};

use super::commits::{History, peeled};
use crate::error::Result;
use crate::odb::{Odb, Peeled};

/// How many steps down history, and objects that are common, all questions of a negotiation may take. Their answers let clients stop
/// early; without them they go on.
const MOST_STEPS: usize = if cfg!(test) { 500 } else { 5_000_000 };

/// History as a client without shallow commits sees it.
static WHOLE: LazyLock<IdSet> = LazyLock::new(IdSet::default);

/// Tells whether every want that is a commit reaches something common. What was found out for one question serves the next.
#[derive(Debug)]
pub struct Readiness<'a> {
    history: History<'a>,
    odb: &'a Odb,
    /// What is wanted.
    wants: &'a [ObjectId],
    /// The commits behind it that reach nothing common yet, newest last; none before the first question.
    starts: Option<Vec<(i64, ObjectId)>>,
    peeled: Peeled,
    /// Of what is common, how much was looked at; the commits behind it, with those that were found to reach one.
    seen: usize,
    targets: IdSet,
    /// The time of the oldest common commit.
    oldest: i64,
    /// How many steps are left.
    left: usize,
}

impl<'a> Readiness<'a> {
    pub(super) fn new(odb: &'a Odb, wants: &'a [ObjectId]) -> Self {
        Self {
            history: History::new(odb, &WHOLE),
            odb,
            wants,
            starts: None,
            peeled: Peeled::default(),
            seen: 0,
            targets: IdSet::default(),
            oldest: i64::MAX,
            left: MOST_STEPS,
        }
    }

    /// Whether every want reaches something in `common`, which holds all that it held when it was asked before, so that more haves
    /// would tell little; `false` too when that takes too long to tell.
    ///
    /// # Errors
    /// When a pack cannot be read.
    pub fn ready(&mut self, common: &[ObjectId]) -> Result<bool> {
        let had = self.targets.len();
        self.take(common.get(self.seen..).unwrap_or_default())?;
        self.seen = common.len();
        if self.targets.is_empty() {
            return Ok(false);
        }
        let mut starts = match self.starts.take() {
            Some(starts) if self.targets.len() == had => {
                let ready = starts.is_empty();
                self.starts = Some(starts);
                return Ok(ready);
            }
            Some(starts) => starts,
            None => self.starts()?,
        };
        // What reaches a target is one itself from then on, and the newer want meets the older.
        let mut open = Vec::new();
        while let Some(start) = starts.pop() {
            match self.way_down(start)? {
                Some(way) => self.targets.extend(way),
                None => {
                    open.push(start);
                    break;
                }
            }
        }
        let ready = open.is_empty();
        starts.extend(open);
        self.starts = Some(starts);
        Ok(ready)
    }

    /// Takes in what is common besides.
    fn take(&mut self, common: &[ObjectId]) -> Result<()> {
        for id in common {
            self.left = self.left.saturating_sub(1);
            if self.left == 0 {
                return Ok(());
            }
            if let (commit, Kind::Commit) = self.peeled.of(self.odb, id)?
                && self.targets.insert(commit)
            {
                self.oldest = self.oldest.min(self.history.commit(&commit)?.time);
            }
        }
        Ok(())
    }

    fn starts(&mut self) -> Result<Vec<(i64, ObjectId)>> {
        let mut starts = Vec::with_capacity(self.wants.len());
        for want in peeled(self.odb, self.wants)? {
            starts.push((self.history.commit(&want)?.time, want));
        }
        // The oldest comes first.
        starts.sort_unstable();
        starts.reverse();
        Ok(starts)
    }

    /// The commits between one and the first target that it reaches; `None` if it reaches none, or no steps are left.
    fn way_down(&mut self, start: (i64, ObjectId)) -> Result<Option<Vec<ObjectId>>> {
        // Each commit with the child that led to it.
        let mut from: IdMap<ObjectId> = IdMap::default();
        let mut open = BinaryHeap::from([start]);
        while let Some((_, id)) = open.pop() {
            if self.targets.contains(&id) {
                let up = std::iter::successors(Some(id), |at| from.get(at).copied());
                return Ok(Some(up.collect()));
            }
            self.odb.abandoned().check()?;
            for parent in &self.history.commit(&id)?.parents {
                self.left = self.left.saturating_sub(1);
                if self.left == 0 {
                    return Ok(None);
                }
                let time = self.history.commit(parent)?.time;
                // What is older than every target cannot reach one.
                if time >= self.oldest && *parent != start.1 && !from.contains_key(parent) {
                    from.insert(*parent, id);
                    open.push((time, *parent));
                }
            }
        }
        Ok(None)
    }
}
