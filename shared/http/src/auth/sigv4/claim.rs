//! What a request says about its own signature.

use axum::http::{HeaderMap, header};
use packhouse_forge::hex;

use super::canonical::decoded_pairs;
use super::{ALGORITHM, Refused, TERMINATOR, time};

/// The longest validity of a presigned request, in seconds.
const MAX_EXPIRES: u64 = 7 * 24 * 60 * 60;
/// The most headers that may be signed.
const MAX_HEADERS: usize = 64;
/// Headers that may be there only once.
const SINGLE: [&str; 7] = [
    "authorization",
    "host",
    "date",
    "x-amz-date",
    "x-amz-target",
    "x-amz-security-token",
    "x-amz-content-sha256",
];

/// A signature as a request states it, well formed but not verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The access key's id.
    pub key_id: String,
    /// `YYYYMMDD` of the credential scope.
    pub date: String,
    /// The region of the credential scope.
    pub region: String,
    /// The service of the credential scope.
    pub service: String,
    /// Lower-case names of the signed headers, sorted.
    pub signed_headers: Vec<String>,
    /// The signature.
    pub signature: [u8; 32],
    /// `YYYYMMDDTHHMMSSZ` of the signature.
    pub time: String,
    /// The same, in seconds since the Unix epoch.
    pub seconds: u64,
    /// For how many seconds a presigned request is valid.
    pub expires: Option<u64>,
    /// The session token of a temporary key.
    pub token: Option<String>,
    /// Whether the signature stands in the query.
    pub presigned: bool,
}

impl Claim {
    /// Reads the claim of a request: from its `Authorization` header, else from its query.
    ///
    /// # Errors
    /// [`Refused::Missing`] and [`Refused::Incomplete`].
    pub fn parse(headers: &HeaderMap, query: &str) -> Result<Self, Refused> {
        // Of two of them, who signs, who forwards and who verifies might each take another one.
        if let Some(name) = SINGLE.iter().find(|name| headers.get_all(**name).iter().count() > 1) {
            return Err(Refused::Incomplete(format!(
                "The header '{name}' may be there only once."
            )));
        }
        let claim = match headers.get(header::AUTHORIZATION) {
            Some(value) => from_header(value.to_str().map_err(|_| Refused::Missing)?, headers)?,
            None => from_query(query)?,
        };
        claim.check_signed_headers(headers)?;
        Ok(claim)
    }

    /// What must not be changed on the way has to be signed: where the request goes, when, what it asks for, and in whose
    /// session.
    fn check_signed_headers(&self, headers: &HeaderMap) -> Result<(), Refused> {
        let signs = |name: &str| self.signed_headers.iter().any(|signed| signed == name);
        let sorted = self.signed_headers.is_sorted_by(|left, right| left < right);
        let dated = self.presigned || signs("x-amz-date") || (signs("date") && !headers.contains_key("x-amz-date"));
        let if_there = |name: &str| signs(name) || !headers.contains_key(name);
        if !sorted || !signs("host") || !dated || !if_there("x-amz-target") || !if_there("x-amz-security-token") {
            return Err(Refused::Incomplete(
                "'Host', the date, 'X-Amz-Target' and 'X-Amz-Security-Token' must be signed headers, in sorted order."
                    .into(),
            ));
        }
        Ok(())
    }
}

fn from_header(header: &str, headers: &HeaderMap) -> Result<Claim, Refused> {
    let (algorithm, fields) = header.trim().split_once(' ').unwrap_or((header, ""));
    if algorithm != ALGORITHM {
        return Err(Refused::Missing);
    }
    let field = |name: &str| {
        let mut values = fields
            .split(',')
            .filter_map(|field| field.trim().split_once('='))
            .filter(|(key, _)| *key == name);
        let lacking = || Refused::Incomplete(format!("Authorization header requires '{name}' parameter."));
        let (_, value) = values.next().ok_or_else(lacking)?;
        if values.next().is_some() {
            Err(lacking())
        } else {
            Ok(value)
        }
    };
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let seconds = match text("x-amz-date") {
        Some(date) => time::parse(date),
        None => text("date").and_then(time::parse_date_header),
    };
    let seconds = seconds.ok_or_else(|| {
        Refused::Incomplete(
            "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.".into(),
        )
    })?;
    let token = text("x-amz-security-token").map(str::to_owned);
    let claim = build(
        field("Credential")?,
        field("SignedHeaders")?,
        field("Signature")?,
        seconds,
    )?;
    Ok(Claim { token, ..claim })
}

fn from_query(query: &str) -> Result<Claim, Refused> {
    let pairs = decoded_pairs(query);
    let field = |name: &str| {
        let mut values = pairs.iter().filter(|(key, _)| key == name.as_bytes());
        let value = values.next().and_then(|(_, value)| std::str::from_utf8(value).ok());
        value.filter(|_| values.next().is_none())
    };
    if field("X-Amz-Algorithm") != Some(ALGORITHM) {
        return Err(Refused::Missing);
    }
    let need = |name: &str| {
        field(name).ok_or_else(|| Refused::Incomplete(format!("AWS query-string parameters must include '{name}'.")))
    };
    let malformed = |name: &str| Refused::Incomplete(format!("'{name}' is malformed."));
    let seconds = time::parse(need("X-Amz-Date")?).ok_or_else(|| malformed("X-Amz-Date"))?;
    let expires = need("X-Amz-Expires")?
        .parse()
        .ok()
        .filter(|expires| *expires <= MAX_EXPIRES);
    let expires = expires.ok_or_else(|| malformed("X-Amz-Expires"))?;
    let token = field("X-Amz-Security-Token").map(str::to_owned);
    let claim = build(
        need("X-Amz-Credential")?,
        need("X-Amz-SignedHeaders")?,
        need("X-Amz-Signature")?,
        seconds,
    )?;
    Ok(Claim {
        token,
        expires: Some(expires),
        presigned: true,
        ..claim
    })
}

fn build(credential: &str, signed_headers: &str, signature: &str, seconds: u64) -> Result<Claim, Refused> {
    let malformed = |what: &str| Refused::Incomplete(format!("'{what}' is malformed."));
    let parts: Vec<&str> = credential.split('/').collect();
    let [key_id, date, region, service, TERMINATOR] = parts[..] else {
        return Err(Refused::Incomplete(
            "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term.".into(),
        ));
    };
    let signature = hex::decode(signature).and_then(|bytes| bytes.try_into().ok());
    let signed_headers: Vec<String> = signed_headers
        .split(';')
        .take(MAX_HEADERS + 1)
        .map(str::to_owned)
        .collect();
    if signed_headers.len() > MAX_HEADERS {
        return Err(malformed("SignedHeaders"));
    }
    Ok(Claim {
        key_id: key_id.to_owned(),
        date: date.to_owned(),
        region: region.to_owned(),
        service: service.to_owned(),
        signed_headers,
        signature: signature.ok_or_else(|| malformed("Signature"))?,
        time: time::format(seconds),
        seconds,
        expires: None,
        token: None,
        presigned: false,
    })
}
