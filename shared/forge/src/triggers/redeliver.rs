//! Telling now what a trigger waits with, and once more what it told.

use packhouse_storage::keys;
use packhouse_storage::table::commit::Commit;
use packhouse_storage::table::{Expect, Write};

use super::get;
use super::progress::Stored;
use crate::error::{Error, Result};
use crate::forge::Forge;
use crate::identity::Caller;
use crate::names::RepositoryName;
use crate::policy::Action;
use crate::repositories::authorised;

/// Lets a trigger try at once instead of after its pause, with all its tries before it; and, given `from`, tell once more all
/// changes from that version of the repository's log on, under the ids that their messages had. It is for whoever may change
/// the trigger. Answers the version that it goes on behind.
///
/// # Errors
/// [`AccessDenied`](Error::AccessDenied), [`RepositoryDoesNotExist`](Error::RepositoryDoesNotExist),
/// [`NoSuchEntity`](Error::NoSuchEntity) for the trigger, [`InvalidInput`](Error::InvalidInput) for a version that it never
/// told, and the store's.
pub async fn redeliver(
    forge: &Forge,
    caller: &Caller,
    name: &RepositoryName,
    (trigger, from): (&str, Option<u64>),
) -> Result<u64> {
    let found = authorised(forge, caller, Action::PutRepositoryTriggers, name).await?;
    let configuration = get::read(forge, &found.id).await?;
    let triggers = configuration.map_or_else(Vec::new, |found| found.triggers);
    let no_trigger = || Error::NoSuchEntity {
        what: "trigger",
        name: trigger.to_owned(),
    };
    let known = triggers.iter().find(|known| known.name == trigger);
    let known = known.ok_or_else(no_trigger)?;
    let mut commit = Commit::new(
        forge.store().table(),
        vec![keys::trigger_progress(found.id.as_str(), &known.name)],
    );
    loop {
        let items = commit.read().await?;
        let mut stored = Stored::of(items.first().and_then(Option::as_ref), known)?;
        if let Some(from) = from {
            let (first, last) = (known.since + 1, stored.progress.told + 1);
            if !(first..=last).contains(&from) {
                let why = format!("The trigger tells from version {first} on, and told those before {last}.");
                return Err(Error::InvalidInput(why));
            }
            stored.progress.done(from - 1);
        }
        stored.progress.at_once();
        let noted = Write::put(keys::telling(found.id.as_str()), Expect::Any, "{}");
        if commit.write(vec![stored.put(&found.id, known), noted]).await? {
            forge.jobs.tell_triggers(found.id.clone()).await;
            return Ok(stored.progress.told);
        }
    }
}
