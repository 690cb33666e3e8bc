//! The one secret of an installation, and what is derived from it.

use std::fmt;

use aes_gcm::aead::{Aead as _, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use async_trait::async_trait;
use hmac::{Hmac, KeyInit as _, Mac as _};
use packhouse_storage::error::Error as StorageError;
use sha2::Sha256;
use subtle::ConstantTimeEq as _;

use crate::hex;

/// Bytes of a nonce of AES-GCM.
const NONCE: usize = 12;

/// What a derived key is for. No two purposes share a key.
#[derive(Clone, Copy, Debug)]
pub enum Purpose {
    /// Recognising the master key itself.
    Check,
    /// Authenticating Git passwords.
    GitPassword,
    /// Encrypting the secrets of access keys.
    AccessKey,
    /// Authenticating continuation tokens.
    PageToken,
    /// Encrypting what a session is.
    SessionToken,
    /// Deriving the secrets of temporary access keys.
    SessionSecret,
    /// Encrypting the seeds of devices.
    MfaSeed,
    /// Deriving the secrets of webhooks.
    Webhook,
}

impl Purpose {
    const fn label(self) -> &'static [u8] {
        match self {
            Self::Check => b"packhouse:check:1",
            Self::GitPassword => b"packhouse:git-password:1",
            Self::AccessKey => b"packhouse:access-key:1",
            Self::PageToken => b"packhouse:page-token:1",
            Self::SessionToken => b"packhouse:session-token:1",
            Self::SessionSecret => b"packhouse:session-secret:1",
            Self::MfaSeed => b"packhouse:mfa-seed:1",
            Self::Webhook => b"packhouse:webhook:1",
        }
    }
}

/// The key under which an installation keeps its credentials: 32 random bytes, from a key file or a key service.
#[derive(Clone)]
pub struct MasterKey([u8; 32]);

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterKey")
    }
}

/// Where the master key comes from. It is asked for when a credential is to be read, so that what needs none starts
/// without it.
#[async_trait]
pub trait MasterKeySource: Send + Sync + fmt::Debug {
    /// The key.
    ///
    /// # Errors
    /// [`StorageError::Unavailable`] when it cannot be had now, [`StorageError::Corrupt`] when what is there is no key.
    async fn master_key(&self) -> Result<MasterKey, StorageError>;
}

#[async_trait]
impl MasterKeySource for MasterKey {
    async fn master_key(&self) -> Result<Self, StorageError> {
        Ok(self.clone())
    }
}

impl MasterKey {
    /// Takes a key.
    #[must_use]
    pub const fn new(key: [u8; 32]) -> Self {
        Self(key)
    }

    /// A fresh random key.
    #[must_use]
    pub fn fresh() -> Self {
        Self(rand::random())
    }

    /// The key itself, to be kept where only its owner reads.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The key as it is kept: 64 hex digits.
    #[must_use]
    pub fn to_hex(&self) -> String {
        hex::encode(&self.0)
    }

    /// The key that 64 hex digits write, white space around them aside; `None` for anything else.
    #[must_use]
    pub fn from_hex(digits: &str) -> Option<Self> {
        let bytes = hex::decode(&digits.trim().to_ascii_lowercase())?;
        Some(Self(bytes.try_into().ok()?))
    }

