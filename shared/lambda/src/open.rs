//! What a function opens once, at its cold start, and keeps for all its invocations.

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use lambda_runtime::Error;
use packhouse_aws::{
    AwsArchives, AwsTargets, Clients, DynamoTable, EventBridgeBus, KmsKeys, LambdaJobs, S3Blobs, SsmMasterKey,
    sdk_config,
};
use packhouse_forge::forge::Forge;
use packhouse_forge::jobs::Jobs;
use packhouse_forge::master_key::{MasterKey, MasterKeySource};
use packhouse_http::App;
use packhouse_http::auth::Callers;
use packhouse_http::auth::gateway::GitCallers;
use packhouse_storage::error::Error as StorageError;
use packhouse_storage::limits::{Limits, Reads};
use packhouse_storage::store::Store;

use crate::environment::{Bus, Environment, Settings};

/// The only folder that a function may write to.
const SPOOL: &str = "/tmp";
/// Lambda gives a function one processor for each so many bytes of memory.
const MEMORY_OF_A_PROCESSOR: u64 = 1769 << 20;

/// The way to the stores. Nothing of it connects before it is used.
pub(crate) struct Opening {
    pub(crate) settings: Settings,
    clients: Clients,
}

impl Opening {
    /// Reads what all functions need.
    pub(crate) async fn new(environment: &Environment) -> Result<Self, Error> {
        let settings = environment.settings()?;
        let config = sdk_config(settings.installation.region.as_str()).await;
        Ok(Self {
            clients: Clients::new(config),
            settings,
        })
    }

    /// Checks that packs can be spooled, so that a push does not find out.
    pub(crate) fn check_spool(&self) -> Result<(), Error> {
        match tempfile::tempfile_in(SPOOL) {
            Ok(_) => Ok(()),
            Err(error) => Err(format!("cannot write to {SPOOL}: {error}").into()),
        }
    }

    /// The service on the table and the bucket.
    pub(crate) fn forge(
        &self,
        bucket: &str,
        key: Arc<dyn MasterKeySource>,
        jobs: Arc<dyn Jobs>,
        public_url: &str,
    ) -> Forge {
        let table = DynamoTable::new(&self.clients, &self.settings.table);
        let blobs = S3Blobs::new(&self.clients, bucket);
        let limits = limits(self.settings.memory, self.settings.storage);
        let store = Store::new(Arc::new(table), Arc::new(blobs), Path::new(SPOOL), limits);
        let installation = self.settings.installation.clone();
        Forge::new(store, installation, key, jobs, public_url)
            .with_encryption_keys(Arc::new(KmsKeys::new(&self.clients)))
            .with_targets(Arc::new(AwsTargets::new(&self.clients)))
            .with_archives(Arc::new(AwsArchives::new(&self.clients, Some(bucket))))
    }

    /// The master key in a parameter.
    pub(crate) fn master_key(&self, parameter: &str) -> Arc<dyn MasterKeySource> {
        Arc::new(SsmMasterKey::new(&self.clients, parameter))
    }

    /// The function that compacts.
    pub(crate) fn jobs(&self, function: &str) -> LambdaJobs {
        LambdaJobs::new(&self.clients, function)
    }

    /// The bus of events.
    pub(crate) fn bus(&self, bus: &Bus) -> EventBridgeBus {
        EventBridgeBus::new(&self.clients, &bus.name, &bus.source)
    }
}

/// What the routes need, behind a gateway that checks the callers of the Git routes.
pub(crate) fn app(forge: Arc<Forge>) -> App {
    App {
        forge,
        sparse_filter: false,
        callers: Callers {
            git: GitCallers::Gateway,
            ..Callers::default()
        },
        blob_urls: None,
    }
}

/// The key of a function that is not let to read the key, because it checks no credentials.
pub(crate) fn no_key() -> Arc<dyn MasterKeySource> {
    Arc::new(NoKey)
}

#[derive(Debug)]
struct NoKey;

#[async_trait]
impl MasterKeySource for NoKey {
    async fn master_key(&self) -> Result<MasterKey, StorageError> {
        Err(StorageError::Unavailable("this function has no master key".to_owned()))
    }
}

/// The largest repository that a function makes one pack of, in the quarter of an hour that it has.
const REPACK_BYTES: u64 = 1 << 30;
/// Bytes of pieces of packs that are kept, if there is memory enough: to read them again takes longer than from a disk.
const CACHE_BYTES: usize = 96 << 20;

/// The limits of a function with so much memory, where packs are taken by one with so much disk: a pack may lie there
/// twice, as it came and as it is stored; and a repository three times that is repacked, with what is made on the way. A
/// sixteenth, or less, is for pieces of packs.
fn limits(memory: u64, storage: Option<u64>) -> Limits {
    let pack_bytes = Limits::default().pack_bytes;
    let eighth = usize::try_from(memory / 8).unwrap_or(usize::MAX);
    let processors = memory.div_ceil(MEMORY_OF_A_PROCESSOR).clamp(1, 6);
    let cache = storage.map_or(0, |storage| Reads::REMOTE.disk_bytes.min(storage / 16));
    let storage = storage.map(|storage| storage - cache);
    Limits {
        pack_bytes: storage.map_or(pack_bytes, |storage| pack_bytes.min(storage / 2)),
        in_memory_bytes: Limits::default().in_memory_bytes.min(memory / 4),
        cache_bytes: CACHE_BYTES.min(eighth),
        index_threads: usize::try_from(processors).unwrap_or(1),
        repack_bytes: storage.map_or(REPACK_BYTES, |storage| REPACK_BYTES.min(storage / 3)),
        reads: Reads {
            disk_bytes: cache,
            ..Reads::REMOTE
        },
        ..Limits::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_follow_from_the_memory() {
        let check = |megabytes: u64, in_memory: u64, cache: usize, threads: usize| {
            let storage = megabytes << 22;
            let limits = limits(megabytes << 20, Some(storage));
            let disk = (storage / 16).min(1 << 30);
            assert_eq!(limits.reads.disk_bytes, disk);
            assert_eq!(limits.pack_bytes, ((storage - disk) / 2).min(16 << 30));
            assert_eq!(limits.in_memory_bytes >> 20, in_memory);
            assert_eq!((limits.cache_bytes, limits.index_threads), (cache << 20, threads));
        };
        check(128, 32, 16, 1);
        check(1769, 442, 96, 1);
        check(3008, 512, 96, 2);
        check(10_240, 512, 96, 6);
    }
}
