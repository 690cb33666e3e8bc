//! Work that is asked for now and done later, by somebody else.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use packhouse_storage::repository_id::RepositoryId;
use tokio::sync::Notify;

use crate::notifications::Lane;

/// Who is asked to do work in the background.
#[async_trait]
pub trait Jobs: Send + Sync + fmt::Debug {
    /// Asks for a compaction of a repository, without waiting for it. Whoever asks has done its own work already, so
    /// this never fails: what could not be asked for is logged, and asked for again by the next who finds it due.
    async fn compact(&self, id: RepositoryId);

    /// Asks that the pull requests of a repository follow its branches, which have moved, without waiting for it. Nobody
    /// depends on it: whoever looks at pull requests lets them follow first.
    async fn follow(&self, id: RepositoryId);

    /// Asks that the triggers of a repository tell what they have left, without waiting for it. It is noted already, so
    /// nothing depends on it: what nobody is asked for waits for the next sweep, or the next start.
    async fn tell_triggers(&self, id: RepositoryId);
}

/// Repositories that wait for work by this process, and notifications that wait to be sent.
#[derive(Debug, Default)]
pub struct Queue {
    compactions: Waiting<RepositoryId>,
    followings: Waiting<RepositoryId>,
    tellings: Waiting<RepositoryId>,
    notifications: Waiting<Lane>,
}

/// What waits for one kind of work.
#[derive(Debug)]
struct Waiting<T> {
    ids: Mutex<BTreeSet<T>>,
    woken: Notify,
}

impl<T> Default for Waiting<T> {
    fn default() -> Self {
        Self {
            ids: Mutex::default(),
            woken: Notify::new(),
        }
    }
}

impl Queue {
    /// The next repository to compact, as soon as there is one.
    pub async fn next(&self) -> RepositoryId {
        self.compactions.next().await
    }

    /// The next repository whose pull requests are to follow, as soon as there is one.
    pub async fn next_moved(&self) -> RepositoryId {
        self.followings.next().await
    }

    /// The next repository whose triggers have something to tell, as soon as there is one.
    pub async fn next_to_tell(&self) -> RepositoryId {
        self.tellings.next().await
    }

    /// Asks that the triggers of a repository tell what they have to.
    pub fn tell(&self, id: RepositoryId) {
        self.tellings.add(id);
    }

    /// The next of those to whom notifications are to be sent, as soon as there is one.
    pub async fn next_to_notify(&self) -> Lane {
        self.notifications.next().await
    }

    /// Asks that the notifications of a rule to a target are sent.
    pub fn notify(&self, lane: Lane) {
        self.notifications.add(lane);
    }
}

impl<T: Ord> Waiting<T> {
    async fn next(&self) -> T {
        loop {
            let next = self.ids.lock().unwrap_or_else(PoisonError::into_inner).pop_first();
            match next {
                Some(id) => return id,
                None => self.woken.notified().await,
            }
        }
    }

    fn add(&self, id: T) {
        self.ids.lock().unwrap_or_else(PoisonError::into_inner).insert(id);
        self.woken.notify_one();
    }
}

#[async_trait]
impl Jobs for Queue {
    async fn compact(&self, id: RepositoryId) {
        self.compactions.add(id);
    }

    async fn follow(&self, id: RepositoryId) {
        self.followings.add(id);
    }

    async fn tell_triggers(&self, id: RepositoryId) {
        self.tell(id);
    }
}
