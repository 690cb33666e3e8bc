//! Adapters on a table and a bucket.

use std::sync::OnceLock;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_s3::config::{Credentials, SharedCredentialsProvider};
use packhouse_aws::{Clients, DynamoTable, S3Blobs};
use packhouse_harness::emulators::{AwsStore, Cloud, Dynamo, REGION};
use packhouse_harness::fault_proxy::FaultProxy;
use packhouse_storage::id;

/// Clients of whatever answers at `endpoint`.
pub(crate) fn clients(endpoint: &str) -> Clients {
    let credentials = Credentials::new("test", "test", None, None, "test");
    let config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(REGION))
        .endpoint_url(endpoint)
        .credentials_provider(SharedCredentialsProvider::new(credentials));
    Clients::new(config.build())
}

/// The table and the bucket that the tests of this process share.
pub(crate) fn shared() -> &'static AwsStore {
    static SHARED: OnceLock<AwsStore> = OnceLock::new();
    SHARED.get_or_init(AwsStore::fresh)
}

/// A table and a bucket, each behind a proxy of its own, and a name that nobody else uses in them.
pub(crate) struct Setting {
    pub(crate) store: &'static AwsStore,
    pub(crate) dynamo: FaultProxy,
    pub(crate) s3: FaultProxy,
    pub(crate) table: DynamoTable,
    pub(crate) blobs: S3Blobs,
    pub(crate) name: String,
}

impl Setting {
    pub(crate) fn fresh() -> Self {
        let store = shared();
        let dynamo = FaultProxy::start(&Dynamo::shared().url());
        let s3 = FaultProxy::start(&Cloud::shared().url());
        Self {
            table: DynamoTable::new(&clients(&dynamo.url()), &store.table),
            blobs: S3Blobs::new(&clients(&s3.url()), &store.bucket),
            store,
            dynamo,
            s3,
            name: id::ulid(),
        }
    }

    /// The key of a blob that nobody else uses.
    pub(crate) fn key(&self, name: &str) -> String {
        format!("{}/{name}", self.name)
    }
}
