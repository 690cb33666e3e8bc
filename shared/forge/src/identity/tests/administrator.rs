//! The administrator who was made, and what became of them.

use std::collections::BTreeMap;

use packhouse_storage::clock;
use packhouse_storage::table::Range;

use super::*;
use crate::directory::names::{IdentityName, IdentityPath};
use crate::directory::{MfaDevice, User, get, put, record};
use crate::error::Error;
use crate::iam::{self, Holder, groups, users};
use crate::policy::{Outcome, Question, decide};
use crate::sts::session_token;
use crate::testing;

const EVERYTHING: &str = "arn:aws:iam::aws:policy/AdministratorAccess";
const SSH: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIARtSbxj90UDRNQOVJREZfmsp4Nt9HjVD3uA0/hHB7D4";

fn named(kind: Identity, text: &str) -> IdentityName {
    IdentityName::new(kind, text).unwrap()
}

fn admin() -> IdentityName {
    named(Identity::User, "admin")
}

fn ana(forge: &Forge) -> Caller {
    testing::administrator(&forge.installation().account)
}

fn fresh(forge: &Forge) -> Secrets {
    Secrets::fresh(&forge.installation().account)
}

async fn user(forge: &Forge, name: &str) -> Option<User> {
    get(forge, Identity::User, name).await.unwrap()
}

async fn rename(forge: &Forge, from: &str, to: &str) {
    let (from, to) = (named(Identity::User, from), named(Identity::User, to));
    users::update(forge, &ana(forge), &from, (Some(to), None))
        .await
        .unwrap();
}

/// Deletes the administrator by IAM's own operations.
async fn delete(forge: &Forge, secrets: &Secrets) {
    let (me, name) = (&ana(forge), &admin());
    iam::access_keys::delete(forge, me, name, &secrets.access_key_id)
        .await
        .unwrap();
    let id = &user(forge, "admin").await.unwrap().service_credentials[0].id;
    iam::service_credentials::delete(forge, me, name, id).await.unwrap();
    iam::attachments::detach(forge, me, (Holder::User, name), EVERYTHING)
        .await
        .unwrap();
    users::delete(forge, me, name).await.unwrap();
}

/// The sort keys of what says who is in which group and has which policy.
async fn relations(forge: &Forge) -> Vec<String> {
    let partition = keys::identities(forge.installation().account.as_str());
    let all = forge.store().table().query(&partition, Range::default()).await.unwrap();
    let keys = all.items.into_iter().map(|item| item.key.sk);
    keys.filter(|sk| sk.starts_with(keys::ATTACHMENTS_PREFIX) || sk.starts_with("MEMBER#"))
        .collect()
}

/// Fails unless `admin` has these credentials, may do everything, and has nothing else.
async fn check_new(forge: &Forge, secrets: &Secrets, what: &str) {
    assert_eq!(proves(forge, secrets).await, (true, true), "{what}");
    let user = user(forge, "admin").await.unwrap();
    let attachment = keys::attachment("", EVERYTHING, Identity::User, "admin", false).sk;
    assert_eq!(relations(forge).await, [attachment], "{what}");
    assert_eq!(
        (
            user.attached.as_slice(),
            user.access_keys.as_slice(),
            user.service_credentials.len()
        ),
        (
            [EVERYTHING.to_owned()].as_slice(),
            [secrets.access_key_id.clone()].as_slice(),
            1
        ),
        "{what}"
    );
    let others = [user.groups.len(), user.ssh_keys.len(), user.mfa_devices.len()];
    assert_eq!((user.inline.len(), user.boundary, others), (0, None, [0; 3]), "{what}");
    let caller = testing::calling(forge, &secrets.access_key_id, None).await.unwrap();
    let context = crate::authorization::context(forge, &caller);
    let question = Question {
        action: "iam:DeleteUser",
        resource: "*",
        context: &context,
    };
    let decision = decide(&caller.principal.permissions, &question);
    assert_eq!(decision.outcome, Outcome::Allowed, "{what}");
}

#[tokio::test]
async fn an_administrator_who_was_deleted_or_renamed_does_not_come_back_by_a_start() {
    for renamed in [true, false] {
        let (forge, secrets) = forge().await;
        if renamed {
            rename(&forge, "admin", "ben").await;
        } else {
            delete(&forge, &secrets).await;
        }
        assert!(exists(&forge).await.unwrap());
        assert!(!ensure(&forge, &secrets).await.unwrap());
        assert!(user(&forge, "admin").await.is_none(), "renamed: {renamed}");
        assert_eq!(proves(&forge, &secrets).await, (renamed, renamed));
    }
}

