//! The ways in which an SSH public key is written.

#[cfg(test)]
mod tests;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest as _, Md5};
use pkcs1::RsaPublicKey;
use spki::der::asn1::{AnyRef, BitStringRef, UintRef};
use spki::der::pem::{LineEnding, decode_vec, encode_string};
use spki::der::{Decode as _, Encode as _};
use spki::{AlgorithmIdentifierRef, ObjectIdentifier, SubjectPublicKeyInfoRef};
use ssh_key::Mpint;
use ssh_key::public::KeyData;

use crate::error::{Error, Result};
use crate::hex;

/// The longest text that is read.
const MAX_TEXT: usize = 16_384;
/// The fewest and the most bits of an RSA key.
const RSA_BITS: std::ops::RangeInclusive<usize> = 2048..=16_384;
/// `rsaEncryption` (RFC 8017).
const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const PEM: &str = "PUBLIC KEY";
const PEM_PKCS1: &str = "RSA PUBLIC KEY";
const RFC_4716_BEGIN: &str = "---- BEGIN SSH2 PUBLIC KEY ----";
const RFC_4716_END: &str = "---- END SSH2 PUBLIC KEY ----";

/// How a key is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// As `authorized_keys` has it.
    Ssh,
    /// As a PEM `PUBLIC KEY`; RSA only.
    Pem,
}

/// A key of a kind that is taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PublicKey(KeyData);

impl PublicKey {
    /// Reads a key as OpenSSH, RFC 4716 or PEM writes it.
    ///
    /// # Errors
    /// [`Error::UnrecognizedPublicKeyEncoding`], [`Error::InvalidPublicKey`].
    pub(super) fn parse(text: &str) -> Result<Self> {
        let text = text.trim();
        if text.len() > MAX_TEXT {
            return Err(invalid(&format!("The key is longer than {MAX_TEXT} characters.")));
        }
        let key = if text.starts_with(RFC_4716_BEGIN) {
            rfc_4716(text)?
        } else if text.starts_with("-----BEGIN ") {
            from_pem(text)?
        } else if text.starts_with("ssh-") || text.starts_with("ecdsa-") || text.starts_with("sk-") {
            let key = ssh_key::PublicKey::from_openssh(text).map_err(|_| malformed())?;
            key.key_data().clone()
        } else {
            return Err(Error::UnrecognizedPublicKeyEncoding(
                "The public key must be in the form of OpenSSH (ssh-rsa AAAA…), RFC 4716 or PEM.".to_owned(),
            ));
        };
        match &key {
            KeyData::Rsa(rsa) if RSA_BITS.contains(&bits(&rsa.n)) => Ok(Self(key)),
            KeyData::Rsa(_) => Err(invalid("An RSA key must have 2048 to 16384 bits.")),
            KeyData::Ecdsa(_) | KeyData::Ed25519(_) => Ok(Self(key)),
            _ => Err(invalid("Only RSA, ECDSA and Ed25519 keys can be used.")),
        }
    }

    /// The key as `authorized_keys` has it, without a comment.
    ///
    /// # Errors
    /// None for a key that was parsed.
    pub(super) fn openssh(&self) -> Result<String> {
        let key = ssh_key::PublicKey::from(self.0.clone());
        key.to_openssh().map_err(|_| malformed())
    }

    /// The MD5 of the key in hex, in pairs with colons between them.
    ///
    /// # Errors
    /// None for a key that was parsed.
    pub(super) fn fingerprint(&self) -> Result<String> {
        let key = ssh_key::PublicKey::from(self.0.clone());
        let hash = Md5::digest(key.to_bytes().map_err(|_| malformed())?);
        let pairs: Vec<String> = hash.iter().map(|&byte| hex::encode(&[byte])).collect();
        Ok(pairs.join(":"))
    }

    /// The key in PEM.
    ///
    /// # Errors
    /// [`Error::UnrecognizedPublicKeyEncoding`] for other keys than RSA.
    pub(super) fn pem(&self) -> Result<String> {
        let KeyData::Rsa(rsa) = &self.0 else {
            return Err(Error::UnrecognizedPublicKeyEncoding(
                "Only RSA keys can be had in PEM form.".to_owned(),
            ));
        };
        let pem = || {
            let key = RsaPublicKey {
                modulus: UintRef::new(rsa.n.as_positive_bytes()?).ok()?,
                public_exponent: UintRef::new(rsa.e.as_positive_bytes()?).ok()?,
            };
            let key = key.to_der().ok()?;
            let info = SubjectPublicKeyInfoRef {
                algorithm: AlgorithmIdentifierRef {
                    oid: RSA,
                    parameters: Some(AnyRef::NULL),
                },
                subject_public_key: BitStringRef::from_bytes(&key).ok()?,
            };
            encode_string(PEM, LineEnding::LF, &info.to_der().ok()?).ok()
        };
        pem().ok_or_else(malformed)
    }
}

fn from_pem(text: &str) -> Result<KeyData> {
    let (label, der) = decode_vec(text.as_bytes()).map_err(|_| malformed())?;
    match label {
        PEM_PKCS1 => rsa(&der),
        PEM => {
            let info = SubjectPublicKeyInfoRef::from_der(&der).map_err(|_| malformed())?;
            if info.algorithm.oid != RSA {
                return Err(invalid("Only RSA keys can be given in PEM form."));
            }
            rsa(info.subject_public_key.as_bytes().ok_or_else(malformed)?)
        }
        _ => Err(invalid("The PEM text holds no public key.")),
    }
}

fn rsa(der: &[u8]) -> Result<KeyData> {
    let key = RsaPublicKey::from_der(der).map_err(|_| malformed())?;
    let number = |number: &UintRef<'_>| Mpint::from_positive_bytes(number.as_bytes()).map_err(|_| malformed());
    Ok(KeyData::Rsa(ssh_key::public::RsaPublicKey {
        e: number(&key.public_exponent)?,
        n: number(&key.modulus)?,
    }))
}

/// RFC 4716: headers, of which a backslash continues a line, then base64.
fn rfc_4716(text: &str) -> Result<KeyData> {
    let body = text
        .strip_prefix(RFC_4716_BEGIN)
        .and_then(|rest| rest.strip_suffix(RFC_4716_END));
    let mut lines = body.ok_or_else(malformed)?.lines();
    let mut encoded = String::new();
    while let Some(line) = lines.next() {
        if !line.contains(':') {
            encoded.push_str(line.trim());
            continue;
        }
        let mut header = line;
        while header.ends_with('\\') {
            header = lines.next().ok_or_else(malformed)?;
        }
    }
    let blob = STANDARD.decode(encoded).map_err(|_| malformed())?;
    let key = ssh_key::PublicKey::from_bytes(&blob).map_err(|_| malformed())?;
    Ok(key.key_data().clone())
}

fn bits(number: &Mpint) -> usize {
    let bytes = number.as_positive_bytes().unwrap_or_default();
    let first = bytes.first().map_or(0, |first| first.leading_zeros() as usize);
    bytes.len() * 8 - first
}

fn malformed() -> Error {
    invalid("The public key is malformed.")
}

fn invalid(why: &str) -> Error {
    Error::InvalidPublicKey(why.to_owned())
}
