//! Whether what a ref would point to is there as a whole.
//!
//! The committed objects are closed under reachability, so only objects of the pushed pack, the newest of the database,
//! need to be walked; and only if something that they refer to is missing at all.

use packhouse_git::hash::ObjectId;
use packhouse_git::pack::edges::{IdMap, IdSet};

use crate::error::{Error, Result};
use crate::odb::Odb;

/// How many references are noted on the way down to something that is missing.
const MOST_NOTED: usize = 10_000_000;

/// Everything in the newest pack that `tips` reach. Nothing that they reach is missing.
///
/// # Errors
/// When a pack cannot be read.
pub(super) fn reachable(odb: &Odb, tips: &[ObjectId]) -> Result<IdSet> {
    let mut reached = IdSet::default();
    let mut open = Vec::new();
    let mut meet = |ids: &[ObjectId], open: &mut Vec<ObjectId>| {
        let fresh = ids.iter().filter(|id| is_new(odb, id) && reached.insert(**id));
        open.extend(fresh.copied());
    };
    meet(tips, &mut open);
    while let Some(id) = open.pop() {
        meet(&odb.references(&id)?, &mut open);
    }
    Ok(reached)
}

/// Whether an object lies in the newest pack only.
fn is_new(odb: &Odb, id: &ObjectId) -> bool {
    odb.place(id).is_some_and(|place| place.pack + 1 == odb.packs().len())
}

/// Tells which objects reach something that is missing. Looks at each object once, however many it is asked about.
#[derive(Debug)]
pub(super) struct Search<'a> {
    odb: &'a Odb,
    missing: &'a IdSet,
    /// What was found out; an object on the way counts as whole until something below it is not.
    broken: IdMap<bool>,
}

impl<'a> Search<'a> {
    pub(super) fn new(odb: &'a Odb, missing: &'a IdSet) -> Self {
        Self {
            odb,
            missing,
            broken: IdMap::default(),
        }
    }

    /// Whether something is missing of what `tip` reaches.
    ///
    /// # Errors
    /// When a pack cannot be read, and when the way to what is missing is too long to be noted.
    pub(super) fn is_broken(&mut self, tip: &ObjectId) -> Result<bool> {
        if self.missing.is_empty() {
            return Ok(false);
        }
        // The way from the tip down, each object with what is left to look at below it.
        let mut path: Vec<(ObjectId, Vec<ObjectId>)> = vec![(ObjectId::null(self.odb.format()), vec![*tip])];
        let mut broken = false;
        let mut noted = 1;
        while let Some((id, left)) = path.last_mut() {
            let id = *id;
            let Some(next) = left.pop().filter(|_| !broken) else {
                if path.len() > 1 {
                    self.broken.insert(id, broken);
                }
                path.pop();
                continue;
            };
            noted -= 1;
            if self.missing.contains(&next) || self.broken.get(&next) == Some(&true) {
                broken = true;
            } else if !self.broken.contains_key(&next) && is_new(self.odb, &next) {
                self.broken.insert(next, false);
                let below = self.odb.references(&next)?;
                noted += below.len();
                if noted > MOST_NOTED {
                    return Err(Error::TooLarge(
                        "objects are missing, and too many refer to them to tell which".into(),
                    ));
                }
                path.push((next, below));
            }
        }
        Ok(broken)
    }
}
