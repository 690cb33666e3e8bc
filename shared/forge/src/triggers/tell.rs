//! What happened to a repository's refs, told to the targets of its triggers: each trigger follows the log at its own pace.

use std::time::Duration;

use futures_util::future::join_all;
use packhouse_storage::error::Error as StorageError;
use packhouse_storage::keys;
use packhouse_storage::log::{Entry, RefChange};
use packhouse_storage::manifest::Manifest;
use packhouse_storage::repository_id::RepositoryId;
use packhouse_storage::table::commit::Commit;
use packhouse_storage::table::{Expect, Range, TableError, Write};
use sha2::{Digest as _, Sha256};

use super::get::{self, Configuration};
use super::message::{Became, Message, Reference, parts};
use super::progress::Stored;
use super::send::send;
use super::targets::Undelivered;
use super::trigger::Trigger;
use crate::dead_letters;
use crate::error::Result;
use crate::forge::Forge;
use crate::names::RepositoryName;

/// What triggers call any change of refs.
const EVENT: &str = "ReferenceChanges";
/// How many entries of the log are looked at together.
const ENTRIES: usize = 100;

/// Notes that a repository's triggers have something to tell, unless it has none; whether it has. From then on it is not
/// forgotten.
///
/// # Errors
/// The store's.
pub async fn note(forge: &Forge, id: &RepositoryId) -> Result<bool> {
    let has_some = get::read(forge, id)
        .await?
        .is_some_and(|found| !found.triggers.is_empty());
    if !has_some {
        return Ok(false);
    }
    // It expects nothing, but whoever writes the same item at the same time may keep it from being written.
    let mut commit = Commit::new(forge.store().table(), &[]);
    loop {
        commit.read().await?;
        let noted = Write::put(keys::telling(id.as_str()), Expect::Any, "{}");
        if commit.write(vec![noted]).await? {
            return Ok(true);
        }
    }
}

/// The next of the repositories whose triggers still have something to tell, and where those behind them start.
///
/// # Errors
/// The store's.
pub async fn noted(forge: &Forge, after: Option<String>) -> Result<(Vec<RepositoryId>, Option<String>)> {
    let range = Range {
        after,
        ..Range::default()
    };
    let page = forge.store().table().query(keys::TELLING, range).await?;
    let ids = page.items.iter().filter_map(|item| RepositoryId::parse(&item.key.sk));
    Ok((ids.collect(), page.next))
}

/// Tells what a repository's triggers have to tell. Answers after what time there is more to do; `None` when all is told.
///
/// Several may do so at once, and again after it failed: then targets get some messages twice, with the same ids.
///
/// # Errors
/// The store's.
pub async fn tell(forge: &Forge, id: &RepositoryId) -> Result<Option<Duration>> {
    let key = keys::telling(id.as_str());
    let noted = forge.store().table().get(&key).await?;
    let later = match told(forge, id).await? {
        Some(later) => Some(later),
        None => {
            let Some(noted) = noted else { return Ok(None) };
            let all = Write::delete(key, Expect::Version(noted.version));
            match forge.store().table().transact(vec![all]).await {
                Ok(()) => None,
                // There is more by now.
                Err(TableError::Conflict(_) | TableError::Ambiguous(_)) => Some(Duration::ZERO),
                Err(error) => return Err(error.into()),
            }
        }
    };
    Ok(later)
}

async fn told(forge: &Forge, id: &RepositoryId) -> Result<Option<Duration>> {
    let manifest = match forge.store().manifest(id).await {
        Ok(manifest) => manifest,
        Err(StorageError::NoRepository) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let Some(configuration) = get::read(forge, id).await? else {
        return Ok(None);
    };
    let name = RepositoryName::new(&manifest.name)?;
    let telling = Telling {
        forge,
        id,
        name: &name,
        manifest: &manifest,
        configuration: &configuration,
    };
    let all = configuration.triggers.iter().map(|trigger| telling.follow(trigger));
    let mut later: Option<Duration> = None;
    for one in join_all(all).await {
        if let Some(one) = one? {
            later = Some(later.map_or(one, |later| later.min(one)));
        }
    }
    Ok(later)
}

/// One repository whose triggers tell.
pub(super) struct Telling<'a> {
    pub(super) forge: &'a Forge,
    pub(super) id: &'a RepositoryId,
    pub(super) name: &'a RepositoryName,
    pub(super) manifest: &'a Manifest,
    pub(super) configuration: &'a Configuration,
}

