//! Repositories by name: making, finding, changing and deleting them.

mod batch_get;
mod create;
mod delete;
mod deleted;
mod describe;
mod get;
mod inspect;
mod list;
mod meta;
mod name_item;
mod opened;
mod purge;
mod relax_fsck;
mod rename;
mod repack;
mod set_default_branch;
mod set_encryption_key;
mod tag;
mod tagged;
#[cfg(test)]
mod tests;
mod undelete;
mod untag;

use std::sync::Arc;

use packhouse_git::ref_name::RefName;
use packhouse_storage::error::Error as StorageError;
use packhouse_storage::manifest::Manifest;
use packhouse_storage::repository_id::RepositoryId;

pub use self::batch_get::{Batch, MAX_BATCH, batch_get};
pub use self::create::{New, create};
pub use self::delete::delete;
pub(crate) use self::deleted::every_deleted_id;
pub use self::deleted::{Deleted, KEPT, list_deleted};
pub use self::describe::describe;
pub use self::get::{Description as RepositoryDescription, get};
pub use self::inspect::{Inside, inspect};
pub(crate) use self::list::every_id;
pub use self::list::{Listed, Order, Page, SortBy, list};
pub(crate) use self::opened::{Opened, opened, opened_to_change, snapshot_of};
pub(crate) use self::purge::{Pass, purge};
pub use self::relax_fsck::relax_fsck;
pub use self::rename::rename;
pub use self::repack::repack;
pub use self::set_default_branch::set_default_branch;
pub use self::set_encryption_key::{Rekeyed, set_encryption_key};
pub use self::tag::tag;
pub use self::tagged::tags;
pub use self::undelete::undelete;
pub use self::untag::untag;

use crate::authorization::{Request, authorise, authorise_everywhere};
use crate::error::{Error, Result};
use crate::forge::Forge;
use crate::identity::Caller;
use crate::names::RepositoryName;
use crate::policy::Action;

/// A repository that a name led to, with its manifest of that instant.
#[derive(Clone, Debug)]
pub struct Repository {
    /// Its id.
    pub id: RepositoryId,
    /// Its name.
    pub name: RepositoryName,
    /// Its state.
    pub manifest: Arc<Manifest>,
}

/// Finds the repository that has a name, for somebody who may do `action` with it.
///
/// # Errors
/// [`Error::AccessDenied`], whether there is one of that name or not; [`Error::RepositoryDoesNotExist`], and the store's.
pub(crate) async fn authorised(
    forge: &Forge,
    caller: &Caller,
    action: Action,
    name: &RepositoryName,
) -> Result<Repository> {
    permitted(forge, caller, Request::on(action, name), name).await
}

/// The same for an action that changes one ref, whose name policies may ask for.
///
/// # Errors
/// As [`authorised`].
pub(crate) async fn authorised_at(
    forge: &Forge,
    caller: &Caller,
    action: Action,
    (name, reference): (&RepositoryName, &RefName),
) -> Result<Repository> {
    permitted(forge, caller, Request::on(action, name).of_ref(reference), name).await
}

/// The repository that something else leads to, a pull request or a comment, for somebody who may do what is asked with it;
/// `None` where nothing leads anywhere, or the repository is deleted.
///
/// Such ids can be guessed, so nobody learns from them which are in use: whoever may not do this with every repository gets
/// the same answer for what is not there and for what is not theirs, which names no repository.
///
/// # Errors
/// [`Error::AccessDenied`], and the store's.
pub(crate) async fn led_to(
    forge: &Forge,
    caller: &Caller,
    request: Request<'_>,
    id: Option<&RepositoryId>,
) -> Result<Option<Repository>> {
    let found = match id {
        Some(id) => alive(forge, id).await?,
        None => None,
    };
    let Some(found) = found else {
        authorise_everywhere(forge, caller, request)?;
        return Ok(None);
    };
    match authorise(forge, caller, request.about(&found.name).of(&found.manifest)) {
        Ok(()) => Ok(Some(found)),
        Err(Error::AccessDenied {
            principal,
            action,
            because,
            ..
        }) => {
            authorise_everywhere(forge, caller, request)?;
            Err(Error::AccessDenied {
                principal,
                action,
                resource: forge.every_repository_arn(),
                because,
            })
        }
        Err(error) => Err(error),
    }
}

/// The repository of that id; `None` when it is deleted. It authorises nothing.
///
/// # Errors
/// The store's.
pub(crate) async fn alive(forge: &Forge, id: &RepositoryId) -> Result<Option<Repository>> {
    let manifest = match forge.store.manifest(id).await {
        Ok(manifest) if manifest.deleted.is_none() => manifest,
        Ok(_) | Err(StorageError::NoRepository) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let (id, name) = (id.clone(), RepositoryName::new(&manifest.name)?);
    Ok(Some(Repository { id, name, manifest }))
}

/// The same for administration.
///
/// # Errors
/// As [`authorised`].
async fn administered(forge: &Forge, caller: &Caller, name: &RepositoryName) -> Result<Repository> {
    permitted(forge, caller, Request::administer(Some(name)), name).await
}

async fn permitted(forge: &Forge, caller: &Caller, request: Request<'_>, name: &RepositoryName) -> Result<Repository> {
    let found = resolve(forge, name).await;
    match &found {
        // Its tags are what policies may ask for.
        Ok(found) => authorise(forge, caller, request.of(&found.manifest))?,
        Err(Error::RepositoryDoesNotExist(_)) => authorise(forge, caller, request)?,
        Err(_) => {}
    }
    found
}

/// Finds the repository that has a name. It authorises nothing.
///
/// A remembered name costs one read: the manifest repeats the name, and so proves that the name still leads to it.
///
/// # Errors
/// [`Error::RepositoryDoesNotExist`], and the store's.
pub async fn resolve(forge: &Forge, name: &RepositoryName) -> Result<Repository> {
    if let Some(id) = forge.names.get(name) {
        if let Some(found) = named(forge, name, &id).await? {
            return Ok(found);
        }
        forge.names.remove(name);
    }
    let lookup = name_item::read(forge, name).await?;
    let found = match lookup.id {
        Some(id) => named(forge, name, &id).await?,
        None => None,
    };
    // A name that leads to a repository of another name was changed between the two reads, so it was free for an
    // instant.
    let found = found.ok_or_else(|| Error::RepositoryDoesNotExist(name.clone()))?;
    forge.names.insert(name.clone(), found.id.clone());
    Ok(found)
}

/// The repository `id`, if it is alive and has the name.
async fn named(forge: &Forge, name: &RepositoryName, id: &RepositoryId) -> Result<Option<Repository>> {
    match forge.store.manifest(id).await {
        Ok(manifest) if manifest.deleted.is_none() && manifest.name == name.as_str() => Ok(Some(Repository {
            id: id.clone(),
            name: name.clone(),
            manifest,
        })),
        Ok(_) | Err(StorageError::NoRepository) => Ok(None),
        Err(error) => Err(error.into()),
    }
}
