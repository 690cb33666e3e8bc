//! Direct uploads: packs that their pushers put into the blob store in parts, without passing them through us.
//!
//! Nothing in the table tells of them. A part's key names its repository, its upload and its number; its length follows
//! from the length of the whole ([`Cut`]); and it is immutable, as every blob. No manifest ever names a part, so its age
//! alone decides when it goes.

mod upload_id;

use std::collections::BTreeMap;
use std::ops::Range;
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream::{self, BoxStream, StreamExt as _};

pub use upload_id::UploadId;

use crate::blobs::{BlobError, PresignedPut};
use crate::clock;
use crate::error::{Error, Result};
use crate::keys;
use crate::repository_id::RepositoryId;
use crate::snapshot::Snapshot;
use crate::store::Store;

/// How long an upload may take from its begin to its end; what is older is removed.
pub const KEPT: Duration = Duration::from_secs(2 * 24 * 3600);
/// How long a part's URL is good for.
const URL_VALID: Duration = Duration::from_secs(3600);
/// The length of a part, unless that makes too many.
const PART_BYTES: u64 = 16 << 20;
/// The most parts of an upload.
const MAX_PARTS: u64 = 1000;
/// Longer parts are so many times as long as this.
const PART_STEP: u64 = 1 << 20;
/// How much is read of a part at once, and how many of these pieces are read ahead.
const PIECE_BYTES: u64 = 4 << 20;
const AHEAD: usize = 3;

/// How a pack of a given length is cut into parts, which are numbered from 1 on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cut {
    /// The length of the pack.
    pub bytes: u64,
    /// The length of each part but the last.
    pub part_bytes: u64,
    /// How many parts there are, at most 1,000.
    pub parts: u32,
}

impl Cut {
    /// Cuts `bytes` bytes.
    ///
    /// # Errors
    /// [`Error::Invalid`] for no bytes, [`Error::TooLarge`] above `limit`.
    pub fn of(bytes: u64, limit: u64) -> Result<Self> {
        if bytes == 0 {
            return Err(Error::Invalid("a pack has more than 0 bytes".into()));
        }
        if bytes > limit {
            return Err(Error::TooLarge(format!("pack exceeds the limit of {limit} bytes")));
        }
        let fewest = bytes.div_ceil(MAX_PARTS);
        let part_bytes = if fewest <= PART_BYTES {
            PART_BYTES
        } else {
            fewest.div_ceil(PART_STEP).saturating_mul(PART_STEP)
        };
        let parts = u32::try_from(bytes.div_ceil(part_bytes)).expect("it is at most MAX_PARTS");
        Ok(Self {
            bytes,
            part_bytes,
            parts,
        })
    }

    /// The length of a part; `None` where there is no such part.
    #[must_use]
    pub fn length(&self, part: u32) -> Option<u64> {
        let before = u64::from(part.checked_sub(1).filter(|_| part <= self.parts)?) * self.part_bytes;
        Some(self.part_bytes.min(self.bytes - before))
    }
}

/// One upload to one repository.
#[derive(Clone, Debug)]
pub struct Incoming {
    store: Store,
    repository: RepositoryId,
    kms_key: Option<String>,
    upload: UploadId,
    cut: Cut,
}

impl Incoming {
    /// The upload of `bytes` bytes to the repository of `snapshot`. Asks no store.
    ///
    /// # Errors
    /// Those of [`Cut::of`].
    pub fn new(snapshot: &Snapshot, upload: UploadId, bytes: u64) -> Result<Self> {
        let store = snapshot.store().clone();
        Ok(Self {
            cut: Cut::of(bytes, store.limits().pack_bytes)?,
            store,
            repository: snapshot.id().clone(),
            kms_key: snapshot.manifest().kms_key.clone(),
            upload,
        })
    }

    /// How it is cut.
    #[must_use]
    pub const fn cut(&self) -> &Cut {
        &self.cut
    }

    fn key(&self, part: u32) -> String {
        keys::incoming_part(self.repository.as_str(), self.upload.as_str(), part)
    }

    /// The parts that are there, with their lengths.
    ///
    /// # Errors
    /// The store's.
    pub async fn stored(&self) -> Result<BTreeMap<u32, u64>> {
        let prefix = keys::incoming_upload(self.repository.as_str(), self.upload.as_str());
        let (mut stored, mut after) = (BTreeMap::new(), None::<String>);
        loop {
            let page = self.store.blobs().list(&prefix, after.as_deref()).await?;
            for (key, length) in &page.blobs {
                if let Some((_, part)) = keys::parse_incoming(key) {
                    stored.insert(part, *length);
                }
            }
            after = page.next;
            if after.is_none() {
                return Ok(stored);
            }
        }
    }

