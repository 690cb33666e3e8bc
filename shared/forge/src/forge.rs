//! What every operation of the service needs.

use std::sync::Arc;

use packhouse_git::ref_name::RefName;
use packhouse_storage::repository_id::RepositoryId;
use packhouse_storage::store::Store;
use quick_cache::sync::Cache;

use crate::error::Result;
use crate::installation::Installation;
use crate::jobs::Jobs;
use crate::master_key::{MasterKey, MasterKeySource};
use crate::names::RepositoryName;

/// How many names are remembered with their ids.
const REMEMBERED_NAMES: usize = 4096;
/// The branch that HEAD of a new repository points to.
const FIRST_BRANCH: &str = "refs/heads/main";

/// One installation: its store, who it is, and its keys.
#[derive(Debug)]
pub struct Forge {
    pub(crate) store: Store,
    pub(crate) installation: Installation,
    key: Arc<dyn MasterKeySource>,
    pub(crate) jobs: Arc<dyn Jobs>,
    pub(crate) names: Cache<RepositoryName, RepositoryId>,
    clone_base: String,
}

impl Forge {
    /// Joins what makes an installation. `jobs` is asked for what is to be done in the background. `clone_base` is the URL that clients reach it under, such as
    /// `https://git.example.com:8443`.
    #[must_use]
    pub fn new(
        store: Store,
        installation: Installation,
        key: Arc<dyn MasterKeySource>,
        jobs: Arc<dyn Jobs>,
        clone_base: &str,
    ) -> Self {
        let clone_base = clone_base.trim_end_matches('/').to_owned();
        Self {
            store,
            installation,
            key,
            jobs,
            names: Cache::new(REMEMBERED_NAMES),
            clone_base,
        }
    }

    /// The key that credentials are kept under.
    pub(crate) async fn key(&self) -> Result<MasterKey> {
        Ok(self.key.master_key().await?)
    }

    /// The store.
    #[must_use]
    pub const fn store(&self) -> &Store {
        &self.store
    }

    /// The account and the region.
    #[must_use]
    pub const fn installation(&self) -> &Installation {
        &self.installation
    }

    /// The ARN of a repository. `CodeCommit`'s have no resource type.
    #[must_use]
    pub fn repository_arn(&self, name: &RepositoryName) -> String {
        self.arn(name.as_str())
    }

    /// The ARN pattern of all repositories.
    #[must_use]
    pub fn every_repository_arn(&self) -> String {
        self.arn("*")
    }

    /// The URL that Git clones a repository from over HTTP.
    #[must_use]
    pub fn clone_url_http(&self, name: &RepositoryName) -> String {
        format!("{}/v1/repos/{name}", self.clone_base)
    }

    /// The URL that Git would clone a repository from over SSH.
    #[must_use]
    pub fn clone_url_ssh(&self, name: &RepositoryName) -> String {
        let after_scheme = self
            .clone_base
            .split_once("://")
            .map_or(self.clone_base.as_str(), |(_, rest)| rest);
        let authority = after_scheme.split('/').next().unwrap_or_default();
        // The port is HTTP's; an IPv6 address keeps its colons inside of brackets.
        let host = match authority.rsplit_once(':') {
            Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
            _ => authority,
        };
        format!("ssh://{host}/v1/repos/{name}")
    }

    fn arn(&self, resource: &str) -> String {
        let Installation { account, region } = &self.installation;
        format!("arn:{}:codecommit:{region}:{account}:{resource}", region.partition())
    }
}

/// What HEAD of a repository without refs points to.
pub(crate) fn unborn_head() -> RefName {
    RefName::new(FIRST_BRANCH.as_bytes()).expect("it is a valid name")
}
