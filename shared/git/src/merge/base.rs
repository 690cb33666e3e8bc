//! The tree that both sides of a merge are compared with.

use super::overlay::Overlay;
use super::{Labels, MergeError, Options, build, compare};
use crate::find::Find;
use crate::hash::ObjectId;
use crate::merge_base::merge_bases;
use crate::object::Kind;

/// The tree of the base, or that of the bases merged, conflicts and all; the empty tree where there is none. `bases`
/// are ordered from the newest to the oldest.
pub(super) fn tree_of<F: Find + ?Sized>(
    objects: &Overlay<'_, F>,
    bases: &[ObjectId],
    options: &Options,
) -> Result<ObjectId, MergeError> {
    let mut left = options.limits.bases;
    merged_tree(objects, bases, options, 1, &mut left)
}

/// Merges bases `depth` levels deep, of which `left` more merges may be made. That bounds the recursion too.
fn merged_tree<F: Find + ?Sized>(
    objects: &Overlay<'_, F>,
    bases: &[ObjectId],
    options: &Options,
    depth: usize,
    left: &mut usize,
) -> Result<ObjectId, MergeError> {
    let mut oldest_first = bases.iter().rev();
    let Some(first) = oldest_first.next() else {
        return objects.write(Kind::Tree, Vec::new());
    };
    let labels = Labels {
        sides: [b"Temporary merge branch 1", b"Temporary merge branch 2"],
        depth,
    };
    let mut merged = *first;
    let mut tree = objects.commit(first)?.tree;
    for next in oldest_first {
        *left = left.checked_sub(1).ok_or(MergeError::TooManyBases)?;
        let older = merge_bases(objects, &merged, next, options.limits.commits)?;
        let base = merged_tree(objects, &older, options, depth + 1, left)?;
        let decided = compare(objects, [base, tree, objects.commit(next)?.tree], &labels, options)?;
        tree = build::build(objects, base, &decided.edits)?;
        // Stands for the merge where its own merge bases are looked for.
        let commit = format!("tree {tree}\nparent {merged}\nparent {next}\n\n");
        merged = objects.write(Kind::Commit, commit.into_bytes())?;
    }
    Ok(tree)
}
