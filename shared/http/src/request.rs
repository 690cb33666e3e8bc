//! What happens around every request: its id, its span, its line in the log, and the net under panics.

mod body;

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Instant;

use axum::extract::Request;
use axum::http::{Extensions, HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use futures_util::FutureExt as _;
use packhouse_storage::id;
use tracing::Instrument as _;

pub use self::body::{Ended, counted};

/// The header that tells the client the request's id.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");

/// How many characters of a path or an operation's name the log shows.
const MAX_LOGGED: usize = 512;

/// Names one request, here, in the log and to the client. Every handler finds it among the request's extensions. Who hands
/// in a request that has a name already puts it there.
#[derive(Clone, Debug)]
pub struct RequestId(pub Arc<str>);

impl RequestId {
    /// The id of the request with these extensions.
    pub(crate) fn of(extensions: &Extensions) -> String {
        extensions.get::<Self>().map(|id| id.0.to_string()).unwrap_or_default()
    }
}

/// Who called: handlers put it among the *response's* extensions, for the log.
#[derive(Clone, Debug)]
pub struct CallerArn(pub String);

/// What was called, where no header tells: handlers put it among the *response's* extensions, for the log.
#[derive(Clone, Debug)]
pub(crate) struct OperationName(pub(crate) String);

/// What an answer may take, where something in front of this process bounds it. Who hands in a request puts it among the
/// request's extensions. An answer that goes over it ends as failed.
#[derive(Clone, Copy, Debug)]
pub struct AnswerBounds {
    /// When it has to have ended.
    pub until: tokio::time::Instant,
    /// How many bytes its body may have.
    pub bytes: u64,
}

/// Whether a body says that it is of this type, whatever the parameters.
pub(crate) fn is_of_type(headers: &HeaderMap, expected: &str) -> bool {
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let kind = value.and_then(|value| value.split(';').next()).unwrap_or_default();
    kind.trim().eq_ignore_ascii_case(expected)
}

/// The start of what a client sent, for the log: anybody can send anything.
fn cut(text: &str) -> String {
    text.chars().take(MAX_LOGGED).collect()
}

/// Gives a request its id and its span, and logs its answer once that is sent or given up.
pub(crate) async fn record(mut request: Request, next: Next) -> Response {
    let started = Instant::now();
    let given = request.extensions().get::<RequestId>().map(|id| Arc::clone(&id.0));
    let id = given.unwrap_or_else(|| id::uuid().into());
    let span = tracing::info_span!("request", id = %id);
    let method = request.method().clone();
    // Without its query, which may carry a signature.
    let path = cut(request.uri().path());
    let operation = request
        .headers()
        .get("x-amz-target")
        .and_then(|name| name.to_str().ok())
        .map(cut);
    request.extensions_mut().insert(RequestId(Arc::clone(&id)));
    let answer = AssertUnwindSafe(next.run(request))
        .catch_unwind()
        .instrument(span.clone())
        .await;
    let mut response = answer.unwrap_or_else(|_| {
        // The panic hook has logged it.
        (StatusCode::INTERNAL_SERVER_ERROR, "internal error\n").into_response()
    });
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    let named = response.extensions_mut().remove::<OperationName>();
    let operation = named.map(|name| cut(&name.0)).or(operation);
    let principal = response.extensions_mut().remove::<CallerArn>().map(|arn| arn.0);
    let status = response.status().as_u16();
    let log = move |Ended { bytes, failure }: Ended| {
        let ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        let (broken, principal) = (failure.is_some(), principal.as_deref().unwrap_or("-"));
        if let Some(error) = failure {
            tracing::warn!(error, "the answer broke off");
        }
        tracing::info!(%method, path, operation, status, bytes, broken, ms, principal, "answered");
    };
    response.map(|body| counted(body, span, log))
}