    /// Lets its holder create one part, for an hour.
    ///
    /// # Errors
    /// [`Error::Invalid`] where there is no such part, and the store's.
    pub async fn put_url(&self, part: u32) -> Result<PresignedPut> {
        let Some(length) = self.cut.length(part) else {
            return Err(Error::Invalid(format!("there is no part {part} of {}", self.cut.parts)));
        };
        let kms_key = self.kms_key.as_deref();
        let blobs = self.store.blobs();
        Ok(blobs.presign_put(&self.key(part), length, URL_VALID, kms_key).await?)
    }

    /// Returns when all parts are there, each of its length.
    ///
    /// # Errors
    /// [`Error::Invalid`] tells the pusher what is missing; the store's.
    pub async fn check_complete(&self) -> Result<()> {
        let stored = self.stored().await?;
        let mut missing = Vec::new();
        for part in 1..=self.cut.parts {
            let expected = self.cut.length(part).unwrap_or_default();
            match stored.get(&part) {
                None => missing.push(part),
                Some(length) if *length == expected => {}
                Some(length) => {
                    return Err(Error::Invalid(format!(
                        "part {part} of the upload has {length} bytes, not {expected}"
                    )));
                }
            }
        }
        let Some(first) = missing.first() else { return Ok(()) };
        Err(Error::Invalid(format!(
            "the upload is not complete: of {} parts {} are missing, the first is part {first}",
            self.cut.parts,
            missing.len(),
        )))
    }

    /// The pack, read ahead in bounded memory.
    ///
    /// A part that is not there, or shorter than it has to be, is [`Error::Invalid`].
    pub fn bytes(&self) -> BoxStream<'static, Result<Bytes>> {
        let incoming = self.clone();
        let pieces = (1..=self.cut.parts).flat_map(move |part| {
            let length = incoming.cut.length(part).unwrap_or_default();
            let key = incoming.key(part);
            (0..length.div_ceil(PIECE_BYTES)).map(move |at| {
                let start = at * PIECE_BYTES;
                (part, key.clone(), start..length.min(start + PIECE_BYTES))
            })
        });
        let store = self.store.clone();
        let read = move |(part, key, range): (u32, String, Range<u64>)| {
            let store = store.clone();
            async move {
                store.blobs().get_range(&key, range).await.map_err(|error| match error {
                    BlobError::NotFound(_) | BlobError::OutOfRange { .. } => {
                        Error::Invalid(format!("part {part} of the upload is not there (any more)"))
                    }
                    error => error.into(),
                })
            }
        };
        stream::iter(pieces).map(read).buffered(AHEAD).boxed()
    }

    /// Removes all parts.
    ///
    /// # Errors
    /// The store's; what is left then goes with [`sweep`].
    pub async fn delete(&self) -> Result<()> {
        for part in self.stored().await?.into_keys() {
            self.store.blobs().delete(&self.key(part)).await?;
        }
        Ok(())
    }
}

/// How far a sweep came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// How many parts it removed.
    pub removed: usize,
    /// When it ran out of time: the key that it was done with last, behind which another one goes on.
    pub stopped: Option<String>,
}

/// Removes the parts of uploads to any repository that were begun `age` ago or earlier, in the order of their keys behind
/// `after`, until the clock says `until`; it comes to one part at the least.
///
/// # Errors
/// The store's.
pub async fn sweep(store: &Store, age: Duration, after: Option<&str>, until: Duration) -> Result<Swept> {
    let before = clock::now().saturating_sub(age);
    let (mut swept, mut after) = (Swept::default(), after.map(str::to_owned));
    loop {
        let page = store.blobs().list(keys::INCOMING_PREFIX, after.as_deref()).await?;
        for (key, _) in page.blobs {
            let begun = keys::parse_incoming(&key).and_then(|(upload, _)| UploadId::begun(upload));
            if begun.is_some_and(|begun| begun <= before) {
                store.blobs().delete(&key).await?;
                swept.removed += 1;
            }
            if clock::now() >= until {
                swept.stopped = Some(key);
                return Ok(swept);
            }
        }
        after = page.next;
        if after.is_none() {
            return Ok(swept);
        }
    }
}

#[cfg(test)]
mod tests;
