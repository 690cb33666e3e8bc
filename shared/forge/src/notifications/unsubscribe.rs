//! `Unsubscribe`.

use packhouse_storage::clock;

use super::amend::amend;
use super::describe::permitted;
use super::record::Found;
use crate::error::Result;
use crate::forge::Forge;
use crate::identity::Caller;

/// Lets a rule tell a target no more. One that it does not tell is a success.
///
/// # Errors
/// [`NoSuchEntity`](crate::error::Error::NoSuchEntity), and the store's.
pub async fn unsubscribe(forge: &Forge, caller: &Caller, arn: &str, address: &str) -> Result<()> {
    let found = permitted(forge, caller, "Unsubscribe", arn).await?;
    take_away(forge, &found, address).await
}

/// Takes a target from a rule.
///
/// # Errors
/// As [`unsubscribe`].
pub(super) async fn take_away(forge: &Forge, found: &Found, address: &str) -> Result<()> {
    amend(forge, found.of(), Vec::new(), |rule, _| {
        let before = rule.targets.len();
        rule.targets.retain(|target| target.address != address);
        if rule.targets.len() < before {
            rule.modified_ms = clock::now_millis();
        }
        Ok(Vec::new())
    })
    .await
    .map(drop)
}
