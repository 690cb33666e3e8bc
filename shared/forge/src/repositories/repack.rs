//! Repacking a repository now.

use packhouse_storage::clock;
use packhouse_storage::compact;
use packhouse_storage::manifest::RepackRequest;
use packhouse_storage::repository::Amendment;
use packhouse_storage::snapshot::Snapshot;

use super::administered;
use crate::error::{Error, Result};
use crate::forge::Forge;
use crate::identity::Caller;
use crate::names::RepositoryName;

/// Asks for all packs of a repository to become one, which is done in the background. With `forget`, all that no ref reaches now
/// is dropped then, however short ago one did: nobody can read those objects any more, and their bytes are removed a day later.
///
/// # Errors
/// [`Error::RepositoryDoesNotExist`], [`Error::TooLargeToRepack`], and the store's.
pub async fn repack(forge: &Forge, caller: &Caller, name: &RepositoryName, forget: bool) -> Result<()> {
    let found = administered(forge, caller, name).await?;
    let snapshot = Snapshot::of(&forge.store, &found.id, found.manifest).await?;
    let packs = snapshot.packs().await?;
    if packs.is_empty() {
        return Ok(());
    }
    if !compact::can_repack(&forge.store, &packs) {
        return Err(Error::TooLargeToRepack);
    }
    let id = found.id;
    let mut amendment = Amendment::new(&forge.store, &id, &caller.actor(), "repack");
    while let Some(mut manifest) = amendment.read().await? {
        if manifest.deleted.is_some() || manifest.name != name.as_str() {
            return Err(Error::RepositoryDoesNotExist(name.clone()));
        }
        manifest.repack = Some(RepackRequest {
            at: clock::now().max(manifest.changed),
            // Who asked before still gets it.
            forget: forget || manifest.repack.is_some_and(|asked| asked.forget),
        });
        if amendment.write(manifest, Vec::new()).await? {
            break;
        }
    }
    forge.jobs.compact(id).await;
    Ok(())
}
