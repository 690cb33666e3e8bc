//! Signed paths, by which the embedded stores hand out single blobs to clients without credentials.
//!
//! A path is `/_blobs/<key>?expires=<seconds>&length=<bytes>&method=<GET|PUT>&signature=<hex>`, without `length` for a GET.

use std::fmt;
use std::time::Duration;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use super::key::check_key;
use super::{BlobError, PresignedPut};
use crate::clock;

/// What every signed path starts with; the key follows.
pub const PATH_PREFIX: &str = "/_blobs/";

/// What a signed path lets its holder do with one blob.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Read it.
    Get,
    /// Create it.
    Put {
        /// How many bytes it has to have.
        length: u64,
    },
}

/// Why a signed path is not honoured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It is not of the form that a signer makes, or it is for another method.
    #[error("the signed path is malformed")]
    Malformed,
    /// Someone else made it, or it was changed.
    #[error("the signature does not match")]
    WrongSignature,
    /// Its time is over.
    #[error("the signed path has expired")]
    Expired,
}

/// Makes and verifies signed paths with one secret. Clones share the secret.
#[derive(Clone)]
pub struct Signer(Hmac<Sha256>);

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Signer")
    }
}

impl Signer {
    /// Signs with `secret`.
    #[must_use]
    pub fn new(secret: &[u8; 32]) -> Self {
        Self(Hmac::new_from_slice(secret).expect("HMAC takes a key of any length"))
    }

    /// The path and query that allow `access` to the blob `key` from now on for `valid`, in whole seconds.
    ///
    /// # Errors
    /// [`BlobError::InvalidKey`].
    pub fn sign(&self, key: &str, access: Access, valid: Duration) -> Result<String, BlobError> {
        check_key(key)?;
        let expires = clock::now_secs().saturating_add(valid.as_secs());
        let signed = signed_text(key, access, expires);
        let signature: String = self
            .mac(&signed)
            .finalize()
            .into_bytes()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        Ok(format!("{signed}&signature={signature}"))
    }

    /// What lets its holder create the blob `key` with `length` bytes, from now on for `valid`.
    ///
    /// # Errors
    /// [`BlobError::InvalidKey`].
    pub fn sign_put(&self, key: &str, length: u64, valid: Duration) -> Result<PresignedPut, BlobError> {
        let url = self.sign(key, Access::Put { length }, valid)?;
        let headers = Vec::new();
        Ok(PresignedPut { url, headers })
    }

    /// Whether `query` (without its `?`) was signed for `key` and has not expired. `method` is the request's; a HEAD
    /// is allowed by what allows a GET. The caller enforces [`Access::Put::length`].
    ///
    /// # Errors
    /// See [`Refused`].
    pub fn verify(&self, method: &str, key: &str, query: &str) -> Result<Access, Refused> {
        check_key(key).map_err(|_| Refused::Malformed)?;
        let (_, signature) = query.rsplit_once("&signature=").ok_or(Refused::Malformed)?;
        let field = |name: &str| {
            query
                .split('&')
                .filter_map(|pair| pair.split_once('='))
                .find(|(key, _)| *key == name)
        };
        let number = |name: &str| {
            field(name)
                .and_then(|(_, value)| value.parse::<u64>().ok())
                .ok_or(Refused::Malformed)
        };
        let access = match (field("method"), method) {
            (Some((_, "GET")), "GET" | "HEAD") => Access::Get,
            (Some((_, "PUT")), "PUT") => Access::Put {
                length: number("length")?,
            },
            _ => return Err(Refused::Malformed),
        };
        let expires = number("expires")?;
        let signed = signed_text(key, access, expires);
        // What was read must be all that was signed, in the one form that a signer writes.
        if format!("{PATH_PREFIX}{key}?{query}") != format!("{signed}&signature={signature}") {
            return Err(Refused::Malformed);
        }
        let signature = unhex(signature).ok_or(Refused::Malformed)?;
        self.mac(&signed)
            .verify_slice(&signature)
            .map_err(|_| Refused::WrongSignature)?;
        if clock::now_secs() >= expires {
            Err(Refused::Expired)
        } else {
            Ok(access)
        }
    }

