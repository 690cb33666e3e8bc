//! The AWS Query protocol: one URL, the operation and its parameters as a form, XML out. IAM and STS speak it.

pub(crate) mod failure;
pub(crate) mod params;
#[cfg(test)]
mod tests;
pub(crate) mod xml;

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::Response;
use packhouse_forge::forge::Forge;
use packhouse_forge::identity::{Caller, Source, access_keys};

use self::failure::Failure;
use self::params::Params;
use self::xml::Xml;
use crate::audit;
use crate::auth::signed;
use crate::operation::{carry_out, read_body};
use crate::request::{AnswerBounds, CallerArn, OperationName, RequestId, is_of_type};
use crate::service::Service;
use crate::{App, iam, sts};

/// The longest body: the largest policy with each character percent-encoded, and room for what comes with it.
const MAX_BODY: usize = 256 << 10;
/// The content type that tells calls of this protocol from those of AWS JSON.
const FORM: &str = "application/x-www-form-urlencoded";
const CONTENT_TYPE: &str = "text/xml";

/// What an operation answers.
pub(crate) type Answer = Result<Xml, Failure>;

/// One call of somebody who is known.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Call<'a> {
    /// The service.
    pub(crate) forge: &'a Forge,
    /// Who calls.
    pub(crate) caller: &'a Caller,
    /// With what.
    pub(crate) params: &'a Params,
}

/// One call of somebody who proves by its parameters who they are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct UnsignedCall<'a> {
    /// The service.
    pub(crate) forge: &'a Forge,
    /// The request's id.
    pub(crate) request_id: &'a str,
    /// Where it came from.
    pub(crate) source: &'a Source,
    /// With what.
    pub(crate) params: &'a Params,
}

/// The service of a version of an API.
fn of_version(version: &str) -> Option<Service> {
    [Service::Iam, Service::Sts]
        .into_iter()
        .find(|service| service.api_version() == version)
}

/// The namespace of a service's answers.
fn namespace(service: Service) -> String {
    format!("https://{}/doc/{}/", service.source(), service.api_version())
}

/// Whether a request speaks this protocol: a form, or (as presigned requests do) all of it in the query.
pub(crate) fn is_spoken(method: &Method, headers: &HeaderMap) -> bool {
    *method == Method::GET || is_of_type(headers, FORM)
}

/// Answers one call: what is asked for, who asks, then the answer.
pub(crate) async fn serve(app: App, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let id = parts.extensions.get::<RequestId>();
    let id = id.map_or_else(|| Arc::from(""), |id| Arc::clone(&id.0));
    match read(&parts, body).await {
        Ok((asked, body)) => answer(app, &parts, asked, &body, id).await,
        Err(failure) => failure.into_response(&namespace(Service::Iam), &id),
    }
}

/// What a call asks for.
#[derive(Debug)]
struct Asked {
    service: Service,
    action: String,
    params: Params,
}

async fn read(parts: &Parts, body: Body) -> Result<(Asked, Bytes), Failure> {
    let body = read_body(body, MAX_BODY).await?;
    let params = Params::parse(parts.uri.query().unwrap_or_default(), &body)?;
    let action = params.text("Action").ok_or_else(Failure::missing_action)?.to_owned();
    let version = params.text("Version").unwrap_or_default();
    let service = of_version(version).ok_or_else(|| Failure::invalid_action(&action, version))?;
    let asked = Asked {
        service,
        action,
        params,
    };
    Ok((asked, body))
}

async fn answer(app: App, parts: &Parts, asked: Asked, body: &Bytes, id: Arc<str>) -> Response {
    let Asked {
        service,
        action,
        params,
    } = asked;
    let namespace = &namespace(service);
    let until = parts.extensions.get::<AnswerBounds>().map(|bounds| bounds.until);
    let name = action.clone();
    let (outcome, arn) = if service == Service::Sts && sts::is_unsigned(&action) {
        let source = signed::source(&app, parts);
        let request_id = Arc::clone(&id);
        let operation = async move {
            let call = UnsignedCall {
                forge: &app.forge,
                request_id: &request_id,
                source: &source,
                params: &params,
            };
            let role = params.text("RoleArn").unwrap_or_default();
            let attempt = app.callers.throttle.attempt(source.ip, role);
            let attempt = attempt.map_err(signed::Refused::Throttled)?;
            let answer = recorded_unsigned(&call, &name).await;
            match &answer {
                Ok(_) => attempt.succeeded(),
                Err(failure) if failure.is_guess() => attempt.failed(),
                Err(_) => {}
            }
            answer
        };
        (carry_out(until, operation).await, None)
    } else {
        let caller = match signed::caller(&app, parts, body, (service, &action)).await {
            Ok(caller) => caller,
            Err(refused) => return Failure::from(refused).into_response(namespace, &id),
        };
        let arn = caller.principal.arn.clone();
        let operation = async move { recorded(&app, &caller, (service, &name), &params).await };
        (carry_out(until, operation).await, Some(arn))
    };
    let outcome = outcome.unwrap_or_else(|interrupted| Err(interrupted.into()));
    let mut response = match outcome {
        Ok(xml) => xml_response(StatusCode::OK, xml.into_response(&action, namespace, &id)),
        Err(failure) => failure.into_response(namespace, &id),
    };
    response.extensions_mut().insert(OperationName(action));
    if let Some(arn) = arn {
        response.extensions_mut().insert(CallerArn(arn));
    }
    response
}

/// Carries out an operation and records it.
async fn recorded(app: &App, caller: &Caller, (service, action): (Service, &str), params: &Params) -> Answer {
    let call = Call {
        forge: &app.forge,
        caller,
        params,
    };
    let answer = match service {
        Service::Sts => sts::dispatch(&call, action).await,
        _ => iam::dispatch(&call, action).await,
    };
    let outcome = match &answer {
        Ok(xml) => Ok(xml.recorded()),
        Err(failure) if failure.is_invalid_action() => return answer,
        Err(failure) => Err(failure.audited()),
    };
    audit::record(&app.forge, caller, (service, action), params.recorded(), outcome).await;
    answer
}

/// Carries out an operation that is not signed, and records it under the session that it began. One that fails is nobody's:
/// what anybody may send writes nothing.
async fn recorded_unsigned(call: &UnsignedCall<'_>, action: &str) -> Answer {
    let (xml, key) = sts::dispatch_unsigned(call, action).await?;
    let found = access_keys::find(call.forge, &key.id, Some(&key.token)).await?;
    if let Some(found) = found
        && let Some(principal) = found.principal(call.forge).await?
    {
        let caller = Caller {
            principal,
            request_id: call.request_id.to_owned(),
            source: call.source.clone(),
        };
        let outcome = Ok(xml.recorded());
        audit::record(
            call.forge,
            &caller,
            (Service::Sts, action),
            call.params.recorded(),
            outcome,
        )
        .await;
    }
    Ok(xml)
}

fn xml_response(status: StatusCode, xml: String) -> Response {
    let mut response = Response::new(Body::from(xml));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static(CONTENT_TYPE));
    response
}
