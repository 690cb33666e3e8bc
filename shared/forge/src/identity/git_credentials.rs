//! Git credentials: a user name and a password that the service made, for HTTP Basic.

use packhouse_storage::keys;

use super::record::{SecretRecord, decode_credential, encode_credential};
use super::{Principal, principal};
use crate::error::Result;
use crate::forge::Forge;
use crate::hex;
use crate::master_key::{MasterKey, Purpose};

/// The longest user name and the longest password that are looked at (IAM's limit of the former).
const MAX: usize = 200;

/// The principal whom a Git user name and password prove; `None` for any that do not, without saying why. Nothing is
/// cached, so a revocation holds from the next request on.
///
/// # Errors
/// The store's.
pub async fn authenticate(forge: &Forge, user: &str, password: &str) -> Result<Option<Principal>> {
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || b"_+=,.@-".contains(&byte);
    if user.len() > MAX || password.len() > MAX || !user.bytes().all(letter) {
        return Ok(None);
    }
    let item = forge.store().table().get(&keys::credential(user)).await?;
    let record = item.as_ref().map(decode_credential).transpose()?;
    // A user who does not exist costs the same computation as one who does.
    let (user_id, expected) = match &record {
        Some(record) if record.active => match &record.secret {
            SecretRecord::GitPassword(code) => (record.user_id.as_str(), hex::decode(code).unwrap_or_default()),
            SecretRecord::AccessKey(_) => ("", Vec::new()),
        },
        _ => ("", Vec::new()),
    };
    let key = forge.key().await?;
    if !key.verify(Purpose::GitPassword, &[user.as_bytes(), password.as_bytes()], &expected) {
        return Ok(None);
    }
    principal(forge, user_id).await
}

/// The stored form of a Git credential.
pub(super) fn stored(key: &MasterKey, user_id: &str, user: &str, password: &str) -> Vec<u8> {
    let code = key.mac(Purpose::GitPassword, &[user.as_bytes(), password.as_bytes()]);
    encode_credential(user_id, SecretRecord::GitPassword(hex::encode(&code)))
}
