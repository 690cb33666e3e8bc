//! The way from a commit's tree to a file.

use crate::find::{Find, FindError};
use crate::hash::ObjectId;
use crate::tree::{Found, lookup_name};

/// The trees that lead to a path, and what is no folder there.
#[derive(Clone, Debug)]
pub(super) struct Trail {
    /// The root and each folder, as far as they exist.
    trees: Vec<ObjectId>,
    pub(super) file: Option<Found>,
}

impl Trail {
    /// Follows a path from a root, no further than until it meets `other`, which leads to the same path.
    pub(super) fn follow(
        find: &(impl Find + ?Sized),
        root: &ObjectId,
        path: &[u8],
        other: Option<&Self>,
    ) -> Result<Self, FindError> {
        let mut trees = vec![*root];
        let mut parts = path.split(|&byte| byte == b'/').enumerate().peekable();
        while let (Some((depth, name)), Some(tree)) = (parts.next(), trees.last()) {
            if let Some(other) = other.filter(|other| other.trees.get(depth) == Some(tree)) {
                trees.extend(other.trees.iter().skip(depth.saturating_add(1)));
                let file = other.file;
                return Ok(Self { trees, file });
            }
            let is_last = parts.peek().is_none();
            match lookup_name(find, tree, name)? {
                Some(found) if !is_last && found.mode.is_tree() => trees.push(found.id),
                found => {
                    let file = found.filter(|found| is_last && !found.mode.is_tree());
                    return Ok(Self { trees, file });
                }
            }
        }
        Ok(Self { trees, file: None })
    }
}
