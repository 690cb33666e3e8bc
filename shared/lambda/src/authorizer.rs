//! The `authorizer` function: says to the gateway who calls. What they may do is for the function behind to judge.
//!
//! A signature of the API it only hands on: the gateway takes that off requests on their way to a function, and the
//! function, which has the body, verifies it.

use std::process::ExitCode;
use std::sync::Arc;

use aws_lambda_events::apigw::{
    ApiGatewayCustomAuthorizerPolicy, ApiGatewayCustomAuthorizerRequestTypeRequest, ApiGatewayCustomAuthorizerResponse,
};
use aws_lambda_events::iam::{IamPolicyEffect, IamPolicyStatement};
use axum::http::header::AUTHORIZATION;
use lambda_runtime::{Diagnostic, Error, LambdaEvent, service_fn};
use packhouse_forge::identity::Proven;
use packhouse_forge::jobs::Queue;
use packhouse_http::App;
use packhouse_http::auth::basic::{self, Presented, Unauthorized};
use serde_json::{Value, json};

use crate::environment::Environment;
use crate::metrics::Metrics;
use crate::open::{self, Opening};
use crate::run::{Threads, run};

/// The name in the context of what the `Authorization` header of an API call was.
pub(crate) const SIGNATURE: &str = "signature";
/// The resources of the gateway at which the API is: one for calls without a path, one for operations that have theirs.
const API: [&str; 2] = ["/", "/{operation+}"];
/// The name in the context of what credentials have proven.
pub(crate) const PROVEN: &str = "proven";

/// Serves the events of the `authorizer` function.
#[must_use]
pub fn main() -> ExitCode {
    run(Threads::One, start)
}

/// Why nobody is let in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    /// Credentials are missing or wrong. To exactly this text the gateway answers 401, and to any other 500.
    #[error("Unauthorized")]
    Unauthorized,
    /// Nobody knows whether they are right.
    #[error("the credentials cannot be checked: {0}")]
    Unknown(String),
}

impl From<Refusal> for Diagnostic {
    fn from(refusal: Refusal) -> Self {
        let kind = match refusal {
            Refusal::Unauthorized => "Unauthorized",
            Refusal::Unknown(_) => "Unknown",
        };
        Self {
            error_type: kind.to_owned(),
            error_message: refusal.to_string(),
        }
    }
}

async fn start(environment: Environment) -> Result<(), Error> {
    let opening = Opening::new(&environment).await?;
    let key = opening.master_key(&environment.master_key_parameter()?);
    let public_url = environment.public_url()?;
    // Who calls is in the table; the function has no bucket. Git's signatures are for the host that the URL names.
    let forge = opening.forge("", key, Arc::new(Queue::default()), &public_url);
    let app = Arc::new(open::app(Arc::new(forge)));
    let metrics = Metrics::new(opening.settings.metrics, &opening.settings.function);
    let serve = service_fn(
        move |event: LambdaEvent<ApiGatewayCustomAuthorizerRequestTypeRequest>| {
            let (app, started) = (Arc::clone(&app), metrics.start());
            async move {
                let answer = authorize(&app, event.payload).await;
                if let Err(Refusal::Unknown(why)) = &answer {
                    tracing::error!(why, "credentials cannot be checked");
                }
                started.end(matches!(answer, Err(Refusal::Unknown(_))));
                answer
            }
        },
    );
    lambda_runtime::run(serve).await
}

/// Lets in whom the request's credentials prove, to all of the Git routes, and says who it is.
pub(crate) async fn authorize(
    app: &App,
    event: ApiGatewayCustomAuthorizerRequestTypeRequest,
) -> Result<ApiGatewayCustomAuthorizerResponse, Refusal> {
    let headers = if event.multi_value_headers.is_empty() {
        event.headers
    } else {
        event.multi_value_headers
    };
    // Of two credentials nobody knows which one counts.
    if headers.get_all(AUTHORIZATION).iter().count() > 1 {
        return Err(Refusal::Unauthorized);
    }
    let method = event.method_arn.unwrap_or_default();
    if event
        .resource
        .as_deref()
        .is_some_and(|resource| API.contains(&resource))
    {
        let signature = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let context = signature.map_or_else(|| json!({}), |signature| json!({ SIGNATURE: signature }));
        return Ok(allow("unverified", method, context));
    }
    let called = event.request_context;
    let presented = Presented {
        headers: &headers,
        path: event.path.as_deref().unwrap_or_default(),
        sent_path: called.path.as_deref(),
        authority: None,
        ip: called.identity.and_then(|caller| caller.source_ip?.parse().ok()),
    };
    let proven = basic::proven(app, presented).await.map_err(|error| match error {
        Unauthorized::Credentials => Refusal::Unauthorized,
        Unauthorized::Throttled(_) => Refusal::Unknown("too many wrong ones came from there".to_owned()),
        Unauthorized::Unavailable(error) => Refusal::Unknown(error.to_string()),
        Unauthorized::NotVouched => Refusal::Unknown("they did not come by way of the gateway".to_owned()),
    })?;
    let resource = git_routes(&method).ok_or_else(|| Refusal::Unknown(format!("{method:?} is no method of an API")))?;
    Ok(allow(&proven.credential, resource, context(&proven)))
}

/// Lets a caller in, and tells the function behind `context`.
fn allow(caller: &str, resource: String, context: Value) -> ApiGatewayCustomAuthorizerResponse {
    let mut statement = IamPolicyStatement::default();
    statement.action = vec!["execute-api:Invoke".to_owned()];
    statement.effect = IamPolicyEffect::Allow;
    statement.resource = vec![resource];
    let mut policy = ApiGatewayCustomAuthorizerPolicy::default();
    policy.version = Some("2012-10-17".to_owned());
    policy.statement = vec![statement];
    let mut answer = ApiGatewayCustomAuthorizerResponse::default();
    answer.principal_id = Some(caller.to_owned());
    answer.policy_document = policy;
    answer.context = context;
    answer
}

/// What the function behind is told, read again in `gateway/event.rs`. The gateway passes on texts only.
fn context(proven: &Proven) -> Value {
    let proven = serde_json::to_string(proven).expect("texts, numbers and flags always encode");
    json!({ PROVEN: proven })
}

/// The Git routes of the API and the stage that a method's ARN (`…:<api>/<stage>/<method>/<path>`) names.
fn git_routes(method: &str) -> Option<String> {
    let mut parts = method.split('/');
    let (api, stage) = (parts.next()?, parts.next()?);
    let fits = api.starts_with("arn:") && api.contains(":execute-api:") && !stage.is_empty() && parts.next().is_some();
    fits.then(|| format!("{api}/{stage}/*/v1/repos/*"))
}

#[cfg(test)]
mod tests;
