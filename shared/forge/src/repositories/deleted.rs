//! The listing of deleted repositories whose data is still kept.

use std::time::Duration;

use packhouse_storage::keys;
use packhouse_storage::repository_id::RepositoryId;
use packhouse_storage::table::{Expect, Item, Key, Range, Write};
use serde::{Deserialize, Serialize};

use crate::authorization::{Request, authorise};
use crate::error::{Error, Result};
use crate::forge::Forge;
use crate::identity::Caller;
use crate::names::RepositoryName;

/// How long the data of a deleted repository is kept.
pub const KEPT: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// A deleted repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deleted {
    /// Its id.
    pub id: RepositoryId,
    /// The name that it had.
    pub name: RepositoryName,
    /// When it was deleted, in seconds since the Unix epoch.
    pub deleted: u64,
}

const SCHEMA: u32 = 1;

#[derive(Serialize, Deserialize)]
struct Record {
    schema: u32,
    name: String,
    deleted: u64,
}

/// Lists the deleted repositories, in the order of their ids.
///
/// # Errors
/// The store's.
pub async fn list_deleted(forge: &Forge, caller: &Caller) -> Result<Vec<Deleted>> {
    authorise(forge, caller, Request::administer(None))?;
    all(forge).await
}

/// The ids of all deleted repositories that are not purged yet.
///
/// # Errors
/// The store's.
pub(crate) async fn every_deleted_id(forge: &Forge) -> Result<Vec<RepositoryId>> {
    Ok(all(forge).await?.into_iter().map(|found| found.id).collect())
}

/// Every deleted repository.
pub(super) async fn all(forge: &Forge) -> Result<Vec<Deleted>> {
    let mut found = Vec::new();
    let mut after = None;
    loop {
        let range = Range {
            after,
            ..Range::default()
        };
        let page = forge.store().table().query(&partition(forge), range).await?;
        for item in &page.items {
            found.push(decode(item)?);
        }
        after = page.next;
        if after.is_none() {
            return Ok(found);
        }
    }
}

/// Enters a repository into the listing.
pub(super) fn enlist(forge: &Forge, id: &RepositoryId, name: &RepositoryName, deleted: u64) -> Write {
    let record = Record {
        schema: SCHEMA,
        name: name.to_string(),
        deleted,
    };
    let body = serde_json::to_vec(&record).expect("strings and numbers always encode");
    Write::put(key(forge, id), Expect::Any, body)
}

/// Takes a repository off the listing.
pub(super) fn delist(forge: &Forge, id: &RepositoryId) -> Write {
    Write::delete(key(forge, id), Expect::Any)
}

fn decode(item: &Item) -> Result<Deleted> {
    let bad = || Error::corrupt(format!("unreadable item {:?}", item.key));
    let record: Record = serde_json::from_slice(&item.body).map_err(|_| bad())?;
    if record.schema != SCHEMA {
        return Err(Error::corrupt(format!(
            "deleted repository {}: schema {} is newer than this program",
            item.key.sk, record.schema
        )));
    }
    let id = RepositoryId::parse(&item.key.sk).ok_or_else(bad)?;
    Ok(Deleted {
        id,
        name: RepositoryName::new(&record.name)?,
        deleted: record.deleted,
    })
}

fn partition(forge: &Forge) -> String {
    let installation = forge.installation();
    keys::deleted(installation.account.as_str(), installation.region.as_str())
}

fn key(forge: &Forge, id: &RepositoryId) -> Key {
    Key::new(partition(forge), id.as_str())
}
