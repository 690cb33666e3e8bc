//! What a gateway in front of this process tells of a request. Whoever builds the request out of the gateway's event
//! puts these among its extensions, which no client can reach.

use std::sync::Arc;

use axum::http::Extensions;
use packhouse_forge::identity::{self, Principal, Proven};

use super::basic::Unauthorized;
use crate::App;

/// How callers of the Git routes are known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum GitCallers {
    /// By the credentials of each request (HTTP Basic).
    #[default]
    Basic,
    /// By a gateway, which checked the credentials: requests without [`Vouched`] are refused.
    Gateway,
}

/// What the gateway has seen proven.
#[derive(Clone, Debug)]
pub struct Vouched(pub Proven);

/// The path that the client sent and signed, where the gateway cuts off a part of it (its stage).
#[derive(Clone, Debug)]
pub struct SentPath(pub String);

/// The principal for whom the gateway vouches, as the table has it now.
///
/// # Errors
/// [`Unauthorized::NotVouched`], when the request came another way; [`Unauthorized::Credentials`], when there is no such
/// principal any more; the store's.
pub(crate) async fn principal(app: &App, extensions: &Extensions) -> Result<Arc<Principal>, Unauthorized> {
    let Vouched(proven) = extensions.get().ok_or(Unauthorized::NotVouched)?;
    let principal = identity::principal(&app.forge, proven).await?;
    principal.ok_or(Unauthorized::Credentials)
}