impl Telling<'_> {
    /// Tells what one trigger has to tell, until all is told or the target does not take it.
    async fn follow(&self, trigger: &Trigger) -> Result<Option<Duration>> {
        let mut stored = Stored::read(self.forge, self.id, trigger).await?;
        if let Some(pause) = stored.progress.pause() {
            return Ok(Some(pause));
        }
        while stored.progress.told < self.manifest.version {
            let behind = (stored.progress.told, ENTRIES);
            let store = self.forge.store();
            let entries = store.log_entries(self.id, self.manifest.format, behind).await?;
            let Some(last) = entries.last().map(|entry| entry.version) else {
                return Ok(None);
            };
            for entry in &entries {
                let references = references(trigger, entry);
                if !references.is_empty() && !self.tell_entry(trigger, (entry, &references), &mut stored).await? {
                    let pause = stored.progress.pause().unwrap_or_default();
                    return Ok(Some(pause));
                }
            }
            if stored.progress.told < last {
                stored.progress.done(last);
                if !stored.write(self.forge, self.id, trigger).await? {
                    return Ok(Some(Duration::ZERO));
                }
            }
        }
        Ok(None)
    }

    /// Tells one change; `false` when the trigger has to stop there for now.
    async fn tell_entry(
        &self,
        trigger: &Trigger,
        (entry, references): (&Entry, &[Reference]),
        stored: &mut Stored,
    ) -> Result<bool> {
        let count = parts(references).len();
        while let Some(sent) = self
            .send_part(trigger, (entry, references), stored.progress.parts)
            .await
        {
            if let Err(why) = sent {
                let (repository, trigger_name) = (self.id, &trigger.name);
                if !stored.progress.failed(trigger, &why) {
                    tracing::warn!(%repository, trigger = trigger_name, %why, "a trigger could not tell; tried again later");
                    stored.write(self.forge, self.id, trigger).await?;
                    return Ok(false);
                }
                tracing::error!(%repository, trigger = trigger_name, %why, "a message of a trigger becomes a dead letter");
                let told = (trigger.name.as_str(), entry.version, stored.progress.parts);
                dead_letters::bury_message(self.forge, self.id, told, why.told()).await?;
                stored.progress.parts += 1;
            } else {
                stored.progress.delivered();
            }
            if count == stored.progress.parts {
                stored.progress.done(entry.version);
            }
            if !stored.write(self.forge, self.id, trigger).await? {
                return Ok(false);
            }
            if stored.progress.told == entry.version {
                return Ok(true);
            }
        }
        // There are fewer parts than were told: the trigger is about less than it was.
        stored.progress.done(entry.version);
        stored.write(self.forge, self.id, trigger).await
    }

    /// Sends one part of what a change tells; `None` when it has no such part.
    pub(super) async fn send_part(
        &self,
        trigger: &Trigger,
        (entry, references): (&Entry, &[Reference]),
        part: usize,
    ) -> Option<Result<(), Undelivered>> {
        let parts = parts(references);
        let references = parts.get(part).filter(|part| !part.is_empty())?;
        let message = Message {
            repository: self.name,
            configuration: &self.configuration.id,
            event: EVENT,
            references,
            id: self.message_id(trigger, entry),
            part: (part + 1, parts.len()),
            time: entry.time,
            by: &entry.actor.arn,
        };
        Some(send(self.forge, self.id, (&message, trigger)).await)
    }

    /// What names a message: the same whenever it is sent, and a UUID as clients know it.
    fn message_id(&self, trigger: &Trigger, entry: &Entry) -> String {
        let text = format!("packhouse:trigger:1 {} {} {}", self.id, entry.version, trigger.name);
        let digest = crate::hex::encode(&Sha256::digest(text));
        let part = |from: usize, to: usize| digest.get(from..to).unwrap_or_default();
        format!(
            "{}-{}-8{}-8{}-{}",
            part(0, 8),
            part(8, 12),
            part(13, 16),
            part(17, 20),
            part(20, 32)
        )
    }
}

/// What of a change a trigger is about.
pub(super) fn references(trigger: &Trigger, entry: &Entry) -> Vec<Reference> {
    let of = |change: &RefChange| {
        let (commit, became) = match (change.old, change.new) {
            (None, Some(new)) => (new, Became::Created),
            (Some(_), Some(new)) => (new, Became::Updated),
            (Some(old), None) => (old, Became::Deleted),
            (None, None) => return None,
        };
        let short = change.name.short_branch();
        let is_tag = change.name.as_str().starts_with("refs/tags/");
        let is_named = match short {
            Some(short) => trigger.branches.is_empty() || trigger.branches.iter().any(|branch| branch == short),
            None => is_tag && trigger.branches.is_empty(),
        };
        let is_asked = |event: &String| event == "all" || event == became.event();
        (is_named && trigger.events.iter().any(is_asked)).then(|| Reference {
            name: change.name.clone(),
            commit,
            became,
        })
    };
    entry.refs.iter().filter_map(of).collect()
}
