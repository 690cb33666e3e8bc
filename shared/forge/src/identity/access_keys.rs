//! Access keys, with which callers sign requests.

use std::fmt;

use packhouse_storage::keys;

use super::record::{SecretRecord, decode_credential, encode_credential};
use super::{Principal, principal};
use crate::error::{Error, Result};
use crate::forge::Forge;
use crate::hex;
use crate::master_key::{MasterKey, Purpose};

/// The longest key id that is looked up.
const MAX_ID: usize = 128;

/// An active access key with its owner.
#[derive(Clone)]
pub struct AccessKey {
    /// What signatures are made with.
    pub secret: String,
    /// Whose key it is.
    pub principal: Principal,
}

impl fmt::Debug for AccessKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessKey")
            .field("principal", &self.principal.arn)
            .finish_non_exhaustive()
    }
}

/// Finds an access key; `None` when there is none of that id, or it is inactive, or its owner is gone. Nothing is
/// cached, so a revocation holds from the next request on.
///
/// # Errors
/// The store's.
pub async fn find(forge: &Forge, id: &str) -> Result<Option<AccessKey>> {
    if id.len() > MAX_ID || !id.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Ok(None);
    }
    let Some(item) = forge.store().table().get(&keys::credential(id)).await? else {
        return Ok(None);
    };
    let record = decode_credential(&item)?;
    let SecretRecord::AccessKey(sealed) = &record.secret else {
        return Ok(None);
    };
    if !record.active {
        return Ok(None);
    }
    let key = forge.key().await?;
    let secret = hex::decode(sealed)
        .and_then(|sealed| key.open(Purpose::AccessKey, id.as_bytes(), &sealed))
        .and_then(|secret| String::from_utf8(secret).ok())
        .ok_or_else(|| Error::corrupt(format!("the secret of access key {id} does not open")))?;
    let owner = principal(forge, &record.user_id).await?;
    Ok(owner.map(|principal| AccessKey { secret, principal }))
}

/// The stored form of an access key.
pub(super) fn stored(key: &MasterKey, user_id: &str, id: &str, secret: &str) -> Vec<u8> {
    let sealed = key.seal(Purpose::AccessKey, id.as_bytes(), secret.as_bytes());
    encode_credential(user_id, SecretRecord::AccessKey(hex::encode(&sealed)))
}
