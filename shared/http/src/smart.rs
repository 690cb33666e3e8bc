//! Git over HTTP: `gitprotocol-http(5)`.
//!
//! A clone or fetch is answered in [`upload_pack`], a push in [`receive_pack`]; both begin with [`info_refs`]. Errors
//! that concern the protocol are answered with status 200, because git shows nothing of another status' body; others in
//! plain text, which git shows behind `remote: `.

mod answer;
mod archive;
pub(crate) mod body;
mod info_refs;
pub(crate) mod path;
mod receive_pack;
mod upload_pack;
mod uploads;

use std::net::IpAddr;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use packhouse_forge::error::{Error, Kind};
use packhouse_forge::identity::{Caller, Principal, last_used};
use packhouse_forge::names::RepositoryName;
use packhouse_git::advertisement::Service;
use packhouse_storage::error::Error as StorageError;

use self::path::Endpoint;
use crate::App;
use crate::auth::basic::{Presented, Unauthorized};
use crate::auth::gateway::{GitCallers, SentPath};
use crate::auth::{basic, gateway, signed};
use crate::request::{AnswerBounds, CallerArn, RequestId, is_of_type};

/// What the server calls itself.
const AGENT: &str = concat!("packhouse/", env!("CARGO_PKG_VERSION"));

/// A request to a repository from a known caller.
struct Call {
    app: App,
    caller: Caller,
    name: RepositoryName,
    version: Version,
    headers: HeaderMap,
    /// What an answer may take, where that is bounded.
    bounds: Option<AnswerBounds>,
}

/// The protocol version that the client prefers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Version {
    V0,
    V1,
    V2,
}

/// Answers every request below `/v1/repos/`.
pub(crate) async fn serve(State(app): State<App>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let source = signed::source(&app, &parts);
    let principal = match principal(&app, &parts, source.ip).await {
        Ok(principal) => principal,
        Err(refusal) => return refusal.into_response(),
    };
    last_used::note(&app.forge, &principal.proven, "codecommit").await;
    let arn = principal.arn.clone();
    let caller = Caller {
        principal,
        request_id: RequestId::of(&parts.extensions),
        source,
    };
    let mut response = route(app, caller, parts, body).await;
    response.extensions_mut().insert(CallerArn(arn));
    response
}

async fn principal(app: &App, parts: &Parts, ip: Option<IpAddr>) -> Result<Arc<Principal>, Unauthorized> {
    let presented = Presented {
        headers: &parts.headers,
        path: parts.uri.path(),
        sent_path: parts.extensions.get::<SentPath>().map(|sent| sent.0.as_str()),
        authority: parts.uri.authority().map(Authority::as_str),
        ip,
    };
    match app.callers.git {
        GitCallers::Basic => basic::principal(app, presented).await,
        GitCallers::Gateway => gateway::principal(app, &parts.extensions).await,
    }
}

async fn route(app: App, caller: Caller, parts: Parts, body: Body) -> Response {
    let Some((name, endpoint)) = path::parse(parts.uri.path()) else {
        return not_found();
    };
    let version = version(&parts.headers);
    let call = Call {
        app,
        caller,
        name,
        version,
        headers: parts.headers,
        bounds: parts.extensions.get().copied(),
    };
    let answer = match (parts.method, endpoint) {
        (Method::POST, Endpoint::Post(service)) if !is_request_to(service, &call.headers) => {
            let message = "the content type is not that of a request to this service\n";
            Ok(text(StatusCode::UNSUPPORTED_MEDIA_TYPE, message))
        }
        (Method::GET, Endpoint::InfoRefs) => info_refs::answer(&call, parts.uri.query().unwrap_or_default()).await,
        (Method::POST, Endpoint::Post(Service::UploadPack)) => upload_pack::answer(call, body).await,
        (Method::POST, Endpoint::Post(Service::ReceivePack)) => receive_pack::answer(call, body).await,
        (Method::POST, Endpoint::Upload(step)) => {
            let query = parts.uri.query().unwrap_or_default();
            Ok(uploads::answer(call, step, query, body).await)
        }
        (method @ (Method::GET | Method::HEAD), Endpoint::Archive(file)) => {
            Ok(archive::answer(&call, &method, &file, parts.uri.query().unwrap_or_default()).await)
        }
        (Method::GET, Endpoint::Dumb) => Ok(dumb()),
        _ => Ok(text(StatusCode::METHOD_NOT_ALLOWED, "method not allowed\n")),
    };
    answer.unwrap_or_else(|error| refusal(&error))
}

/// The version out of `Git-Protocol: version=2:…`.
fn version(headers: &HeaderMap) -> Version {
    let text = headers
        .get("git-protocol")
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let versions = text.split(':').filter_map(|part| match part.trim() {
        "version=1" => Some(Version::V1),
        "version=2" => Some(Version::V2),
        _ => None,
    });
    versions.max().unwrap_or(Version::V0)
}

