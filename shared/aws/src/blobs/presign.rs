//! URLs that work without credentials.

use std::time::Duration;

use aws_sdk_s3::presigning::PresigningConfig;
use packhouse_storage::blobs::{BlobError, PresignedPut};

use super::put::Encryption;
use super::{S3Blobs, failure};

/// The longest time that a signature of S3 holds.
const LONGEST: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// A URL that reads a blob.
pub(super) async fn get(blobs: &S3Blobs, key: &str, valid: Duration) -> Result<String, BlobError> {
    let call = blobs.clients.s3().get_object().bucket(&blobs.bucket).key(key);
    let signed = call.presigned(holding(valid)?).await;
    let signed = signed.map_err(|error| failure::of_call(blobs, key, &error))?;
    Ok(signed.uri().to_owned())
}

/// A URL that creates a blob, with the headers that its signature covers.
///
/// The length is one of them, so S3 takes a body of that length only. It is left out of the answer, as is the host:
/// every client sends both by itself.
pub(super) async fn put(
    blobs: &S3Blobs,
    key: &str,
    length: u64,
    valid: Duration,
    kms_key: Option<&str>,
) -> Result<PresignedPut, BlobError> {
    let too_long = |_| BlobError::Unavailable(format!("no object has {length} bytes"));
    let encryption = Encryption::with(kms_key);
    let call = blobs.clients.s3().put_object().bucket(&blobs.bucket).key(key);
    let signed = call
        .content_length(i64::try_from(length).map_err(too_long)?)
        .if_none_match("*")
        .set_server_side_encryption(encryption.kind)
        .set_ssekms_key_id(encryption.key)
        .set_bucket_key_enabled(encryption.bucket_key)
        .presigned(holding(valid)?)
        .await
        .map_err(|error| failure::of_call(blobs, key, &error))?;
    let headers = signed
        .headers()
        .filter(|(name, _)| *name != "content-length" && *name != "host");
    Ok(PresignedPut {
        url: signed.uri().to_owned(),
        headers: headers
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect(),
    })
}

fn holding(valid: Duration) -> Result<PresigningConfig, BlobError> {
    PresigningConfig::expires_in(valid.min(LONGEST)).map_err(|error| BlobError::Unavailable(error.to_string()))
}
