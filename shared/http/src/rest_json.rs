//! REST with JSON, of which `CodeStar Notifications` needs little: a path for each operation, JSON in and out, and one operation
//! with members in its path and query.

pub(crate) mod failure;
pub(crate) mod input;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, Uri, header};
use axum::response::Response;
use axum::routing::post;
use packhouse_forge::identity::Caller;
use percent_encoding::percent_decode_str;
use serde_json::json;

use self::failure::Failure;
use crate::auth::signed;
use crate::request::{AnswerBounds, CallerArn, OperationName};
use crate::service::Service;
use crate::{App, audit, codestar_notifications, operation};

/// The longest body: a rule with as many of the longest tags as it may have.
const MAX_BODY: usize = 256 << 10;
const CONTENT_TYPE: &str = "application/json";
/// What the path of the operation begins with that has its ARN there.
const UNTAG: &str = "/untagResource/";

/// What an operation answers: JSON.
pub(crate) type Answer = Result<Vec<u8>, Failure>;

/// The paths of the operations, and their names.
const OPERATIONS: [(&str, &str); 12] = [
    ("/createNotificationRule", "CreateNotificationRule"),
    ("/deleteNotificationRule", "DeleteNotificationRule"),
    ("/deleteTarget", "DeleteTarget"),
    ("/describeNotificationRule", "DescribeNotificationRule"),
    ("/listEventTypes", "ListEventTypes"),
    ("/listNotificationRules", "ListNotificationRules"),
    ("/listTagsForResource", "ListTagsForResource"),
    ("/listTargets", "ListTargets"),
    ("/subscribe", "Subscribe"),
    ("/tagResource", "TagResource"),
    ("/unsubscribe", "Unsubscribe"),
    ("/updateNotificationRule", "UpdateNotificationRule"),
];

/// The routes of all operations.
pub(crate) fn routes() -> Router<App> {
    let router = Router::new().route("/untagResource/{*arn}", post(serve));
    OPERATIONS
        .iter()
        .fold(router, |router, (path, _)| router.route(path, post(serve)))
}

/// Answers one call: who calls, then what.
async fn serve(State(app): State<App>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let name = operation_name(&parts.uri);
    let (caller, body) = match authenticate(&app, &parts, name, body).await {
        Ok(proven) => proven,
        Err(failure) => return named(failure.into_response(), name),
    };
    let arn = caller.principal.arn.clone();
    let until = parts.extensions.get::<AnswerBounds>().map(|bounds| bounds.until);
    let input = if name == "UntagResource" {
        untag_input(&parts.uri)
    } else {
        body.to_vec()
    };
    let operation = async move { carry_out(&app, &caller, name, &input).await };
    let answer = operation::carry_out(until, operation).await;
    let mut response = match answer.unwrap_or_else(|interrupted| Err(interrupted.into())) {
        Ok(json) => json_response(StatusCode::OK, json),
        Err(failure) => failure.into_response(),
    };
    response.extensions_mut().insert(CallerArn(arn));
    named(response, name)
}

/// The operation of a path that [`routes`] has.
fn operation_name(uri: &Uri) -> &'static str {
    let found = OPERATIONS.iter().find(|(path, _)| *path == uri.path());
    found.map_or("UntagResource", |(_, name)| name)
}

/// What the path and the query say, as the other operations have it in their bodies.
fn untag_input(uri: &Uri) -> Vec<u8> {
    let arn = uri.path().strip_prefix(UNTAG).unwrap_or_default();
    let arn = percent_decode_str(arn).decode_utf8_lossy();
    let query = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
    let keys = query.filter(|(name, _)| name == "tagKeys").map(|(_, key)| key);
    json!({ "Arn": arn, "TagKeys": keys.collect::<Vec<_>>() })
        .to_string()
        .into_bytes()
}

fn named(mut response: Response, name: &str) -> Response {
    response.extensions_mut().insert(OperationName(name.to_owned()));
    response
}

/// Carries out an operation and records it.
async fn carry_out(app: &App, caller: &Caller, name: &str, input: &[u8]) -> Answer {
    let forge = &app.forge;
    let answer = codestar_notifications::dispatch(forge, caller, name, input).await;
    let outcome = match &answer {
        Ok(json) => Ok(serde_json::from_slice(json).ok()),
        Err(failure) => Err(failure.audited()),
    };
    let asked = (Service::CodeStarNotifications, name);
    audit::record(forge, caller, asked, audit::parameters(input), outcome).await;
    answer
}

/// Reads the body and proves who sent it. What can be refused without the body is refused before it is read.
async fn authenticate(app: &App, parts: &Parts, name: &str, body: Body) -> Result<(Caller, Bytes), Failure> {
    let claimant = signed::claimant(app, parts, (Service::CodeStarNotifications, name)).await?;
    let body = operation::read_body(body, MAX_BODY).await?;
    Ok((claimant.prove(&body).await?, body))
}

fn json_response(status: StatusCode, json: Vec<u8>) -> Response {
    let mut response = Response::new(Body::from(json));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static(CONTENT_TYPE));
    response
}
