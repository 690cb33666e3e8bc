//! The stored form of identities.

use std::collections::BTreeMap;

use packhouse_storage::keys::{self, Identity};
use packhouse_storage::table::{Expect, Item, Key, Write};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::account;
use crate::error::{Error, Result};
use crate::forge::Forge;

const SCHEMA: u32 = 1;

#[derive(Serialize, Deserialize)]
struct Envelope<T> {
    schema: u32,
    #[serde(flatten)]
    record: T,
}

/// A user. Texts of policies are kept as they were given.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct User {
    pub(crate) name: String,
    pub(crate) path: String,
    /// `AIDA…`; stays when the name changes.
    pub(crate) id: String,
    pub(crate) created_ms: u64,
    #[serde(default)]
    pub(crate) tags: BTreeMap<String, String>,
    /// ARN of the managed policy that bounds what the others allow.
    #[serde(default)]
    pub(crate) boundary: Option<String>,
    /// Inline policies by name.
    #[serde(default)]
    pub(crate) inline: BTreeMap<String, String>,
    /// ARNs of managed policies.
    #[serde(default)]
    pub(crate) attached: Vec<String>,
    /// Names of groups.
    #[serde(default)]
    pub(crate) groups: Vec<String>,
    /// Ids of access keys.
    #[serde(default)]
    pub(crate) access_keys: Vec<String>,
    #[serde(default)]
    pub(crate) service_credentials: Vec<ServiceCredential>,
    /// Ids of SSH keys.
    #[serde(default)]
    pub(crate) ssh_keys: Vec<String>,
    /// Names of the virtual devices that are enabled for the user.
    #[serde(default)]
    pub(crate) mfa_devices: Vec<String>,
}

/// Where a service-specific credential of a user is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ServiceCredential {
    /// `ACCA…`.
    pub(crate) id: String,
    /// The Git user name, which its item is under.
    pub(crate) user_name: String,
}

/// A group. Its members are items of their own.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Group {
    pub(crate) name: String,
    pub(crate) path: String,
    /// `AGPA…`.
    pub(crate) id: String,
    pub(crate) created_ms: u64,
    #[serde(default)]
    pub(crate) inline: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) attached: Vec<String>,
}

/// A role.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Role {
    pub(crate) name: String,
    pub(crate) path: String,
    /// `AROA…`.
    pub(crate) id: String,
    pub(crate) created_ms: u64,
    #[serde(default)]
    pub(crate) description: Option<String>,
    /// Who may assume it.
    pub(crate) trust: String,
    /// The ids of those whom `trust` means by the ARNs of this account. An ARN that is not here means nobody of it.
    #[serde(default)]
    pub(crate) trusted: BTreeMap<String, String>,
    /// The longest session, in seconds.
    pub(crate) max_session: u32,
    #[serde(default)]
    pub(crate) tags: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) boundary: Option<String>,
    #[serde(default)]
    pub(crate) inline: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) attached: Vec<String>,
}

/// A managed policy of the account.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct ManagedPolicy {
    pub(crate) name: String,
    pub(crate) path: String,
    /// `ANPA…`.
    pub(crate) id: String,
    pub(crate) created_ms: u64,
    pub(crate) updated_ms: u64,
    #[serde(default)]
    pub(crate) description: Option<String>,
    #[serde(default)]
    pub(crate) tags: BTreeMap<String, String>,
    /// Number of the version that counts.
    pub(crate) default: u32,
    /// Number of the version that is made next; numbers are not used again.
    pub(crate) next: u32,
    /// Oldest first.
    pub(crate) versions: Vec<PolicyVersion>,
}

impl ManagedPolicy {
    /// The version that counts.
    pub(crate) fn default_version(&self) -> Option<&PolicyVersion> {
        self.versions.iter().find(|version| version.number == self.default)
    }
}

/// A version of a managed policy.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct PolicyVersion {
    pub(crate) number: u32,
    pub(crate) created_ms: u64,
    pub(crate) document: String,
}

/// A virtual device that makes one-time passwords (RFC 6238).
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct MfaDevice {
    pub(crate) name: String,
    pub(crate) path: String,
    /// The seed, sealed with the name as context, in hex.
    pub(crate) sealed_seed: String,
    pub(crate) created_ms: u64,
    #[serde(default)]
    pub(crate) tags: BTreeMap<String, String>,
    /// Name of the user for whom it is enabled.
    #[serde(default)]
    pub(crate) user: Option<String>,
    #[serde(default)]
    pub(crate) enabled_ms: u64,
    /// The last step whose password was taken; no step counts twice.
    #[serde(default)]
    pub(crate) last_step: u64,
    /// How many steps the device's clock is ahead of ours.
    #[serde(default)]
    pub(crate) drift: i64,
    /// Wrong passwords in a row, and when the last one was.
    #[serde(default)]
    pub(crate) failures: u32,
    #[serde(default)]
    pub(crate) failed_ms: u64,
}

/// An issuer of OpenID Connect tokens that roles may trust.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct OidcProvider {
    /// The issuer without its scheme.
    pub(crate) url: String,
    pub(crate) created_ms: u64,
    /// Audiences.
    pub(crate) client_ids: Vec<String>,
    #[serde(default)]
    pub(crate) thumbprints: Vec<String>,
    #[serde(default)]
    pub(crate) tags: BTreeMap<String, String>,
}

/// The item that holds an identity.
pub(crate) fn key(forge: &Forge, kind: Identity, name: &str) -> Key {
    keys::identity(account(forge), kind, name)
}

/// Reads an identity.
///
/// # Errors
/// The store's.
pub(crate) async fn get<T: DeserializeOwned>(forge: &Forge, kind: Identity, name: &str) -> Result<Option<T>> {
    let item = forge.store().table().get(&key(forge, kind, name)).await?;
    item.as_ref().map(decode).transpose()
}

/// The write that stores a record, for a [`Change`](super::Change).
pub(crate) fn put<T: Serialize>(key: Key, record: &T) -> Write {
    Write::put(key, Expect::Any, encode(record))
}

/// The stored form of a record.
pub(crate) fn encode<T: Serialize>(record: &T) -> Vec<u8> {
    let envelope = Envelope { schema: SCHEMA, record };
    serde_json::to_vec(&envelope).expect("strings, numbers and flags always encode")
}

/// A record out of its item.
///
/// # Errors
/// [`StorageError::Corrupt`](packhouse_storage::error::Error::Corrupt).
pub(crate) fn decode<T: DeserializeOwned>(item: &Item) -> Result<T> {
    let bad = |why: String| Error::corrupt(format!("unreadable item {:?}: {why}", item.key));
    let envelope: Envelope<T> = serde_json::from_slice(&item.body).map_err(|error| bad(error.to_string()))?;
    if envelope.schema != SCHEMA {
        return Err(bad(format!("schema {} is newer than this program", envelope.schema)));
    }
    Ok(envelope.record)
}
