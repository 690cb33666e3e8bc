//! What every operation of the service needs.

use std::sync::Arc;
use std::time::Duration;

use packhouse_git::ref_name::RefName;
use packhouse_storage::repository_id::RepositoryId;
use packhouse_storage::store::Store;
use quick_cache::sync::Cache;

use crate::audit::denials::Denials;
use crate::encryption_keys::{self, EncryptionKeys};
use crate::error::Result;
use crate::identity::memory::{Remembered, RememberedCredential};
use crate::installation::Installation;
use crate::jobs::Jobs;
use crate::master_key::{MasterKey, MasterKeySource};
use crate::names::RepositoryName;
use crate::notifications::Mailer;
use crate::sts::Federation;
use crate::sts::federation::{AwsIdentity, WebKeys};
use crate::triggers::{ArchiveTargets, NoTargets, TriggerTargets, Webhooks};

/// How many names are remembered with their ids.
const REMEMBERED_NAMES: usize = 4096;
/// How many credentials and their owners are remembered.
const REMEMBERED_PRINCIPALS: usize = 1024;
/// What a test of triggers says where nobody can be told.
const NO_TARGETS: &str = "This installation delivers to no topics and functions.";
/// What is said where there is no mail server.
const NO_MAIL: &str = "This server sends no mails. Start it with --smtp and --mail-from.";
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
    /// By credential. Whoever takes one compares generations.
    pub(crate) principals: Cache<String, Remembered>,
    pub(crate) credentials: Cache<String, RememberedCredential>,
    pub(crate) denials: Denials,
    /// When this process noted last that a credential was used.
    pub(crate) noted_uses: Cache<String, Duration>,
    pub(crate) federation: Federation,
    pub(crate) targets: Arc<dyn TriggerTargets>,
    pub(crate) webhooks: Arc<dyn Webhooks>,
    pub(crate) mailer: Arc<dyn Mailer>,
    pub(crate) archives: Arc<dyn ArchiveTargets>,
    pub(crate) encryption_keys: Arc<dyn EncryptionKeys>,
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
            principals: Cache::new(REMEMBERED_PRINCIPALS),
            credentials: Cache::new(REMEMBERED_PRINCIPALS),
            denials: Denials::default(),
            noted_uses: Cache::new(REMEMBERED_PRINCIPALS),
            federation: Federation::default(),
            targets: Arc::new(NoTargets { why: NO_TARGETS }),
            webhooks: Arc::new(NoTargets { why: NO_TARGETS }),
            mailer: Arc::new(NoTargets { why: NO_MAIL }),
            archives: Arc::new(NoTargets { why: NO_TARGETS }),
            encryption_keys: Arc::new(encryption_keys::Unused),
            clone_base,
        }
    }

    /// The same, which asks these who callers from elsewhere are. Otherwise it asks nobody.
    #[must_use]
    pub fn with_federation(self, keys: Arc<dyn WebKeys>, aws: Arc<dyn AwsIdentity>) -> Self {
        Self {
            federation: Federation::new(keys, aws),
            ..self
        }
    }

    /// The same, whose triggers tell these. Otherwise they tell nobody.
    #[must_use]
    pub fn with_targets(self, targets: Arc<dyn TriggerTargets>) -> Self {
        Self { targets, ..self }
    }

    /// The same, whose triggers post to webhooks by this. Otherwise they post nowhere.
    #[must_use]
    pub fn with_webhooks(self, webhooks: Arc<dyn Webhooks>) -> Self {
        Self { webhooks, ..self }
    }

    /// The same, whose notification rules send mails by this. Otherwise they send none.
    #[must_use]
    pub fn with_mailer(self, mailer: Arc<dyn Mailer>) -> Self {
        Self { mailer, ..self }
    }

    /// The same, whose triggers write archives here. Otherwise they write none.
    #[must_use]
    pub fn with_archives(self, archives: Arc<dyn ArchiveTargets>) -> Self {
        Self { archives, ..self }
    }

    /// The same, whose repositories can be encrypted with these. Otherwise it takes any, and encrypts with none.
    #[must_use]
    pub fn with_encryption_keys(self, encryption_keys: Arc<dyn EncryptionKeys>) -> Self {
        Self {
            encryption_keys,
            ..self
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

    /// The account and the region, as they are in keys.
    pub(crate) fn place(&self) -> (&str, &str) {
        (self.installation.account.as_str(), self.installation.region.as_str())
    }

    /// The ARN of a repository. `CodeCommit`'s have no resource type.
    #[must_use]
    pub fn repository_arn(&self, name: &RepositoryName) -> String {
        self.arn(name.as_str())
    }

    /// What should be the name of a repository in an ARN; `None` unless it is that of a repository of this account and
    /// region.
    #[must_use]
    pub fn named_in_arn<'a>(&self, arn: &'a str) -> Option<&'a str> {
        arn.strip_prefix(&self.arn("")).filter(|name| !name.is_empty())
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

    /// The URL that clients reach the installation under, without a slash at its end.
    pub(crate) fn public_url(&self) -> &str {
        &self.clone_base
    }

    /// The host, and the port if need be, that clients reach the installation under.
    #[must_use]
    pub fn public_authority(&self) -> &str {
        let whole = self.clone_base.as_str();
        let after_scheme = whole.split_once("://").map_or(whole, |(_, rest)| rest);
        after_scheme.split('/').next().unwrap_or_default()
    }

    /// The URL that Git would clone a repository from over SSH.
    #[must_use]
    pub fn clone_url_ssh(&self, name: &RepositoryName) -> String {
        let authority = self.public_authority();
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
