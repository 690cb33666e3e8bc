//! Storing in parts.

use aws_sdk_s3::types::{ChecksumAlgorithm, CompletedMultipartUpload, CompletedPart};
use bytes::Bytes;
use packhouse_storage::blobs::BlobError;
use packhouse_storage::id;
use tokio::runtime::Handle;
use tokio::task::JoinSet;

use super::put::{Encryption, PART, Source, Terms, is_from, with_body};
use super::{S3Blobs, failure};
use crate::attempts::Attempts;
use crate::failure::describe;

/// The most parts that S3 takes.
const MAX_PARTS: i32 = 10_000;
/// After so many parts they get twice as long. Ten times that is more than the longest object that S3 keeps.
const PARTS_OF_A_LENGTH: i32 = 1000;
/// How many parts are on their way at once,
const AT_ONCE: usize = 4;
/// unless they have more bytes than this together; one always may.
const BYTES_AT_ONCE: usize = 64 << 20;

/// Stores `first`, which has [`PART`] bytes, and what `source` gives; the length of all.
///
/// When it returns without success, or is dropped, the upload is given up, and what there is of it removed (by the
/// bucket's lifecycle, where that fails).
pub(super) async fn run(
    blobs: &S3Blobs,
    key: &str,
    first: Bytes,
    source: Source,
    terms: &Terms,
) -> Result<u64, BlobError> {
    let upload = Upload::create(blobs, key, terms).await?;
    let mut pending = Pending(Some(upload.clone()));
    let stored = match send_all(&upload, first, source).await {
        Ok((parts, length)) => upload.complete(parts).await.map(|()| length),
        Err(error) => Err(error),
    };
    if stored.is_err() {
        upload.abort().await;
    }
    pending.0 = None;
    stored
}

/// An upload that is given up, in the background, if this is dropped with it.
struct Pending(Option<Upload>);

impl Drop for Pending {
    fn drop(&mut self) {
        if let (Some(upload), Ok(runtime)) = (self.0.take(), Handle::try_current()) {
            runtime.spawn(async move { upload.abort().await });
        }
    }
}

/// Sends all parts; what names them, and their length together.
async fn send_all(upload: &Upload, first: Bytes, mut source: Source) -> Result<(Vec<CompletedPart>, u64), BlobError> {
    let mut sending = JoinSet::new();
    let mut parts = Vec::new();
    let (mut part, mut length) = (first, 0);
    for number in 1..=MAX_PARTS {
        length += part.len() as u64;
        let is_last = part.len() < part_length(number);
        let at_once = (BYTES_AT_ONCE / part.len().max(1)).clamp(1, AT_ONCE);
        while sending.len() >= at_once {
            parts.extend(joined(&mut sending).await?);
        }
        sending.spawn(upload.clone().send(number, part));
        part = if is_last {
            Bytes::new()
        } else {
            source
                .take(part_length(number.saturating_add(1)))
                .await
                .map_err(BlobError::Source)?
        };
        if part.is_empty() {
            while let Some(part) = joined(&mut sending).await? {
                parts.push(part);
            }
            parts.sort_unstable_by_key(CompletedPart::part_number);
            return Ok((parts, length));
        }
    }
    Err(BlobError::Unavailable(format!(
        "{} is longer than S3 takes",
        upload.key
    )))
}

async fn joined(sending: &mut JoinSet<Result<CompletedPart, BlobError>>) -> Result<Option<CompletedPart>, BlobError> {
    match sending.join_next().await {
        None => Ok(None),
        Some(Ok(part)) => part.map(Some),
        Some(Err(error)) => Err(BlobError::Unavailable(format!("a part was not sent: {error}"))),
    }
}

/// The length of a part: short ones first, since most blobs have few, and such that all fit whatever the blob's length.
fn part_length(number: i32) -> usize {
    PART << ((number - 1) / PARTS_OF_A_LENGTH)
}

/// A multipart upload.
#[derive(Clone)]
struct Upload {
    blobs: S3Blobs,
    key: String,
    id: String,
    maker: String,
    terms: Terms,
}

