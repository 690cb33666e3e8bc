//! Adapters on tables and buckets of their own.

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_s3::config::{Credentials, SharedCredentialsProvider};
use packhouse_aws::{Clients, DynamoTable, S3Blobs};
use packhouse_harness::emulators::{AwsStore, Cloud, Dynamo, REGION};
use packhouse_harness::fault_proxy::FaultProxy;

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

/// A fresh table and a fresh bucket, each behind a proxy of its own.
pub(crate) struct Setting {
    pub(crate) store: AwsStore,
    pub(crate) dynamo: FaultProxy,
    pub(crate) s3: FaultProxy,
    pub(crate) table: DynamoTable,
    pub(crate) blobs: S3Blobs,
}

impl Setting {
    pub(crate) fn fresh() -> Self {
        let store = AwsStore::fresh();
        let dynamo = FaultProxy::start(&Dynamo::shared().url());
        let s3 = FaultProxy::start(&Cloud::shared().url());
        Self {
            table: DynamoTable::new(&clients(&dynamo.url()), &store.table),
            blobs: S3Blobs::new(&clients(&s3.url()), &store.bucket),
            store,
            dynamo,
            s3,
        }
    }
}
