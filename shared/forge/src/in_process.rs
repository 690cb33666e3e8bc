//! The bus of a server whose consumers run in the same process.

use std::collections::BTreeSet;

use async_trait::async_trait;
use packhouse_storage::repository_id::RepositoryId;

use crate::error::Result;
use crate::events::{BusError, DetailType, Event, EventBus, Refused};
use crate::forge::Forge;
use crate::jobs::Queue;
use crate::{notifications, triggers};

/// Hands events to triggers and notification rules. What it takes is written down for them.
#[derive(Clone, Copy, Debug)]
pub struct InProcess<'a> {
    /// The installation.
    pub forge: &'a Forge,
    /// Where [`triggers::telling`] and [`notifications::delivering`] look.
    pub queue: &'a Queue,
}

#[async_trait]
impl EventBus for InProcess<'_> {
    async fn publish(&self, events: &[Event]) -> Result<Vec<Refused>, BusError> {
        let failed = |error: crate::error::Error| BusError(error.to_string());
        let of_refs = events
            .iter()
            .filter(|event| event.detail_type == DetailType::Repository);
        let ids = of_refs.filter_map(|event| RepositoryId::parse(event.detail.get("repositoryId")?.as_str()?));
        for id in ids.collect::<BTreeSet<_>>() {
            if triggers::note(self.forge, &id).await.map_err(failed)? {
                self.queue.tell(id);
            }
        }
        for lane in notifications::take(self.forge, events).await.map_err(failed)? {
            self.queue.notify(lane);
        }
        Ok(Vec::new())
    }
}