    fn mac(&self, text: &str) -> Hmac<Sha256> {
        let mut mac = self.0.clone();
        mac.update(text.as_bytes());
        mac
    }
}

fn signed_text(key: &str, access: Access, expires: u64) -> String {
    match access {
        Access::Get => format!("{PATH_PREFIX}{key}?expires={expires}&method=GET"),
        Access::Put { length } => format!("{PATH_PREFIX}{key}?expires={expires}&length={length}&method=PUT"),
    }
}

/// Reads a signature written in lower-case hex.
fn unhex(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    if text.len() != 64 || !text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
        return None;
    }
    for (byte, digits) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "repos/1/lfs/aa/bb";

    /// Signs, lets `change` alter the query, and verifies.
    fn check(
        access: Access,
        valid: u64,
        method: &str,
        key: &str,
        change: impl Fn(&str) -> String,
    ) -> Result<Access, Refused> {
        let signer = Signer::new(&[7; 32]);
        let path = signer.sign(KEY, access, Duration::from_secs(valid)).unwrap();
        let (signed_key, query) = path.strip_prefix(PATH_PREFIX).unwrap().split_once('?').unwrap();
        assert_eq!(signed_key, KEY);
        signer.verify(method, key, &change(query))
    }

    #[test]
    fn what_was_signed_is_granted_and_nothing_else() {
        let put = Access::Put { length: 1000 };
        let same = |query: &str| query.to_owned();
        assert_eq!(check(Access::Get, 60, "GET", KEY, same), Ok(Access::Get));
        assert_eq!(check(Access::Get, 60, "HEAD", KEY, same), Ok(Access::Get));
        assert_eq!(check(put, 60, "PUT", KEY, same), Ok(put));
        assert_eq!(check(Access::Get, u64::MAX, "GET", KEY, same), Ok(Access::Get));
        assert_eq!(check(Access::Get, 0, "GET", KEY, same), Err(Refused::Expired));
        assert_eq!(check(Access::Get, 60, "PUT", KEY, same), Err(Refused::Malformed));
        assert_eq!(check(put, 60, "GET", KEY, same), Err(Refused::Malformed));
        assert_eq!(check(put, 60, "DELETE", KEY, same), Err(Refused::Malformed));
        assert_eq!(
            check(Access::Get, 60, "GET", "repos/2/lfs/aa/bb", same),
            Err(Refused::WrongSignature)
        );
        assert_eq!(
            check(Access::Get, 60, "GET", "../secrets", same),
            Err(Refused::Malformed)
        );
    }

    #[test]
    fn a_changed_query_is_refused() {
        let put = Access::Put { length: 1000 };
        type Change = fn(&str) -> String;
        let changes: [(Change, Refused); 8] = [
            (
                |query| query.replace("length=1000", "length=9000"),
                Refused::WrongSignature,
            ),
            (|query| query.replace("expires=", "expires=1"), Refused::WrongSignature),
            (|query| query.replace("length=1000", "length=+1000"), Refused::Malformed),
            (|query| format!("length=9000&{query}"), Refused::Malformed),
            (|query| format!("{query}&signature=00"), Refused::Malformed),
            (|query| query.to_uppercase(), Refused::Malformed),
            (|query| query[..query.len() - 1].to_owned(), Refused::Malformed),
            (|_| String::new(), Refused::Malformed),
        ];
        for (at, (change, refused)) in changes.into_iter().enumerate() {
            assert_eq!(check(put, 60, "PUT", KEY, change), Err(refused), "change {at}");
        }
    }

    #[test]
    fn another_secret_does_not_verify() {
        let path = Signer::new(&[1; 32])
            .sign(KEY, Access::Get, Duration::from_secs(60))
            .unwrap();
        let query = path.split_once('?').unwrap().1;
        assert_eq!(
            Signer::new(&[2; 32]).verify("GET", KEY, query),
            Err(Refused::WrongSignature)
        );
    }
}
