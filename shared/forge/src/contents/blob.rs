//! `GetBlob`.

use bytes::Bytes;
use packhouse_git::find::Find as _;
use packhouse_git::hash::ObjectId;
use packhouse_git::object::Kind;
use packhouse_storage::odb::Odb;

use super::MAX_FILE;
use crate::error::{Error, Result};
use crate::forge::Forge;
use crate::identity::Caller;
use crate::names::RepositoryName;
use crate::policy::Action;
use crate::refusal::Refusal;
use crate::repositories::opened;

/// Reads a blob, which a full id names.
///
/// # Errors
/// [`Refusal::InvalidBlobId`], [`Refusal::BlobIdDoesNotExist`], [`Refusal::FileTooLarge`] above [`MAX_FILE`], and the
/// store's.
pub async fn get_blob(forge: &Forge, caller: &Caller, name: &RepositoryName, id: &str) -> Result<Bytes> {
    let opened = opened(forge, caller, Action::GetBlob, name).await?;
    let id = opened.id(id).ok_or(Refusal::InvalidBlobId)?;
    opened.odb.walk(move |odb| read_blob(odb, id)).await
}

/// Reads a blob that is small enough.
///
/// # Errors
/// As [`get_blob`].
pub(super) fn read_blob(odb: &Odb, id: ObjectId) -> Result<Bytes> {
    match odb.header(&id).map_err(packhouse_storage::error::Error::from)? {
        Some((Kind::Blob, size)) if size > MAX_FILE => return Err(Refusal::FileTooLarge.into()),
        Some((Kind::Blob, _)) => {}
        Some(_) | None => return Err(Refusal::BlobIdDoesNotExist.into()),
    }
    let found = odb.read(&id)?;
    found
        .map(|(_, data)| data)
        .ok_or_else(|| Error::corrupt(format!("{id} went while it was read")))
}
