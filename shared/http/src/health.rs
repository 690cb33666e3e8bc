//! Health, for load balancers and scripts.

use axum::extract::State;
use axum::http::StatusCode;
use packhouse_storage::keys;

use crate::App;

/// The process answers.
pub(crate) async fn alive() -> &'static str {
    "ok\n"
}

/// The process answers and can read its table.
pub(crate) async fn ready(State(app): State<App>) -> Result<&'static str, (StatusCode, &'static str)> {
    match app.forge.store().table().get(&keys::installation()).await {
        Ok(_) => Ok("ok\n"),
        Err(error) => {
            tracing::error!(%error, "the table cannot be read");
            Err((StatusCode::SERVICE_UNAVAILABLE, "the table cannot be read\n"))
        }
    }
}
