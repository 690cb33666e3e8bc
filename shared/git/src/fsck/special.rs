//! The blobs whose content matters, because a tree gives them a name that git reads.

use std::collections::HashMap;

use super::{Fault, Policy, Rule, gitmodules};
use crate::hash::{ObjectId, oid};
use crate::object::Kind;

/// The largest `.gitmodules` or `.gitattributes`, in bytes; git's limit for the latter.
pub const LARGEST_SPECIAL_BLOB: usize = 100 * 1024 * 1024;

/// The length that a line of `.gitattributes` must not reach, in bytes; git ignores longer ones.
const LINE_LENGTH: usize = 2048;

/// How many special blobs one push may name: a bound on memory, some twenty times what large histories have.
const MOST_SPECIAL_BLOBS: usize = 1 << 18;

/// What a repository holds under an id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stored<B> {
    /// Nothing.
    Missing,
    /// An object that the reader did not want to load, of [`LARGEST_SPECIAL_BLOB`] or more.
    TooLarge,
    /// An object.
    Object(Kind, B),
}

/// What is read from a blob.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Special {
    /// `.gitmodules`.
    Modules,
    /// `.gitattributes`.
    Attributes,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Progress {
    #[default]
    Unneeded,
    Wanted,
    Checked,
}

#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    modules: Progress,
    attributes: Progress,
}

impl Seen {
    fn is_pending(self) -> bool {
        self.modules == Progress::Wanted || self.attributes == Progress::Wanted
    }
}

/// The special blobs that the trees of a push name.
#[derive(Clone, Debug, Default)]
pub(super) struct Specials {
    blobs: HashMap<ObjectId, Seen>,
}

impl Specials {
    /// Remembers that a tree names `id` so.
    #[cold]
    pub(super) fn note(&mut self, policy: Policy, special: Special, id: &oid) -> Result<(), Fault> {
        if self.blobs.len() >= MOST_SPECIAL_BLOBS && !self.blobs.contains_key(id) {
            return policy.refuse(match special {
                Special::Modules => Rule::GitmodulesLarge,
                Special::Attributes => Rule::GitattributesLarge,
            });
        }
        let seen = self.blobs.entry(id.to_owned()).or_default();
        let progress = match special {
            Special::Modules => &mut seen.modules,
            Special::Attributes => &mut seen.attributes,
        };
        *progress = Progress::Wanted.max(*progress);
        Ok(())
    }

    pub(super) fn wants(&self, id: &oid) -> bool {
        !self.blobs.is_empty() && self.blobs.get(id).is_some_and(|seen| seen.is_pending())
    }

    pub(super) fn pending(&self) -> Vec<ObjectId> {
        let mut ids: Vec<ObjectId> = self
            .blobs
            .iter()
            .filter(|(_, seen)| seen.is_pending())
            .map(|(id, _)| *id)
            .collect();
        ids.sort_unstable();
        ids
    }

    pub(super) fn merge(&mut self, other: Self) {
        for (id, theirs) in other.blobs {
            let ours = self.blobs.entry(id).or_default();
            ours.modules = ours.modules.max(theirs.modules);
            ours.attributes = ours.attributes.max(theirs.attributes);
        }
    }

    /// Refuses `id` under the rule of the name that is still to be checked.
    pub(super) fn refuse(&self, policy: Policy, id: &oid, modules: Rule, attributes: Rule) -> Result<(), Fault> {
        let seen = self.blobs.get(id).copied().unwrap_or_default();
        if seen.modules == Progress::Wanted {
            policy.refuse(modules)?;
        }
        if seen.attributes == Progress::Wanted {
            policy.refuse(attributes)?;
        }
        Ok(())
    }

    /// Checks a blob, of which `None` is the content of one that is too large, for the names that trees gave it so far.
    pub(super) fn check(&mut self, policy: Policy, id: &oid, data: Option<&[u8]>) -> Result<(), Fault> {
        if self.blobs.is_empty() {
            return Ok(());
        }
        let Some(data) = data.filter(|data| data.len() <= LARGEST_SPECIAL_BLOB) else {
            return self.refuse(policy, id, Rule::GitmodulesLarge, Rule::GitattributesLarge);
        };
        let Some(seen) = self.blobs.get_mut(id) else {
            return Ok(());
        };
        if seen.modules == Progress::Wanted {
            seen.modules = Progress::Checked;
            gitmodules::check(policy, data)?;
        }
        if seen.attributes == Progress::Wanted {
            seen.attributes = Progress::Checked;
            check_attributes(policy, data)?;
        }
        Ok(())
    }
}

/// Like git, ends at the first NUL.
fn check_attributes(policy: Policy, data: &[u8]) -> Result<(), Fault> {
    let text = data.split(|&byte| byte == 0).next().unwrap_or_default();
    if text.split(|&byte| byte == b'\n').any(|line| line.len() >= LINE_LENGTH) {
        policy.refuse(Rule::GitattributesLineLength)?;
    }
    Ok(())
}
