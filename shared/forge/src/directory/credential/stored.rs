//! What is stored of a credential.

use serde::{Deserialize, Serialize};

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
