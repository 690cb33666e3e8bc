//! Git credentials: a user name and a password that the service made, for HTTP Basic.

use super::{Proven, Who, credentials};
use crate::directory::credential::{self, Credential, Secret};
use crate::error::Result;
use crate::forge::Forge;
use crate::hex;
use crate::master_key::{MasterKey, Purpose};

/// The longest user name and the longest password that are looked at (IAM's limit of the former).
const MAX: usize = 200;

/// What a Git user name and password prove; `None` for any that prove nothing, without saying why. A revocation holds from
/// the next request on.
///
/// # Errors
/// The store's.
pub async fn authenticate(forge: &Forge, user: &str, password: &str) -> Result<Option<Proven>> {
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || b"_+=,.@-".contains(&byte);
    if user.len() > MAX || password.len() > MAX || !user.bytes().all(letter) {
        return Ok(None);
    }
    let was_remembered = forge.credentials.get(user).is_some();
    let (_, found) = credentials::active(forge, user).await?;
    // A user who does not exist costs the same computation as one who does.
    let expected = match found.as_deref() {
        Some(Credential {
            secret: Secret::GitPassword { code, .. },
            ..
        }) => hex::decode(code).unwrap_or_default(),
        _ => Vec::new(),
    };
    let key = forge.key().await?;
    if !key.verify(Purpose::GitPassword, &[user.as_bytes(), password.as_bytes()], &expected) {
        if was_remembered {
            // A user who does not exist was read for in vain: the time of an answer tells nobody who does.
            drop(credential::get(forge, user).await?);
        }
        return Ok(None);
    }
    Ok(found.map(|found| Proven {
        credential: user.to_owned(),
        who: Who::User {
            name: found.user.clone(),
            id: found.user_id.clone(),
        },
    }))
}

/// The proof of a Git password, to be stored under the Git user name.
pub(crate) fn secret(key: &MasterKey, id: &str, user_name: &str, password: &str) -> Secret {
    let code = key.mac(Purpose::GitPassword, &[user_name.as_bytes(), password.as_bytes()]);
    Secret::GitPassword {
        id: id.to_owned(),
        code: hex::encode(&code),
    }
}
