//! What a gateway in front of this process tells of a request. Whoever builds the request out of the gateway's event
//! puts these among its extensions, which no client can reach.

use axum::http::Extensions;
use packhouse_forge::identity::Principal;

use super::basic::Unauthorized;

/// How callers of the Git routes are known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum GitCallers {
    /// By the credentials of each request (HTTP Basic).
    #[default]
    Basic,
    /// By a gateway, which checked the credentials: requests without [`Vouched`] are refused.
    Gateway,
}

/// The principal for whom a gateway vouches.
#[derive(Clone, Debug)]
pub struct Vouched(pub Principal);

/// The path that the client sent and signed, where the gateway cuts off a part of it (its stage).
#[derive(Clone, Debug)]
pub struct SentPath(pub String);

/// The principal for whom the gateway vouches.
///
/// # Errors
/// [`Unauthorized::NotVouched`], when the request came another way.
pub(crate) fn principal(extensions: &Extensions) -> Result<Principal, Unauthorized> {
    let vouched = extensions.get::<Vouched>().ok_or(Unauthorized::NotVouched)?;
    Ok(vouched.0.clone())
}
