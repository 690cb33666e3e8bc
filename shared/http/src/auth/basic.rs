//! HTTP Basic, as Git sends it.

use axum::body::Body;
use axum::http::header::{AUTHORIZATION, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use packhouse_forge::error::Error;
use packhouse_forge::identity::{Principal, git_credentials};

use crate::App;

/// The longest `Authorization` header that is looked at.
const MAX_HEADER: usize = 8 << 10;

/// Why a caller could not be made out. It is its own answer.
#[derive(Debug)]
pub enum Unauthorized {
    /// No credentials, or wrong ones: a 401 in either case, on which git asks its credential helpers or its user.
    Credentials,
    /// The store could not be asked.
    Unavailable(Error),
    /// The request did not come through the gateway that has to check its credentials.
    NotVouched,
}

impl IntoResponse for Unauthorized {
    fn into_response(self) -> Response {
        let (status, header) = match self {
            Self::Credentials => (
                StatusCode::UNAUTHORIZED,
                Some((WWW_AUTHENTICATE, "Basic realm=\"Packhouse\"")),
            ),
            Self::Unavailable(error) => {
                tracing::error!(%error, "credentials cannot be checked");
                (StatusCode::SERVICE_UNAVAILABLE, Some((RETRY_AFTER, "1")))
            }
            Self::NotVouched => {
                tracing::error!("a request came past the gateway's authorizer");
                (StatusCode::FORBIDDEN, None)
            }
        };
        let mut response = Response::new(Body::empty());
        *response.status_mut() = status;
        if let Some((name, value)) = header {
            response.headers_mut().insert(name, HeaderValue::from_static(value));
        }
        response
    }
}

/// The principal whom a request's Basic credentials prove.
///
/// # Errors
/// [`Unauthorized`], which is its own answer.
pub async fn principal(app: &App, headers: &HeaderMap) -> Result<Principal, Unauthorized> {
    let (user, password) = credentials(headers).ok_or(Unauthorized::Credentials)?;
    let proven = git_credentials::authenticate(&app.forge, &user, &password).await;
    proven
        .map_err(Unauthorized::Unavailable)?
        .ok_or(Unauthorized::Credentials)
}

/// User name and password out of the header.
fn credentials(headers: &HeaderMap) -> Option<(String, String)> {
    let header = headers
        .get(AUTHORIZATION)?
        .to_str()
        .ok()
        .filter(|header| header.len() <= MAX_HEADER)?;
    let (scheme, encoded) = header.trim().split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
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
    }
}
