//! Credentials as they are stored.

pub(crate) mod stored;

use packhouse_storage::clock;
use packhouse_storage::keys;
use packhouse_storage::table::Write;

pub(crate) use self::stored::{Credential, Secret};
use super::{put, record};
use crate::error::Result;
use crate::forge::Forge;

impl Credential {
    /// A fresh, active credential of that user.
    pub(crate) fn fresh(user: &str, user_id: &str, secret: Secret) -> Self {
        Self {
            user: user.to_owned(),
            user_id: user_id.to_owned(),
            active: true,
            created_ms: clock::now_millis(),
            secret,
        }
    }

    /// Stores it under `id`.
    pub(crate) fn put(&self, id: &str) -> Write {
        put(keys::credential(id), self)
    }
}

/// Reads the credential under `id`.
///
/// # Errors
/// The store's.
pub(crate) async fn get(forge: &Forge, id: &str) -> Result<Option<Credential>> {
    let item = forge.store().table().get(&keys::credential(id)).await?;
    item.as_ref().map(record::decode).transpose()
}
