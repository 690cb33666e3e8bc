//! [`MemoryBlobs`].

use std::collections::BTreeMap;
use std::ops::{Bound, Range};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use futures_util::TryStreamExt as _;

use crate::blobs::key::{check_key, check_prefix};
use crate::blobs::presigned::{Access, Signer};
use crate::blobs::{BlobError, BlobPage, Blobs, ByteStream, KeyFault, MAX_PAGE_BLOBS, PresignedPut, check_range};

/// A blob store in memory. It holds a streamed blob whole, and takes no key that continues another one. It remembers under
/// which encryption key each blob lies, and refuses to store and to read under keys that were made useless.
#[derive(Debug)]
pub struct MemoryBlobs {
    blobs: Mutex<BTreeMap<String, Blob>>,
    useless: Mutex<BTreeMap<String, KeyFault>>,
    signer: Signer,
}

/// A blob's bytes and its encryption key.
#[derive(Clone, Debug)]
struct Blob(Bytes, Option<String>);

impl MemoryBlobs {
    /// An empty store, whose presigned paths `signer` makes.
    #[must_use]
    pub const fn new(signer: Signer) -> Self {
        Self {
            blobs: Mutex::new(BTreeMap::new()),
            useless: Mutex::new(BTreeMap::new()),
            signer,
        }
    }

    /// Makes an encryption key useless, for that reason, or useful again.
    pub fn set_fault(&self, kms_key: &str, fault: Option<KeyFault>) {
        let mut useless = self.useless.lock().unwrap_or_else(PoisonError::into_inner);
        match fault {
            Some(fault) => useless.insert(kms_key.to_owned(), fault),
            None => useless.remove(kms_key),
        };
    }

    /// Every blob whose name starts with `prefix`, with its encryption key.
    pub fn kms_keys(&self, prefix: &str) -> BTreeMap<String, Option<String>> {
        let blobs = self.lock();
        let named = blobs.iter().filter(|(key, _)| key.starts_with(prefix));
        named.map(|(key, blob)| (key.clone(), blob.1.clone())).collect()
    }

    fn check_kms_key(&self, kms_key: Option<&str>) -> Result<(), BlobError> {
        let useless = self.useless.lock().unwrap_or_else(PoisonError::into_inner);
        match kms_key.and_then(|key| Some((key, *useless.get(key)?))) {
            Some((key, fault)) => Err(BlobError::Key { fault, why: key.into() }),
            None => Ok(()),
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Blob>> {
        // Every change is one call on the map, so what a poisoned lock guards is whole.
        self.blobs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn find(&self, key: &str) -> Result<Bytes, BlobError> {
        check_key(key)?;
        let found = self.lock().get(key).cloned();
        let Blob(bytes, kms_key) = found.ok_or_else(|| BlobError::NotFound(key.into()))?;
        self.check_kms_key(kms_key.as_deref())?;
        Ok(bytes)
    }
}

#[async_trait]
impl Blobs for MemoryBlobs {
    async fn put(&self, key: &str, bytes: Bytes, kms_key: Option<&str>) -> Result<(), BlobError> {
        check_key(key)?;
        self.check_kms_key(kms_key)?;
        let mut blobs = self.lock();
        if blobs.contains_key(key) {
            return Err(BlobError::Exists(key.into()));
        }
        let below = format!("{key}/");
        let continues = key.match_indices('/').any(|(at, _)| blobs.contains_key(&key[..at]));
        let continued = blobs
            .range(below.clone()..)
            .next()
            .is_some_and(|(other, _)| other.starts_with(&below));
        if continues || continued {
            return Err(BlobError::InvalidKey(key.into()));
        }
        // A copy, as every real store makes one: `bytes` may be a slice of something large.
        let copy = Bytes::copy_from_slice(&bytes);
        blobs.insert(key.into(), Blob(copy, kms_key.map(ToOwned::to_owned)));
        Ok(())
    }

    async fn put_stream(&self, key: &str, bytes: ByteStream, kms_key: Option<&str>) -> Result<u64, BlobError> {
        check_key(key)?;
        let gather = |mut whole: BytesMut, chunk: Bytes| async move {
            whole.extend_from_slice(&chunk);
            Ok(whole)
        };
        let whole = bytes
            .try_fold(BytesMut::new(), gather)
            .await
            .map_err(BlobError::Source)?;
        let length = whole.len() as u64;
        self.put(key, whole.freeze(), kms_key).await?;
        Ok(length)
    }

    async fn get_range(&self, key: &str, range: Range<u64>) -> Result<Bytes, BlobError> {
        let blob = self.find(key)?;
        check_range(key, &range, blob.len() as u64)?;
        let fits = "a range inside of a blob in memory fits usize";
        Ok(blob.slice(usize::try_from(range.start).expect(fits)..usize::try_from(range.end).expect(fits)))
    }

    async fn head(&self, key: &str) -> Result<u64, BlobError> {
        Ok(self.find(key)?.len() as u64)
    }

    async fn delete(&self, key: &str) -> Result<(), BlobError> {
        check_key(key)?;
        self.lock().remove(key);
        Ok(())
    }

    async fn list(&self, prefix: &str, after: Option<&str>) -> Result<BlobPage, BlobError> {
        check_prefix(prefix)?;
        check_prefix(after.unwrap_or_default())?;
        let from = match after {
            Some(after) if after >= prefix => Bound::Excluded(after),
            _ => Bound::Included(prefix),
        };
        let blobs = self.lock();
        let found = blobs
            .range::<str, _>((from, Bound::Unbounded))
            .take_while(|(key, _)| key.starts_with(prefix));
        let mut page = BlobPage::default();
        for (key, blob) in found {
            if page.blobs.len() == MAX_PAGE_BLOBS {
                page.next = page.blobs.last().map(|(last, _)| last.clone());
                break;
            }
            page.blobs.push((key.clone(), blob.0.len() as u64));
        }
        Ok(page)
    }

    async fn presign_get(&self, key: &str, valid: Duration) -> Result<String, BlobError> {
        self.signer.sign(key, Access::Get, valid)
    }

    async fn presign_put(
        &self,
        key: &str,
        length: u64,
        valid: Duration,
        _kms_key: Option<&str>,
    ) -> Result<PresignedPut, BlobError> {
        self.signer.sign_put(key, length, valid)
    }
}
