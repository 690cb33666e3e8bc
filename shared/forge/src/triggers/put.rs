//! `PutRepositoryTriggers`.

use packhouse_storage::id;
use packhouse_storage::keys;
use packhouse_storage::table::Expect;
use packhouse_storage::table::commit::Commit;

use super::get::Configuration;
use super::record;
use super::trigger::{Given, check};
use crate::error::Result;
use crate::forge::Forge;
use crate::identity::Caller;
use crate::names::RepositoryName;
use crate::policy::Action;
use crate::repositories::authorised;

/// Gives a repository these triggers, in place of all that it has. Answers the id of the new configuration.
///
/// # Errors
/// [`RepositoryDoesNotExist`](crate::error::Error::RepositoryDoesNotExist), what the triggers break, and the store's.
pub async fn put(forge: &Forge, caller: &Caller, name: &RepositoryName, given: Vec<Given>) -> Result<String> {
    let found = authorised(forge, caller, Action::PutRepositoryTriggers, name).await?;
    let configuration = Configuration {
        id: id::uuid(),
        triggers: check(forge.installation(), given)?,
    };
    let keys = [keys::triggers(found.id.as_str())];
    let mut commit = Commit::new(forge.store().table(), &keys[..]);
    loop {
        let items = commit.read().await?;
        let there = items.first().and_then(Option::as_ref);
        // Of a try whose outcome was unknown.
        if there.is_some_and(|item| record::decode(item).is_ok_and(|stored| stored.id == configuration.id)) {
            break;
        }
        let expect = there.map_or(Expect::Absent, |item| Expect::Version(item.version));
        if commit
            .write(vec![record::write(&found.id, expect, &configuration)])
            .await?
        {
            break;
        }
    }
    Ok(configuration.id)
}
