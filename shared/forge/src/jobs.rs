//! Work that is asked for now and done later, by somebody else.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use packhouse_storage::repository_id::RepositoryId;
use tokio::sync::Notify;

/// Who is asked to do work in the background.
#[async_trait]
pub trait Jobs: Send + Sync + fmt::Debug {
    /// Asks for a compaction of a repository, without waiting for it. Whoever asks has done its own work already, so
    /// this never fails: what could not be asked for is logged, and asked for again by the next who finds it due.
    async fn compact(&self, id: RepositoryId);
}

/// Repositories that wait for a compaction by this process.
#[derive(Debug, Default)]
pub struct Queue {
    waiting: Mutex<BTreeSet<RepositoryId>>,
    woken: Notify,
}

impl Queue {
    /// The next repository, as soon as there is one.
    pub async fn next(&self) -> RepositoryId {
        loop {
            let next = self.waiting.lock().unwrap_or_else(PoisonError::into_inner).pop_first();
            match next {
                Some(id) => return id,
                None => self.woken.notified().await,
            }
        }
    }
}

#[async_trait]
impl Jobs for Queue {
    async fn compact(&self, id: RepositoryId) {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).insert(id);
        self.woken.notify_one();
    }
}
