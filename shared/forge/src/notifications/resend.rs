//! A notification that was given up, once more.

use packhouse_storage::repository_id::RepositoryId;
use serde_json::Value;

use super::hand_over::hand_over;
use super::record;
use crate::error::Result;
use crate::forge::Forge;
use crate::triggers::Resent;

/// Sends a message of a rule to one of its targets, as it was.
///
/// # Errors
/// The store's.
pub(crate) async fn resend(
    forge: &Forge,
    repository: &RepositoryId,
    (rule, target): (&str, &str),
    message: &Value,
) -> Result<Resent> {
    let rules = record::read(forge, repository).await?;
    let told = rules.iter().any(|one| one.id == rule && one.target(target).is_some());
    if !told {
        return Ok(Resent::Gone(
            "no notification rule tells that target any more".to_owned(),
        ));
    }
    match hand_over(forge, target, message).await {
        Ok(()) => Ok(Resent::Sent),
        Err(why) => Ok(Resent::Refused(why.told().to_owned())),
    }
}
