//! The store on AWS: a `DynamoDB` table, an S3 bucket, and the master key in a parameter.

use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, Result, anyhow};
use packhouse_aws::{Clients, DynamoTable, KmsKeys, S3Blobs, SsmMasterKey, sdk_config};
use packhouse_forge::installation;
use packhouse_forge::master_key::MasterKeySource as _;
use packhouse_storage::blobs::Blobs as _;
use packhouse_storage::limits::{Limits, Reads};
use packhouse_storage::store::Store;

use super::Parts;
use crate::options::AwsPlace;

/// The adapters of one installation. Nothing was asked of AWS yet.
pub(crate) struct Adapters {
    pub(crate) table: DynamoTable,
    pub(crate) blobs: S3Blobs,
    pub(crate) key: SsmMasterKey,
    pub(crate) encryption_keys: KmsKeys,
}

impl Adapters {
    pub(crate) async fn new(place: &AwsPlace) -> Self {
        let clients = Clients::new(sdk_config(place.region.as_str()).await);
        Self {
            table: DynamoTable::new(&clients, &place.table),
            blobs: S3Blobs::new(&clients, &place.bucket),
            key: SsmMasterKey::new(&clients, &place.master_key_parameter),
            encryption_keys: KmsKeys::new(&clients),
        }
    }

    /// Fails unless the bucket can be listed: a wrong name is to be told now and not at the first push.
    pub(crate) async fn check_bucket(&self) -> Result<()> {
        self.blobs
            .list("repos/", None)
            .await
            .map(drop)
            .context("the bucket cannot be read")
    }
}

/// Opens what `packhouse admin bootstrap` made. It makes nothing: a mistyped name must not become an installation.
pub(super) async fn open(place: &AwsPlace, spool: &Path, limits: Limits) -> Result<Parts> {
    prepare_spool(spool)?;
    let adapters = Adapters::new(place).await;
    let key = adapters.key.master_key().await?;
    let found = installation::find(&adapters.table, &place.account, &place.region, &key).await?;
    let installation = found.ok_or_else(|| {
        anyhow!(
            "the table {} holds no installation; make one with `packhouse admin bootstrap`",
            place.table
        )
    })?;
    adapters.check_bucket().await?;
    let Adapters {
        table,
        blobs,
        key,
        encryption_keys,
    } = adapters;
    let limits = Limits {
        reads: Reads {
            disk_bytes: limits.reads.disk_bytes,
            ..Reads::REMOTE
        },
        ..limits
    };
    let store = Store::new(Arc::new(table), Arc::new(blobs), spool, limits);
    Ok(Parts {
        store,
        installation,
        key: Arc::new(key),
        blob_urls: None,
        encryption_keys: Arc::new(encryption_keys),
        outbox: None,
    })
}

/// Makes the folder where need be, and tries it: the files in it have no name, so others may use it too.
fn prepare_spool(spool: &Path) -> Result<()> {
    let prepare = || {
        DirBuilder::new().recursive(true).mode(0o700).create(spool)?;
        tempfile::tempfile_in(spool).map(drop)
    };
    prepare().with_context(|| format!("cannot keep temporary files in {}", spool.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spool_that_cannot_be_written_is_told_at_the_start() {
        let folder = tempfile::tempdir().unwrap();
        for _ in 0..2 {
            prepare_spool(&folder.path().join("a/b")).unwrap();
        }
        let file = folder.path().join("file");
        std::fs::write(&file, "").unwrap();
        let error = prepare_spool(&file.join("spool")).unwrap_err().to_string();
        assert!(error.contains("cannot keep temporary files in"), "{error}");
    }
}