#[tokio::test]
async fn an_administrator_who_was_deleted_or_renamed_is_made_anew_when_that_is_asked_for() {
    for renamed in [true, false] {
        let (forge, secrets) = forge().await;
        if renamed {
            rename(&forge, "admin", "ben").await;
        } else {
            delete(&forge, &secrets).await;
        }
        let next = fresh(&forge);
        for _ in 0..2 {
            assert!(replace(&forge, &next).await.unwrap());
            check_new(&forge, &next, &format!("renamed: {renamed}")).await;
        }
        assert_eq!(proves(&forge, &secrets).await, (false, false));
        assert!(user(&forge, "ben").await.is_none(), "who was the administrator is gone");
    }
}

#[tokio::test]
async fn nobody_else_who_is_called_admin_is_replaced() {
    let (forge, secrets) = forge().await;
    delete(&forge, &secrets).await;
    let other = testing::make_user(&forge, "admin", None).await;
    let refused = replace(&forge, &fresh(&forge)).await;
    assert!(matches!(refused, Err(Error::EntityAlreadyExists { .. })), "{refused:?}");
    let key = &other.principal.proven.credential;
    assert!(testing::calling(&forge, key, None).await.is_some());
    // Under another name they keep what they have, but for the Git user name, which is the administrator's.
    let git = iam::service_credentials::create(&forge, &ana(&forge), &admin(), iam::service_credentials::SERVICE)
        .await
        .unwrap();
    rename(&forge, "admin", "ben").await;
    let next = fresh(&forge);
    assert!(replace(&forge, &next).await.unwrap());
    check_new(&forge, &next, "beside ben").await;
    assert!(testing::calling(&forge, key, None).await.is_some());
    let proven = git_credentials::authenticate(&forge, &git.credential.user_name, &git.password).await;
    assert_eq!(proven.unwrap(), None);
    assert!(user(&forge, "ben").await.unwrap().service_credentials.is_empty());
}

#[tokio::test]
async fn nothing_that_the_administrator_of_before_had_or_began_is_left() {
    let (forge, secrets) = forge().await;
    let (me, name) = (&ana(&forge), &admin());
    let old = testing::calling(&forge, &secrets.access_key_id, None).await.unwrap();
    let (session, _) = session_token::get(&forge, &old, None, None).await.unwrap();
    let devs = named(Identity::Group, "devs");
    groups::create(&forge, me, &devs, &IdentityPath::default())
        .await
        .unwrap();
    groups::add_user(&forge, me, &devs, name).await.unwrap();
    let whom = (Holder::User, name);
    let read_only = "arn:aws:iam::aws:policy/AWSCodeCommitReadOnly";
    iam::attachments::attach(&forge, me, whom, read_only).await.unwrap();
    iam::attachments::set_boundary(&forge, me, whom, Some(read_only))
        .await
        .unwrap();
    let deny = r#"{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}"#;
    iam::inline_policies::put(&forge, me, whom, (&named(Identity::Policy, "deny"), deny))
        .await
        .unwrap();
    iam::ssh_public_keys::upload(&forge, me, name, SSH).await.unwrap();
    let second = iam::access_keys::create(&forge, me, name).await.unwrap();
    let device = MfaDevice {
        name: "phone".into(),
        path: "/".into(),
        sealed_seed: String::new(),
        created_ms: clock::now_millis(),
        tags: BTreeMap::new(),
        user: Some("admin".into()),
        enabled_ms: clock::now_millis(),
        last_step: 0,
        drift: 0,
        failures: 0,
        failed_ms: 0,
    };
    let mut record = user(&forge, "admin").await.unwrap();
    record.mfa_devices.push(device.name.clone());
    let mut change = Change::of_identities(&forge);
    change.read().await.unwrap();
    let writes = vec![
        put(record::key(&forge, Identity::User, "admin"), &record),
        put(record::key(&forge, Identity::MfaDevice, "phone"), &device),
    ];
    assert!(change.write(writes).await.unwrap());
    let token = Some(session.token.as_str());
    assert!(testing::calling(&forge, &session.id, token).await.is_some());

    let next = fresh(&forge);
    assert!(replace(&forge, &next).await.unwrap());
    check_new(&forge, &next, "").await;
    assert_ne!(user(&forge, "admin").await.unwrap().id, record.id);
    assert!(testing::calling(&forge, &session.id, token).await.is_none());
    for id in [&secrets.access_key_id, &second.key.id, &record.ssh_keys[0]] {
        let stored = forge.store().table().get(&keys::credential(id)).await.unwrap();
        assert_eq!(stored, None, "{id}");
    }
    let device: MfaDevice = get(&forge, Identity::MfaDevice, "phone").await.unwrap().unwrap();
    assert_eq!(device.user, None);
}

#[tokio::test]
async fn an_administrator_who_was_made_before_that_was_noted_is_noted() {
    let (forge, secrets) = forge().await;
    let noted = keys::administrator(forge.installation().account.as_str());
    let gone = vec![Write::delete(noted, Expect::Any)];
    forge.store().table().transact(gone).await.unwrap();
    assert!(!ensure(&forge, &fresh(&forge)).await.unwrap());
    assert_eq!(proves(&forge, &secrets).await, (true, true));
    assert!(exists(&forge).await.unwrap());
}
