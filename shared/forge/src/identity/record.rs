//! The stored form of principals and credentials.

use packhouse_storage::table::Item;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::Principal;
use crate::error::{Error, Result};
use crate::forge::Forge;

const SCHEMA: u32 = 1;

/// A principal as it is stored.
#[derive(Serialize, Deserialize)]
pub(super) struct PrincipalRecord {
    schema: u32,
    user_id: String,
    name: String,
    arn: String,
    administrator: bool,
    created_ms: u64,
    /// Ids of the access keys, inactive ones included.
    #[serde(default)]
    access_keys: Vec<String>,
}

/// A credential as it is stored, under the key id or the Git user name.
#[derive(Serialize, Deserialize)]
pub(super) struct CredentialRecord {
    schema: u32,
    /// Whose it is.
    pub(super) user_id: String,
    pub(super) active: bool,
    created_ms: u64,
    pub(super) secret: SecretRecord,
}

/// What proves a credential.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum SecretRecord {
    /// An access key's secret, sealed with the key id as context, in hex. Signatures need the secret itself.
    AccessKey(String),
    /// The authentication code of a Git password with its user name, in hex. The password is nowhere.
    GitPassword(String),
}

/// Now, as records state it.
fn now_ms() -> u64 {
    u64::try_from(packhouse_storage::clock::now().as_millis()).unwrap_or(u64::MAX)
}

/// The stored form of a principal, who has those access keys.
pub(super) fn encode_principal(principal: &Principal, access_keys: Vec<String>) -> Vec<u8> {
    encode(&PrincipalRecord {
        schema: SCHEMA,
        user_id: principal.user_id.clone(),
        name: principal.name.clone(),
        arn: principal.arn.clone(),
        administrator: principal.administrator,
        created_ms: now_ms(),
        access_keys,
    })
}

pub(super) fn decode_principal(forge: &Forge, item: &Item) -> Result<Principal> {
    let record = principal_record(item)?;
    Ok(Principal {
        arn: record.arn,
        user_id: record.user_id,
        name: record.name,
        account: forge.installation().account.clone(),
        administrator: record.administrator,
    })
}

/// The ids of a principal's access keys.
pub(super) fn decode_access_keys(item: &Item) -> Result<Vec<String>> {
    Ok(principal_record(item)?.access_keys)
}

/// The stored form of a principal who has those access keys instead.
pub(super) fn with_access_keys(item: &Item, access_keys: Vec<String>) -> Result<Vec<u8>> {
    let record = principal_record(item)?;
    Ok(encode(&PrincipalRecord { access_keys, ..record }))
}

fn principal_record(item: &Item) -> Result<PrincipalRecord> {
    let record: PrincipalRecord = decode(item)?;
    check_schema(record.schema)?;
    Ok(record)
}

pub(super) fn encode_credential(user_id: &str, secret: SecretRecord) -> Vec<u8> {
    encode(&CredentialRecord {
        schema: SCHEMA,
        user_id: user_id.to_owned(),
        active: true,
        created_ms: now_ms(),
        secret,
    })
}

/// The stored form of the same credential, inactive.
pub(super) fn deactivated(record: CredentialRecord) -> Vec<u8> {
    encode(&CredentialRecord {
        active: false,
        ..record
    })
}

pub(super) fn decode_credential(item: &Item) -> Result<CredentialRecord> {
    let record: CredentialRecord = decode(item)?;
    check_schema(record.schema)?;
    Ok(record)
}

fn encode(record: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(record).expect("strings, numbers and flags always encode")
}

fn decode<T: DeserializeOwned>(item: &Item) -> Result<T> {
    serde_json::from_slice(&item.body)
        .map_err(|error| Error::corrupt(format!("unreadable item {:?}: {error}", item.key)))
}

fn check_schema(schema: u32) -> Result<()> {
    if schema == SCHEMA {
        return Ok(());
    }
    Err(Error::corrupt(format!(
        "identity schema {schema} is newer than this program"
    )))
}
