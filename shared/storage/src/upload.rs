//! Records of blobs that are being written, and the sweeper that removes what a crash left behind.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::clock;
use crate::error::{Error, Result};
use crate::keys;
use crate::repository_id::RepositoryId;
use crate::store::Store;
use crate::table::commit::Commit;
use crate::table::{Expect, Item, Key, Range, TableError, Write};

const SCHEMA: u32 = 1;
/// No push, compaction or other writer takes longer than this between its record and its commit.
pub const ABANDONED_AFTER: Duration = Duration::from_secs(24 * 3600);

#[derive(Serialize, Deserialize)]
struct Record {
    schema: u32,
    created: u64,
    blobs: Vec<String>,
}

/// A recorded upload: its blobs may be written, and a commit must remove the record in its transaction.
#[derive(Debug)]
pub(crate) struct Upload {
    pub(crate) id: String,
    key: Key,
    version: u64,
    blobs: Vec<String>,
    written: Vec<String>,
    created: u64,
    /// The last attempt whose names are recorded.
    recorded: u32,
    /// What the last commit left to the record: blobs of other attempts.
    left: Vec<String>,
}

impl Upload {
    /// Records that blobs named after a fresh id are about to be written: a pack with its index and sidecar, and with `-<attempt>`
    /// a ref segment, a segment of the pack list, and blobs of the log.
    pub(crate) async fn begin(store: &Store, repository: &RepositoryId) -> Result<Self> {
        let id = crate::id::ulid();
        let key = keys::upload(repository.as_str(), &id);
        let created = clock::now_secs();
        let (blobs, written) = (Vec::new(), Vec::new());
        let mut upload = Self {
            id,
            key,
            version: 0,
            blobs,
            written,
            created,
            recorded: 0,
            left: Vec::new(),
        };
        upload.blobs = upload.names(repository, 0);
        upload.write(store, Expect::Absent).await?;
        Ok(upload)
    }

    /// The id of the pack of an attempt.
    pub(crate) fn attempt(&self, attempt: u32) -> String {
        match attempt {
            0 => self.id.clone(),
            _ => format!("{}-{attempt}", self.id),
        }
    }

    /// The id of the segment of refs of an attempt. It is not that of the segment of packs: a log entry that says that one
    /// of them was replaced would say so of the other.
    pub(crate) fn refs(&self, attempt: u32) -> String {
        format!("{}-r", self.attempt(attempt))
    }

    fn names(&self, repository: &RepositoryId, attempt: u32) -> Vec<String> {
        let (repository, name) = (repository.as_str(), self.attempt(attempt));
        let mut names = keys::pack_blobs(repository, &name).to_vec();
        names.extend([
            keys::ref_segment(repository, &self.refs(attempt)),
            keys::pack_list(repository, &name),
            keys::log_blob(repository, &name),
            keys::log_blob(repository, &format!("{name}-m")),
        ]);
        names
    }

    /// Records the names of a further attempt, unless they are, before anything is written under them.
    pub(crate) async fn extend(&mut self, store: &Store, repository: &RepositoryId, attempt: u32) -> Result<()> {
        if attempt <= self.recorded {
            return Ok(());
        }
        self.recorded = attempt;
        self.blobs.extend(self.names(repository, attempt));
        self.write(store, Expect::Version(self.version)).await
    }

    async fn write(&mut self, store: &Store, expect: Expect) -> Result<()> {
        let body = self.body(&self.blobs);
        let keys = [self.key.clone()];
        let mut commit = Commit::new(store.table(), &keys);
        while !commit
            .write(vec![Write::put(self.key.clone(), expect, body.clone())])
            .await?
        {
            // Nobody else writes it before it is a day old, so what is there is ours: of this write, or of the last one.
            let item = commit.read().await?.into_iter().flatten().next();
            if item.as_ref().is_some_and(|item| item.body == body) {
                break;
            }
            let found = item.map_or(Expect::Absent, |item| Expect::Version(item.version));
            if found != expect {
                return Err(Error::Unavailable("an upload could not be recorded".into()));
            }
        }
        self.version += 1;
        Ok(())
    }

    fn body(&self, blobs: &[String]) -> Vec<u8> {
        let record = Record {
            schema: SCHEMA,
            created: self.created,
            blobs: blobs.to_vec(),
        };
        serde_json::to_vec(&record).expect("strings and numbers always encode")
    }

