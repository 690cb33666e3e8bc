//! A proof of who somebody is at AWS, for others to check.

use std::time::{Duration, UNIX_EPOCH};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SignatureLocation, SigningSettings, sign};
use aws_sigv4::sign::v4;
use packhouse_storage::clock;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::AccessKey;

/// For how long the proof is good.
const LIFETIME: Duration = Duration::from_secs(60);
/// The header that names whom the proof is for.
const AUDIENCE: &str = "x-packhouse-server-id";
/// All but RFC 3986's unreserved characters.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A URL that answers whose `key` it is, when it is fetched from the STS at `endpoint` with the header
/// `x-packhouse-server-id: audience`, and without that header nothing. It is good for a minute, and for nothing else.
///
/// Returns `None` where `endpoint` is no URL.
#[must_use]
pub fn caller_identity_url(key: &AccessKey, endpoint: &str, region: &str, audience: &str) -> Option<String> {
    let url = format!(
        "{}/?Action=GetCallerIdentity&Version=2011-06-15",
        endpoint.trim_end_matches('/')
    );
    let credentials = Credentials::new(&key.id, &key.secret, key.token.clone(), None, "packhouse");
    let identity = credentials.into();
    let mut settings = SigningSettings::default();
    settings.signature_location = SignatureLocation::QueryParams;
    settings.expires_in = Some(LIFETIME);
    let parameters = v4::SigningParams::builder()
        .identity(&identity)
        .region(region)
        .name("sts")
        .time(UNIX_EPOCH + Duration::from_secs(clock::now_secs()))
        .settings(settings)
        .build()
        .ok()?
        .into();
    let headers = [(AUDIENCE, audience)].into_iter();
    let request = SignableRequest::new("GET", &url, headers, SignableBody::empty()).ok()?;
    let (instructions, _) = sign(request, &parameters).ok()?.into_parts();
    let signed = instructions.params().iter().map(|(name, value)| {
        let value = utf8_percent_encode(value, ENCODED);
        format!("&{name}={value}")
    });
    Some(std::iter::once(url.clone()).chain(signed).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_url_is_signed_for_one_server_and_a_minute() {
        let key = AccessKey {
            id: "AKIDEXAMPLE".into(),
            secret: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".into(),
            token: Some("a+b/c=".into()),
            expires: None,
        };
        let url = |endpoint| caller_identity_url(&key, endpoint, "eu-west-1", "git.example.com");
        let url = url("https://sts.eu-west-1.amazonaws.com/").expect("it is a URL");
        let start = "https://sts.eu-west-1.amazonaws.com/?Action=GetCallerIdentity&Version=2011-06-15&";
        assert!(url.starts_with(start), "{url}");
        for part in [
            "&X-Amz-Algorithm=AWS4-HMAC-SHA256",
            "%2Feu-west-1%2Fsts%2Faws4_request&",
            "&X-Amz-Expires=60",
            "&X-Amz-SignedHeaders=host%3Bx-packhouse-server-id",
            "&X-Amz-Security-Token=a%2Bb%2Fc%3D",
            "&X-Amz-Signature=",
        ] {
            assert!(url.contains(part), "{part}: {url}");
        }
        assert!(!url.contains(&key.secret) && !url.contains(' '), "{url}");
        assert_eq!(caller_identity_url(&key, "not a url", "eu-west-1", "x"), None);
    }
}
