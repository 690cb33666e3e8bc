//! The contracts of the ports.

use std::sync::Arc;

use packhouse_aws::{DynamoTable, S3Blobs};
use packhouse_harness::emulators::{Cloud, Dynamo};
use packhouse_storage::blobs::Blobs;
use packhouse_storage::contract;
use packhouse_storage::table::Table;

use crate::setting::{clients, shared};

#[tokio::test(flavor = "multi_thread")]
async fn dynamo_table_keeps_the_contract() {
    let clients = clients(&Dynamo::shared().url());
    let table: Arc<dyn Table> = Arc::new(DynamoTable::new(&clients, &shared().table));
    contract::table::run(&table).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn s3_blobs_keep_the_contract() {
    let clients = clients(&Cloud::shared().url());
    let blobs: Arc<dyn Blobs> = Arc::new(S3Blobs::new(&clients, &shared().bucket));
    contract::blobs::run(&blobs).await;
}
