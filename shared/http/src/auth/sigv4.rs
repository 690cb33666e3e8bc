//! AWS Signature Version 4, verified as AWS does it.
//!
//! Both forms are understood: the `Authorization` header and the presigned query. Written against AWS's description
//! and its published test vectors; the crates that verify bring an older set of cryptographic crates along.

mod canonical;
mod claim;
mod time;

#[cfg(test)]
mod tests;

use hmac::{Hmac, KeyInit as _, Mac as _};
use packhouse_forge::hex;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

pub use self::canonical::Signable;
pub use self::claim::Claim;
pub use self::time::{format as format_time, parse as parse_time};

pub(crate) const ALGORITHM: &str = "AWS4-HMAC-SHA256";
pub(super) const TERMINATOR: &str = "aws4_request";
/// How far clocks may differ, in seconds.
pub(super) const SKEW: u64 = 5 * 60;

/// Why a signature is not accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refused {
    /// The request is not signed.
    Missing,
    /// The signature lacks a part, or a part is malformed.
    Incomplete(String),
    /// Nobody has the access key.
    UnknownKey,
    /// The signature was made otherwise.
    Mismatch,
    /// The signature is too old, not yet valid, or for somewhere else.
    OutOfScope(String),
}

/// What a signature must be for.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'a> {
    /// The region.
    pub region: &'a str,
    /// The service's signing name.
    pub service: &'a str,
}

/// Whether a claim is for here and now (`now` in seconds since the Unix epoch). Costs nothing, so it comes first.
///
/// # Errors
/// [`Refused::OutOfScope`].
pub fn check_scope(claim: &Claim, scope: Scope<'_>, now: u64) -> Result<(), Refused> {
    let refuse = |why: String| Err(Refused::OutOfScope(why));
    let time = |seconds: u64| time::format(seconds);
    if !claim.time.starts_with(&claim.date) {
        let date = &claim.time[..claim.time.len().min(8)];
        return refuse(format!(
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '{}' != '{date}'.",
            claim.date
        ));
    }
    if claim.region != scope.region {
        return refuse(format!(
            "Credential should be scoped to a valid region, not '{}'.",
            claim.region
        ));
    }
    if claim.service != scope.service {
        return refuse(format!(
            "Credential should be scoped to correct service: '{}'.",
            scope.service
        ));
    }
    if claim.seconds > now + SKEW {
        let latest = time(now + SKEW);
        return refuse(format!(
            "Signature not yet current: {} is still later than {latest} ({} + 5 min.)",
            claim.time,
            time(now)
        ));
    }
    let valid = claim.expires.unwrap_or(SKEW);
    if claim.seconds.saturating_add(valid) < now {
        let earliest = time(now.saturating_sub(valid));
        return refuse(format!(
            "Signature expired: {} is now earlier than {earliest} ({} - {valid} s.)",
            claim.time,
            time(now)
        ));
    }
    Ok(())
}

/// Whether a claim was signed with `secret` over this request with this body.
///
/// # Errors
/// [`Refused::Mismatch`].
pub fn verify(claim: &Claim, request: &Signable<'_>, body: &[u8], secret: &str) -> Result<(), Refused> {
    let hash = hex::encode(&Sha256::digest(body));
    let mut stated = request.headers.get_all("x-amz-content-sha256").iter();
    // So a body is signed always: what stands for one that is not (`UNSIGNED-PAYLOAD`) is no hash of any.
    if stated.any(|stated| stated != hash.as_str()) {
        return Err(Refused::Mismatch);
    }
    let expected = sign(claim, request, &hash, secret).ok_or(Refused::Mismatch)?;
    if expected.ct_eq(&claim.signature).into() {
        Ok(())
    } else {
        Err(Refused::Mismatch)
    }
}

/// The value of the `Authorization` header for a request of our own, which carries `host` and `x-amz-date`; all its
/// headers are signed.
#[must_use]
pub fn authorization(
    request: &Signable<'_>,
    body: &[u8],
    scope: Scope<'_>,
    key_id: &str,
    secret: &str,
    seconds: u64,
) -> Option<String> {
    let time = time::format(seconds);
    let mut signed_headers: Vec<String> = request.headers.keys().map(|name| name.as_str().to_owned()).collect();
    signed_headers.sort_unstable();
    let claim = Claim {
        key_id: key_id.to_owned(),
        date: time[..8].to_owned(),
        region: scope.region.to_owned(),
        service: scope.service.to_owned(),
        signed_headers,
        signature: [0; 32],
        time,
        seconds,
        expires: None,
        token: None,
        presigned: false,
    };
    let signature = sign(&claim, request, &hex::encode(&Sha256::digest(body)), secret)?;
    Some(format!(
        "{ALGORITHM} Credential={key_id}/{}/{}/{}/{TERMINATOR}, SignedHeaders={}, Signature={}",
        claim.date,
        claim.region,
        claim.service,
        claim.signed_headers.join(";"),
        hex::encode(&signature)
    ))
}

/// The signature of a request; `None` when a header that it signs is not there.
pub(super) fn sign(claim: &Claim, request: &Signable<'_>, payload: &str, secret: &str) -> Option<[u8; 32]> {
    let canonical = canonical::request(claim, request, payload)?;
    let scope = format!("{}/{}/{}/{TERMINATOR}", claim.date, claim.region, claim.service);
    let hash = hex::encode(&Sha256::digest(&canonical));
    let to_sign = format!("{ALGORITHM}\n{}\n{scope}\n{hash}", claim.time);
    let key = signing_key(secret, &claim.date, &claim.region, &claim.service);
    Some(hmac(&key, to_sign.as_bytes()))
}

/// The key for all signatures of one day, region and service.
pub(super) fn signing_key(secret: &str, date: &str, region: &str, service: &str) -> [u8; 32] {
    let key = hmac(format!("AWS4{secret}").as_bytes(), date.as_bytes());
    let key = hmac(&key, region.as_bytes());
    let key = hmac(&key, service.as_bytes());
    hmac(&key, TERMINATOR.as_bytes())
}

pub(super) fn hmac(key: &[u8], message: &[u8]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    mac.update(message);
    mac.finalize().into_bytes().into()
}
