//! Credentials over the stores in memory.

mod administrator;

use std::sync::Arc;

use packhouse_storage::fault::{Fault, FaultyTable, Plan};
use packhouse_storage::keys::{self, Identity};
use packhouse_storage::memory::MemoryTable;
use packhouse_storage::table::{Expect, Table, Write};

use super::administrator::{Secrets, ensure, exists, replace};
use super::*;
use crate::directory::Change;
use crate::directory::names::{IdentityName, IdentityPath};
use crate::forge::Forge;
use crate::iam::{self, Holder};
use crate::testing::{self, again, forge_over};

async fn forge() -> (Forge, Secrets) {
    let forge = testing::forge().await;
    let secrets = made(&forge).await;
    (forge, secrets)
}

/// Makes the administrator.
async fn made(forge: &Forge) -> Secrets {
    assert!(!exists(forge).await.unwrap());
    let secrets = Secrets::fresh(&forge.installation().account);
    assert!(!replace(forge, &secrets).await.unwrap());
    assert!(ensure(forge, &secrets).await.unwrap());
    secrets
}

#[tokio::test]
async fn the_administrators_credentials_prove_the_administrator() {
    let (forge, secrets) = forge().await;
    assert!(exists(&forge).await.unwrap());
    let key = access_keys::find(&forge, &secrets.access_key_id, None)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(key.secret, secrets.secret_access_key);
    let admin = key.principal(&forge).await.unwrap().unwrap();
    assert_eq!(admin.arn, "arn:aws:iam::000000000000:user/admin");
    let git = git_credentials::authenticate(&forge, &secrets.git_username, &secrets.git_password)
        .await
        .unwrap()
        .unwrap();
    let same = principal(&forge, &git).await.unwrap().unwrap();
    assert_eq!((&same.arn, &same.user_id), (&admin.arn, &admin.user_id));
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
        assert!(access_keys::find(&forge, id, None).await.unwrap().is_none(), "{id}");
    }
}

#[tokio::test]
async fn a_removed_credential_is_dead_at_once_and_stays_dead() {
    let (forge, secrets) = forge().await;
    let remove = vec![
        Write::delete(keys::credential(&secrets.access_key_id), Expect::Any),
        Write::delete(keys::credential(&secrets.git_username), Expect::Any),
    ];
    // What was remembered of them is forgotten with them.
    assert_eq!(proves(&forge, &secrets).await, (true, true));
    let mut change = Change::of_identities(&forge);
    change.read().await.unwrap();
    assert!(change.write(remove).await.unwrap());
    ensure(&forge, &secrets).await.unwrap();
    assert!(
        access_keys::find(&forge, &secrets.access_key_id, None)
            .await
            .unwrap()
            .is_none()
    );
    let git = git_credentials::authenticate(&forge, &secrets.git_username, &secrets.git_password)
        .await
        .unwrap();
    assert_eq!(git, None);
}

/// Whether the access key and the Git password prove the administrator.
async fn proves(forge: &Forge, secrets: &Secrets) -> (bool, bool) {
    let key = access_keys::find(forge, &secrets.access_key_id, None).await.unwrap();
    let git = git_credentials::authenticate(forge, &secrets.git_username, &secrets.git_password).await;
    (
        key.is_some_and(|key| key.secret == secrets.secret_access_key),
        git.unwrap().is_some(),
    )
}

#[tokio::test]
async fn an_administrator_who_is_there_keeps_the_credentials_of_before() {
    let (forge, secrets) = forge().await;
    assert!(ensure(&forge, &secrets).await.unwrap());
    let others = Secrets::fresh(&forge.installation().account);
    assert!(!ensure(&forge, &others).await.unwrap());
    assert_eq!(proves(&forge, &secrets).await, (true, true));
    assert_eq!(proves(&forge, &others).await, (false, false));
}

#[tokio::test]
async fn replaced_credentials_prove_nobody_and_the_new_ones_do() {
    let (forge, mut secrets) = forge().await;
    let mut first = None;
    for _ in 0..3 {
        let fresh = Secrets::fresh(&forge.installation().account);
        for _ in 0..2 {
            assert!(replace(&forge, &fresh).await.unwrap());
            assert_eq!(proves(&forge, &fresh).await, (true, true));
            assert_eq!(proves(&forge, &secrets).await, (false, false));
        }
        let before = std::mem::replace(&mut secrets, fresh);
        first.get_or_insert(before);
    }
    let first = keys::credential(&first.unwrap().access_key_id);
    assert_eq!(
        forge.store().table().get(&first).await.unwrap(),
        None,
        "void ones do not pile up"
    );
    let found = access_keys::find(&forge, &secrets.access_key_id, None)
        .await
        .unwrap()
        .unwrap();
    let admin = found.principal(&forge).await.unwrap().unwrap();
    assert_eq!(admin.arn, "arn:aws:iam::000000000000:user/admin");
}

