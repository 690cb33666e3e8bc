//! ID tokens: JSON Web Tokens (RFC 7519) that an OpenID Connect issuer signed.

#[cfg(test)]
mod tests;

use jsonwebtoken::dangerous::insecure_decode_claims;
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::jwk::{Jwk, KeyAlgorithm};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use packhouse_storage::clock;
use serde_json::{Map, Value};

use crate::error::{Error, Result};
use crate::iso8601;

/// The longest token that is looked at (STS's limit).
const MAX: usize = 20_000;
/// How far clocks may differ, in seconds.
const SKEW: u64 = 60;
/// The algorithms of signatures that are checked with a public key. Neither `none` nor those with a shared secret are.
const ALGORITHMS: [Algorithm; 9] = [
    Algorithm::RS256,
    Algorithm::RS384,
    Algorithm::RS512,
    Algorithm::PS256,
    Algorithm::PS384,
    Algorithm::PS512,
    Algorithm::ES256,
    Algorithm::ES384,
    Algorithm::EdDSA,
];

/// A token of which nothing is proven.
#[derive(Debug)]
pub(super) struct Token<'a> {
    text: &'a str,
    algorithm: Algorithm,
    key_id: Option<String>,
    issuer: String,
}

/// What an issuer says in a token, proven.
#[derive(Debug)]
pub(super) struct Claims(Map<String, Value>);

impl<'a> Token<'a> {
    /// Takes a token.
    ///
    /// # Errors
    /// [`Error::InvalidIdentityToken`].
    pub(super) fn parse(text: &'a str) -> Result<Self> {
        if text.len() > MAX {
            return Err(invalid(&format!("The token is longer than {MAX} characters")));
        }
        let malformed = |_| {
            invalid("The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)")
        };
        let header = decode_header(text).map_err(malformed)?;
        if !ALGORITHMS.contains(&header.alg) {
            return Err(invalid(
                "The algorithm of the token's signature is none that is accepted",
            ));
        }
        if header.crit.is_some() {
            return Err(invalid("The token has critical extensions, which are not understood"));
        }
        let claims: Map<String, Value> = insecure_decode_claims(text).map_err(malformed)?;
        let issuer = claims.get("iss").and_then(Value::as_str);
        let issuer = issuer.ok_or_else(|| invalid("Missing a required claim: iss"))?;
        Ok(Self {
            text,
            algorithm: header.alg,
            key_id: header.kid,
            issuer: issuer.to_owned(),
        })
    }

    /// Who is said to have signed it.
    pub(super) fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The id of the key that it is said to be signed with.
    pub(super) fn key_id(&self) -> Option<&str> {
        self.key_id.as_deref()
    }

    /// What the token says, if one of the issuer's keys signed it, and it is valid now.
    ///
    /// # Errors
    /// [`Error::ExpiredToken`], [`Error::InvalidIdentityToken`].
    pub(super) fn verify(&self, keys: &[Jwk]) -> Result<Claims> {
        let mut validation = Validation::new(self.algorithm);
        validation.leeway = SKEW;
        validation.validate_nbf = true;
        // Which audiences are good follows from what the token says as well.
        validation.validate_aud = false;
        validation.set_issuer(&[&self.issuer]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        for key in keys.iter().filter(|key| self.may_be_signed_with(key)) {
            let Ok(key) = DecodingKey::from_jwk(key) else {
                continue;
            };
            match decode::<Map<String, Value>>(self.text, &key, &validation) {
                Ok(token) => return Claims::checked(token.claims),
                Err(error) => match error.kind() {
                    ErrorKind::ExpiredSignature => {
                        return Err(Error::ExpiredToken(format!(
                            "Token expired: current date/time {} must be before the expiration date/time of the token",
                            iso8601::format(clock::now_secs())
                        )));
                    }
                    ErrorKind::ImmatureSignature => return Err(invalid("The token is not valid yet")),
                    ErrorKind::MissingRequiredClaim(claim) => {
                        return Err(invalid(&format!("Missing a required claim: {claim}")));
                    }
                    // Another key may be the right one.
                    _ => {}
                },
            }
        }
        Err(invalid("Couldn't verify the token's signature with the issuer's keys"))
    }

    fn may_be_signed_with(&self, key: &Jwk) -> bool {
        let named = self.key_id.is_none() || key.common.key_id == self.key_id;
        let algorithm = KeyAlgorithm::from(self.algorithm);
        named && key.common.key_algorithm.is_none_or(|stated| stated == algorithm)
    }
}

impl Claims {
    fn checked(claims: Map<String, Value>) -> Result<Self> {
        let issued = claims.get("iat").map(|issued| issued.as_f64().unwrap_or(f64::INFINITY));
        let latest = clock::now_secs().saturating_add(SKEW);
        #[expect(
            clippy::cast_precision_loss,
            reason = "seconds since the Unix epoch are far below 2^53"
        )]
        if issued.is_some_and(|issued| issued > latest as f64) {
            return Err(invalid("The token was issued in the future"));
        }
        if claims.get("sub").and_then(Value::as_str).is_none_or(str::is_empty) {
            return Err(invalid("Missing a required claim: sub"));
        }
        Ok(Self(claims))
    }

    /// Whom the token is about.
    pub(super) fn subject(&self) -> &str {
        self.text("sub").unwrap_or_default()
    }

    /// For whom the token is: the party that it was issued to (`azp`), if it says so, else its audience. It must be one of
    /// these.
    ///
    /// # Errors
    /// [`Error::InvalidIdentityToken`].
    pub(super) fn audience<'a>(&self, accepted: &'a [String]) -> Result<&'a str> {
        let stated = match self.text("azp") {
            Some(party) => vec![party],
            None => texts(self.0.get("aud")),
        };
        let found = accepted.iter().find(|accepted| stated.contains(&accepted.as_str()));
        found
            .map(String::as_str)
            .ok_or_else(|| invalid("Incorrect token audience"))
    }

    /// The claims as values of condition keys: texts, numbers, flags, and lists of texts. Where the token was issued to
    /// another party than its audience, `aud` is that party, and `oaud` the audience, as in AWS.
    pub(super) fn as_condition_keys(&self, audience: &str) -> Vec<(&str, Vec<String>)> {
        let mut keys = vec![("aud", vec![audience.to_owned()])];
        if self.text("azp").is_some() {
            keys.push(("oaud", owned(texts(self.0.get("aud")))));
        }
        for (name, value) in &self.0 {
            let values = match value {
                Value::Number(number) => vec![number.to_string()],
                Value::Bool(flag) => vec![flag.to_string()],
                Value::Null | Value::Object(_) => continue,
                Value::String(_) | Value::Array(_) => owned(texts(Some(value))),
            };
            // The case of condition keys is no matter, so that no claim may pass for another one.
            let small = name.to_lowercase();
            let other = small != *name && self.0.contains_key(&small);
            if !other && small != "aud" && small != "oaud" && !values.is_empty() {
                keys.push((name, values));
            }
        }
        keys
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).and_then(Value::as_str)
    }
}

/// A text, or the texts of a list.
fn texts(value: Option<&Value>) -> Vec<&str> {
    match value {
        Some(Value::String(text)) => vec![text],
        Some(Value::Array(values)) => values.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

fn owned(texts: Vec<&str>) -> Vec<String> {
    texts.into_iter().map(str::to_owned).collect()
}

fn invalid(why: &str) -> Error {
    Error::InvalidIdentityToken(why.to_owned())
}
