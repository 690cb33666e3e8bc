//! The item that leads from a name to a repository.
//!
//! Its version is compared, so it is never removed: a freed name stays as an item that leads nowhere.

use packhouse_storage::keys;
use packhouse_storage::repository_id::RepositoryId;
use packhouse_storage::table::{Expect, Key, Write};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::forge::Forge;
use crate::names::RepositoryName;

const SCHEMA: u32 = 1;

#[derive(Serialize, Deserialize)]
struct Record {
    schema: u32,
    id: Option<String>,
}

/// What a name leads to, with what a change of it must expect.
pub(super) struct Lookup {
    /// The repository; `None` for a free name.
    pub(super) id: Option<RepositoryId>,
    key: Key,
    expect: Expect,
}

impl Lookup {
    /// Gives the name to a repository, or frees it, provided that nobody else was faster.
    pub(super) fn point(&self, id: Option<&RepositoryId>) -> Write {
        let record = Record {
            schema: SCHEMA,
            id: id.map(ToString::to_string),
        };
        let body = serde_json::to_vec(&record).expect("strings always encode");
        Write::put(self.key.clone(), self.expect, body)
    }

    /// Changes nothing, provided that nobody gives the name away.
    pub(super) fn unchanged(&self) -> Write {
        Write::check(self.key.clone(), self.expect)
    }
}

/// Reads what a name leads to.
pub(super) async fn read(forge: &Forge, name: &RepositoryName) -> Result<Lookup> {
    let installation = forge.installation();
    let key = keys::name(
        installation.account.as_str(),
        installation.region.as_str(),
        name.as_str(),
    );
    let Some(item) = forge.store().table().get(&key).await? else {
        return Ok(Lookup {
            id: None,
            key,
            expect: Expect::Absent,
        });
    };
    let record: Record = serde_json::from_slice(&item.body)
        .map_err(|error| Error::corrupt(format!("unreadable name {name}: {error}")))?;
    if record.schema != SCHEMA {
        return Err(Error::corrupt(format!(
            "name {name}: schema {} is newer than this program",
            record.schema
        )));
    }
    let id = match record.id {
        None => None,
        Some(text) => {
            Some(RepositoryId::parse(&text).ok_or_else(|| Error::corrupt(format!("{name} leads to a bad id")))?)
        }
    };
    Ok(Lookup {
        id,
        key,
        expect: Expect::Version(item.version),
    })
}

/// Enters a name into the listing.
pub(super) fn enlist(forge: &Forge, name: &RepositoryName, id: &RepositoryId) -> Write {
    Write::put(listed(forge, name), Expect::Any, id.as_str().as_bytes().to_vec())
}

/// Takes a name off the listing.
pub(super) fn delist(forge: &Forge, name: &RepositoryName) -> Write {
    Write::delete(listed(forge, name), Expect::Any)
}

fn listed(forge: &Forge, name: &RepositoryName) -> Key {
    let installation = forge.installation();
    keys::listed_name(
        installation.account.as_str(),
        installation.region.as_str(),
        name.as_str(),
    )
}
