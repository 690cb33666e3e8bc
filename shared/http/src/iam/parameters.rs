//! Parameters that operations of several nouns share.

use packhouse_forge::directory::names::IdentityName;
use packhouse_forge::iam::{self, Status};
use packhouse_storage::keys::Identity;

use crate::aws_query::Call;
use crate::aws_query::failure::Failure;

/// `UserName`, or else the user who calls.
pub(super) fn user_meant(call: &Call<'_>) -> Result<IdentityName, Failure> {
    let named = call.params.identity_if_given("UserName", Identity::User)?;
    Ok(iam::user_meant(call.caller, named)?)
}

/// `UserName`.
pub(super) fn user_named(call: &Call<'_>) -> Result<IdentityName, Failure> {
    call.params.identity("UserName", Identity::User)
}

/// `Status`.
pub(super) fn status(call: &Call<'_>) -> Result<Status, Failure> {
    let words = [Status::Active, Status::Inactive].map(|status| (status.as_str(), status));
    call.params
        .word("Status", &words)?
        .ok_or_else(|| Failure::null("Status"))
}
