//! `GetSessionToken`: temporary keys of a user, for which a one-time password can be given.

use std::collections::BTreeMap;

use packhouse_storage::clock;

use super::SecondFactor;
use crate::error::{Error, Result};
use crate::forge::Forge;
use crate::iam::mfa_devices;
use crate::identity::session::{Session, SessionOf, TemporaryKey, issue};
use crate::identity::{Caller, Who};

const ACTION: &str = "sts:GetSessionToken";
/// The shortest and the longest session, in seconds, and the usual one.
const SHORTEST: u32 = 900;
const LONGEST: u32 = 129_600;
const USUAL: u32 = 43_200;

/// Temporary keys of the caller, with when they end, in seconds since the Unix epoch. Policies are not asked, as in AWS; what
/// may be done with the keys, they say.
///
/// # Errors
/// [`Error::AccessDenied`] for temporary keys; [`Error::InvalidAuthenticationCode`]; [`Error::InvalidInput`]; the store's.
pub async fn get(
    forge: &Forge,
    caller: &Caller,
    duration: Option<u32>,
    factor: Option<&SecondFactor>,
) -> Result<(TemporaryKey, u64)> {
    let principal = &caller.principal;
    let Who::User { name, id } = &principal.proven.who else {
        return Err(Error::AccessDenied {
            principal: principal.arn.clone(),
            action: ACTION.to_owned(),
            resource: principal.arn.clone(),
            because: "because it cannot be called with session credentials".to_owned(),
        });
    };
    let duration = duration.unwrap_or(USUAL);
    if !(SHORTEST..=LONGEST).contains(&duration) {
        return Err(Error::InvalidInput(format!(
            "DurationSeconds must be {SHORTEST} to {LONGEST}"
        )));
    }
    if let Some(factor) = factor {
        mfa_devices::verify(forge, &principal.name, &factor.serial, &factor.password).await?;
    }
    let issued = clock::now_secs();
    let session = Session {
        of: SessionOf::User {
            name: name.clone(),
            id: id.clone(),
        },
        issued,
        expires: issued + u64::from(duration),
        mfa: factor.is_some(),
        policies: Vec::new(),
        policy_arns: Vec::new(),
        tags: BTreeMap::new(),
        provider: None,
        claims: BTreeMap::new(),
    };
    Ok((issue(&forge.key().await?, &session), session.expires))
}
