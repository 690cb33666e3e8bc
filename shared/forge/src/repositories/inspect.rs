//! What only administrators are told about a repository.

use packhouse_git::hash::ObjectFormat;
use packhouse_storage::compact::is_repack_due;
use packhouse_storage::snapshot::Snapshot;

use super::administered;
use super::get::{self, Description};
use crate::error::Result;
use crate::forge::Forge;
use crate::identity::Caller;
use crate::names::RepositoryName;

/// A repository from within.
#[derive(Clone, Debug)]
pub struct Inside {
    /// What everybody is told.
    pub description: Description,
    /// The hash of its ids.
    pub format: ObjectFormat,
    /// What HEAD points to, born or not.
    pub head: String,
    /// How many refs it has.
    pub refs: usize,
    /// How many packs are live.
    pub packs: usize,
    /// How many of them hold what no ref reaches any more.
    pub unreachable_packs: usize,
    /// How many of them lie under another encryption key than that which the repository has now.
    pub packs_under_another_key: usize,
    /// Whether a repack was asked for, or is due, and is not done.
    pub repack_pending: bool,
    /// How many bytes these and their indexes have.
    pub bytes: u64,
    /// The fsck rules that pushes to it need not keep.
    pub relaxed: Vec<String>,
    /// How many changes it has seen.
    pub version: u64,
}

/// Tells what a repository is like from within.
///
/// # Errors
/// [`RepositoryDoesNotExist`](crate::error::Error::RepositoryDoesNotExist), and the store's.
pub async fn inspect(forge: &Forge, caller: &Caller, name: &RepositoryName) -> Result<Inside> {
    let found = administered(forge, caller, name).await?;
    let snapshot = Snapshot::of(&forge.store, &found.id, std::sync::Arc::clone(&found.manifest)).await?;
    let packs = snapshot.packs().await?;
    let manifest = snapshot.manifest();
    Ok(Inside {
        description: get::describe(forge, &found).await?,
        format: manifest.format,
        head: manifest.head.to_string(),
        refs: snapshot.refs().iter().count(),
        packs: packs.len(),
        repack_pending: is_repack_due(&forge.store, manifest),
        unreachable_packs: manifest.cruft.len(),
        packs_under_another_key: packs.iter().filter(|pack| pack.key_epoch != manifest.key_epoch).count(),
        bytes: packs
            .iter()
            .map(packhouse_storage::manifest::Pack::stored_bytes)
            .fold(0, u64::saturating_add),
        relaxed: manifest.relaxed.clone(),
        version: manifest.version,
    })
}
