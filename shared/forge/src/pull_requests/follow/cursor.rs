//! How far the log of a repository has been applied to its pull requests.

use packhouse_storage::keys;
use packhouse_storage::repository_id::RepositoryId;
use packhouse_storage::table::{Expect, TableError, Write};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::forge::Forge;

const CONSUMER: &str = "pull-requests";
const SCHEMA: u32 = 1;

#[derive(Serialize, Deserialize)]
struct Record {
    schema: u32,
    applied: u64,
}

/// Up to which version of the log every open pull request has what concerns it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cursor {
    pub(super) at: u64,
    expect: Expect,
}

impl Cursor {
    pub(super) async fn read(forge: &Forge, id: &RepositoryId) -> Result<Self> {
        let key = keys::cursor(id.as_str(), CONSUMER);
        let Some(item) = forge.store().table().get(&key).await? else {
            let expect = Expect::Absent;
            return Ok(Self { at: 0, expect });
        };
        let record: Record =
            serde_json::from_slice(&item.body).map_err(|error| Error::corrupt(format!("{key:?}: {error}")))?;
        if record.schema != SCHEMA {
            return Err(Error::corrupt(format!(
                "{key:?}: schema {} is newer than this program",
                record.schema
            )));
        }
        Ok(Self {
            at: record.applied,
            expect: Expect::Version(item.version),
        })
    }

    /// Moves it on; where it is then, which may be elsewhere when somebody else moved it.
    pub(super) async fn advance(self, forge: &Forge, id: &RepositoryId, to: u64) -> Result<Self> {
        let record = Record {
            schema: SCHEMA,
            applied: to,
        };
        let body = serde_json::to_vec(&record).expect("numbers always encode");
        let write = Write::put(keys::cursor(id.as_str(), CONSUMER), self.expect, body);
        match forge.store().table().transact(vec![write]).await {
            Ok(()) => {
                let version = match self.expect {
                    Expect::Version(version) => version + 1,
                    Expect::Any | Expect::Absent => 1,
                };
                let expect = Expect::Version(version);
                Ok(Self { at: to, expect })
            }
            Err(TableError::Conflict(_) | TableError::Ambiguous(_)) => Self::read(forge, id).await,
            Err(error) => Err(error.into()),
        }
    }
}
