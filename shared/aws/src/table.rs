//! [`DynamoTable`].

mod failure;
mod item;
mod query;
mod transact;

use async_trait::async_trait;
use aws_sdk_dynamodb::types::AttributeValue;
use packhouse_storage::clock;
use packhouse_storage::table::limits::{check_key, check_query, check_transaction};
use packhouse_storage::table::{Item, Key, Page, Range, Table, TableError, Write};

use crate::clients::Clients;

/// A table in `DynamoDB`: keys `pk` and `sk` (strings), attributes `v` (the version), `b` (the body, binary) and `e` (when
/// the item lapses, the attribute that `DynamoDB`'s own removal goes by).
///
/// Reads are strongly consistent. A transaction is one `TransactWriteItems`, also where it writes one item only: its
/// token makes the SDK's retries of it one transaction, while a plain `PutItem` whose first answer was lost would find its
/// own success as a conflict.
///
/// A put without an expectation over an item that has expired goes on counting its versions.
#[derive(Clone, Debug)]
pub struct DynamoTable {
    clients: Clients,
    name: String,
}

impl DynamoTable {
    /// The table called `name`, in the region and account of `clients`. Whether there is one shows when it is used.
    #[must_use]
    pub fn new(clients: &Clients, name: impl Into<String>) -> Self {
        Self {
            clients: clients.clone(),
            name: name.into(),
        }
    }
}

#[async_trait]
impl Table for DynamoTable {
    async fn get(&self, key: &Key) -> Result<Option<Item>, TableError> {
        check_key(key)?;
        let call = self
            .clients
            .dynamodb()
            .get_item()
            .table_name(&self.name)
            .consistent_read(true);
        let call = call.key(item::PK, string(&key.pk)).key(item::SK, string(&key.sk));
        let answer = call
            .send()
            .await
            .map_err(|error| failure::of_read(&self.name, &error))?;
        let Some(attributes) = answer.item else { return Ok(None) };
        let item = item::read(attributes)?;
        if item.key != *key {
            return Err(TableError::Corrupt(format!(
                "{key:?} was asked for, {:?} came",
                item.key
            )));
        }
        Ok(Some(item).filter(|item| item::is_live(item, clock::now_secs())))
    }

    async fn query(&self, pk: &str, range: Range) -> Result<Page, TableError> {
        check_query(pk, &range)?;
        query::run(self, pk, &range).await
    }

    async fn transact(&self, writes: Vec<Write>) -> Result<(), TableError> {
        check_transaction(&writes)?;
        transact::run(self, &writes).await
    }
}

fn string(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

fn number(number: u64) -> AttributeValue {
    AttributeValue::N(number.to_string())
}