    /// HMAC-SHA-256 of `parts` under the key derived for `purpose`; each part counts with its length.
    #[must_use]
    pub fn mac(&self, purpose: Purpose, parts: &[&[u8]]) -> [u8; 32] {
        let mut mac = hmac(&self.derived(purpose));
        for part in parts {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }

    /// Whether `expected` is the [`MasterKey::mac`] of `parts`, in a time that does not depend on where they differ.
    #[must_use]
    pub fn verify(&self, purpose: Purpose, parts: &[&[u8]], expected: &[u8]) -> bool {
        self.mac(purpose, parts).ct_eq(expected).into()
    }

    /// Encrypts `secret` with AES-256-GCM under a fresh nonce; it opens only together with `context`.
    #[must_use]
    pub fn seal(&self, purpose: Purpose, context: &[u8], secret: &[u8]) -> Vec<u8> {
        let nonce: [u8; NONCE] = rand::random();
        let payload = Payload {
            msg: secret,
            aad: context,
        };
        let sealed = self.cipher(purpose).encrypt(&Nonce::from(nonce), payload);
        [
            &nonce[..],
            &sealed.expect("a secret is far shorter than AES-GCM's limit"),
        ]
        .concat()
    }

    /// Decrypts what [`MasterKey::seal`] made; `None` when it was made otherwise.
    #[must_use]
    pub fn open(&self, purpose: Purpose, context: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE>()?;
        self.cipher(purpose)
            .decrypt(
                &Nonce::from(*nonce),
                Payload {
                    msg: sealed,
                    aad: context,
                },
            )
            .ok()
    }

    fn cipher(&self, purpose: Purpose) -> Aes256Gcm {
        Aes256Gcm::new(&self.derived(purpose).into())
    }

    fn derived(&self, purpose: Purpose) -> [u8; 32] {
        let mut mac = hmac(&self.0);
        mac.update(purpose.label());
        mac.finalize().into_bytes().into()
    }
}

fn hmac(key: &[u8]) -> Hmac<Sha256> {
    Hmac::new_from_slice(key).expect("HMAC takes a key of any length")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_as_it_was_written_and_nothing_else_is() {
        let key: [u8; 32] = std::array::from_fn(|at| u8::try_from(at * 8).unwrap());
        let digits = MasterKey::new(key).to_hex();
        for (text, expect) in [
            (digits.clone(), Some(key)),
            (digits.to_uppercase(), Some(key)),
            (format!("{digits}\n"), Some(key)),
            (digits[1..].to_owned(), None),
            (format!("{digits}00"), None),
            (digits.replace('f', "g"), None),
            (digits.replacen("00", "+1", 1), None),
            ("ä".repeat(32), None),
            (String::new(), None),
        ] {
            let read = MasterKey::from_hex(&text);
            assert_eq!(read.map(|key| *key.as_bytes()), expect, "{text}");
        }
    }

    #[test]
    fn a_sealed_secret_opens_only_as_it_was_sealed() {
        let key = MasterKey::new([1; 32]);
        let sealed = key.seal(Purpose::AccessKey, b"AKIA1", b"secret");
        assert_eq!(
            key.open(Purpose::AccessKey, b"AKIA1", &sealed).as_deref(),
            Some(&b"secret"[..])
        );
        assert_ne!(
            key.seal(Purpose::AccessKey, b"AKIA1", b"secret"),
            sealed,
            "each has its own nonce"
        );
        assert_eq!(key.open(Purpose::AccessKey, b"AKIA2", &sealed), None);
        assert_eq!(key.open(Purpose::PageToken, b"AKIA1", &sealed), None);
        assert_eq!(
            MasterKey::new([2; 32]).open(Purpose::AccessKey, b"AKIA1", &sealed),
            None
        );
        for cut in 0..sealed.len() {
            assert_eq!(key.open(Purpose::AccessKey, b"AKIA1", &sealed[..cut]), None);
        }
    }

    #[test]
    fn a_mac_depends_on_the_purpose_and_on_where_parts_end() {
        let key = MasterKey::new([1; 32]);
        let mac = key.mac(Purpose::GitPassword, &[b"ab", b"c"]);
        assert!(key.verify(Purpose::GitPassword, &[b"ab", b"c"], &mac));
        assert!(!key.verify(Purpose::GitPassword, &[b"a", b"bc"], &mac));
        assert!(!key.verify(Purpose::PageToken, &[b"ab", b"c"], &mac));
        assert!(!key.verify(Purpose::GitPassword, &[b"ab", b"c"], &mac[..31]));
    }
}
