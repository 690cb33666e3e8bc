use std::sync::Arc;
use std::time::Duration;

use super::{MemoryBlobs, MemoryTable};
use crate::blobs::Blobs;
use crate::blobs::presigned::{Access, PATH_PREFIX, Signer};
use crate::contract;
use crate::table::Table;

fn blobs() -> Arc<dyn Blobs> {
    Arc::new(MemoryBlobs::new(Signer::new(&[1; 32])))
}

#[tokio::test(flavor = "multi_thread")]
async fn memory_table_keeps_the_contract() {
    let table: Arc<dyn Table> = Arc::new(MemoryTable::default());
    contract::table::run(&table).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn memory_blobs_keep_the_contract() {
    contract::blobs::run(&blobs()).await;
    contract::blobs::keys_do_not_nest(&*blobs()).await;
}

#[tokio::test]
async fn memory_blobs_presign_paths_that_verify() {
    let valid = Duration::from_secs(60);
    for (path, method, access) in [
        (blobs().presign_get("a/b", valid).await, "GET", Access::Get),
        (
            blobs().presign_put("a/b", 9, valid, None).await.map(|put| put.url),
            "PUT",
            Access::Put { length: 9 },
        ),
    ] {
        let path = path.unwrap();
        let (key, query) = path.strip_prefix(PATH_PREFIX).unwrap().split_once('?').unwrap();
        assert_eq!(Signer::new(&[1; 32]).verify(method, key, query), Ok(access));
    }
}
