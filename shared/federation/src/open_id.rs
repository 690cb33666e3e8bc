//! Issuers of ID tokens: OpenID Connect Discovery 1.0.

use async_trait::async_trait;
use bytes::Bytes;
use packhouse_forge::sts::federation::{Unreachable, WebKeys};
use serde::Deserialize;

use crate::client::{Answer, Client};

/// The largest answer of an issuer that is read, in bytes.
const MAX_ANSWER: u64 = 256 << 10;
const WELL_KNOWN: &str = "/.well-known/openid-configuration";

/// Fetches issuers' keys, from where their configurations say.
#[derive(Clone, Debug)]
pub struct OpenIdIssuers(Client);

#[derive(Deserialize)]
struct Configuration {
    issuer: String,
    jwks_uri: String,
}

impl OpenIdIssuers {
    /// Asks over HTTPS; which certificates are good, the system says.
    #[must_use]
    #[expect(
        clippy::new_without_default,
        reason = "it opens a client, which nobody should get by the way"
    )]
    pub fn new() -> Self {
        Self(Client::new())
    }

    async fn get(&self, url: &str) -> Result<Bytes, Unreachable> {
        let answer = self.0.get(url, None, MAX_ANSWER).await;
        let Answer { status, body } = answer.map_err(|why| unreachable(&format!("{url} cannot be fetched: {why}")))?;
        if status != 200 {
            return Err(unreachable(&format!("{url} answers with HTTP status {status}")));
        }
        Ok(body)
    }
}

#[async_trait]
impl WebKeys for OpenIdIssuers {
    async fn fetch(&self, issuer: &str) -> Result<Bytes, Unreachable> {
        let body = self
            .get(&format!("{}{WELL_KNOWN}", issuer.trim_end_matches('/')))
            .await?;
        self.get(&keys_at(issuer, &body)?).await
    }
}

/// Where an issuer's configuration says that its keys are.
fn keys_at(issuer: &str, configuration: &[u8]) -> Result<String, Unreachable> {
    let configuration: Configuration = serde_json::from_slice(configuration)
        .map_err(|_| unreachable(&format!("what {issuer} has at {WELL_KNOWN} is no OpenID configuration")))?;
    if configuration.issuer != issuer {
        return Err(unreachable(&format!(
            "the OpenID configuration of {issuer} is that of another issuer"
        )));
    }
    if !configuration.jwks_uri.starts_with("https://") {
        return Err(unreachable(&format!("the keys of {issuer} are not at an https URL")));
    }
    Ok(configuration.jwks_uri)
}

fn unreachable(why: &str) -> Unreachable {
    tracing::warn!(why, "an issuer's keys cannot be had");
    Unreachable(why.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_where_the_issuers_own_configuration_says() {
        const ISSUER: &str = "https://idp.example.com/realm";
        let check = |configuration: &str| keys_at(ISSUER, configuration.as_bytes()).map_err(|error| error.0);
        let good =
            r#"{"issuer": "https://idp.example.com/realm", "jwks_uri": "https://keys.example.com/jwks", "x": 1}"#;
        assert_eq!(check(good).as_deref(), Ok("https://keys.example.com/jwks"));
        for (configuration, expect) in [
            ("", "no OpenID configuration"),
            ("{}", "no OpenID configuration"),
            (&good.replace("/realm", "/other"), "another issuer"),
            (&good.replace("/realm", "/realm/"), "another issuer"),
            (&good.replace("https://keys", "http://keys"), "not at an https URL"),
            (&good.replace("https://keys", "file://keys"), "not at an https URL"),
        ] {
            let error = check(configuration).expect_err(configuration);
            assert!(error.contains(expect), "{error}");
        }
    }
}
