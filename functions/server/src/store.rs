//! The installation that a process works on, wherever its data lies.

pub(crate) mod aws;
pub(crate) mod folder;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Result};
use packhouse_aws::{AwsArchives, AwsTargets, Clients, emulator_config, sdk_config};
use packhouse_federation::{AwsSts, HttpWebhooks, OpenIdIssuers, Reach, SmtpMailer};
use packhouse_forge::encryption_keys::EncryptionKeys;
use packhouse_forge::forge::Forge;
use packhouse_forge::installation::Installation;
use packhouse_forge::jobs::{Jobs, Queue};
use packhouse_forge::master_key::MasterKeySource;
use packhouse_forge::names::{AccountId, Region};
use packhouse_forge::triggers::NoTargets;
use packhouse_local::DataFolder;
use packhouse_storage::blobs::presigned::Signer;
use packhouse_storage::limits::Limits;
use packhouse_storage::store::Store;
use packhouse_storage::table::Key;
use tokio::sync::mpsc::Receiver;

use self::folder::Administrator;
use crate::options::{AwsPlace, DeliverTo};

/// Where the data lies.
pub(crate) enum Place {
    /// In a folder, which is this process's alone.
    Folder {
        folder: DataFolder,
        /// What the installation must be, or is to become; what is absent stays as it is.
        account: Option<AccountId>,
        region: Option<Region>,
    },
    /// In a table and a bucket, which others work on as well.
    Aws {
        place: AwsPlace,
        /// For temporary files.
        spool: PathBuf,
    },
}

/// An installation, open for this process.
pub(crate) struct Opened {
    pub(crate) forge: Arc<Forge>,
    /// The compactions that it asks for.
    pub(crate) queue: Arc<Queue>,
    /// Signs the URLs of blobs, where this process itself serves them.
    pub(crate) blob_urls: Option<Signer>,
    /// The administrator's credentials, where they are kept.
    pub(crate) secrets: Option<Administrator>,
    /// What comes into the outbox, where this process is who tells it.
    pub(crate) outbox: Option<Receiver<Key>>,
    folder: Option<DataFolder>,
}

/// What the two kinds of place have in common.
struct Parts {
    store: Store,
    installation: Installation,
    key: Arc<dyn MasterKeySource>,
    blob_urls: Option<Signer>,
    encryption_keys: Arc<dyn EncryptionKeys>,
    outbox: Option<Receiver<Key>>,
}

impl Opened {
    /// The data folder, where there is one.
    pub(crate) fn folder(&self) -> Option<&Path> {
        self.folder.as_ref().map(DataFolder::root)
    }
}

impl Opened {
    /// Makes the administrator of a data folder anew, and keeps the credentials there.
    pub(crate) async fn replace_administrator(&self) -> Result<Administrator> {
        let folder = self.folder.as_ref().context("there is no data folder")?;
        folder::replace_administrator(&self.forge, folder).await
    }
}

/// Whom the service asks, and whom it tells.
#[derive(Default)]
pub(crate) struct Outside<'a> {
    /// Another STS that says who somebody is at AWS.
    pub(crate) sts: Option<&'a str>,
    /// Where the topics and functions of triggers are; otherwise, where the data is.
    pub(crate) deliver_to: Option<&'a DeliverTo>,
    /// Whether webhooks may be anywhere.
    pub(crate) any_webhooks: bool,
    /// Who sends the mails of notification rules.
    pub(crate) mailer: Option<SmtpMailer>,
}

/// Opens an installation, which clients reach under `url`. In a folder, the first start makes it.
pub(crate) async fn open(place: Place, limits: Limits, url: &str, outside: Outside<'_>) -> Result<Opened> {
    let bucket = match &place {
        Place::Aws { place, .. } => Some(place.bucket.clone()),
        Place::Folder { .. } => None,
    };
    let on_aws = bucket.as_ref().map(|_| &DeliverTo::Aws);
    let outside = Outside {
        deliver_to: outside.deliver_to.or(on_aws),
        ..outside
    };
    let (folder, parts) = match place {
        Place::Folder {
            folder,
            account,
            region,
        } => {
            let parts = folder::open(&folder, account.as_ref(), region.as_ref(), limits).await?;
            (Some(folder), parts)
        }
        Place::Aws { place, spool } => (None, aws::open(&place, &spool, limits).await?),
    };
    let queue = Arc::new(Queue::default());
    let jobs: Arc<dyn Jobs> = Arc::clone(&queue) as _;
    let forge = Forge::new(parts.store, parts.installation, parts.key, jobs, url)
        .with_federation(Arc::new(OpenIdIssuers::new()), Arc::new(AwsSts::new(outside.sts)))
        .with_encryption_keys(parts.encryption_keys);
    let clients = clients(outside.deliver_to, &forge.installation().region).await;
    let reach = if outside.any_webhooks {
        Reach::Any
    } else {
        Reach::Public
    };
    let forge = forge.with_webhooks(Arc::new(HttpWebhooks::new(reach)));
    let mut forge = match &clients {
        Some(clients) => forge
            .with_targets(Arc::new(AwsTargets::new(clients)))
            .with_archives(Arc::new(AwsArchives::new(clients, bucket.as_deref()))),
        None => forge
            .with_targets(Arc::new(NoTargets { why: NOWHERE }))
            .with_archives(Arc::new(NoTargets { why: NOWHERE })),
    };
    if let Some(mailer) = outside.mailer {
        forge = forge.with_mailer(Arc::new(mailer));
    }
    let secrets = match &folder {
        Some(folder) => folder::make_administrator(&forge, folder).await?,
        None => None,
    };
    Ok(Opened {
        forge: Arc::new(forge),
        queue,
        blob_urls: parts.blob_urls,
        outbox: parts.outbox,
        secrets,
        folder,
    })
}

/// What a test of triggers says where nobody can be told.
const NOWHERE: &str = "This server has no AWS to deliver to. Start it with --deliver-to aws, or with --deliver-to and the URL of an \
                       emulator.";

async fn clients(deliver_to: Option<&DeliverTo>, region: &Region) -> Option<Clients> {
    let config = match deliver_to? {
        DeliverTo::Aws => sdk_config(region.as_str()).await,
        DeliverTo::Emulator(url) => emulator_config(url, region.as_str()),
    };
    Some(Clients::new(config))
}
