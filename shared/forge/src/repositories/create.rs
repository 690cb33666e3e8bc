//! `CreateRepository`.

use std::collections::BTreeMap;

use packhouse_storage::manifest::Manifest;
use packhouse_storage::repository::Creation;
use packhouse_storage::repository_id::RepositoryId;
use packhouse_storage::table::Expect;

use super::get::Description as Described;
use super::meta::Meta;
use super::name_item;
use crate::authorization::{Request, authorise};
use crate::encryption_keys;
use crate::error::{Error, Result};
use crate::forge::{Forge, unborn_head};
use crate::identity::Caller;
use crate::names::{Description, RepositoryName};
use crate::policy::Action;
use crate::tags;

/// What a new repository is to be.
#[derive(Clone, Debug)]
pub struct New {
    /// Its name.
    pub name: RepositoryName,
    /// Its description.
    pub description: Option<Description>,
    /// Its tags; [`tags::OBJECT_FORMAT`] chooses the hash of its ids.
    pub tags: BTreeMap<String, String>,
    /// The key that its blobs are to be encrypted with.
    pub kms_key: Option<String>,
}

/// Makes a repository without refs; its HEAD points to `refs/heads/main`.
///
/// # Errors
/// [`Error::RepositoryNameExists`], what tags and key break, and the store's.
pub async fn create(forge: &Forge, caller: &Caller, new: New) -> Result<Described> {
    let request = Request::on(Action::CreateRepository, &new.name);
    authorise(forge, caller, request.tagging(&new.tags))?;
    tags::check(&new.tags)?;
    let kms_key = match new.kms_key {
        Some(key) => encryption_keys::chosen(forge, key).await?,
        None => None,
    };
    let id = RepositoryId::fresh();
    let format = tags::object_format(&new.tags)?;
    let mut manifest = Manifest::empty(new.name.to_string(), new.tags, format, unborn_head());
    manifest.kms_key = kms_key;
    let meta = Meta {
        description: new.description,
        created: manifest.changed,
        modified: manifest.changed,
        creator: caller.principal.arn.clone(),
    };
    let mut creation = Creation::new(&forge.store, &id, &manifest, &caller.actor());
    while creation.read().await? {
        let lookup = name_item::read(forge, &new.name).await?;
        if lookup.id.is_some() {
            return Err(Error::RepositoryNameExists(new.name));
        }
        let writes = vec![
            lookup.point(Some(&id)),
            name_item::enlist(forge, &new.name, &id),
            meta.write(&id, &new.name, Expect::Absent),
        ];
        if creation.write(writes).await? {
            break;
        }
    }
    Ok(Described::new(forge, &id, &new.name, &manifest, &meta, None))
}
