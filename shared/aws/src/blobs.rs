//! [`S3Blobs`].

pub(crate) mod failure;
mod multipart;
mod presign;
pub(crate) mod put;
mod read;

use std::ops::Range;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use packhouse_storage::blobs::key::{check_key, check_prefix};
use packhouse_storage::blobs::{BlobError, BlobPage, Blobs, ByteStream, MAX_PAGE_BLOBS, PresignedPut};

pub(crate) use self::put::Terms;
use crate::clients::Clients;

/// A blob store in a bucket of S3.
///
/// Blobs are encrypted as the bucket says, or with the key that a call names (`aws:kms`, with a bucket key). In a bucket
/// with versions a deleted blob is hidden, and gone when the bucket's lifecycle removes it.
///
/// Presigned URLs hold for a week at the most, and no longer than the credentials that signed them.
#[derive(Clone, Debug)]
pub struct S3Blobs {
    pub(crate) clients: Clients,
    pub(crate) bucket: String,
}

impl S3Blobs {
    /// The bucket called `bucket`. Whether there is one shows when it is used.
    #[must_use]
    pub fn new(clients: &Clients, bucket: impl Into<String>) -> Self {
        Self {
            clients: clients.clone(),
            bucket: bucket.into(),
        }
    }
}

#[async_trait]
impl Blobs for S3Blobs {
    async fn put(&self, key: &str, bytes: Bytes, kms_key: Option<&str>) -> Result<(), BlobError> {
        check_key(key)?;
        put::whole(self, key, bytes, &Terms::new(kms_key)).await
    }

    async fn put_stream(&self, key: &str, bytes: ByteStream, kms_key: Option<&str>) -> Result<u64, BlobError> {
        check_key(key)?;
        put::stream(self, key, bytes, &Terms::new(kms_key)).await
    }

    async fn get_range(&self, key: &str, range: Range<u64>) -> Result<Bytes, BlobError> {
        check_key(key)?;
        read::range(self, key, range).await
    }

    async fn head(&self, key: &str) -> Result<u64, BlobError> {
        check_key(key)?;
        read::length(self, key).await
    }

    async fn delete(&self, key: &str) -> Result<(), BlobError> {
        check_key(key)?;
        let call = self.clients.s3().delete_object().bucket(&self.bucket).key(key);
        match call.send().await.map_err(|error| failure::of_call(self, key, &error)) {
            Ok(_) | Err(BlobError::NotFound(_)) => Ok(()),
            Err(error) => Err(error),
        }
    }

    async fn list(&self, prefix: &str, after: Option<&str>) -> Result<BlobPage, BlobError> {
        check_prefix(prefix)?;
        check_prefix(after.unwrap_or_default())?;
        let page = self
            .clients
            .s3()
            .list_objects_v2()
            .bucket(&self.bucket)
            .prefix(prefix)
            .set_start_after(after.filter(|after| !after.is_empty()).map(ToOwned::to_owned))
            .set_max_keys(i32::try_from(MAX_PAGE_BLOBS).ok())
            .send()
            .await
            .map_err(|error| failure::of_call(self, prefix, &error))?;
        let listed = page.contents.unwrap_or_default().into_iter().map(|object| {
            let length = object.size.and_then(|size| u64::try_from(size).ok());
            object.key.zip(length)
        });
        let listed: Option<Vec<_>> = listed.collect();
        let blobs =
            listed.ok_or_else(|| BlobError::Unavailable("S3 listed an object without a key or a size".into()))?;
        let is_cut = page.is_truncated.unwrap_or_default();
        let next = blobs.last().filter(|_| is_cut).map(|(last, _)| last.clone());
        Ok(BlobPage { blobs, next })
    }

    async fn presign_get(&self, key: &str, valid: Duration) -> Result<String, BlobError> {
        check_key(key)?;
        presign::get(self, key, valid).await
    }

    async fn presign_put(
        &self,
        key: &str,
        length: u64,
        valid: Duration,
        kms_key: Option<&str>,
    ) -> Result<PresignedPut, BlobError> {
        check_key(key)?;
        presign::put(self, key, length, valid, kms_key).await
    }
}
