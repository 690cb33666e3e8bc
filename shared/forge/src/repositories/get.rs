//! `GetRepository`.

use std::time::Duration;

use packhouse_storage::manifest::Manifest;
use packhouse_storage::repository_id::RepositoryId;
use packhouse_storage::snapshot::Snapshot;

use super::meta::{self, Meta};
use super::{Repository, authorised};
use crate::error::Result;
use crate::forge::Forge;
use crate::identity::Caller;
use crate::names::{self, AccountId, RepositoryName};
use crate::policy::Action;

/// All that is told about a repository.
#[derive(Clone, Debug)]
pub struct Description {
    /// Its account.
    pub account: AccountId,
    /// Its id.
    pub id: RepositoryId,
    /// Its name.
    pub name: RepositoryName,
    /// What its owners say about it.
    pub description: Option<names::Description>,
    /// Short name of the default branch; absent until there is one.
    pub default_branch: Option<String>,
    /// When it changed last, its refs included, since the Unix epoch.
    pub modified: Duration,
    /// When it was made, since the Unix epoch.
    pub created: Duration,
    /// ARN of who made it.
    pub creator: String,
    /// Where Git clones it from over HTTP.
    pub clone_url_http: String,
    /// Where Git would clone it from over SSH.
    pub clone_url_ssh: String,
    /// Its ARN.
    pub arn: String,
    /// The key that its blobs are encrypted with, where a customer chose one.
    pub kms_key: Option<String>,
}

impl Description {
    pub(super) fn new(
        forge: &Forge,
        id: &RepositoryId,
        name: &RepositoryName,
        manifest: &Manifest,
        meta: &Meta,
        default_branch: Option<String>,
    ) -> Self {
        Self {
            account: forge.installation().account.clone(),
            id: id.clone(),
            name: name.clone(),
            description: meta.description.clone(),
            default_branch,
            modified: meta.modified.max(manifest.changed),
            created: meta.created,
            creator: meta.creator.clone(),
            clone_url_http: forge.clone_url_http(name),
            clone_url_ssh: forge.clone_url_ssh(name),
            arn: forge.repository_arn(name),
            kms_key: manifest.kms_key.clone(),
        }
    }
}

/// Tells all about a repository.
///
/// # Errors
/// [`RepositoryDoesNotExist`](crate::error::Error::RepositoryDoesNotExist), and the store's.
pub async fn get(forge: &Forge, caller: &Caller, name: &RepositoryName) -> Result<Description> {
    describe(forge, &authorised(forge, caller, Action::GetRepository, name).await?).await
}

/// Tells all about a repository that was found.
pub(super) async fn describe(forge: &Forge, found: &Repository) -> Result<Description> {
    let Repository { id, name, .. } = found;
    let (meta, _) = meta::read(forge, id).await?;
    let snapshot = Snapshot::open(&forge.store, id).await?;
    let manifest = snapshot.manifest();
    let born = snapshot
        .refs()
        .get(&manifest.head)
        .and_then(|_| manifest.head.short_branch());
    Ok(Description::new(
        forge,
        id,
        name,
        manifest,
        &meta,
        born.map(str::to_owned),
    ))
}
