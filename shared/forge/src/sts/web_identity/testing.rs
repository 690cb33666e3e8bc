//! An issuer for tests.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use packhouse_storage::clock;
use pkcs1::RsaPublicKey;
use rcgen::{KeyPair, PKCS_ED25519, PKCS_RSA_SHA256, SigningKey as _};
use serde_json::{Value, json};
use spki::der::Decode as _;

/// The issuer's URL.
pub(crate) const ISSUER: &str = "https://idp.example.com/realm";

static RSA: LazyLock<KeyPair> = LazyLock::new(|| KeyPair::generate_for(&PKCS_RSA_SHA256).unwrap());
static ED: LazyLock<KeyPair> = LazyLock::new(|| KeyPair::generate_for(&PKCS_ED25519).unwrap());

pub(crate) fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The keys that the issuer publishes: `rsa` and `ed`.
pub(crate) fn keys() -> Value {
    let rsa = RsaPublicKey::from_der(RSA.public_key_raw()).unwrap();
    let (n, e) = (rsa.modulus.as_bytes(), rsa.public_exponent.as_bytes());
    json!({ "keys": [
        { "kty": "RSA", "kid": "rsa", "use": "sig", "alg": "RS256", "n": encode(n), "e": encode(e) },
        { "kty": "OKP", "kid": "ed", "crv": "Ed25519", "x": encode(ED.public_key_raw()) },
    ] })
}

/// Now, as tokens have it.
pub(crate) fn now() -> i64 {
    clock::now_secs().cast_signed()
}

/// What a good token says.
pub(crate) fn claims() -> Value {
    json!({ "iss": ISSUER, "sub": "repo:org/app:ref:refs/heads/main", "aud": "packhouse", "iat": now(), "exp": now() + 300 })
}

/// A token with that header, signed with the RSA key.
pub(crate) fn token(header: &Value, claims: &Value) -> String {
    signed(header, claims, |text| RSA.sign(text).unwrap())
}

/// A token, signed with the RSA key as its header says.
pub(crate) fn good(claims: &Value) -> String {
    token(&json!({ "typ": "JWT", "alg": "RS256", "kid": "rsa" }), claims)
}

/// A token, signed with the Ed25519 key.
pub(crate) fn good_ed(claims: &Value) -> String {
    signed(&json!({ "alg": "EdDSA", "kid": "ed" }), claims, |text| {
        ED.sign(text).unwrap()
    })
}

/// A token with whatever stands for its signature.
pub(crate) fn signed(header: &Value, claims: &Value, sign: impl Fn(&[u8]) -> Vec<u8>) -> String {
    let text = format!("{}.{}", encode(header.to_string()), encode(claims.to_string()));
    format!("{text}.{}", encode(sign(text.as_bytes())))
}