    /// Notes that a blob was written.
    pub(crate) fn wrote(&mut self, blob: String) {
        self.written.push(blob);
    }

    /// The write that ends the record in the transaction of the commit, which makes `live` part of the repository. What
    /// else was written stays recorded until [`Upload::settle`] or the sweeper removes it.
    pub(crate) fn commit(&mut self, live: &[String]) -> Write {
        let expect = Expect::Version(self.version);
        self.left = self
            .written
            .iter()
            .filter(|blob| !live.contains(blob))
            .cloned()
            .collect();
        if self.left.is_empty() {
            return Write::delete(self.key.clone(), expect);
        }
        Write::put(self.key.clone(), expect, self.body(&self.left))
    }

    /// Ends an upload by what its commit came to: `false` and errors remove what was written, but where nobody knows.
    pub(crate) async fn end(self, store: &Store, outcome: Result<bool>) -> Result<bool> {
        match &outcome {
            Ok(true) => self.settle(store).await,
            // What was written stays, recorded, for the sweeper.
            Err(Error::Ambiguous(_)) => {}
            Ok(false) | Err(_) => self.abandon(store).await,
        }
        outcome
    }

    /// Removes what a committed upload wrote in vain, and its record. Best effort, as [`Upload::abandon`].
    pub(crate) async fn settle(mut self, store: &Store) {
        if !self.left.is_empty() {
            self.version += 1;
            self.blobs = std::mem::take(&mut self.left);
            self.abandon(store).await;
        }
    }

    /// Removes the blobs of an upload that will not be committed, and its record. Best effort: the sweeper does what
    /// is left.
    pub(crate) async fn abandon(self, store: &Store) {
        let outcome = remove(store, self.key, self.version, &self.blobs).await;
        if let Err(error) = outcome {
            tracing::debug!(%error, "an abandoned upload is left to the sweeper");
        }
    }
}

fn decode(item: &Item) -> Result<Record> {
    let record: Record = serde_json::from_slice(&item.body)
        .map_err(|error| Error::corrupt(format!("unreadable upload record: {error}")))?;
    if record.schema != SCHEMA {
        return Err(Error::corrupt(format!(
            "upload schema {} is newer than this program",
            record.schema
        )));
    }
    Ok(record)
}

/// First the record, so that its writer can no longer commit, then the blobs.
async fn remove(store: &Store, key: Key, version: u64, blobs: &[String]) -> Result<bool> {
    match store
        .table()
        .transact(vec![Write::delete(key, Expect::Version(version))])
        .await
    {
        Ok(()) => {}
        Err(TableError::Conflict(_)) => return Ok(false),
        Err(error) => return Err(error.into()),
    }
    for blob in blobs {
        store.blobs().delete(blob).await?;
    }
    Ok(true)
}

/// Removes what uploads older than `age` left in a repository; returns how many.
///
/// # Errors
/// The stores'.
pub async fn sweep(store: &Store, repository: &RepositoryId, age: Duration) -> Result<usize> {
    let before = clock::now_secs().saturating_sub(age.as_secs());
    let mut range = Range {
        prefix: keys::UPLOAD_PREFIX.into(),
        ..Range::default()
    };
    let mut swept = 0;
    loop {
        let page = store
            .table()
            .query(&keys::repository(repository.as_str()), range.clone())
            .await?;
        for item in page.items {
            let record = decode(&item)?;
            if record.created <= before && remove(store, item.key, item.version, &record.blobs).await? {
                swept += 1;
            }
        }
        match page.next {
            Some(next) => range.after = Some(next),
            None => return Ok(swept),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Bed, of_schema};

    #[tokio::test]
    async fn a_record_of_a_newer_schema_is_not_guessed_at() {
        let bed = Bed::sha1().await;
        let upload = Upload::begin(&bed.store, &bed.id).await.unwrap();
        let item = bed.store.table().get(&upload.key).await.unwrap().unwrap();
        for (schema, is_read) in [(SCHEMA, true), (SCHEMA + 1, false)] {
            assert_eq!(decode(&of_schema(&item, schema)).is_ok(), is_read, "{schema}");
        }
    }
}
