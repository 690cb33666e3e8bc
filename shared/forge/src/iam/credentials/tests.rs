use std::collections::BTreeMap;
use std::sync::Arc;

use packhouse_storage::fault::{Fault, FaultyTable, Plan};
use packhouse_storage::keys::Identity;
use packhouse_storage::memory::MemoryTable;
use packhouse_storage::table::Table;

use super::Status;
use crate::directory::names::IdentityName;
use crate::error::Error;
use crate::forge::Forge;
use crate::iam::paging::Paging;
use crate::iam::{access_keys, service_credentials, ssh_public_keys};
use crate::identity::{Caller, git_credentials};
use crate::testing;

const SERVICE: &str = service_credentials::SERVICE;
const SSH: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIARtSbxj90UDRNQOVJREZfmsp4Nt9HjVD3uA0/hHB7D4";

fn name(name: &str) -> IdentityName {
    IdentityName::new(Identity::User, name).unwrap()
}

/// An installation with the users `ben`, who has one access key and no permission, and an administrator.
async fn with_ben() -> (Forge, Caller, Caller) {
    let forge = testing::forge().await;
    let ben = testing::make_user(&forge, "ben", None).await;
    let administrator = testing::administrator(&forge.installation().account);
    (forge, administrator, ben)
}

async fn opens(forge: &Forge, made: &service_credentials::NewServiceCredential) -> bool {
    let proven = git_credentials::authenticate(forge, &made.credential.user_name, &made.password).await;
    proven.unwrap().is_some()
}

#[tokio::test]
async fn an_access_key_takes_over_from_another() {
    let (forge, admin, ben) = with_ben().await;
    let user = name("Ben");
    let second = access_keys::create(&forge, &admin, &user).await.unwrap();
    assert_eq!((second.key.user.as_str(), second.key.status), ("ben", Status::Active));
    assert_eq!(second.secret.len(), 40);
    assert!(!format!("{second:?}").contains(&second.secret));
    let third = access_keys::create(&forge, &admin, &user).await;
    assert!(matches!(third, Err(Error::LimitExceeded { limit: 2, .. })), "{third:?}");
    let first = &ben.principal.proven.credential;
    for (status, good) in [
        (Status::Inactive, false),
        (Status::Active, true),
        (Status::Inactive, false),
    ] {
        access_keys::update(&forge, &admin, &user, first, status).await.unwrap();
        assert_eq!(testing::calling(&forge, first, None).await.is_some(), good);
    }
    let listed = access_keys::list(&forge, &admin, &user, &Paging::default())
        .await
        .unwrap();
    let listed: BTreeMap<_, _> = listed.items.iter().map(|key| (key.id.as_str(), key.status)).collect();
    let expected = [(first.as_str(), Status::Inactive), (&second.key.id, Status::Active)];
    // Of keys that were made in the same millisecond either may be first.
    assert_eq!(listed, BTreeMap::from(expected));
    access_keys::delete(&forge, &admin, &user, first).await.unwrap();
    assert!(matches!(
        access_keys::delete(&forge, &admin, &user, first).await,
        Err(Error::NoSuchEntity { .. })
    ));
    assert!(testing::calling(&forge, &second.key.id, None).await.is_some());
}

#[tokio::test]
async fn nobody_reaches_the_credentials_of_somebody_else() {
    let (forge, admin, ben) = with_ben().await;
    let cleo = testing::make_user(&forge, "cleo", None).await;
    let theirs = &cleo.principal.proven.credential;
    let denied = access_keys::create(&forge, &ben, &name("cleo")).await;
    assert!(matches!(denied, Err(Error::AccessDenied { .. })));
    let nobody = access_keys::create(&forge, &ben, &name("nobody")).await;
    assert!(
        matches!(nobody, Err(Error::AccessDenied { .. })),
        "who there is, is not told"
    );
    // An id of one user under the name of another is unknown.
    let update = access_keys::update(&forge, &admin, &name("ben"), theirs, Status::Inactive).await;
    assert!(matches!(update, Err(Error::NoSuchEntity { .. })));
    assert!(matches!(
        access_keys::delete(&forge, &admin, &name("ben"), theirs).await,
        Err(Error::NoSuchEntity { .. })
    ));
    assert!(testing::calling(&forge, theirs, None).await.is_some());
    for id in [theirs.as_str(), "AKIANOBODYHASTHIS234", "../x"] {
        let told = access_keys::get_last_used(&forge, &ben, id).await;
        assert!(matches!(told, Err(Error::AccessDenied { .. })), "{id}");
    }
    let used = access_keys::get_last_used(&forge, &admin, theirs).await.unwrap();
    assert_eq!((used.user.as_str(), used.used), ("cleo", None));
}

