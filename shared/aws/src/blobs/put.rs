//! Storing.

use std::collections::HashMap;
use std::io;
use std::mem;
use std::time::Duration;

use aws_sdk_s3::config::Builder as Config;
use aws_sdk_s3::primitives::ByteStream as Body;
use aws_sdk_s3::types::ServerSideEncryption;
use bytes::{Bytes, BytesMut};
use futures_util::{StreamExt as _, stream};
use packhouse_storage::blobs::{BlobError, ByteStream};
use packhouse_storage::id;

use super::{S3Blobs, failure, multipart};
use crate::attempts::Attempts;
use crate::clients::timeouts;

/// The length of a first part. What is not longer than one, and what is at hand and not longer than two, is one request.
pub(super) const PART: usize = 8 << 20;
/// How long a request may take that carries a part: a link of one or two megabits a second does it.
const WITH_BODY: Duration = Duration::from_secs(120);

/// The name of the metadata that tells whose an object is: a random text of the put that made it.
pub(super) const MAKER: &str = "packhouse-put";

/// Stores `bytes`.
pub(super) async fn whole(blobs: &S3Blobs, key: &str, bytes: Bytes, terms: &Terms) -> Result<(), BlobError> {
    if bytes.len() <= 2 * PART {
        return one(blobs, key, bytes, terms).await;
    }
    let mut source = Source::new(stream::empty().boxed(), bytes);
    let first = source.take(PART).await.map_err(BlobError::Source)?;
    multipart::run(blobs, key, first, source, terms).await.map(drop)
}

/// Stores what `bytes` brings; its length.
pub(crate) async fn stream(blobs: &S3Blobs, key: &str, bytes: ByteStream, terms: &Terms) -> Result<u64, BlobError> {
    let mut source = Source::new(bytes, Bytes::new());
    let first = source.take(PART).await.map_err(BlobError::Source)?;
    if first.len() < PART {
        let length = first.len() as u64;
        one(blobs, key, first, terms).await?;
        return Ok(length);
    }
    multipart::run(blobs, key, first, source, terms).await
}

/// Stores `bytes` by one request.
async fn one(blobs: &S3Blobs, key: &str, bytes: Bytes, terms: &Terms) -> Result<(), BlobError> {
    let (attempts, maker) = (Attempts::default(), id::ulid());
    let encryption = Encryption::with(terms.kms_key.as_deref());
    let call = blobs
        .clients
        .s3()
        .put_object()
        .bucket(&blobs.bucket)
        .key(key)
        .body(Body::from(bytes));
    let sent = call
        .set_if_none_match(terms.if_none_match())
        .set_if_match(terms.replaces.clone())
        .set_metadata(Some(terms.metadata(&maker)))
        .set_server_side_encryption(encryption.kind)
        .set_ssekms_key_id(encryption.key)
        .set_bucket_key_enabled(encryption.bucket_key)
        .customize()
        .config_override(with_body())
        .interceptor(attempts.clone())
        .send()
        .await;
    let Err(error) = sent else { return Ok(()) };
    match failure::status(&error) {
        // There is one: perhaps what an earlier attempt of this very call put, whose answer was lost.
        Some(412) if attempts.any_unknown() && is_from(blobs, key, &maker).await? => Ok(()),
        Some(412) => Err(BlobError::Exists(key.into())),
        _ => Err(failure::of_call(blobs, key, &error)),
    }
}

/// Whether the object `key` was put by `maker`. One that is not there was not.
pub(super) async fn is_from(blobs: &S3Blobs, key: &str, maker: &str) -> Result<bool, BlobError> {
    let call = blobs.clients.s3().head_object().bucket(&blobs.bucket).key(key);
    let head = match call.send().await.map_err(|error| failure::of_call(blobs, key, &error)) {
        Ok(head) => head,
        Err(BlobError::NotFound(_)) => return Ok(false),
        Err(error) => return Err(error),
    };
    Ok(head
        .metadata()
        .and_then(|metadata| metadata.get(MAKER))
        .is_some_and(|is| is == maker))
}

/// Overrides the time-outs for a request with a long body.
pub(super) fn with_body() -> Config {
    Config::default().timeout_config(timeouts(WITH_BODY))
}

/// How an object is stored.
#[derive(Clone, Debug, Default)]
pub(crate) struct Terms {
    /// The key that encrypts it; without one it is encrypted as the bucket says.
    pub(crate) kms_key: Option<String>,
    /// The `ETag` of the object that it replaces; without one it replaces none.
    pub(crate) replaces: Option<String>,
    /// What it says of itself.
    pub(crate) labels: Vec<(&'static str, String)>,
}

impl Terms {
    /// A new object, encrypted as the bucket says or with a key.
    pub(crate) fn new(kms_key: Option<&str>) -> Self {
        Self {
            kms_key: kms_key.map(ToOwned::to_owned),
            ..Self::default()
        }
    }

    pub(super) fn if_none_match(&self) -> Option<String> {
        self.replaces.is_none().then(|| "*".to_owned())
    }

    pub(super) fn metadata(&self, maker: &str) -> HashMap<String, String> {
        let labels = self
            .labels
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.clone()));
        labels.chain([(MAKER.to_owned(), maker.to_owned())]).collect()
    }
}

/// What a request says about encryption: nothing, or the key.
pub(super) struct Encryption {
    pub(super) kind: Option<ServerSideEncryption>,
    pub(super) key: Option<String>,
    pub(super) bucket_key: Option<bool>,
}

impl Encryption {
    pub(super) fn with(kms_key: Option<&str>) -> Self {
        Self {
            kind: kms_key.map(|_| ServerSideEncryption::AwsKms),
            key: kms_key.map(ToOwned::to_owned),
            bucket_key: kms_key.map(|_| true),
        }
    }
}

/// A stream that is taken from in pieces of a wanted length.
pub(super) struct Source {
    chunks: ByteStream,
    rest: Bytes,
}

impl Source {
    const fn new(chunks: ByteStream, rest: Bytes) -> Self {
        Self { chunks, rest }
    }

    /// The next `length` bytes; fewer at the end, behind which it must not be called again.
    pub(super) async fn take(&mut self, length: usize) -> io::Result<Bytes> {
        if self.rest.len() >= length {
            return Ok(self.rest.split_to(length));
        }
        let mut taken = BytesMut::from(mem::take(&mut self.rest));
        while taken.len() < length {
            let Some(chunk) = self.chunks.next().await else { break };
            let mut chunk = chunk?;
            taken.extend_from_slice(&chunk.split_to(chunk.len().min(length - taken.len())));
            self.rest = chunk;
        }
        Ok(taken.freeze())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_source_gives_pieces_of_any_length_until_its_end() {
        let chunks = ["ab", "", "cdefg", "h"].map(|chunk| Ok(Bytes::from(chunk)));
        let mut source = Source::new(stream::iter(chunks).boxed(), Bytes::from_static(b"xyz"));
        for (length, expect) in [(2, "xy"), (0, ""), (2, "za"), (3, "bcd"), (1, "e"), (2, "fg"), (5, "h")] {
            assert_eq!(source.take(length).await.unwrap(), expect);
        }
    }

    #[tokio::test]
    async fn a_source_that_fails_gives_its_error() {
        let chunks = [Ok(Bytes::from_static(b"ab")), Err(io::Error::other("gone"))];
        let mut source = Source::new(stream::iter(chunks).boxed(), Bytes::new());
        assert_eq!(source.take(1).await.unwrap(), "a");
        assert_eq!(source.take(2).await.unwrap_err().to_string(), "gone");
    }
}
