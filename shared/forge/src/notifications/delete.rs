//! `DeleteNotificationRule`.

use packhouse_storage::keys;
use packhouse_storage::table::Expect;
use packhouse_storage::table::commit::Commit;

use super::describe::permitted;
use super::record;
use crate::error::{Error, Result};
use crate::forge::Forge;
use crate::identity::Caller;

/// Deletes a rule, with what it has still to tell. That there is none is a success.
///
/// # Errors
/// The store's.
pub async fn delete(forge: &Forge, caller: &Caller, arn: &str) -> Result<()> {
    let found = match permitted(forge, caller, "DeleteNotificationRule", arn).await {
        Ok(found) => found,
        Err(Error::NoSuchEntity { .. }) => return Ok(()),
        Err(error) => return Err(error),
    };
    let keys = [keys::notification_rules(found.repository.as_str())];
    let mut commit = Commit::new(forge.store().table(), &keys[..]);
    loop {
        let items = commit.read().await?;
        let Some(Some(item)) = items.first() else {
            return Ok(());
        };
        let mut rules = record::decode(item)?;
        let Some(at) = rules.iter().position(|rule| rule.id == found.rule.id) else {
            return Ok(());
        };
        let gone = rules.remove(at);
        let mut writes = vec![record::write(&found.repository, Expect::Version(item.version), &rules)];
        writes.extend(record::forget(forge, &gone));
        if commit.write(writes).await? {
            return Ok(());
        }
    }
}
