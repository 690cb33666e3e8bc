//! AWS JSON 1.1: one URL, the operation in a header, JSON in and out.

pub(crate) mod failure;
pub(crate) mod input;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use packhouse_forge::identity::Caller;

use self::failure::Failure;
use crate::audit;
use crate::auth::signed;
use crate::request::{AnswerBounds, CallerArn};
use crate::service::Service;
use crate::{App, admin, cloudtrail, codecommit, operation};

/// The longest body: 7 MB of files in base64, with room around them.
const MAX_BODY: usize = 12 << 20;
const CONTENT_TYPE: &str = "application/x-amz-json-1.1";

/// What an operation answers: JSON, or nothing where it has no output.
pub(crate) type Answer = Result<Vec<u8>, Failure>;

/// Answers one call: who calls, then what.
pub(crate) async fn serve(app: App, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let (service, name) = Service::asked(&parts.headers);
    let (caller, body) = match authenticate(&app, &parts, (service, &name), body).await {
        Ok(proven) => proven,
        Err(failure) => return failure.into_response(),
    };
    let arn = caller.principal.arn.clone();
    let until = parts.extensions.get::<AnswerBounds>().map(|bounds| bounds.until);
    let operation = async move { carry_out(&app, &caller, (service, &name), &body).await };
    let answer = operation::carry_out(until, operation).await;
    let mut response = match answer.unwrap_or_else(|interrupted| Err(interrupted.into())) {
        Ok(json) => json_response(StatusCode::OK, json),
        Err(failure) => failure.into_response(),
    };
    response.extensions_mut().insert(CallerArn(arn));
    response
}

impl Service {
    /// The service and the operation in the header `X-Amz-Target`.
    fn asked(headers: &HeaderMap) -> (Option<Self>, String) {
        let target = headers.get("x-amz-target").and_then(|target| target.to_str().ok());
        let (service, operation) = target.and_then(|target| target.rsplit_once('.')).unwrap_or_default();
        let service = match service {
            "CodeCommit_20150413" => Some(Self::CodeCommit),
            "Packhouse_20260101" => Some(Self::Packhouse),
            "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101" => Some(Self::CloudTrail),
            _ => None,
        };
        (service, operation.to_owned())
    }
}

/// Carries out an operation and records it.
async fn carry_out(app: &App, caller: &Caller, (service, name): (Option<Service>, &str), body: &[u8]) -> Answer {
    let forge = &app.forge;
    let Some(service) = service else {
        return Err(Failure::unknown_operation("there is no such operation"));
    };
    let answer = match service {
        Service::CloudTrail => cloudtrail::dispatch(forge, caller, name, body).await,
        Service::Packhouse => admin::dispatch(forge, caller, name, body).await,
        _ => codecommit::dispatch(forge, caller, name, body).await,
    };
    if matches!(&answer, Err(failure) if failure.is_unknown_operation()) {
        return answer;
    }
    let parameters = audit::parameters(body);
    let outcome = match &answer {
        Ok(json) => Ok(serde_json::from_slice(json).ok()),
        Err(failure) => Err(failure.audited()),
    };
    audit::record(forge, caller, (service, name), parameters, outcome).await;
    answer
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
async fn authenticate(
    app: &App,
    parts: &Parts,
    (service, name): (Option<Service>, &str),
    body: Body,
) -> Result<(Caller, Bytes), Failure> {
    let service = service.unwrap_or(Service::CodeCommit);
    let claimant = signed::claimant(app, parts, (service, name)).await?;
    let body = operation::read_body(body, MAX_BODY).await?;
    Ok((claimant.prove(&body).await?, body))
}
