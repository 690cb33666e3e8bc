//! [`FaultyTable`].

use std::sync::Arc;

use async_trait::async_trait;

use super::plan::{Fault, Operation, Plan};
use crate::table::{Item, Key, Page, Range, Table, TableError, Write};

/// A table whose calls go by a plan.
#[derive(Debug)]
pub struct FaultyTable {
    inner: Arc<dyn Table>,
    plan: Arc<Plan>,
}

impl FaultyTable {
    /// Puts `plan` in front of `inner`.
    #[must_use]
    pub const fn new(inner: Arc<dyn Table>, plan: Arc<Plan>) -> Self {
        Self { inner, plan }
    }
}

fn unavailable<T>() -> Result<T, TableError> {
    Err(TableError::Unavailable("by plan".into()))
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl Table for FaultyTable {
    async fn get(&self, key: &Key) -> Result<Option<Item>, TableError> {
        if self
            .plan
            .begin(Operation::TableGet, kind(&key.pk, &key.sk))
            .await
            .is_some()
        {
            return unavailable();
        }
        let result = self.inner.get(key).await;
        self.plan.end().await;
        result
    }

    async fn query(&self, pk: &str, range: Range) -> Result<Page, TableError> {
        if self
            .plan
            .begin(Operation::Query, kind(pk, &range.prefix))
            .await
            .is_some()
        {
            return unavailable();
        }
        let result = self.inner.query(pk, range).await;
        self.plan.end().await;
        result
    }

    async fn transact(&self, writes: Vec<Write>) -> Result<(), TableError> {
        let kinds: Vec<_> = writes.iter().map(|write| kind(&write.key.pk, &write.key.sk)).collect();
        let fault = self.plan.begin(Operation::Transact, kinds.join(" ")).await;
        match fault {
            Some(Fault::Before) => return unavailable(),
            Some(Fault::Unknown) => return Err(TableError::Ambiguous("by plan, and not written".into())),
            Some(Fault::Conflict) => {
                let key = writes
                    .into_iter()
                    .next()
                    .map_or_else(|| Key::new("", ""), |write| write.key);
                return Err(TableError::Conflict(key));
            }
            Some(Fault::After) | None => {}
        }
        let result = self.inner.transact(writes).await;
        self.plan.end().await;
        match (fault, result) {
            (Some(_), Ok(())) => Err(TableError::Ambiguous("by plan, and written".into())),
            (_, result) => result,
        }
    }
}

/// The part of a key before its ids: of the sort key, or of the partition where the item is alone or any is meant.
fn kind(pk: &str, sk: &str) -> String {
    let telling = if matches!(sk, "-" | "") { pk } else { sk };
    telling.split('#').next().unwrap_or_default().to_owned()
}
