//! `PutRepositoryTriggers`.

use packhouse_storage::id;
use packhouse_storage::keys;
use packhouse_storage::table::Expect;
use packhouse_storage::table::commit::Commit;

use super::get::Configuration;
use super::progress::forget;
use super::record;
use super::trigger::{Given, Trigger, check};
use crate::error::Result;
use crate::forge::Forge;
use crate::identity::Caller;
use crate::names::RepositoryName;
use crate::policy::Action;
use crate::repositories::authorised;

/// Gives a repository these triggers, in place of all that it has. Answers the id of the new configuration. They tell what
/// happens from now on; one that has the name of one that was there goes on where that is.
///
/// # Errors
/// [`RepositoryDoesNotExist`](crate::error::Error::RepositoryDoesNotExist), what the triggers break, and the store's.
pub async fn put(forge: &Forge, caller: &Caller, name: &RepositoryName, given: Vec<Given>) -> Result<String> {
    let found = authorised(forge, caller, Action::PutRepositoryTriggers, name).await?;
    let mut configuration = Configuration {
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
        let old = there.map(record::decode).transpose()?;
        let old = old.map_or_else(Vec::new, |old| old.triggers);
        // Later than the triggers: what comes between the two is told by either.
        let now = forge.store().manifest(&found.id).await?.version;
        for trigger in &mut configuration.triggers {
            let known = old.iter().find(|known| known.name == trigger.name);
            trigger.since = known.map_or(now, |known| known.since);
        }
        let is_gone = |known: &&Trigger| !configuration.triggers.iter().any(|one| one.name == known.name);
        let gone = old.iter().filter(is_gone).map(|known| forget(&found.id, &known.name));
        let expect = there.map_or(Expect::Absent, |item| Expect::Version(item.version));
        let mut writes = vec![record::write(&found.id, expect, &configuration)];
        writes.extend(gone);
        if commit.write(writes).await? {
            break;
        }
    }
    Ok(configuration.id)
}
