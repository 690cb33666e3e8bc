//! A repository's descriptive facts, in an item of their own so that pushes do not carry them.

use std::time::Duration;

use packhouse_storage::clock;
use packhouse_storage::keys;
use packhouse_storage::repository_id::RepositoryId;
use packhouse_storage::table::{Expect, Item, Write};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::forge::Forge;
use crate::names::{Description, RepositoryName};

const SCHEMA: u32 = 1;

/// The descriptive facts.
#[derive(Clone, Debug)]
pub(super) struct Meta {
    pub(super) description: Option<Description>,
    pub(super) created: Duration,
    pub(super) modified: Duration,
    /// ARN of who made it.
    pub(super) creator: String,
}

#[derive(Serialize, Deserialize)]
struct Record {
    schema: u32,
    id: String,
    name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    created_ms: u64,
    modified_ms: u64,
    creator: String,
}

impl Meta {
    /// Stores the facts.
    pub(super) fn write(&self, id: &RepositoryId, name: &RepositoryName, expect: Expect) -> Write {
        let record = Record {
            schema: SCHEMA,
            id: id.to_string(),
            name: name.to_string(),
            description: self.description.as_ref().map(|text| text.as_str().to_owned()),
            created_ms: clock::millis(self.created),
            modified_ms: clock::millis(self.modified),
            creator: self.creator.clone(),
        };
        let body = serde_json::to_vec(&record).expect("strings and numbers always encode");
        Write::put(keys::meta(id.as_str()), expect, body)
    }

    fn decode(item: &Item) -> Result<Self> {
        let bad = |why: String| Error::corrupt(format!("unreadable facts {:?}: {why}", item.key));
        let record: Record = serde_json::from_slice(&item.body).map_err(|error| bad(error.to_string()))?;
        if record.schema != SCHEMA {
            return Err(bad(format!("schema {} is newer than this program", record.schema)));
        }
        Ok(Self {
            description: record.description.map(Description::new).transpose()?,
            created: Duration::from_millis(record.created_ms),
            modified: Duration::from_millis(record.modified_ms),
            creator: record.creator,
        })
    }
}

/// Reads the facts with the version of their item.
pub(super) async fn read(forge: &Forge, id: &RepositoryId) -> Result<(Meta, Expect)> {
    let item = forge.store().table().get(&keys::meta(id.as_str())).await?;
    let item = item.ok_or_else(|| Error::corrupt(format!("repository {id} has no facts")))?;
    Ok((Meta::decode(&item)?, Expect::Version(item.version)))
}
