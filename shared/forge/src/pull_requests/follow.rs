//! What becomes of pull requests when their branches move: a fold of the repository's log into them.

mod apply;
mod cursor;
mod destination;
mod fold;

use std::collections::BTreeSet;
use std::time::Duration;

use packhouse_git::hash::ObjectId;
use packhouse_git::ref_name::RefName;
use packhouse_storage::error::Error as StorageError;
use packhouse_storage::keys;
use packhouse_storage::log::{Entry, RefChange};
use packhouse_storage::manifest::Manifest;
use packhouse_storage::repository_id::RepositoryId;
use packhouse_storage::table::Range;
use serde_json::{Map, Value};

use self::apply::apply;
use self::cursor::Cursor;
use self::destination::Destinations;
pub(super) use self::fold::merge_base;
use super::record::listed::{self, Listed};
use crate::error::{Error, Result};
use crate::forge::Forge;
use crate::identity::session_tags;
use crate::names::RepositoryName;
use crate::repositories::{Opened, Repository};

/// How many entries of the log are looked at together.
const ENTRIES: usize = 500;

/// Where a ref was and where it went.
#[derive(Clone, Copy, Debug)]
struct Moved {
    old: Option<ObjectId>,
    new: Option<ObjectId>,
}

/// What one entry of the log means for one pull request.
#[derive(Clone, Debug)]
struct Step {
    version: u64,
    time: Duration,
    actor: String,
    session_tags: Map<String, Value>,
    source: Option<Moved>,
    destination: Option<Moved>,
}

/// Brings the open pull requests of a repository up to date with its branches: everything that its log has at the time of
/// the call. It authorises nothing, and may be called at any time, by several at once, and again after it failed.
///
/// Where nothing happened since the last time it costs two reads.
///
/// # Errors
/// The store's. What was done until then is done.
pub async fn follow(forge: &Forge, id: &RepositoryId) -> Result<()> {
    match forge.store().manifest(id).await {
        Ok(manifest) => follow_from(forge, id, &manifest).await,
        Err(StorageError::NoRepository) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// The same up to a manifest that was just read.
pub(super) async fn follow_from(forge: &Forge, id: &RepositoryId, manifest: &Manifest) -> Result<()> {
    if manifest.deleted.is_some() {
        return Ok(());
    }
    let until = manifest.version;
    let mut cursor = Cursor::read(forge, id).await?;
    while cursor.at < until {
        // Later than the manifest: what is not among these was made later than all that is looked at here.
        let open = open_ones(forge, id).await?;
        if open.is_empty() {
            cursor = cursor.advance(forge, id, until).await?;
            continue;
        }
        let entries = forge
            .store()
            .log_entries(id, manifest.format, (cursor.at, ENTRIES))
            .await?;
        let last = entries.last().map(|entry| entry.version);
        let last = last.ok_or_else(|| Error::corrupt(format!("the log of {id} ends before version {until}")))?;
        // Its state is large, and most callers come here with nothing to follow.
        Box::pin(follow_entries(forge, id, &open, &entries)).await?;
        cursor = cursor.advance(forge, id, last).await?;
    }
    Ok(())
}

/// What is open in a repository.
pub(super) async fn open_ones(forge: &Forge, id: &RepositoryId) -> Result<Vec<Listed>> {
    let (mut open, mut after) = (Vec::new(), None);
    loop {
        let range = Range {
            prefix: keys::OPEN_PULL_REQUEST_PREFIX.to_owned(),
            after,
            ..Range::default()
        };
        let page = forge
            .store()
            .table()
            .query(&keys::repository(id.as_str()), range)
            .await?;
        for item in &page.items {
            open.push(listed::decode(item)?);
        }
        after = page.next;
        if after.is_none() {
            return Ok(open);
        }
    }
}

async fn follow_entries(forge: &Forge, id: &RepositoryId, open: &[Listed], entries: &[Entry]) -> Result<()> {
    let branches: BTreeSet<&RefName> = open.iter().flat_map(|one| [&one.source, &one.destination]).collect();
    let is_of_interest = |change: &&RefChange| branches.contains(&change.name);
    let moving = entries
        .iter()
        .filter(|entry| entry.refs.iter().any(|change| is_of_interest(&change)));
    let moving: Vec<&Entry> = moving.collect();
    if moving.is_empty() {
        return Ok(());
    }
    let manifest = forge.store().manifest(id).await?;
    let name = RepositoryName::new(&manifest.name)?;
    let id = id.clone();
    let mut opened = Opened::of(forge, Repository { id, name, manifest }).await?;
    let mut destinations = Destinations::default();
    for one in open {
        let steps = moving.iter().filter_map(|entry| step(one, entry));
        let steps: Vec<Step> = steps.collect();
        if is_concerned(&opened, &mut destinations, one, &steps).await? {
            opened = apply(forge, opened, one.id, &steps).await?;
        }
    }
    Ok(())
}

/// What an entry means for a pull request; `None` where that is nothing.
fn step(one: &Listed, entry: &Entry) -> Option<Step> {
    let moved = |name: &RefName| {
        let change = entry.refs.iter().find(|change| change.name == *name)?;
        Some(Moved {
            old: change.old,
            new: change.new,
        })
    };
    let (source, destination) = (moved(&one.source), moved(&one.destination));
    (source.is_some() || destination.is_some()).then(|| Step {
        version: entry.version,
        time: entry.time,
        actor: entry.actor.arn.clone(),
        session_tags: session_tags::of_actor(&entry.actor),
        source,
        destination,
    })
}

/// Whether a pull request has to be read because of that. A destination that only went on is the rule, and concerns none
/// but those that it went on to: a push to a branch that a thousand pull requests are for reads few of them.
async fn is_concerned(opened: &Opened, destinations: &mut Destinations, one: &Listed, steps: &[Step]) -> Result<bool> {
    for step in steps {
        let Some(Moved {
            old: Some(old),
            new: Some(new),
        }) = step.destination.filter(|_| step.source.is_none())
        else {
            return Ok(true);
        };
        if destinations.came_by(opened, (old, new), one.source_commit).await? {
            return Ok(true);
        }
    }
    Ok(false)
}
