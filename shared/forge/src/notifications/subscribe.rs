//! `Subscribe`.

use packhouse_storage::clock;

use super::amend::amend;
use super::describe::permitted;
use super::rule::{GivenTarget, add_target, target};
use crate::error::Result;
use crate::forge::Forge;
use crate::identity::Caller;

/// Lets a rule tell one more target. One that it tells already is a success.
///
/// # Errors
/// [`NoSuchEntity`](crate::error::Error::NoSuchEntity), [`LimitExceeded`](crate::error::Error::LimitExceeded), what the target
/// breaks, and the store's.
pub async fn subscribe(forge: &Forge, caller: &Caller, arn: &str, given: &GivenTarget) -> Result<()> {
    let found = permitted(forge, caller, "Subscribe", arn).await?;
    let target = target(forge, given)?;
    amend(forge, found.of(), Vec::new(), |rule, _| {
        let before = rule.targets.len();
        add_target(&mut rule.targets, target.clone())?;
        if rule.targets.len() > before {
            rule.modified_ms = clock::now_millis();
        }
        Ok(Vec::new())
    })
    .await
    .map(drop)
}
