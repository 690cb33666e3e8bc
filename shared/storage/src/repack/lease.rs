//! Who repacks a repository: one at a time, since several would do the same work, of which one transaction counts.
//!
//! Only that work is saved. Whoever holds a lease that ran out, and does not know it, harms nothing: the transaction at
//! the end is conditional on all that it relies on.

use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval_at};

use crate::clock;
use crate::error::Result;
use crate::keys;
use crate::repository_id::RepositoryId;
use crate::store::Store;
use crate::table::{Action, Expect, Key, TableError, Write};

/// For how long a lease holds. Whoever died leaves the repository alone for that long.
pub(crate) const LASTS: Duration = Duration::from_secs(120);
/// How often it is made to hold that long again.
const RENEWED: Duration = Duration::from_secs(30);

/// Held while a repository is repacked.
#[derive(Debug)]
pub(crate) struct Lease<'a> {
    store: &'a Store,
    key: Key,
    holder: String,
    version: u64,
}

impl<'a> Lease<'a> {
    /// Takes the lease; `None` where somebody else has it.
    pub(crate) async fn take(store: &'a Store, id: &RepositoryId) -> Result<Option<Self>> {
        let mut lease = Self {
            store,
            key: keys::repacking(id.as_str()),
            holder: crate::id::ulid(),
            version: 0,
        };
        Ok(lease.write(Expect::Absent).await?.then_some(lease))
    }

    /// Writes that the lease holds from now on; `false` where that is not so.
    async fn write(&mut self, expect: Expect) -> Result<bool> {
        let write = Write {
            key: self.key.clone(),
            expect,
            action: Action::Put {
                body: self.holder.clone().into(),
                expires: Some(clock::now_secs() + LASTS.as_secs()),
            },
        };
        match self.store.table().transact(vec![write]).await {
            Ok(()) => {}
            // What there is tells what came of it.
            Err(TableError::Conflict(_) | TableError::Ambiguous(_)) => {}
            Err(error) => return Err(error.into()),
        }
        let found = self.store.table().get(&self.key).await?;
        let ours = found.filter(|item| item.body == self.holder.as_bytes());
        self.version = ours.as_ref().map_or(self.version, |item| item.version);
        Ok(ours.is_some())
    }

    /// Does `work`, for as long as that takes.
    pub(crate) async fn hold<T>(&mut self, work: impl Future<Output = T>) -> T {
        let mut work = std::pin::pin!(work);
        let mut renewals = interval_at(tokio::time::Instant::now() + RENEWED, RENEWED);
        renewals.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                done = &mut work => return done,
                _ = renewals.tick() => match self.write(Expect::Version(self.version)).await {
                    Ok(true) => {}
                    Ok(false) => tracing::debug!(key = ?self.key, "somebody else repacks as well"),
                    Err(error) => tracing::debug!(key = ?self.key, %error, "a lease was not renewed"),
                },
            }
        }
    }

    /// Gives the lease back. If that fails it runs out.
    pub(crate) async fn end(self) {
        let write = Write::delete(self.key, Expect::Version(self.version));
        if let Err(error) = self.store.table().transact(vec![write]).await {
            tracing::debug!(%error, "a lease runs out by itself");
        }
    }
}
