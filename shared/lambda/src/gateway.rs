//! API Gateway (REST): its events become requests, and answers become what it takes.

mod buffered;
mod event;
mod stream;

use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use lambda_runtime::Context;
use packhouse_http::App;
use packhouse_http::request::{AnswerBounds, RequestId};
use serde_json::value::RawValue;
use tokio::time::timeout_at;
use tower::ServiceExt as _;

pub(crate) use self::buffered::buffered;
pub(crate) use self::stream::{Pieces, cut_when_broken, streamed};
use crate::deadline;
use crate::metrics::Metrics;

/// How many bytes Lambda streams: 200 MB, less what frames the body.
const MAX_STREAM: u64 = 199_000_000;

/// What stands between the gateway and the routes.
pub(crate) struct Gateway {
    router: Router,
    metrics: Metrics,
    /// How long before the end of an invocation an answer has to be over.
    margin: Duration,
}

impl Gateway {
    pub(crate) fn new(app: App, metrics: Metrics, margin: Duration) -> Self {
        Self {
            router: packhouse_http::router(app),
            metrics,
            margin,
        }
    }

    /// Answers the request that an event tells, if it is `wanted`. An event of another shape is refused, and a request
    /// that is not wanted is not found; both are answers too.
    pub(crate) async fn answer(
        &self,
        event: &RawValue,
        context: &Context,
        wanted: impl Fn(&Request) -> bool,
    ) -> Response {
        let started = self.metrics.start();
        let (response, bytes_in) = match event::request(event) {
            Ok((request, bytes_in)) if wanted(&request) => (self.route(request, context).await, bytes_in),
            Ok((_, bytes_in)) => (text(StatusCode::NOT_FOUND, "not found\n"), bytes_in),
            Err(why) => {
                tracing::error!(%why, "an event is no request by way of API Gateway");
                (
                    text(StatusCode::FORBIDDEN, "this function answers API Gateway only\n"),
                    0,
                )
            }
        };
        let status = response.status();
        response.map(|body| started.end_behind(status, bytes_in, body))
    }

    async fn route(&self, mut request: Request, context: &Context) -> Response {
        let until = deadline::until(context, self.margin);
        let extensions = request.extensions_mut();
        extensions.insert(AnswerBounds {
            until,
            bytes: MAX_STREAM,
        });
        if !context.request_id.is_empty() {
            // The log's lines about a request then have the name that Lambda's own lines about it have.
            extensions.insert(RequestId(context.request_id.as_str().into()));
        }
        let answer = Box::pin(self.router.clone().oneshot(request));
        match timeout_at(until, answer).await {
            Ok(Ok(response)) => response,
            Ok(Err(never)) => match never {},
            Err(_) => {
                tracing::error!("a request was not answered in the time of its invocation");
                text(StatusCode::GATEWAY_TIMEOUT, "the time for one request is over\n")
            }
        }
    }
}

fn text(status: StatusCode, message: &'static str) -> Response<Body> {
    (status, [(header::CONTENT_TYPE, "text/plain; charset=utf-8")], message).into_response()
}
