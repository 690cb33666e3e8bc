//! The commit that a merge makes.

use packhouse_git::commit::write_commit;
use packhouse_git::hash::{ObjectId, object_id};
use packhouse_git::merge::{Options, merge_commits};
use packhouse_git::object::Kind;
use packhouse_storage::error::Error as StorageError;

use super::keep_folders::{Drawn, keep_folders};
use super::{Commitment, MergeOption, Tips, refused};
use crate::contents::check_folders;
use crate::error::Result;
use crate::identity::Caller;
use crate::refusal::Refusal;
use crate::repositories::Opened;

/// What a merge comes to.
#[derive(Clone, Debug)]
pub(crate) struct Made {
    /// What the destination is to point to.
    pub(crate) commit: ObjectId,
    /// The tree of that.
    pub(crate) tree: ObjectId,
    /// What the repository may lack of it.
    pub(crate) objects: Vec<(Kind, Vec<u8>)>,
}

/// Makes the commit of a merge; `named` is how the message calls source and destination, where the caller has none.
///
/// # Errors
/// [`Refusal::ManualMergeRequired`] when conflicts are left or a fast-forward is none; what is wrong with the resolutions
/// and with the authorship; [`Refusal::FolderContentSizeLimitExceeded`]; the limits on merges; the store's.
pub(crate) async fn carry_out(
    opened: &Opened,
    caller: &Caller,
    (option, tips, named): (MergeOption, &Tips, (&str, &str)),
    commitment: &Commitment,
) -> Result<Made> {
    if option == MergeOption::FastForward {
        if !tips.is_fast_forward(opened).await? {
            let why = "The destination has commits that the source does not have.";
            return Err(Refusal::ManualMergeRequired.saying(why));
        }
        let source = tips.source;
        let tree = opened.odb.walk(move |odb| odb.commit(&source)).await?.tree;
        return Ok(Made {
            commit: source,
            tree,
            objects: Vec::new(),
        });
    }
    commitment.authorship.check()?;
    let (tree, mut objects) = tree(opened, tips, commitment).await?;
    let trees = objects.iter().filter(|(kind, _)| *kind == Kind::Tree);
    check_folders(trees.map(|(_, data)| data.as_slice()))?;
    let (parents, otherwise) = match option {
        MergeOption::ThreeWay => (
            vec![tips.destination, tips.source],
            format!("Merge {} into {}", named.0, named.1),
        ),
        MergeOption::Squash | MergeOption::FastForward => (
            vec![tips.destination],
            format!("Squashed merge of {} into {}", named.0, named.1),
        ),
    };
    let data = write_commit(&commitment.authorship.commit(caller, (tree, parents), &otherwise));
    let hashed = object_id(opened.format(), Kind::Commit, &data);
    let commit = hashed.map_err(|error| StorageError::Invalid(format!("{error}")))?;
    objects.push((Kind::Commit, data));
    Ok(Made { commit, tree, objects })
}

/// The merged tree, and what the repository may lack of it.
async fn tree(opened: &Opened, tips: &Tips, commitment: &Commitment) -> Result<Drawn> {
    let options = Options {
        level: commitment.handling.level,
        strategy: commitment.handling.strategy.clone(),
        ..Options::default()
    };
    let (tips, keep) = (tips.clone(), commitment.keep_empty_folders);
    opened
        .odb
        .walk(move |odb| {
            let merged = merge_commits(odb, &tips.bases, &tips.destination, &tips.source, &options).map_err(refused)?;
            let left = merged.unresolved().count();
            let Some(tree) = merged.tree else {
                return Err(Refusal::ManualMergeRequired.saying(format!("{left} files have conflicts.")));
            };
            let objects: Vec<_> = tree
                .objects
                .into_iter()
                .map(|(kind, data, _)| (kind, data.to_vec()))
                .collect();
            if !keep {
                return Ok((tree.id, objects));
            }
            let before = odb.commit(&tips.destination)?.tree;
            keep_folders(odb, (before, tree.id), objects)
        })
        .await
}
