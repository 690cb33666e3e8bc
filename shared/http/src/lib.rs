//! All HTTP: Git, `CodeCommit`'s API, health.
//!
//! The only place that knows status codes and wire formats. Must not know stores, AWS or the environment: it turns
//! requests into calls of [`packhouse_forge`] and answers back. Start at [`router`].

pub mod admin;
pub mod auth;
mod aws_json;
mod blobs;
mod codecommit;
mod health;
pub mod request;
mod smart;

use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn;
use axum::routing::{any, get, post};
use packhouse_forge::forge::Forge;
use packhouse_storage::blobs::presigned::Signer;

use crate::auth::gateway::GitCallers;

/// What every handler needs. Clones share everything.
#[derive(Clone, Debug)]
pub struct App {
    /// The service.
    pub forge: Arc<Forge>,
    /// Whether `sparse:oid` filters are served. Off by default: they make the server read patterns of a client's choice.
    pub sparse_filter: bool,
    /// How callers of the Git routes are known.
    pub git_callers: GitCallers,
    /// What verifies the paths that the embedded stores sign; none where the store answers its own URLs.
    pub blob_urls: Option<Signer>,
}

/// All routes. Every answer carries a request id and leaves one line in the log; a panic in a handler becomes a 500.
pub fn router(app: App) -> Router {
    Router::new()
        .route("/", post(aws_json::serve))
        .route("/v1/repos/{*path}", any(smart::serve))
        .route("/_blobs/{*key}", any(blobs::serve))
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .with_state(app)
        .layer(from_fn(request::record))
}
