//! Direct uploads: pushes whose pack does not pass through us, but goes into the blob store in parts, by URLs that we hand
//! out. Each step asks whether the caller may push.

mod push;
#[cfg(test)]
mod tests;

use packhouse_storage::blobs::PresignedPut;
use packhouse_storage::error::Error as StorageError;
use packhouse_storage::incoming::{Cut, Incoming, UploadId};

pub use push::push;

use crate::error::Result;
use crate::forge::Forge;
use crate::git;
use crate::identity::Caller;
use crate::names::RepositoryName;
use crate::policy::Action;

/// How many parts one call of [`parts`] may name.
pub const MAX_PARTS_AT_ONCE: usize = 100;

/// One part of an upload.
#[derive(Debug)]
pub struct Part {
    /// Its number, from 1 on.
    pub number: u32,
    /// How many bytes it has to have.
    pub bytes: u64,
    /// How to put it there; nothing when it is there already.
    pub put: Option<PresignedPut>,
}

/// Begins an upload of `bytes` bytes: its id, and how it is to be cut.
///
/// # Errors
/// No or too many bytes, and those of [`git::open`].
pub async fn begin(forge: &Forge, caller: &Caller, name: &RepositoryName, bytes: u64) -> Result<(UploadId, Cut)> {
    let upload = UploadId::fresh();
    let incoming = open(forge, caller, name, upload.clone(), bytes).await?;
    Ok((upload, *incoming.cut()))
}

/// Where to put the parts `numbers` of an upload of `bytes` bytes, and which of them are there.
///
/// # Errors
/// Parts that the upload does not have, or too many of them; no or too many bytes; those of [`git::open`].
pub async fn parts(
    forge: &Forge,
    caller: &Caller,
    name: &RepositoryName,
    (upload, bytes): (UploadId, u64),
    numbers: &[u32],
) -> Result<Vec<Part>> {
    let incoming = open(forge, caller, name, upload, bytes).await?;
    if numbers.len() > MAX_PARTS_AT_ONCE {
        let why = format!("{} parts are asked for, of {MAX_PARTS_AT_ONCE} at once", numbers.len());
        return Err(StorageError::Invalid(why).into());
    }
    let stored = incoming.stored().await?;
    let mut parts = Vec::with_capacity(numbers.len());
    for &number in numbers {
        let bytes = incoming.cut().length(number).unwrap_or_default();
        let put = match stored.get(&number) {
            None => Some(incoming.put_url(number).await?),
            Some(length) if *length == bytes => None,
            Some(length) => {
                let why = format!("part {number} is there with {length} bytes, not {bytes}; begin another upload");
                return Err(StorageError::Invalid(why).into());
            }
        };
        parts.push(Part { number, bytes, put });
    }
    Ok(parts)
}

async fn open(forge: &Forge, caller: &Caller, name: &RepositoryName, upload: UploadId, bytes: u64) -> Result<Incoming> {
    let snapshot = git::open(forge, caller, name, Action::GitPush).await?;
    Ok(Incoming::new(&snapshot, upload, bytes)?)
}
