//! Git's rules for objects, as `receive.fsckObjects` enforces them, and what objects refer to, in one pass.
//!
//! A [`Checker`] is handed the objects of a push in any order. What a tree calls `.gitmodules` or `.gitattributes` is
//! judged when its blob comes by later, or else by [`Checker::finish`]. Sources: git-fsck(1), `fsck.<msg-id>`.
//!
//! Deliberately stricter than git: a tree entry whose mode is longer than 16 bits or of no known type is `badTree` (git
//! truncates the one and takes the other for a submodule); object ids in upper case are bad; a submodule's name with a
//! NUL is disallowed; so is a URL with an escaped newline in a part that `..` would drop; a `.gitmodules` above
//! [`LARGEST_SPECIAL_BLOB`] is too large.

#![cfg_attr(not(test), deny(clippy::indexing_slicing, clippy::arithmetic_side_effects))]

mod commit;
mod config;
mod gitmodules;
mod header;
mod names;
mod rule;
mod special;
mod submodule_url;
mod tag;
mod tree;

#[cfg(test)]
mod tests;

pub use rule::{Policy, PolicyError, Rule, Severity};
pub use special::{LARGEST_SPECIAL_BLOB, Stored};

use std::fmt;

use crate::hash::{ObjectFormat, ObjectId, oid};
use crate::object::Kind;
use special::Specials;

/// An object that breaks an enforced rule. Displays as git words it: `object <id>: <rule>: <what>`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("object {id}: {}: {fault}", fault.rule.as_str())]
pub struct Problem {
    id: ObjectId,
    fault: Fault,
}

impl Problem {
    /// The object.
    #[must_use]
    pub const fn id(&self) -> &ObjectId {
        &self.id
    }

    /// The rule that it breaks.
    #[must_use]
    pub const fn rule(&self) -> Rule {
        self.fault.rule
    }
}

/// Why [`Checker::finish`] did not say yes.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum FinishError<E> {
    /// A blob breaks a rule.
    #[error(transparent)]
    Problem(#[from] Problem),
    /// A blob could not be read, which says nothing about it.
    #[error("reading a blob to check")]
    Read(#[source] E),
}

/// Whether no entry of a tree may have that name: it is `.`, `..`, or what some file system takes for `.git`.
pub(crate) fn is_forbidden_name(name: &[u8]) -> bool {
    let mut windows_parts = name.split(|&byte| byte == b'\\').skip(1);
    matches!(name, b"." | b"..") || names::is_dotgit(name) || windows_parts.any(names::is_ntfs_dotgit)
}

/// A broken rule, of an object that the caller knows.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Fault {
    rule: Rule,
    quote: Option<Box<str>>,
}

impl From<Rule> for Fault {
    fn from(rule: Rule) -> Self {
        Self { rule, quote: None }
    }
}

impl Fault {
    /// Quotes the start of `text`, escaped: it ends on a terminal.
    #[cold]
    fn quoting(rule: Rule, text: &[u8]) -> Self {
        let quote = match text.get(..100) {
            Some(start) => format!("\"{}...\"", start.escape_ascii()),
            None => format!("\"{}\"", text.escape_ascii()),
        };
        Self {
            rule,
            quote: Some(quote.into()),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.rule.message())?;
        match &self.quote {
            Some(quote) => write!(f, ": {quote}"),
            None => Ok(()),
        }
    }
}

/// Checks the objects of one push. Make one for each thread and [`Checker::merge`] them.
///
/// Memory grows only with the number of blobs that trees call `.gitmodules` or `.gitattributes`, and that is bounded.
#[derive(Clone, Debug)]
pub struct Checker {
    format: ObjectFormat,
    policy: Policy,
    specials: Specials,
}

impl Checker {
    /// Starts a push.
    #[must_use]
    pub fn new(format: ObjectFormat, policy: Policy) -> Self {
        Self {
            format,
            policy,
            specials: Specials::default(),
        }
    }

    /// Checks one object and hands `edge` each thing that it refers to, with the kind that this must be; submodule
    /// commits, which live elsewhere, are left out, and a tree's entries may repeat.
    ///
    /// Some edges may have been handed out when the object turns out bad.
    ///
    /// # Errors
    /// On the first enforced rule that the object breaks.
    pub fn check<F: FnMut(&oid, Kind)>(
        &mut self,
        kind: Kind,
        id: &oid,
        data: &[u8],
        edge: &mut F,
    ) -> Result<(), Problem> {
        let outcome = match kind {
            Kind::Tree => tree::check(self.format, self.policy, data, &mut self.specials, edge),
            Kind::Commit => commit::check(self.format, self.policy, data, edge),
            Kind::Tag => tag::check(self.format, self.policy, data, edge),
            Kind::Blob => self.specials.check(self.policy, id, Some(data)),
        };
        outcome.map_err(|fault| Problem {
            id: id.to_owned(),
            fault,
        })
    }

    /// Whether [`Checker::check`] would look at that blob if it came now. Others need not be shown, and those shown
    /// before the tree that names them are read again by [`Checker::finish`].
    #[must_use]
    pub fn wants_blob(&self, id: &oid) -> bool {
        self.specials.wants(id)
    }

    /// Takes over what another checker of the same push has seen.
    pub fn merge(&mut self, other: Self) {
        self.specials.merge(other.specials);
    }

    /// Ends a push: checks the blobs named `.gitmodules` or `.gitattributes` that have not come by, which `read` finds
    /// in the push or in the repository, in the order of their ids.
    ///
    /// # Errors
    /// On the first enforced rule that one of them breaks, and on the first failure to read.
    pub fn finish<B: AsRef<[u8]>, E>(
        mut self,
        read: &mut dyn FnMut(&oid) -> Result<Stored<B>, E>,
    ) -> Result<(), FinishError<E>> {
        for id in self.specials.pending() {
            let stored = read(&id).map_err(FinishError::Read)?;
            let outcome = match &stored {
                Stored::Missing => {
                    self.specials
                        .refuse(self.policy, &id, Rule::GitmodulesMissing, Rule::GitattributesMissing)
                }
                Stored::TooLarge => self.specials.check(self.policy, &id, None),
                Stored::Object(Kind::Blob, data) => self.specials.check(self.policy, &id, Some(data.as_ref())),
                Stored::Object(..) => {
                    self.specials
                        .refuse(self.policy, &id, Rule::GitmodulesBlob, Rule::GitattributesBlob)
                }
            };
            outcome.map_err(|fault| Problem { id, fault })?;
        }
        Ok(())
    }
}