impl Upload {
    async fn create(blobs: &S3Blobs, key: &str, terms: &Terms) -> Result<Self, BlobError> {
        let (maker, encryption) = (id::ulid(), Encryption::with(terms.kms_key.as_deref()));
        let call = blobs
            .clients
            .s3()
            .create_multipart_upload()
            .bucket(&blobs.bucket)
            .key(key);
        let created = call
            .checksum_algorithm(ChecksumAlgorithm::Crc32)
            .set_metadata(Some(terms.metadata(&maker)))
            .set_server_side_encryption(encryption.kind)
            .set_ssekms_key_id(encryption.key)
            .set_bucket_key_enabled(encryption.bucket_key)
            .send()
            .await
            .map_err(|error| failure::of_call(blobs, key, &error))?;
        let id = created
            .upload_id
            .ok_or_else(|| BlobError::Unavailable("S3 gave an upload no id".into()))?;
        Ok(Self {
            blobs: blobs.clone(),
            key: key.into(),
            id,
            maker,
            terms: terms.clone(),
        })
    }

    async fn send(self, number: i32, part: Bytes) -> Result<CompletedPart, BlobError> {
        let s3 = self.blobs.clients.s3();
        let call = s3
            .upload_part()
            .bucket(&self.blobs.bucket)
            .key(&self.key)
            .upload_id(&self.id);
        let sent = call
            .part_number(number)
            .checksum_algorithm(ChecksumAlgorithm::Crc32)
            .body(part.into())
            .customize()
            .config_override(with_body())
            .send()
            .await
            .map_err(|error| failure::of_call(&self.blobs, &self.key, &error))?;
        Ok(CompletedPart::builder()
            .part_number(number)
            .set_e_tag(sent.e_tag)
            .set_checksum_crc32(sent.checksum_crc32)
            .build())
    }

    /// Makes the parts a blob.
    async fn complete(&self, parts: Vec<CompletedPart>) -> Result<(), BlobError> {
        let attempts = Attempts::default();
        let s3 = self.blobs.clients.s3();
        let call = s3
            .complete_multipart_upload()
            .bucket(&self.blobs.bucket)
            .key(&self.key)
            .upload_id(&self.id);
        let completed = call
            .set_if_none_match(self.terms.if_none_match())
            .set_if_match(self.terms.replaces.clone())
            .multipart_upload(CompletedMultipartUpload::builder().set_parts(Some(parts)).build())
            .customize()
            // S3 may put many parts together for minutes.
            .config_override(with_body())
            .interceptor(attempts.clone())
            .send()
            .await;
        let Err(error) = completed else { return Ok(()) };
        // An earlier attempt, or this one, may have made the blob without an answer that says so.
        if attempts.any_unknown() && is_from(&self.blobs, &self.key, &self.maker).await? {
            return Ok(());
        }
        Err(match failure::status(&error) {
            Some(412) => BlobError::Exists(self.key.clone()),
            _ => BlobError::Unavailable(describe(&error)),
        })
    }

    /// Removes what there is of it.
    async fn abort(&self) {
        let s3 = self.blobs.clients.s3();
        let call = s3
            .abort_multipart_upload()
            .bucket(&self.blobs.bucket)
            .key(&self.key)
            .upload_id(&self.id);
        if let Err(error) = call.send().await {
            let error = describe(&error);
            tracing::warn!(
                key = self.key,
                error,
                "an upload was not given up; the bucket's lifecycle removes its parts"
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_grow_so_that_the_longest_object_has_few_enough() {
        assert_eq!(
            [1, 2, 1000, 1001, 2001].map(part_length),
            [8, 8, 8, 16, 32].map(|mib| mib << 20)
        );
        let all: u64 = (1..=MAX_PARTS).map(|number| part_length(number) as u64).sum();
        assert!(all > 5 << 40, "{all}");
        assert!(
            (1..=MAX_PARTS).all(|number| part_length(number) <= 5 << 30),
            "no part is longer than S3 takes"
        );
    }
}
