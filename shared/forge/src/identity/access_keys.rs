//! Access keys, with which callers sign requests.

use std::fmt;
use std::sync::Arc;

use super::session::{self, Session};
use super::{Principal, Proven, Who, credentials, load};
use crate::directory::credential::{Credential, Secret};
use crate::directory::{self, Generation};
use crate::error::{Error, Result};
use crate::forge::Forge;
use crate::hex;
use crate::master_key::{MasterKey, Purpose};

/// The longest key id that is looked up.
const MAX_ID: usize = 128;

/// What signatures of an access key are verified with. Whoever has verified one asks for the [`AccessKey::principal`].
#[derive(Clone)]
pub struct AccessKey {
    /// What signatures are made with.
    pub secret: String,
    proven: Proven,
    generation: Generation,
}

impl fmt::Debug for AccessKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessKey")
            .field("proven", &self.proven)
            .finish_non_exhaustive()
    }
}

impl AccessKey {
    /// Whose key it is; `None` once they are gone.
    ///
    /// # Errors
    /// The store's.
    pub async fn principal(&self, forge: &Forge) -> Result<Option<Arc<Principal>>> {
        load::at(forge, self.generation, &self.proven).await
    }

    /// What the key proves, once a signature was verified.
    #[must_use]
    pub const fn proven(&self) -> &Proven {
        &self.proven
    }
}

/// Finds an access key, a user's own or, with a session's token, a temporary one; `None` when there is none of that id, or
/// it is inactive or over. A revocation holds from the next request on.
///
/// # Errors
/// The store's.
pub async fn find(forge: &Forge, id: &str, token: Option<&str>) -> Result<Option<AccessKey>> {
    if id.len() > MAX_ID || !id.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Ok(None);
    }
    match token {
        Some(token) => temporary(forge, id, token).await,
        None => of_user(forge, id).await,
    }
}

async fn of_user(forge: &Forge, id: &str) -> Result<Option<AccessKey>> {
    let (generation, found) = credentials::active(forge, id).await?;
    let Some(found) = found else {
        return Ok(None);
    };
    let Secret::AccessKey(sealed) = &found.secret else {
        return Ok(None);
    };
    let key = forge.key().await?;
    let secret = hex::decode(sealed)
        .and_then(|sealed| key.open(Purpose::AccessKey, id.as_bytes(), &sealed))
        .and_then(|secret| String::from_utf8(secret).ok())
        .ok_or_else(|| Error::corrupt(format!("the secret of access key {id} does not open")))?;
    Ok(Some(AccessKey {
        secret,
        proven: Proven {
            credential: id.to_owned(),
            who: Who::User {
                name: found.user.clone(),
                id: found.user_id.clone(),
            },
        },
        generation,
    }))
}

async fn temporary(forge: &Forge, id: &str, token: &str) -> Result<Option<AccessKey>> {
    let key = forge.key().await?;
    let Some((secret, session)) = session::open(&key, id, token) else {
        return Ok(None);
    };
    Ok(Some(AccessKey {
        secret,
        proven: proven(id, session),
        generation: directory::generation(forge).await?,
    }))
}

fn proven(id: &str, session: Session) -> Proven {
    Proven {
        credential: id.to_owned(),
        who: Who::Session(Box::new(session)),
    }
}

/// An access key of a user, to be stored.
pub(crate) fn stored(key: &MasterKey, (user, user_id): (&str, &str), id: &str, secret: &str) -> Credential {
    let sealed = key.seal(Purpose::AccessKey, id.as_bytes(), secret.as_bytes());
    Credential::fresh(user, user_id, Secret::AccessKey(hex::encode(&sealed)))
}
