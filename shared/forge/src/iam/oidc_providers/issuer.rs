//! The URL of an issuer.

use std::fmt;

use packhouse_storage::keys::Identity;

use crate::directory::names;
use crate::error::{Error, Result};
use crate::forge::Forge;

/// The longest URL.
const MAX: usize = 255;
const SCHEME: &str = "https://";

/// The URL of an issuer without its scheme, which is `https`: a host, with a port or a path if need be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issuer(String);

impl Issuer {
    /// Takes a URL, such as the `iss` of a token. What is allowed beyond AWS is a port.
    ///
    /// # Errors
    /// [`Error::InvalidInput`].
    pub fn new(url: &str) -> Result<Self> {
        let invalid = || {
            Error::InvalidInput(format!(
                "Invalid Open ID Connect Provider URL: it begins with {SCHEME}, has a full host name, no user, query or \
                 fragment, and at most {MAX} characters"
            ))
        };
        let rest = url
            .strip_prefix(SCHEME)
            .filter(|_| url.len() <= MAX)
            .ok_or_else(invalid)?;
        Self::without_scheme(rest).ok_or_else(invalid)
    }

    /// The issuer of the provider with that ARN.
    pub(super) fn of_arn(forge: &Forge, arn: &str) -> Option<Self> {
        let rest = arn.strip_prefix(&self::arn(forge, ""))?;
        Self::without_scheme(rest).filter(|_| rest.len() <= MAX)
    }

    fn without_scheme(rest: &str) -> Option<Self> {
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let (host, port) = authority
            .split_once(':')
            .map_or((authority, None), |(host, port)| (host, Some(port)));
        let label =
            |label: &str| !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        // The host begins condition keys, which must be none of AWS's: those have no dot before the colon.
        let host = (host.contains('.') && host.split('.').all(label)) || host == "localhost";
        let port = port.is_none_or(|port| port.parse::<u16>().is_ok_and(|port| port > 0));
        let path = path
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-._~/%+=@".contains(&byte));
        (host && port && path).then(|| Self(rest.to_owned()))
    }

    /// The URL without its scheme: the beginning of condition keys such as `idp.example.com:sub`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The whole URL.
    #[must_use]
    pub fn url(&self) -> String {
        format!("{SCHEME}{}", self.0)
    }

    /// The ARN of its provider.
    #[must_use]
    pub fn arn(&self, forge: &Forge) -> String {
        arn(forge, &self.0)
    }
}

impl fmt::Display for Issuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The ARN of the provider of an issuer without its scheme.
pub(super) fn arn(forge: &Forge, issuer: &str) -> String {
    names::arn(forge, Identity::OidcProvider, "/", issuer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn issuers_are_https_urls_of_full_hosts() {
        for url in [
            "https://token.actions.githubusercontent.com",
            "https://accounts.example.com/",
            "https://oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF",
            "https://idp.example.com:8443/realms/office",
            "https://127.0.0.1:8443",
            "https://localhost:8443",
        ] {
            let issuer = Issuer::new(url).unwrap_or_else(|error| panic!("{url}: {error}"));
            assert_eq!(issuer.url(), url);
        }
        let long = format!("https://{}.example.com", "a".repeat(255));
        for url in [
            "",
            "http://idp.example.com",
            "idp.example.com",
            "https://",
            "https://aws",
            "https://iam:443",
            "https://codecommit/x.y",
            "https://a..b",
            "https://.a.b",
            "https://user@idp.example.com",
            "https://idp.example.com?x",
            "https://idp.example.com#x",
            "https://idp.example.com/a b",
            "https://idp.example.com:0",
            "https://idp.example.com:65536",
            "https://idp.example.com:a",
            "https://idp.example.com:1:2",
            "https://[::1]:8443",
            &long,
        ] {
            assert!(Issuer::new(url).is_err(), "{url}");
        }
    }
}