#[tokio::test]
async fn with_a_fault_at_any_call_either_the_old_credentials_hold_or_the_new_ones() {
    for fault in Fault::ALL {
        for nth in 1.. {
            let table: Arc<dyn Table> = Arc::new(MemoryTable::default());
            let forge = forge_over(Arc::clone(&table)).await;
            let secrets = made(&forge).await;
            let plan = Arc::new(Plan::fail_at(nth, fault));
            let faulty = again(&forge, Arc::new(FaultyTable::new(table, Arc::clone(&plan))));
            let fresh = Secrets::fresh(&forge.installation().account);
            let done = replace(&faulty, &fresh).await.is_ok();
            let what = format!("{fault:?} at {nth}");
            assert_eq!(proves(&forge, &fresh).await, (done, done), "{what}");
            assert_eq!(proves(&forge, &secrets).await, (!done, !done), "{what}");
            if !plan.was_hit() {
                assert!(nth > 1, "{fault:?} fits no call");
                break;
            }
        }
    }
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

#[tokio::test]
async fn a_wrong_password_costs_the_same_reads_whoever_it_is_for() {
    let table: Arc<dyn Table> = Arc::new(MemoryTable::default());
    let secrets = made(&forge_over(Arc::clone(&table)).await).await;
    let reads_of = async |forge: &Forge, plan: &Plan, user: &str, password: &str| {
        let before = plan.calls().len();
        let proven = git_credentials::authenticate(forge, user, password).await.unwrap();
        (plan.calls().len() - before, proven.is_some())
    };
    let plan = Arc::new(Plan::counting());
    let forge = forge_over(Arc::clone(&table)).await;
    let forge = again(&forge, Arc::new(FaultyTable::new(table, Arc::clone(&plan))));
    let (user, password) = (&secrets.git_username, &secrets.git_password);
    assert_eq!(reads_of(&forge, &plan, user, password).await, (2, true));
    assert_eq!(reads_of(&forge, &plan, user, password).await, (1, true));
    assert_eq!(reads_of(&forge, &plan, user, "wrong").await, (2, false));
    assert_eq!(
        reads_of(&forge, &plan, "nobody-at-000000000000", "wrong").await,
        (2, false)
    );
}

/// The user is bounded first, and then gets what is more than the boundary, by a group. Whoever reads the user before that and
/// the group behind it must not let them do it.
#[tokio::test]
async fn what_is_read_over_a_change_is_read_again() {
    let table: Arc<dyn Table> = Arc::new(MemoryTable::default());
    let forge = forge_over(Arc::clone(&table)).await;
    let me = &testing::administrator(&forge.installation().account);
    let ben = testing::make_user(&forge, "ben", None).await;
    let user = IdentityName::new(Identity::User, "ben").unwrap();
    let group = IdentityName::new(Identity::Group, "devs").unwrap();
    iam::groups::create(&forge, me, &group, &IdentityPath::default())
        .await
        .unwrap();
    iam::groups::add_user(&forge, me, &group, &user).await.unwrap();

    // The generation, the user, the group.
    let (plan, gate) = Plan::counting().hold_at(3);
    let held = again(&forge, Arc::new(FaultyTable::new(table, Arc::new(plan))));
    let change = async {
        gate.reached().await;
        let read_only = "arn:aws:iam::aws:policy/AWSCodeCommitReadOnly";
        let everything = "arn:aws:iam::aws:policy/AdministratorAccess";
        iam::attachments::set_boundary(&forge, me, (Holder::User, &user), Some(read_only))
            .await
            .unwrap();
        iam::attachments::attach(&forge, me, (Holder::Group, &group), everything)
            .await
            .unwrap();
        gate.open();
    };
    let (loaded, ()) = futures_util::future::join(principal(&held, &ben.principal.proven), change).await;
    let permissions = &loaded.unwrap().unwrap().permissions;
    assert_eq!((permissions.identity.len(), permissions.boundary.is_some()), (1, true));
    let same = principal(&held, &ben.principal.proven).await.unwrap().unwrap();
    assert!(same.permissions.boundary.is_some(), "nothing else was remembered");
}
