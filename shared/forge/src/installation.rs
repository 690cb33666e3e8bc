//! What an installation is for ever: its account and its region, and under which master key.

use packhouse_storage::error::Error as StorageError;
use packhouse_storage::keys;
use packhouse_storage::table::commit::Commit;
use packhouse_storage::table::{Expect, Item, Table, Write};
use serde::{Deserialize, Serialize};

use crate::hex;
use crate::master_key::{MasterKey, Purpose};
use crate::names::{AccountId, ConfigurationError, Region};

const SCHEMA: u32 = 1;
/// Belongs to nobody at AWS.
const DEFAULT_ACCOUNT: &str = "000000000000";
const DEFAULT_REGION: &str = "us-east-1";

/// The account and the region whose repositories an installation holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Installation {
    /// The account.
    pub account: AccountId,
    /// The region.
    pub region: Region,
}

/// Why an installation does not open.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// It was made for another account or region.
    #[error("the data belongs to {what} {stored}, not {given}; these are fixed at the first start")]
    Mismatch {
        /// `account` or `region`.
        what: &'static str,
        /// What it was made with.
        stored: String,
        /// What was asked for.
        given: String,
    },
    /// Its credentials were stored under another master key.
    #[error("the data was written under another master key; put the right key back")]
    WrongMasterKey,
    /// What is stored is not an account id or a region.
    #[error(transparent)]
    Configuration(#[from] ConfigurationError),
    /// The store failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

#[derive(Serialize, Deserialize)]
struct Record {
    schema: u32,
    account: String,
    region: String,
    key_check: String,
}

/// Opens the installation that the table holds, or makes it at the first start, with what is given or with account
/// `000000000000` in `us-east-1`.
///
/// # Errors
/// [`OpenError::Mismatch`] and [`OpenError::WrongMasterKey`] when the table holds a different one.
pub async fn open(
    table: &dyn Table,
    account: Option<&AccountId>,
    region: Option<&Region>,
    key: &MasterKey,
) -> Result<Installation, OpenError> {
    let at = keys::installation();
    let fresh = Record {
        schema: SCHEMA,
        account: account.map_or(DEFAULT_ACCOUNT, AccountId::as_str).to_owned(),
        region: region.map_or(DEFAULT_REGION, Region::as_str).to_owned(),
        key_check: hex::encode(&key.mac(Purpose::Check, &[])),
    };
    let body = serde_json::to_vec(&fresh).expect("strings and numbers always encode");
    let mut commit = Commit::new(table, std::slice::from_ref(&at));
    let stored = loop {
        if let Some(item) = commit.read().await?.into_iter().flatten().next() {
            break Some(item);
        }
        if commit
            .write(vec![Write::put(at.clone(), Expect::Absent, body.clone())])
            .await?
        {
            break None;
        }
    };
    match stored {
        None => fresh.open(account, region, key),
        Some(item) => Record::decode(&item)?.open(account, region, key),
    }
}

/// Opens the installation that the table holds; `None` where there is none.
///
/// # Errors
/// As [`open`].
pub async fn find(
    table: &dyn Table,
    account: &AccountId,
    region: &Region,
    key: &MasterKey,
) -> Result<Option<Installation>, OpenError> {
    let Some(item) = table.get(&keys::installation()).await.map_err(StorageError::from)? else {
        return Ok(None);
    };
    let record = Record::decode(&item)?;
    record.open(Some(account), Some(region), key).map(Some)
}

/// Whether the table holds an installation, of whatever account and key.
///
/// # Errors
/// The table's.
pub async fn exists(table: &dyn Table) -> Result<bool, OpenError> {
    let item = table.get(&keys::installation()).await.map_err(StorageError::from)?;
    Ok(item.is_some())
}

impl Record {
    fn decode(item: &Item) -> Result<Self, OpenError> {
        let record: Self = serde_json::from_slice(&item.body)
            .map_err(|error| StorageError::corrupt(format!("unreadable installation record: {error}")))?;
        if record.schema == SCHEMA {
            return Ok(record);
        }
        let newer = format!("installation schema {} is newer than this program", record.schema);
        Err(StorageError::corrupt(newer).into())
    }

    /// The installation, if it is of that account, region and key.
    fn open(
        &self,
        account: Option<&AccountId>,
        region: Option<&Region>,
        key: &MasterKey,
    ) -> Result<Installation, OpenError> {
        let opened = Installation {
            account: AccountId::new(&self.account)?,
            region: Region::new(&self.region)?,
        };
        same("account", opened.account.as_str(), account.map(AccountId::as_str))?;
        same("region", opened.region.as_str(), region.map(Region::as_str))?;
        let check = hex::decode(&self.key_check).unwrap_or_default();
        if !key.verify(Purpose::Check, &[], &check) {
            return Err(OpenError::WrongMasterKey);
        }
        Ok(opened)
    }
}

fn same(what: &'static str, stored: &str, given: Option<&str>) -> Result<(), OpenError> {
    match given {
        Some(given) if given != stored => Err(OpenError::Mismatch {
            what,
            stored: stored.into(),
            given: given.into(),
        }),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use packhouse_storage::memory::MemoryTable;

    use super::*;

    #[tokio::test]
    async fn what_was_chosen_first_stays() {
        let table = MemoryTable::default();
        let key = MasterKey::new([1; 32]);
        let account = AccountId::new("210987654321").unwrap();
        let made = open(&table, Some(&account), None, &key).await.unwrap();
        assert_eq!(
            (made.account.as_str(), made.region.as_str()),
            ("210987654321", "us-east-1")
        );
        assert_eq!(open(&table, None, None, &key).await.unwrap(), made);
        let other = Region::new("eu-west-1").unwrap();
        let refused = open(&table, None, Some(&other), &key).await.unwrap_err();
        assert!(
            matches!(refused, OpenError::Mismatch { what: "region", .. }),
            "{refused}"
        );
        let refused = open(&table, None, None, &MasterKey::new([2; 32])).await.unwrap_err();
        assert!(matches!(refused, OpenError::WrongMasterKey), "{refused}");
    }

    #[tokio::test]
    async fn an_installation_is_found_only_where_it_was_made() {
        let table = MemoryTable::default();
        let key = MasterKey::new([1; 32]);
        let account = AccountId::new("210987654321").unwrap();
        let region = Region::new("eu-west-1").unwrap();
        assert!(!exists(&table).await.unwrap());
        assert_eq!(find(&table, &account, &region, &key).await.unwrap(), None);
        let made = open(&table, Some(&account), Some(&region), &key).await.unwrap();
        assert!(exists(&table).await.unwrap());
        assert_eq!(find(&table, &account, &region, &key).await.unwrap(), Some(made));
        let other = MasterKey::new([2; 32]);
        let refused = find(&table, &account, &region, &other).await.unwrap_err();
        assert!(matches!(refused, OpenError::WrongMasterKey), "{refused}");
    }
}
