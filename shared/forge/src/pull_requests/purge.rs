//! The end of the pull requests of a repository.

use packhouse_storage::error::Error as StorageError;
use packhouse_storage::keys;
use packhouse_storage::repository_id::RepositoryId;
use packhouse_storage::table::{Expect, Range, Write};

use super::record::listed;
use crate::error::Result;
use crate::forge::Forge;
use crate::repositories;

/// How many items go in one transaction.
const AT_ONCE: usize = 50;

/// Takes away all that hangs on the pull requests of repositories that nobody can bring back any more. What names them is
/// in the repositories' own partitions, and goes with those later, so whoever was interrupted finds them again.
///
/// # Errors
/// The store's.
pub(crate) async fn purge(forge: &Forge) -> Result<()> {
    for id in repositories::every_deleted_id(forge).await? {
        if matches!(forge.store().manifest(&id).await, Err(StorageError::NoRepository)) {
            purge_one(forge, &id).await?;
        }
    }
    Ok(())
}

async fn purge_one(forge: &Forge, id: &RepositoryId) -> Result<()> {
    let installation = forge.installation();
    let (account, region) = (installation.account.as_str(), installation.region.as_str());
    let mut range = Range {
        prefix: keys::LISTED_PULL_REQUESTS_PREFIX.to_owned(),
        ..Range::default()
    };
    loop {
        let page = forge
            .store()
            .table()
            .query(&keys::repository(id.as_str()), range.clone())
            .await?;
        for item in &page.items {
            let number = listed::decode(item)?.id.number();
            purge_partition(forge, &keys::pull_request(account, region, number)).await?;
        }
        range.after = page.next;
        if range.after.is_none() {
            return Ok(());
        }
    }
}

async fn purge_partition(forge: &Forge, partition: &str) -> Result<()> {
    loop {
        let range = Range {
            limit: AT_ONCE,
            ..Range::default()
        };
        let page = forge.store().table().query(partition, range).await?;
        let gone = page.items.into_iter().map(|item| Write::delete(item.key, Expect::Any));
        forge.store().table().transact(gone.collect()).await?;
        if page.next.is_none() {
            return Ok(());
        }
    }
}
