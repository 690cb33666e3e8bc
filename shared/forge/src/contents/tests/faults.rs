//! Stores that fail in the midst of a write.

use packhouse_storage::fault::{Fault, FaultyBlobs, FaultyTable, Plan};
use packhouse_storage::limits::Limits;
use packhouse_storage::store::Store;

use super::*;
use crate::error::Kind;
use crate::jobs::Queue;
use crate::master_key::MasterKey;

/// Another process whose stores go by that plan.
fn through(forge: &Forge, table: &Arc<dyn Table>, plan: &Arc<Plan>) -> Forge {
    let table = FaultyTable::new(Arc::clone(table), Arc::clone(plan));
    let blobs = FaultyBlobs::new(Arc::clone(forge.store().blobs()), Arc::clone(plan));
    let store = Store::new(
        Arc::new(table),
        Arc::new(blobs),
        std::env::temp_dir(),
        Limits::default(),
    );
    let installation = forge.installation().clone();
    let key = Arc::new(MasterKey::new([1; 32]));
    Forge::new(
        store,
        installation,
        key,
        Arc::new(Queue::default()),
        "http://[::1]:8080/",
    )
}

#[tokio::test]
async fn a_file_is_put_whole_or_not_at_all_whatever_fails() {
    for fault in Fault::ALL {
        for nth in 1.. {
            let (forge, table) = with_demo().await;
            let old = put(&forge, "main", ("a/old", "1"), None).await.unwrap().commit;
            let plan = Arc::new(Plan::fail_at(nth, fault));
            let written = put(&through(&forge, &table, &plan), "main", ("a/new", "2"), Some(old)).await;
            let now = tip(&forge, "main").await.unwrap();
            match &written {
                Ok(written) => assert_eq!(now, written.commit, "{fault:?} {nth}"),
                Err(error) => assert_eq!(error.kind(), Kind::Unavailable, "{fault:?} {nth}: {error}"),
            }
            assert_eq!(content(&forge, "a/old").await.unwrap(), "1");
            let new = content(&forge, "a/new").await;
            if now == old {
                assert_eq!(refused(new), Refusal::FileDoesNotExist, "{fault:?} {nth}");
            } else {
                assert_eq!(new.unwrap(), "2", "{fault:?} {nth}");
            }
            put(&forge, "main", ("a/next", "3"), Some(now)).await.unwrap();
            if !plan.was_hit() {
                assert!(written.is_ok());
                break;
            }
        }
    }
}
