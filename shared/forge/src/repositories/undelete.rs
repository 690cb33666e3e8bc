//! Bringing a deleted repository back.

use packhouse_storage::clock;
use packhouse_storage::error::Error as StorageError;
use packhouse_storage::manifest::Manifest;
use packhouse_storage::repository::Amendment;
use packhouse_storage::repository_id::RepositoryId;

use super::deleted::{self, Deleted, KEPT};
use super::{meta, name_item};
use crate::authorization::{Request, authorise};
use crate::error::{Error, Result};
use crate::forge::Forge;
use crate::identity::Caller;
use crate::names::RepositoryName;

/// Brings back the deleted repository that has the id or had the name `which`, within [`KEPT`] of its deletion, as
/// `new_name` or, where that is absent, under its old name. Answers its id and its name. It takes permission for both names.
///
/// # Errors
/// [`Error::AccessDenied`], whether there is one or not; [`Error::NoDeletedRepository`], [`Error::SeveralDeletedRepositories`], [`Error::RepositoryNameExists`], and the
/// store's.
pub async fn undelete(
    forge: &Forge,
    caller: &Caller,
    which: &str,
    new_name: Option<&RepositoryName>,
) -> Result<(RepositoryId, RepositoryName)> {
    let found = find(forge, caller, which, new_name).await?;
    let name = new_name.unwrap_or(&found.name);
    let id = &found.id;
    let gone = || Error::NoDeletedRepository(which.to_owned());
    // Without a manifest it is being purged.
    let purged = |error| match error {
        StorageError::NoRepository => gone(),
        other => other.into(),
    };
    let mut amendment = Amendment::new(&forge.store, id, &caller.actor(), "undelete");
    while let Some(mut manifest) = amendment.read().await.map_err(purged)? {
        let deleted = manifest.deleted.ok_or_else(gone)?;
        if clock::now_secs() >= deleted.saturating_add(KEPT.as_secs()) {
            return Err(gone());
        }
        let target = name_item::read(forge, name).await?;
        if target.id.is_some() {
            return Err(Error::RepositoryNameExists(name.clone()));
        }
        let (mut facts, expect) = meta::read(forge, id).await?;
        facts.modified = facts.modified.max(clock::now());
        manifest.deleted = None;
        manifest.name = name.to_string();
        let writes = vec![
            target.point(Some(id)),
            name_item::enlist(forge, name, id),
            deleted::delist(forge, id),
            facts.write(id, name, expect),
        ];
        if amendment.write(manifest, writes).await? {
            break;
        }
    }
    Ok((id.clone(), name.clone()))
}

/// The one that the caller may bring back under that name.
async fn find(forge: &Forge, caller: &Caller, which: &str, new_name: Option<&RepositoryName>) -> Result<Deleted> {
    let mut found = deleted::all(forge).await?;
    found.retain(|deleted| deleted.id.as_str() == which || deleted.name.as_str() == which);
    let (mut allowed, mut denied) = (Vec::with_capacity(found.len()), None);
    for deleted in found {
        let manifest = match forge.store.manifest(&deleted.id).await {
            Ok(manifest) => manifest,
            // It is being purged.
            Err(StorageError::NoRepository) => continue,
            Err(error) => return Err(error.into()),
        };
        match permit(forge, caller, (Some(&deleted.name), new_name), Some(&manifest)) {
            Ok(()) => allowed.push(deleted),
            Err(error) => denied = Some(error),
        }
    }
    if allowed.len() > 1 {
        let ids = allowed.iter().map(|deleted| deleted.id.to_string()).collect();
        return Err(Error::SeveralDeletedRepositories {
            name: which.to_owned(),
            ids,
        });
    }
    if let Some(found) = allowed.pop() {
        return Ok(found);
    }
    // In the same words as if there were none.
    let name = RepositoryName::new(which).ok();
    permit(forge, caller, (name.as_ref(), new_name), None)?;
    Err(denied.unwrap_or_else(|| Error::NoDeletedRepository(which.to_owned())))
}

/// Returns when the caller may administer what had the old name, and will have the new one.
fn permit(
    forge: &Forge,
    caller: &Caller,
    (old, new): (Option<&RepositoryName>, Option<&RepositoryName>),
    manifest: Option<&Manifest>,
) -> Result<()> {
    for name in [old, new.or(old)] {
        let request = Request::administer(name);
        let request = manifest.map_or(request, |manifest| request.of(manifest));
        authorise(forge, caller, request)?;
    }
    Ok(())
}
