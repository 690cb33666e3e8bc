//! HTTP Basic, as Git sends it: a user name and password that the service made, or a signature in their place.

mod git_sigv4;

use std::net::IpAddr;
use std::sync::Arc;

use axum::body::Body;
use axum::http::header::{AUTHORIZATION, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use packhouse_forge::error::Error;
use packhouse_forge::identity::{self, Principal, Proven, git_credentials};
use packhouse_storage::clock;

use super::throttle::Throttled;
use crate::App;

/// The longest `Authorization` header that is looked at: the longest session token in base64, with room around it.
const MAX_HEADER: usize = 24 << 10;

/// What of a request to a repository tells who calls.
#[derive(Clone, Copy, Debug)]
pub struct Presented<'a> {
    /// The headers.
    pub headers: &'a HeaderMap,
    /// The path that is served, percent-encoded as it came.
    pub path: &'a str,
    /// The path that the client sent, where a gateway cuts off a part of it (its stage).
    pub sent_path: Option<&'a str>,
    /// What HTTP/2 carries instead of a `Host` header.
    pub authority: Option<&'a str>,
    /// The client's address.
    pub ip: Option<IpAddr>,
}

/// Why a caller could not be made out. It is its own answer.
#[derive(Debug)]
pub enum Unauthorized {
    /// No credentials, or wrong ones: a 401 in either case, on which git asks its credential helpers or its user.
    Credentials,
    /// Too many wrong ones came from there. Nobody looked at these.
    Throttled(Throttled),
    /// The store could not be asked.
    Unavailable(Error),
    /// The request did not come through the gateway that has to check its credentials.
    NotVouched,
}

impl From<Error> for Unauthorized {
    fn from(error: Error) -> Self {
        Self::Unavailable(error)
    }
}

impl IntoResponse for Unauthorized {
    fn into_response(self) -> Response {
        let (status, header) = match self {
            Self::Credentials => (
                StatusCode::UNAUTHORIZED,
                Some((WWW_AUTHENTICATE, HeaderValue::from_static("Basic realm=\"Packhouse\""))),
            ),
            Self::Throttled(throttled) => (
                StatusCode::TOO_MANY_REQUESTS,
                Some((RETRY_AFTER, HeaderValue::from(throttled.seconds))),
            ),
            Self::Unavailable(error) => {
                tracing::error!(%error, "credentials cannot be checked");
                (
                    StatusCode::SERVICE_UNAVAILABLE,
                    Some((RETRY_AFTER, HeaderValue::from_static("1"))),
                )
            }
            Self::NotVouched => {
                tracing::error!("a request came past the gateway's authorizer");
                (StatusCode::FORBIDDEN, None)
            }
        };
        let mut response = Response::new(Body::empty());
        *response.status_mut() = status;
        if let Some((name, value)) = header {
            response.headers_mut().insert(name, value);
        }
        response
    }
}

/// The principal whom a request's Basic credentials prove.
///
/// # Errors
/// [`Unauthorized`], which is its own answer.
pub(crate) async fn principal(app: &App, presented: Presented<'_>) -> Result<Arc<Principal>, Unauthorized> {
    let proven = proven(app, presented).await?;
    let principal = identity::principal(&app.forge, &proven).await?;
    principal.ok_or(Unauthorized::Credentials)
}

/// What a request's Basic credentials prove.
///
/// # Errors
/// [`Unauthorized`].
pub async fn proven(app: &App, presented: Presented<'_>) -> Result<Proven, Unauthorized> {
    let (user, password) = credentials(presented.headers).ok_or(Unauthorized::Credentials)?;
    let claim = git_sigv4::Claim::parse(&user, &password);
    // One that git kept for too long is nobody's guess.
    if claim.as_ref().is_some_and(|claim| !claim.is_current(clock::now_secs())) {
        return Err(Unauthorized::Credentials);
    }
    let credential = claim.as_ref().map_or(user.as_str(), |claim| claim.key_id);
    let attempt = app.callers.throttle.attempt(presented.ip, credential);
    let attempt = attempt.map_err(Unauthorized::Throttled)?;
    let proven = match claim {
        Some(claim) => git_sigv4::proven(app, presented, &claim).await?,
        None => git_credentials::authenticate(&app.forge, &user, &password).await?,
    };
    match proven {
        Some(proven) => {
            attempt.succeeded();
            Ok(proven)
        }
        None => {
            attempt.failed();
            Err(Unauthorized::Credentials)
        }
    }
}

/// User name and password out of the header. Of two headers nobody knows which one counts.
fn credentials(headers: &HeaderMap) -> Option<(String, String)> {
    let mut given = headers.get_all(AUTHORIZATION).iter();
    let header = given
        .next()?
        .to_str()
        .ok()
        .filter(|header| header.len() <= MAX_HEADER)?;
    let (scheme, encoded) = header.trim().split_once(' ')?;
    if given.next().is_some() || !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (user, password) = decoded.split_once(':')?;
    Some((user.to_owned(), password.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_read_as_rfc_7617_writes_them() {
        let check = |header: &'static str| {
            credentials(&HeaderMap::from_iter([(
                AUTHORIZATION,
                HeaderValue::from_static(header),
            )]))
        };
        let pair = |user: &str, password: &str| Some((user.to_owned(), password.to_owned()));
        assert_eq!(check("Basic YWRtaW46c2U6Y3JldA=="), pair("admin", "se:cret"));
        assert_eq!(check("basic  YWRtaW46"), pair("admin", ""));
        for bad in [
            "",
            "Basic",
            "Basic !",
            "Basic YWRtaW4=",
            "Bearer YWRtaW46",
            "Basic /w==",
            "BasicYWRtaW46",
        ] {
            assert_eq!(check(bad), None, "{bad}");
        }
        assert_eq!(credentials(&HeaderMap::new()), None);
        let mut twice = HeaderMap::new();
        twice.append(AUTHORIZATION, HeaderValue::from_static("Basic YWRtaW46c2U6Y3JldA=="));
        twice.append(AUTHORIZATION, HeaderValue::from_static("Basic YWRtaW46c2U6Y3JldA=="));
        assert_eq!(credentials(&twice), None);
    }
}
