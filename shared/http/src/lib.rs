//! All HTTP: Git, `CodeCommit`'s API, health.
//!
//! The only place that knows status codes and wire formats. Must not know stores, AWS or the environment: it turns
//! requests into calls of [`packhouse_forge`] and answers back. Start at [`router`].

pub mod admin;
mod audit;
pub mod auth;
mod aws_json;
mod aws_query;
mod blobs;
mod cloudtrail;
mod codecommit;
mod codestar_notifications;
mod health;
mod iam;
mod operation;
pub mod request;
mod rest_json;
mod service;
mod smart;
mod sts;

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::from_fn;
use axum::response::Response;
use axum::routing::{any, get};
use packhouse_forge::forge::Forge;
use packhouse_storage::blobs::presigned::Signer;

use crate::auth::Callers;

/// What every handler needs. Clones share everything.
#[derive(Clone, Debug)]
pub struct App {
    /// The service.
    pub forge: Arc<Forge>,
    /// Whether `sparse:oid` filters are served. Off by default: they make the server read patterns of a client's choice.
    pub sparse_filter: bool,
    /// How callers are known.
    pub callers: Callers,
    /// What verifies the paths that the embedded stores sign; none where the store answers its own URLs.
    pub blob_urls: Option<Signer>,
}

/// All routes. Every answer carries a request id and leaves one line in the log; a panic in a handler becomes a 500.
pub fn router(app: App) -> Router {
    Router::new()
        .route("/", get(call).post(call))
        .route("/v1/repos/{*path}", any(smart::serve))
        .route("/_blobs/{*key}", any(blobs::serve))
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .merge(rest_json::routes())
        .with_state(app)
        .layer(from_fn(request::record))
}

/// Answers a call of an API, in the protocol that it speaks.
async fn call(State(app): State<App>, request: Request) -> Response {
    if aws_query::is_spoken(request.method(), request.headers()) {
        return aws_query::serve(app, request).await;
    }
    aws_json::serve(app, request).await
}
