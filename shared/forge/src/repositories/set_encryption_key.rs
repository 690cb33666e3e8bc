//! `UpdateRepositoryEncryptionKey`.

use packhouse_storage::repository::Amendment;
use packhouse_storage::repository_id::RepositoryId;

use super::authorised;
use crate::encryption_keys;
use crate::error::{Error, Result};
use crate::forge::Forge;
use crate::identity::Caller;
use crate::names::RepositoryName;
use crate::policy::Action;

/// A repository with another encryption key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rekeyed {
    /// Its id.
    pub id: RepositoryId,
    /// The key that it has now; `None` for the default.
    pub kms_key: Option<String>,
    /// The key that it had before.
    pub original: Option<String>,
}

/// Gives a repository another encryption key. What is stored from then on is encrypted with it; what is there is encrypted
/// anew in the background, and needs the old key until then.
///
/// # Errors
/// [`Error::RepositoryDoesNotExist`], the refusals for keys, and the store's.
pub async fn set_encryption_key(forge: &Forge, caller: &Caller, name: &RepositoryName, key: String) -> Result<Rekeyed> {
    let found = authorised(forge, caller, Action::UpdateRepositoryEncryptionKey, name).await?;
    let kms_key = encryption_keys::chosen(forge, key).await?;
    let mut original = None;
    let mut amendment = Amendment::new(&forge.store, &found.id, &caller.actor(), "encryption-key");
    while let Some(mut manifest) = amendment.read().await? {
        if manifest.deleted.is_some() || manifest.name != name.as_str() {
            return Err(Error::RepositoryDoesNotExist(name.clone()));
        }
        original.clone_from(&manifest.kms_key);
        if manifest.kms_key == kms_key {
            break;
        }
        manifest.kms_key.clone_from(&kms_key);
        manifest.key_epoch += 1;
        if amendment.write(manifest, Vec::new()).await? {
            break;
        }
    }
    if original != kms_key {
        forge.jobs.compact(found.id.clone()).await;
    }
    Ok(Rekeyed {
        id: found.id,
        kms_key,
        original,
    })
}
