//! Triggers over the stores in memory.

mod archive;

use std::sync::Arc;

use packhouse_storage::fault::{Fault, FaultyTable, Plan};
use packhouse_storage::keys;
use packhouse_storage::memory::MemoryTable;
use packhouse_storage::table::{Expect, Write};

use super::*;
use crate::error::Kind;
use crate::forge::Forge;
use crate::identity::Caller;
use crate::names::RepositoryName;
use crate::repositories;
use crate::testing;

const TOPIC: &str = "arn:aws:sns:us-east-1:000000000000:topic";

fn caller(forge: &Forge) -> Caller {
    testing::administrator(&forge.installation().account)
}

fn demo() -> RepositoryName {
    RepositoryName::new("demo").unwrap()
}

fn given(name: &str) -> Vec<Given> {
    vec![Given {
        name: Some(name.into()),
        destination_arn: Some(TOPIC.into()),
        custom_data: None,
        branches: Some(Vec::new()),
        events: Some(vec!["all".into()]),
    }]
}

/// An installation with the repository `demo` that has a trigger `old`.
async fn with_trigger(table: &Arc<MemoryTable>) -> Forge {
    let forge = testing::forge_over(Arc::clone(table) as _).await;
    let new = repositories::New {
        name: demo(),
        description: None,
        tags: std::collections::BTreeMap::new(),
        kms_key: None,
    };
    repositories::create(&forge, &caller(&forge), new).await.unwrap();
    put(&forge, &caller(&forge), &demo(), given("old")).await.unwrap();
    forge
}

#[tokio::test]
async fn triggers_are_the_old_or_the_new_ones_wherever_the_store_fails() {
    for fault in [Fault::Before, Fault::After, Fault::Unknown, Fault::Conflict] {
        for nth in 1.. {
            let table: Arc<MemoryTable> = Arc::default();
            let forge = with_trigger(&table).await;
            let plan = Arc::new(Plan::fail_at(nth, fault));
            let failing = testing::again(&forge, Arc::new(FaultyTable::new(table, Arc::clone(&plan))));
            let done = put(&failing, &caller(&forge), &demo(), given("new")).await;
            let found = get(&forge, &caller(&forge), &demo()).await.unwrap().unwrap();
            let name = found.triggers[0].name.as_str();
            match done {
                Ok(id) => assert_eq!((name, &found.id), ("new", &id)),
                Err(error) => assert_eq!(name, "old", "{fault:?} {nth}: {error}"),
            }
            if !plan.was_hit() {
                assert!(nth > 1);
                break;
            }
        }
    }
}

#[tokio::test]
async fn triggers_of_a_newer_schema_are_not_guessed_at() {
    let table: Arc<MemoryTable> = Arc::default();
    let forge = with_trigger(&table).await;
    let id = repositories::resolve(&forge, &demo()).await.unwrap().id;
    let write = Write::put(
        keys::triggers(id.as_str()),
        Expect::Any,
        &br#"{"schema":2,"id":"x","triggers":[]}"#[..],
    );
    forge.store().table().transact(vec![write]).await.unwrap();
    let error = get(&forge, &caller(&forge), &demo()).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Corrupt);
}
