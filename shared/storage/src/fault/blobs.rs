//! [`FaultyBlobs`].

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;

use super::plan::{Operation, Plan};
use crate::blobs::{BlobError, BlobPage, Blobs, ByteStream, PresignedPut};
use crate::fault::Fault;

/// A blob store whose calls go by a plan.
#[derive(Debug)]
pub struct FaultyBlobs {
    inner: Arc<dyn Blobs>,
    plan: Arc<Plan>,
}

impl FaultyBlobs {
    /// Puts `plan` in front of `inner`.
    #[must_use]
    pub const fn new(inner: Arc<dyn Blobs>, plan: Arc<Plan>) -> Self {
        Self { inner, plan }
    }

    async fn call<T>(
        &self,
        operation: Operation,
        key: &str,
        call: impl Future<Output = Result<T, BlobError>>,
    ) -> Result<T, BlobError> {
        let fault = self.plan.begin(operation, kind(key)).await;
        if fault.is_some_and(|fault| fault != Fault::After) {
            return Err(BlobError::Unavailable("by plan".into()));
        }
        let result = call.await;
        self.plan.end().await;
        match (fault, result) {
            (Some(_), Ok(_)) => Err(BlobError::Unavailable("by plan, and done".into())),
            (_, result) => result,
        }
    }
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl Blobs for FaultyBlobs {
    async fn put(&self, key: &str, bytes: Bytes, kms_key: Option<&str>) -> Result<(), BlobError> {
        self.call(Operation::Put, key, self.inner.put(key, bytes, kms_key))
            .await
    }

    async fn put_stream(&self, key: &str, bytes: ByteStream, kms_key: Option<&str>) -> Result<u64, BlobError> {
        let put = self.inner.put_stream(key, bytes, kms_key);
        self.call(Operation::PutStream, key, put).await
    }

    async fn get_range(&self, key: &str, range: Range<u64>) -> Result<Bytes, BlobError> {
        self.call(Operation::GetRange, key, self.inner.get_range(key, range))
            .await
    }

    async fn head(&self, key: &str) -> Result<u64, BlobError> {
        self.call(Operation::Head, key, self.inner.head(key)).await
    }

    async fn delete(&self, key: &str) -> Result<(), BlobError> {
        self.call(Operation::Delete, key, self.inner.delete(key)).await
    }

    async fn list(&self, prefix: &str, after: Option<&str>) -> Result<BlobPage, BlobError> {
        self.call(Operation::List, prefix, self.inner.list(prefix, after)).await
    }

    async fn presign_get(&self, key: &str, valid: Duration) -> Result<String, BlobError> {
        self.call(Operation::Presign, key, self.inner.presign_get(key, valid))
            .await
    }

    async fn presign_put(
        &self,
        key: &str,
        length: u64,
        valid: Duration,
        kms_key: Option<&str>,
    ) -> Result<PresignedPut, BlobError> {
        let presign = self.inner.presign_put(key, length, valid, kms_key);
        self.call(Operation::Presign, key, presign).await
    }
}

/// The part of a key without its ids: `packs/.idx` of `repos/<id>/packs/<id>.idx`, the first segment of others.
fn kind(key: &str) -> String {
    let mut segments = key.split('/');
    match (segments.next(), segments.nth(1), segments.next()) {
        (Some("repos"), Some(folder), last) => {
            let ending = last
                .and_then(|name| name.rsplit_once('.'))
                .map_or("", |(_, ending)| ending);
            if ending.is_empty() {
                folder.to_owned()
            } else {
                format!("{folder}/.{ending}")
            }
        }
        (first, ..) => first.unwrap_or_default().to_owned(),
    }
}
