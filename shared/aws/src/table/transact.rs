//! Transactions.

use std::collections::HashMap;

use aws_sdk_dynamodb::error::BuildError;
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::{AttributeValue, ConditionCheck, Delete, Put, TransactWriteItem, Update};
use bytes::Bytes;
use packhouse_storage::table::{Action, Expect, Key, TableError, Write};
use packhouse_storage::{clock, id};

use super::{DynamoTable, failure, item, number, string};
use crate::attempts::Attempts;

/// Carries out `writes`, which keep the limits.
pub(super) async fn run(table: &DynamoTable, writes: &[Write]) -> Result<(), TableError> {
    let now = clock::now_secs();
    let mut keys = Vec::with_capacity(writes.len());
    let mut items = Vec::with_capacity(writes.len());
    for write in writes {
        if let Some(item) = item(&table.name, write, now).map_err(|error| failure::not_built(&error))? {
            keys.push(&write.key);
            items.push(item);
        }
    }
    if items.is_empty() {
        return Ok(());
    }
    let attempts = Attempts::default();
    let call = table
        .clients
        .dynamodb()
        .transact_write_items()
        .set_transact_items(Some(items));
    let sent = call
        .client_request_token(id::uuid())
        .customize()
        .interceptor(attempts.clone())
        .send()
        .await;
    match sent {
        Ok(_) => Ok(()),
        Err(error) => Err(failure::of_transaction(
            &table.name,
            &keys,
            &error,
            attempts.any_unknown(),
        )),
    }
}

/// What `DynamoDB` is to do for `write` at `now`; `None` when that is nothing.
fn item(table: &str, write: &Write, now: u64) -> Result<Option<TransactWriteItem>, BuildError> {
    let item = TransactWriteItem::builder();
    let (condition, values) = condition(write.expect, now);
    let key = position(&write.key);
    Ok(Some(match &write.action {
        Action::Check if write.expect == Expect::Any => return Ok(None),
        Action::Check => {
            let check = ConditionCheck::builder().table_name(table).set_key(Some(key));
            let check = check
                .set_condition_expression(condition)
                .set_expression_attribute_values(values);
            item.condition_check(check.build()?).build()
        }
        Action::Delete => {
            let delete = Delete::builder().table_name(table).set_key(Some(key));
            let delete = delete
                .set_condition_expression(condition)
                .set_expression_attribute_values(values);
            item.delete(delete.build()?).build()
        }
        Action::Put { body, expires } => match write.expect {
            Expect::Any => item.update(next(table, key, body, *expires)?).build(),
            Expect::Absent | Expect::Version(_) => {
                let put = Put::builder()
                    .table_name(table)
                    .set_item(Some(put(key, write.expect, body, *expires)));
                let put = put
                    .set_condition_expression(condition)
                    .set_expression_attribute_values(values);
                item.put(put.build()?).build()
            }
        },
    }))
}

type Attributes = HashMap<String, AttributeValue>;

/// The expression that says whether `expect` holds, and the values that it names.
fn condition(expect: Expect, now: u64) -> (Option<String>, Option<Attributes>) {
    let now = (":now".to_owned(), number(now));
    let (expression, values) = match expect {
        Expect::Any => return (None, None),
        Expect::Absent => ("attribute_not_exists(pk) OR e <= :now", [now].into()),
        Expect::Version(version) => (
            "v = :version AND (attribute_not_exists(e) OR e > :now)",
            [now, (":version".to_owned(), number(version))].into(),
        ),
    };
    (Some(expression.into()), Some(values))
}

fn position(key: &Key) -> Attributes {
    [(item::PK, &key.pk), (item::SK, &key.sk)]
        .map(|(name, value)| (name.to_owned(), string(value)))
        .into()
}

/// The whole item after a put whose expectation tells the version before it.
fn put(mut item: Attributes, expect: Expect, body: &Bytes, expires: Option<u64>) -> Attributes {
    let version = match expect {
        // No item has the last version, so what follows it is never stored.
        Expect::Version(version) => version.saturating_add(1),
        Expect::Any | Expect::Absent => 1,
    };
    item.insert(item::VERSION.into(), number(version));
    item.insert(item::BODY.into(), binary(body));
    item.extend(expires.map(|at| (item::EXPIRES.to_owned(), number(at))));
    item
}

/// A put over whatever there is, which only the table can count on from.
fn next(table: &str, key: Attributes, body: &Bytes, expires: Option<u64>) -> Result<Update, BuildError> {
    let update = Update::builder()
        .table_name(table)
        .set_key(Some(key))
        .expression_attribute_values(":none", number(0))
        .expression_attribute_values(":one", number(1))
        .expression_attribute_values(":body", binary(body));
    let update = match expires {
        None => update.update_expression("SET v = if_not_exists(v, :none) + :one, b = :body REMOVE e"),
        Some(at) => update
            .update_expression("SET v = if_not_exists(v, :none) + :one, b = :body, e = :expires")
            .expression_attribute_values(":expires", number(at)),
    };
    update.build()
}

fn binary(body: &Bytes) -> AttributeValue {
    AttributeValue::B(Blob::new(body.to_vec()))
}
