//! AWS JSON 1.1: one URL, the operation in a header, JSON in and out.

pub(crate) mod failure;
pub(crate) mod input;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use packhouse_forge::identity::{Caller, access_keys};
use packhouse_storage::clock;
use tokio::time::Instant;
use tracing::Instrument as _;

use self::failure::Failure;
use crate::auth::gateway::SentPath;
use crate::auth::sigv4::{self, Claim, Refused, Scope, Signable};
use crate::request::{AnswerBounds, CallerArn, RequestId};
use crate::{App, admin, codecommit};

/// The longest body: the largest file of the API in base64, with room around it.
const MAX_BODY: usize = 8 << 20;
/// How long a caller may take to send a body.
const BODY_TIME: Duration = Duration::from_secs(60);
/// The signing name that callers use.
const SERVICE: &str = "codecommit";
const CONTENT_TYPE: &str = "application/x-amz-json-1.1";

/// What an operation answers: JSON, or nothing where it has no output.
pub(crate) type Answer = Result<Vec<u8>, Failure>;

/// Answers one call: who calls, then what.
pub(crate) async fn serve(State(app): State<App>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let (caller, body) = match authenticate(&app, &parts, body).await {
        Ok(proven) => proven,
        Err(failure) => return failure.into_response(),
    };
    let arn = caller.principal.arn.clone();
    let until = parts.extensions.get::<AnswerBounds>().map(|bounds| bounds.until);
    let answer = carry_out(app, caller, parts.headers, body, until).await;
    let mut response = match answer {
        Ok(json) => json_response(StatusCode::OK, json),
        Err(failure) => failure.into_response(),
    };
    response.extensions_mut().insert(CallerArn(arn));
    response
}

/// Carries out an operation in a task of its own, so that a caller who hangs up does not end it midway. It is given up at
/// `until`: a process that is halted between requests would else go on with it in the midst of a later one.
async fn carry_out(app: App, caller: Caller, headers: HeaderMap, body: Bytes, until: Option<Instant>) -> Answer {
    let operation = async move {
        match target(&headers) {
            Some(("CodeCommit_20150413", operation)) => {
                codecommit::dispatch(&app.forge, &caller, operation, &body).await
            }
            Some(("Packhouse_20260101", operation)) => admin::dispatch(&app.forge, &caller, operation, &body).await,
            _ => Err(Failure::unknown_operation("there is no such operation")),
        }
    };
    let bounded = async move {
        let Some(until) = until else {
            return operation.await;
        };
        let late = |_| Err(Failure::request_timeout());
        tokio::time::timeout_at(until, operation).await.unwrap_or_else(late)
    };
    tokio::spawn(bounded.in_current_span())
        .await
        .unwrap_or_else(|error| Err(Failure::internal(&error)))
}

fn target(headers: &HeaderMap) -> Option<(&str, &str)> {
    headers.get("x-amz-target")?.to_str().ok()?.split_once('.')
}

pub(crate) fn json_response(status: StatusCode, json: Vec<u8>) -> Response {
    let mut response = Response::new(Body::from(json));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static(CONTENT_TYPE));
    response
}

/// Reads the body and proves who sent it. What can be refused without the body is refused before it is read.
async fn authenticate(app: &App, parts: &Parts, body: Body) -> Result<(Caller, Bytes), Failure> {
    let query = parts.uri.query().unwrap_or_default();
    let claim = Claim::parse(&parts.headers, query)?;
    let region = app.forge.installation().region.as_str();
    sigv4::check_scope(
        &claim,
        Scope {
            region,
            service: SERVICE,
        },
        clock::now_secs(),
    )?;
    // There are no temporary keys yet, so nobody has one with a token.
    let key = if claim.token.is_some() {
        None
    } else {
        access_keys::find(&app.forge, &claim.key_id).await?
    };
    let key = key.ok_or(Refused::UnknownKey)?;
    let body = read(body).await?;
    let signable = |path| Signable {
        method: parts.method.as_str(),
        path,
        query,
        headers: &parts.headers,
        authority: parts.uri.authority().map(axum::http::uri::Authority::as_str),
    };
    let verify = |path| sigv4::verify(&claim, &signable(path), &body, &key.secret);
    // Some clients sign the path below a gateway's stage, others all of it.
    let sent = parts.extensions.get::<SentPath>();
    verify(parts.uri.path()).or_else(|refused| sent.map_or(Err(refused), |sent| verify(&sent.0)))?;
    let request_id = parts
        .extensions
        .get::<RequestId>()
        .map(|id| id.0.to_string())
        .unwrap_or_default();
    Ok((
        Caller {
            principal: key.principal,
            request_id,
        },
        body,
    ))
}

async fn read(body: Body) -> Result<Bytes, Failure> {
    let read = tokio::time::timeout(BODY_TIME, to_bytes(body, MAX_BODY)).await;
    let read = read.map_err(|_| Failure::request_timeout())?;
    read.map_err(|error| {
        let error: Box<dyn std::error::Error + Send + Sync> = error.into_inner();
        if error.is::<http_body_util::LengthLimitError>() {
            Failure::body_too_large(MAX_BODY)
        } else {
            Failure::serialization("the body broke off")
        }
    })
}
