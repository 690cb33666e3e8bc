//! What failed calls mean to the port.

use std::error::Error as StdError;

use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use packhouse_storage::blobs::{BlobError, KeyFault};

use super::S3Blobs;
use crate::failure::describe;
use crate::keys;

/// What a failed call that concerns `key` means.
pub(super) fn of_call<E>(blobs: &S3Blobs, key: &str, error: &SdkError<E, HttpResponse>) -> BlobError
where
    E: ProvideErrorMetadata + StdError + 'static,
{
    if let Some(fault) = key_fault(error) {
        let why = describe(error);
        return BlobError::Key { fault, why };
    }
    match (error.code(), status(error)) {
        (Some("NoSuchBucket"), _) => {
            BlobError::Unavailable(format!("there is no bucket {}: {}", blobs.bucket, describe(error)))
        }
        // The answer to a HEAD has no body, and so no code that tells a missing bucket from a missing object.
        (Some("NoSuchKey" | "NotFound") | None, Some(404)) => BlobError::NotFound(key.into()),
        _ => BlobError::Unavailable(describe(error)),
    }
}

/// What S3 says of the encryption key of an object: what KMS says, under names of its own, or that we may not use it.
fn key_fault<E: ProvideErrorMetadata>(error: &SdkError<E, HttpResponse>) -> Option<KeyFault> {
    match error.code()? {
        "AccessDenied" => {
            let of_key = error.message().is_some_and(|message| message.contains("kms:"));
            of_key.then_some(KeyFault::AccessDenied)
        }
        code => keys::fault(code.strip_prefix("KMS.")?),
    }
}

/// The status of a refusal.
pub(crate) fn status<E>(error: &SdkError<E, HttpResponse>) -> Option<u16> {
    match error {
        SdkError::ServiceError(refusal) => Some(refusal.raw().status().as_u16()),
        _ => None,
    }
}
