use packhouse_storage::keys;
use packhouse_storage::table::{Expect, Key, Write};

use super::*;
use crate::installation::Installation;

/// Makes a stored record one that a newer program wrote.
async fn age(forge: &Forge, key: Key) {
    let item = forge.store().table().get(&key).await.unwrap().unwrap();
    let text = String::from_utf8(item.body.to_vec()).unwrap();
    let newer = text.replace("\"schema\":1", "\"schema\":2");
    assert_ne!(text, newer);
    let write = Write::put(key, Expect::Any, newer.into_bytes());
    forge.store().table().transact(vec![write]).await.unwrap();
}

#[tokio::test]
async fn a_name_of_a_newer_schema_is_not_guessed_at() {
    let forge = forge().await;
    make(&forge, "demo").await;
    let Installation { account, region, .. } = forge.installation();
    age(&forge, keys::name(account.as_str(), region.as_str(), "demo")).await;
    let Err(error) = name_item::read(&forge, &name("demo")).await else {
        panic!("a record of schema 2 was read");
    };
    assert_eq!(error.kind(), Kind::Corrupt);
}

#[tokio::test]
async fn a_deleted_repository_of_a_newer_schema_is_not_guessed_at() {
    let forge = forge().await;
    let id = make(&forge, "demo").await;
    delete(&forge, &caller(&forge), &name("demo")).await.unwrap();
    assert_eq!(list_deleted(&forge, &caller(&forge)).await.unwrap().len(), 1);
    let Installation { account, region, .. } = forge.installation();
    age(
        &forge,
        Key::new(keys::deleted(account.as_str(), region.as_str()), id.as_str()),
    )
    .await;
    let error = list_deleted(&forge, &caller(&forge)).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Corrupt);
}