/// Whether a body says that it is a request to `service`. A web page of another origin cannot make a browser say so
/// unasked, and therefore cannot push with credentials that the browser remembers.
fn is_request_to(service: Service, headers: &HeaderMap) -> bool {
    is_of_type(headers, &format!("application/x-{}-request", service.name()))
}

fn text(status: StatusCode, message: &'static str) -> Response {
    (status, [(header::CONTENT_TYPE, "text/plain; charset=utf-8")], message).into_response()
}

fn not_found() -> Response {
    text(StatusCode::NOT_FOUND, "repository not found\n")
}

/// What a client that asks for the files of a repository is told.
fn dumb() -> Response {
    text(
        StatusCode::FORBIDDEN,
        "This server speaks only Git's smart HTTP protocol. Unset GIT_SMART_HTTP, or use git 1.6.6 or newer.\n",
    )
}

/// The answer to a request that failed before the protocol began.
fn refusal(error: &Error) -> Response {
    let status = status(error);
    if status == StatusCode::NOT_FOUND {
        return not_found();
    }
    let message = public_message(error);
    (
        status,
        [(header::CONTENT_TYPE, "text/plain; charset=utf-8")],
        format!("{message}\n"),
    )
        .into_response()
}

fn status(error: &Error) -> StatusCode {
    match error.kind() {
        Kind::NotFound => StatusCode::NOT_FOUND,
        Kind::Denied => StatusCode::FORBIDDEN,
        Kind::Invalid | Kind::Conflict => StatusCode::BAD_REQUEST,
        Kind::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Kind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        Kind::Corrupt => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// What a client is told of an error; what concerns the inside goes to the log.
fn public_message(error: &Error) -> String {
    if let Error::Storage(StorageError::Key { fault, why }) = error {
        tracing::warn!(%error, why, "an encryption key is of no use");
        return fault.to_string();
    }
    match error.kind() {
        Kind::Unavailable => {
            tracing::warn!(%error, "a request could not be served");
            "the server is busy, try again".into()
        }
        Kind::Corrupt => {
            tracing::error!(%error, "a request failed");
            "internal error".into()
        }
        Kind::NotFound | Kind::Denied | Kind::Invalid | Kind::Conflict | Kind::TooLarge => error.to_string(),
    }
}

/// An answer of the protocol, which nothing on the way may keep.
fn protocol(content_type: String, body: Body) -> Response {
    let headers = [
        (header::CONTENT_TYPE, content_type),
        (header::CACHE_CONTROL, "no-cache, max-age=0, must-revalidate".into()),
        (header::PRAGMA, "no-cache".into()),
        (header::EXPIRES, "Fri, 01 Jan 1980 00:00:00 GMT".into()),
    ];
    (StatusCode::OK, headers, body).into_response()
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;
    use packhouse_storage::blobs::KeyFault;

    use super::*;

    #[test]
    fn a_request_says_which_service_it_is_to() {
        let check = |value: &'static str, service: Service, expect: bool| {
            let headers = HeaderMap::from_iter([(header::CONTENT_TYPE, HeaderValue::from_static(value))]);
            assert_eq!(is_request_to(service, &headers), expect, "{value} {service:?}");
        };
        let (fetch, push) = (Service::UploadPack, Service::ReceivePack);
        check("application/x-git-upload-pack-request", fetch, true);
        check("application/x-git-receive-pack-request", push, true);
        check("Application/X-Git-Receive-Pack-Request; charset=utf-8", push, true);
        check("application/x-git-upload-pack-request", push, false);
        check("application/x-git-receive-pack-request", fetch, false);
        check("application/x-git-receive-pack-result", push, false);
        check("text/plain; application/x-git-receive-pack-request", push, false);
        check("", push, false);
        assert!(!is_request_to(push, &HeaderMap::new()));
    }

    #[test]
    fn clients_are_told_that_a_key_is_of_no_use_and_not_what_the_store_says_of_it() {
        let useless = |fault| {
            let why = "arn:aws:kms:…".to_owned();
            public_message(&Error::Storage(StorageError::Key { fault, why }))
        };
        let disabled = useless(KeyFault::Disabled);
        assert_eq!(disabled, "the encryption key of the repository is disabled");
        assert!(useless(KeyFault::Unavailable).ends_with("is not available"));
    }

    #[test]
    fn the_highest_known_version_counts() {
        let check = |value: &'static str, expect: Version| {
            let headers = HeaderMap::from_iter([("git-protocol".parse().unwrap(), HeaderValue::from_static(value))]);
            assert_eq!(version(&headers), expect, "{value}");
        };
        check("version=2", Version::V2);
        check("version=1:version=2", Version::V2);
        check("version=1", Version::V1);
        check("version=3", Version::V0);
        check("", Version::V0);
    }
}
