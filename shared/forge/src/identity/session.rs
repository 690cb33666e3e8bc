//! Sessions: temporary access keys. All about one is in its token, sealed under the master key, so nothing of it is stored
//! and nothing has to be swept; it ends by its time, with its role or its user, or by a policy that denies what is older
//! than `aws:TokenIssueTime`.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use packhouse_storage::clock;
use serde::{Deserialize, Serialize};

use crate::directory::ids::fresh_key_id;
use crate::master_key::{MasterKey, Purpose};

/// The longest token that is looked at.
pub const MAX_TOKEN: usize = 16 << 10;

/// What a session is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Of whom.
    pub of: SessionOf,
    /// When it began, in seconds since the Unix epoch.
    pub issued: u64,
    /// When it ends.
    pub expires: u64,
    /// Whether it began with a one-time password.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub mfa: bool,
    /// Session policies: their texts, and ARNs of managed ones. What the principal may do is cut down to what they allow.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub policies: Vec<String>,
    /// ARNs of managed session policies.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub policy_arns: Vec<String>,
    /// Session tags.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<String, String>,
    /// Who vouched for whoever began it, where that was somebody else: the issuer of an ID token, or AWS.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    /// Condition keys that the provider's token filled in, such as `idp.example.com:sub`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub claims: BTreeMap<String, String>,
}

/// Of whom a session is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SessionOf {
    /// Somebody assumed a role.
    Role {
        /// The role's name.
        name: String,
        /// The role's id.
        id: String,
        /// The session's name.
        session: String,
    },
    /// A user's own (`GetSessionToken`).
    User {
        /// The user's name.
        name: String,
        /// The user's id.
        id: String,
    },
}

impl Session {
    /// Whether somebody assumed a role for it.
    #[must_use]
    pub const fn is_of_role(&self) -> bool {
        matches!(self.of, SessionOf::Role { .. })
    }
}

/// A temporary access key.
#[derive(Clone)]
pub struct TemporaryKey {
    /// `ASIA…`.
    pub id: String,
    /// What signatures are made with.
    pub secret: String,
    /// What has to come with every request.
    pub token: String,
}

impl std::fmt::Debug for TemporaryKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TemporaryKey")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// Makes a key for a session.
#[must_use]
pub fn issue(key: &MasterKey, session: &Session) -> TemporaryKey {
    let id = fresh_key_id("ASIA");
    let session = serde_json::to_vec(session).expect("texts, numbers and flags always encode");
    let token = URL_SAFE_NO_PAD.encode(key.seal(Purpose::SessionToken, id.as_bytes(), &session));
    TemporaryKey {
        secret: secret(key, &id),
        token,
        id,
    }
}

/// The secret and the session of a temporary key; `None` unless the token was made with it, and is still good.
pub(super) fn open(key: &MasterKey, id: &str, token: &str) -> Option<(String, Session)> {
    let sealed = (token.len() <= MAX_TOKEN).then(|| URL_SAFE_NO_PAD.decode(token).ok())??;
    let session = key.open(Purpose::SessionToken, id.as_bytes(), &sealed)?;
    let session: Session = serde_json::from_slice(&session).ok()?;
    (session.expires > clock::now_secs()).then(|| (secret(key, id), session))
}

/// A temporary key's secret follows from its id.
fn secret(key: &MasterKey, id: &str) -> String {
    STANDARD.encode(&key.mac(Purpose::SessionSecret, &[id.as_bytes()])[..30])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session(expires: u64) -> Session {
        Session {
            of: SessionOf::Role {
                name: "deploy".into(),
                id: "AROA1".into(),
                session: "ci".into(),
            },
            issued: 1,
            expires,
            mfa: false,
            policies: Vec::new(),
            policy_arns: Vec::new(),
            tags: BTreeMap::new(),
            provider: None,
            claims: BTreeMap::new(),
        }
    }

    #[test]
    fn a_token_opens_only_with_its_own_key_and_in_its_time() {
        let key = MasterKey::new([1; 32]);
        let lasting = session(u64::MAX);
        let made = issue(&key, &lasting);
        assert_eq!(open(&key, &made.id, &made.token), Some((made.secret.clone(), lasting)));
        let other = issue(&key, &session(u64::MAX));
        let over = issue(&key, &session(1));
        for (key, id, token) in [
            (&key, &other.id, &made.token),
            (&key, &made.id, &other.token),
            (&key, &over.id, &over.token),
            (&MasterKey::new([2; 32]), &made.id, &made.token),
            (&key, &made.id, &made.token[1..].to_owned()),
            (&key, &made.id, &String::new()),
            (&key, &made.id, &"A".repeat(MAX_TOKEN + 1)),
        ] {
            assert_eq!(open(key, id, token), None);
        }
    }
}