#[tokio::test]
async fn git_credentials_are_made_reset_and_removed() {
    let (forge, admin, _) = with_ben().await;
    let user = name("ben");
    let account = &forge.installation().account;
    let first = service_credentials::create(&forge, &admin, &user, SERVICE)
        .await
        .unwrap();
    let second = service_credentials::create(&forge, &admin, &user, SERVICE)
        .await
        .unwrap();
    assert_eq!(first.credential.user_name, format!("ben-at-{account}"));
    assert_eq!(second.credential.user_name, format!("ben+1-at-{account}"));
    assert_eq!((first.password.len(), second.password.len()), (44, 44));
    assert!(!format!("{first:?}").contains(&first.password));
    assert!(opens(&forge, &first).await && opens(&forge, &second).await);
    let third = service_credentials::create(&forge, &admin, &user, SERVICE).await;
    assert!(matches!(third, Err(Error::LimitExceeded { limit: 2, .. })));
    let other = service_credentials::create(&forge, &admin, &user, "cassandra.amazonaws.com").await;
    assert!(matches!(other, Err(Error::ServiceNotSupported(_))));

    let id = &first.credential.id;
    let reset = service_credentials::reset(&forge, &admin, &user, id).await.unwrap();
    assert_eq!(reset.credential, first.credential);
    assert!(opens(&forge, &reset).await && !opens(&forge, &first).await);
    service_credentials::update(&forge, &admin, &user, id, Status::Inactive)
        .await
        .unwrap();
    assert!(!opens(&forge, &reset).await);
    service_credentials::delete(&forge, &admin, &user, id).await.unwrap();
    let again = service_credentials::create(&forge, &admin, &user, SERVICE)
        .await
        .unwrap();
    assert_eq!(
        again.credential.user_name, first.credential.user_name,
        "the name is free"
    );
    let paging = Paging::default();
    let list = |service| service_credentials::list(&forge, &admin, &user, service, &paging);
    let listed = list(Some(SERVICE)).await.unwrap();
    let mut listed: Vec<_> = listed.items.iter().map(|one| one.id.as_str()).collect();
    listed.sort_unstable();
    let mut expected = [second.credential.id.as_str(), &again.credential.id];
    expected.sort_unstable();
    assert_eq!(listed, expected);
    assert!(matches!(list(Some("x")).await, Err(Error::ServiceNotSupported(_))));
}

#[tokio::test]
async fn second_names_stay_clear_of_users_who_are_called_like_them() {
    let (forge, admin, _) = with_ben().await;
    testing::make_user(&forge, "ben+1", None).await;
    let make = async |user: &str| {
        let made = service_credentials::create(&forge, &admin, &name(user), SERVICE)
            .await
            .unwrap();
        made.credential.user_name
    };
    let account = &forge.installation().account;
    assert_eq!(make("ben+1").await, format!("ben+1-at-{account}"));
    assert_eq!(make("ben").await, format!("ben-at-{account}"));
    assert_eq!(make("ben").await, format!("ben+2-at-{account}"));
}

#[tokio::test]
async fn ssh_keys_are_kept_once_each() {
    let (forge, admin, _) = with_ben().await;
    let user = name("ben");
    let key = ssh_public_keys::upload(&forge, &admin, &user, &format!("{SSH} a comment"))
        .await
        .unwrap();
    assert_eq!(key.body, SSH);
    let again = ssh_public_keys::upload(&forge, &admin, &user, SSH).await;
    assert!(matches!(again, Err(Error::DuplicateSshPublicKey(_))));
    let encoding = ssh_public_keys::Encoding::Ssh;
    let read = ssh_public_keys::get(&forge, &admin, &user, &key.info.id, encoding)
        .await
        .unwrap();
    assert_eq!(read, key);
    let pem = ssh_public_keys::get(&forge, &admin, &user, &key.info.id, ssh_public_keys::Encoding::Pem).await;
    assert!(matches!(pem, Err(Error::UnrecognizedPublicKeyEncoding(_))));
    ssh_public_keys::update(&forge, &admin, &user, &key.info.id, Status::Inactive)
        .await
        .unwrap();
    let listed = ssh_public_keys::list(&forge, &admin, &user, &Paging::default())
        .await
        .unwrap();
    assert_eq!(listed.items[0].status, Status::Inactive);
    ssh_public_keys::delete(&forge, &admin, &user, &key.info.id)
        .await
        .unwrap();
    let listed = ssh_public_keys::list(&forge, &admin, &user, &Paging::default())
        .await
        .unwrap();
    assert_eq!(listed.items, []);
}

#[tokio::test]
async fn no_more_keys_are_made_at_once_than_one_after_the_other() {
    let (forge, admin, _) = with_ben().await;
    let user = name("ben");
    let make = || access_keys::create(&forge, &admin, &user);
    let made = tokio::join!(make(), make(), make());
    let made = [made.0, made.1, made.2].iter().filter(|made| made.is_ok()).count();
    assert_eq!(made, 1, "there was one already");
}

#[tokio::test]
async fn a_creation_that_meets_faults_is_done_once_or_not_at_all() {
    for fault in Fault::ALL {
        let mut nth = 1;
        loop {
            let table: Arc<dyn Table> = Arc::new(MemoryTable::default());
            let forge = testing::forge_over(Arc::clone(&table)).await;
            let admin = testing::administrator(&forge.installation().account);
            testing::make_user(&forge, "ben", None).await;
            let plan = Arc::new(Plan::fail_at(nth, fault));
            let other = testing::again(&forge, Arc::new(FaultyTable::new(table, Arc::clone(&plan))));
            let (ben, paging) = (name("ben"), Paging::default());
            let made = service_credentials::create(&other, &admin, &ben, SERVICE).await;
            let listed = service_credentials::list(&forge, &admin, &ben, None, &paging)
                .await
                .unwrap()
                .items;
            match made {
                Ok(made) => {
                    assert_eq!(listed, std::slice::from_ref(&made.credential), "{fault:?} {nth}");
                    assert!(opens(&forge, &made).await);
                }
                Err(_) => assert_eq!(listed, [], "{fault:?} {nth}"),
            }
            if !plan.was_hit() {
                break;
            }
            nth += 1;
        }
    }
}
