//! The stored form of credentials.

use packhouse_storage::keys;
use packhouse_storage::table::Write;
use serde::{Deserialize, Serialize};

use super::{now_ms, put, record};
use crate::error::Result;
use crate::forge::Forge;

/// A credential, stored under the key id or the Git user name.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Credential {
    /// Whose it is.
    pub(crate) user: String,
    /// The owner's id, which a later user of the same name does not have.
    pub(crate) user_id: String,
    pub(crate) active: bool,
    pub(crate) created_ms: u64,
    pub(crate) secret: Secret,
}

/// What proves a credential.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Secret {
    /// An access key's secret, sealed with the key id as context, in hex. Signatures need the secret itself.
    AccessKey(String),
    /// The authentication code of a Git password with its user name, in hex. The password is nowhere.
    GitPassword {
        /// `ACCA…`, under which IAM knows it.
        id: String,
        code: String,
    },
    /// An SSH public key.
    SshPublicKey {
        /// As `authorized_keys` has it.
        body: String,
        /// MD5 fingerprint, as IAM shows it.
        fingerprint: String,
    },
}

impl Credential {
    /// A fresh, active credential of that user.
    pub(crate) fn fresh(user: &str, user_id: &str, secret: Secret) -> Self {
        Self {
            user: user.to_owned(),
            user_id: user_id.to_owned(),
            active: true,
            created_ms: now_ms(),
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
