//! A table that tells this process what it writes, as a stream of `DynamoDB` tells functions.

use async_trait::async_trait;
use std::sync::Arc;
use tokio::sync::mpsc::{Receiver, Sender, channel};

use super::{Action, Item, Key, Page, Range, Table, TableError, Write};

/// How many keys wait for whoever watches. What comes on top is not told.
const WAITING: usize = 10_000;

/// A table, and somebody who learns which items are put into some of its partitions.
#[derive(Debug)]
pub struct Watched {
    table: Arc<dyn Table>,
    prefix: &'static str,
    sender: Sender<Key>,
}

impl Watched {
    /// Watches the partitions whose keys start with `prefix`. What was put is told soon after, as a rule: a crash, and more
    /// than can wait, leave some untold; and what was not written in the end is told as well.
    #[must_use]
    pub fn new(table: Arc<dyn Table>, prefix: &'static str) -> (Self, Receiver<Key>) {
        let (sender, receiver) = channel(WAITING);
        let watched = Self { table, prefix, sender };
        (watched, receiver)
    }
}

/// Tells keys when it goes, whichever way the write ended.
struct Telling<'a> {
    keys: Vec<Key>,
    sender: &'a Sender<Key>,
}

impl Drop for Telling<'_> {
    fn drop(&mut self) {
        for key in self.keys.drain(..) {
            // Whoever watches looks at everything from time to time.
            if self.sender.try_send(key).is_err() {
                return;
            }
        }
    }
}

#[async_trait]
impl Table for Watched {
    async fn get(&self, key: &Key) -> Result<Option<Item>, TableError> {
        self.table.get(key).await
    }

    async fn query(&self, pk: &str, range: Range) -> Result<Page, TableError> {
        self.table.query(pk, range).await
    }

    async fn transact(&self, writes: Vec<Write>) -> Result<(), TableError> {
        let put = writes
            .iter()
            .filter(|write| matches!(write.action, Action::Put { .. }) && write.key.pk.starts_with(self.prefix));
        let _telling = Telling {
            keys: put.map(|write| write.key.clone()).collect(),
            sender: &self.sender,
        };
        self.table.transact(writes).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::MemoryTable;
    use crate::table::Expect;

    #[tokio::test]
    async fn what_is_put_into_watched_partitions_is_told() {
        let (table, mut told) = Watched::new(Arc::new(MemoryTable::default()), "A#");
        let key = |pk: &str| Key::new(pk, "-");
        let put = |pk: &str| Write::put(key(pk), Expect::Any, "{}");
        table.transact(vec![put("A#1"), put("B#1"), put("A#2")]).await.unwrap();
        table
            .transact(vec![Write::delete(key("A#1"), Expect::Any)])
            .await
            .unwrap();
        assert_eq!(
            [told.try_recv().unwrap(), told.try_recv().unwrap()],
            [key("A#1"), key("A#2")]
        );
        assert!(told.try_recv().is_err());
        assert!(table.get(&key("A#2")).await.unwrap().is_some());
    }

    #[tokio::test]
    async fn more_than_can_wait_keeps_nobody() {
        let (table, mut told) = Watched::new(Arc::new(MemoryTable::default()), "A#");
        for number in 0..=WAITING {
            let put = Write::put(Key::new("A#", number.to_string()), Expect::Any, "{}");
            table.transact(vec![put]).await.unwrap();
        }
        let mut count = 0;
        while told.try_recv().is_ok() {
            count += 1;
        }
        assert_eq!(count, WAITING);
    }
}
