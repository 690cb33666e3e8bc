//! How much is still to be told.

use std::collections::BTreeSet;
use std::time::Duration;

use packhouse_storage::error::Error as StorageError;
use packhouse_storage::outbox::{self, Pointer, SHARDS};

use super::matter::Matter;
use crate::authorization::{Request, authorise};
use crate::dead_letters;
use crate::error::Result;
use crate::forge::Forge;
use crate::identity::Caller;
use crate::triggers;

/// Of how many streams of the outbox it is looked up when their first change was.
const MAX_DATED: usize = 1000;

/// What is still to be told, and what is not tried any more.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lag {
    /// How many items lie in the outbox.
    pub items: usize,
    /// When the oldest of them happened, since the Unix epoch; none where that cannot be read. Where more than a thousand
    /// repositories, pull requests and the like wait, the oldest of a thousand.
    pub oldest: Option<Duration>,
    /// The repositories whose triggers have something left to tell, by name.
    pub telling: Vec<String>,
    /// How many dead letters there are.
    pub dead_letters: usize,
}

/// How much is still to be told, for administrators.
///
/// # Errors
/// [`AccessDenied`](crate::error::Error::AccessDenied), and the store's.
pub async fn lag(forge: &Forge, caller: &Caller) -> Result<Lag> {
    authorise(forge, caller, Request::administer(None))?;
    let mut lag = Lag::default();
    let mut dated = BTreeSet::new();
    for shard in 0..SHARDS {
        let mut after = None;
        loop {
            let (keys, next) = outbox::page(forge.store(), shard, after).await?;
            lag.items += keys.len();
            for pointer in keys.iter().filter_map(Pointer::parse) {
                // The first of its stream, which is told in its order, is the oldest.
                if dated.len() < MAX_DATED && dated.insert(stream(&pointer)) {
                    lag.oldest = [lag.oldest, happened(forge, &pointer).await?]
                        .into_iter()
                        .flatten()
                        .min();
                }
            }
            after = next;
            if after.is_none() {
                break;
            }
        }
    }
    lag.telling = telling(forge).await?;
    lag.dead_letters = dead_letters::count(forge).await?;
    Ok(lag)
}

fn stream(pointer: &Pointer) -> String {
    match pointer {
        Pointer::Entry { repository, .. } => format!("R {repository}"),
        Pointer::Note { stream, .. } => format!("N {stream}"),
    }
}

/// When what a pointer leads to happened; `None` when that was told meanwhile, or cannot be read.
async fn happened(forge: &Forge, pointer: &Pointer) -> Result<Option<Duration>> {
    let matter = async {
        let Some(pending) = outbox::find(forge.store(), pointer).await? else {
            return Ok(None);
        };
        Matter::of(forge, pointer, &pending).await
    };
    match matter.await {
        Ok(matter) => Ok(matter.map(|matter| matter.time())),
        // The relay says so and buries it.
        Err(error) if error.kind() == crate::error::Kind::Corrupt => Ok(None),
        Err(error) => Err(error),
    }
}

async fn telling(forge: &Forge) -> Result<Vec<String>> {
    let (mut names, mut after) = (Vec::new(), None);
    loop {
        let (ids, next) = triggers::noted(forge, after).await?;
        for id in ids {
            match forge.store().manifest(&id).await {
                Ok(manifest) => names.push(manifest.name.clone()),
                Err(StorageError::NoRepository) => {}
                Err(error) => return Err(error.into()),
            }
        }
        after = next;
        if after.is_none() {
            names.sort_unstable();
            return Ok(names);
        }
    }
}
