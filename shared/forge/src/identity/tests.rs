//! Credentials over the stores in memory.

use std::sync::Arc;

use packhouse_storage::blobs::presigned::Signer;
use packhouse_storage::keys;
use packhouse_storage::memory::{MemoryBlobs, MemoryTable};
use packhouse_storage::store::{Limits, Store};
use packhouse_storage::table::{Expect, Write};

use super::administrator::{Secrets, ensure, exists};
use super::*;
use crate::installation;
use crate::jobs::Queue;
use crate::master_key::MasterKey;

async fn forge() -> (Forge, Secrets) {
    let table = Arc::new(MemoryTable::default());
    let blobs = Arc::new(MemoryBlobs::new(Signer::new(&[7; 32])));
    let key = MasterKey::new([1; 32]);
    let installation = installation::open(&*table, None, None, &key).await.unwrap();
    let store = Store::new(table, blobs, std::env::temp_dir(), Limits::default());
    let forge = Forge::new(
        store,
        installation,
        Arc::new(key),
        Arc::new(Queue::default()),
        "http://localhost",
    );
    assert!(!exists(&forge).await.unwrap());
    let secrets = Secrets::fresh(&forge.installation().account);
    ensure(&forge, &secrets).await.unwrap();
    (forge, secrets)
}

#[tokio::test]
async fn the_administrators_credentials_prove_the_administrator() {
    let (forge, secrets) = forge().await;
    assert!(exists(&forge).await.unwrap());
    let key = access_keys::find(&forge, &secrets.access_key_id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(key.secret, secrets.secret_access_key);
    assert_eq!(key.principal.arn, "arn:aws:iam::000000000000:user/admin");
    let git = git_credentials::authenticate(&forge, &secrets.git_username, &secrets.git_password)
        .await
        .unwrap();
    assert_eq!(git, Some(key.principal));
    assert_eq!(secrets.git_username, "admin-at-000000000000");
    assert_eq!(
        (
            secrets.access_key_id.len(),
            secrets.secret_access_key.len(),
            secrets.git_password.len()
        ),
        (20, 40, 44)
    );
}

#[tokio::test]
async fn nothing_else_proves_anybody() {
    let (forge, secrets) = forge().await;
    let Secrets {
        git_username,
        git_password,
        access_key_id,
        secret_access_key,
    } = &secrets;
    for (user, password) in [
        (git_username.as_str(), ""),
        (git_username, &git_password[1..]),
        (git_username, secret_access_key.as_str()),
        (access_key_id, secret_access_key),
        (access_key_id, ""),
        ("", git_password),
        ("nobody-at-000000000000", git_password),
        ("a\0b", git_password),
    ] {
        assert_eq!(
            git_credentials::authenticate(&forge, user, password).await.unwrap(),
            None,
            "{user}"
        );
    }
    for id in [git_username.as_str(), "", "AKIAIOSFODNN7EXAMPLE", "../x"] {
        assert!(access_keys::find(&forge, id).await.unwrap().is_none(), "{id}");
    }
}

#[tokio::test]
async fn a_removed_credential_is_dead_at_once_and_stays_dead() {
    let (forge, secrets) = forge().await;
    let remove = vec![
        Write::delete(keys::credential(&secrets.access_key_id), Expect::Any),
        Write::delete(keys::credential(&secrets.git_username), Expect::Any),
    ];
    forge.store().table().transact(remove).await.unwrap();
    ensure(&forge, &secrets).await.unwrap();
    assert!(
        access_keys::find(&forge, &secrets.access_key_id)
            .await
            .unwrap()
            .is_none()
    );
    let git = git_credentials::authenticate(&forge, &secrets.git_username, &secrets.git_password)
        .await
        .unwrap();
    assert_eq!(git, None);
}

#[tokio::test]
async fn stored_credentials_do_not_show_their_secrets() {
    let (forge, secrets) = forge().await;
    for (id, secret) in [
        (&secrets.access_key_id, &secrets.secret_access_key),
        (&secrets.git_username, &secrets.git_password),
    ] {
        let item = forge.store().table().get(&keys::credential(id)).await.unwrap().unwrap();
        assert!(!String::from_utf8_lossy(&item.body).contains(secret.as_str()));
    }
    assert!(!format!("{secrets:?}").contains(&secrets.secret_access_key));
}
