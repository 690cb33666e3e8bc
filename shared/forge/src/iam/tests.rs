//! IAM over the stores in memory.

mod changes;
mod conditions;
mod listing;
mod quotas;
mod simulate;

use std::collections::BTreeMap;

use packhouse_storage::keys::{self, Identity};
use serde_json::Value;

use super::paging::Paging;
use super::{Holder, attachments, groups, inline_policies, policies, roles, tags, users};
use crate::directory::names::{self, IdentityName, IdentityPath};
use crate::error::{Error, Result};
use crate::forge::Forge;
use crate::identity::Caller;
use crate::testing::{self, EVERYTHING, forge};

const TRUST: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}]}"#;

fn caller(forge: &Forge) -> Caller {
    testing::administrator(&forge.installation().account)
}

fn named(kind: Identity, text: &str) -> IdentityName {
    IdentityName::new(kind, text).unwrap()
}

fn user(text: &str) -> IdentityName {
    named(Identity::User, text)
}

fn group(text: &str) -> IdentityName {
    named(Identity::Group, text)
}

fn role(text: &str) -> IdentityName {
    named(Identity::Role, text)
}

fn path(text: &str) -> IdentityPath {
    IdentityPath::new(text).unwrap()
}

fn policy_arn(name: &str) -> String {
    format!("arn:aws:iam::000000000000:policy/{name}")
}

fn new_user(name: &str) -> users::New {
    users::New {
        name: user(name),
        path: IdentityPath::default(),
        boundary: None,
        tags: Vec::new(),
    }
}

fn new_role(name: &str) -> roles::New {
    roles::New {
        name: role(name),
        path: IdentityPath::default(),
        description: None,
        trust: TRUST.to_owned(),
        max_session: None,
        boundary: None,
        tags: Vec::new(),
    }
}

fn new_policy(name: &str) -> policies::New {
    policies::New {
        name: named(Identity::Policy, name),
        path: IdentityPath::default(),
        document: EVERYTHING.to_owned(),
        description: None,
        tags: Vec::new(),
    }
}

async fn make_user(forge: &Forge, name: &str) {
    users::create(forge, &caller(forge), new_user(name)).await.unwrap();
}

async fn make_group(forge: &Forge, name: &str) {
    let default = IdentityPath::default();
    groups::create(forge, &caller(forge), &group(name), &default)
        .await
        .unwrap();
}

async fn make_policy(forge: &Forge, name: &str) {
    policies::create(forge, &caller(forge), new_policy(name)).await.unwrap();
}

/// All identities as they are stored, without what is different each time.
async fn stored(forge: &Forge) -> BTreeMap<String, Value> {
    let mut items = BTreeMap::new();
    super::paging::each(forge, "", |item| {
        let mut body: Value = serde_json::from_slice(&item.body).unwrap();
        for name in ["id", "created_ms", "updated_ms"] {
            if let Some(value) = body.get_mut(name) {
                *value = Value::Null;
            }
        }
        for version in body["versions"].as_array_mut().into_iter().flatten() {
            version["created_ms"] = Value::Null;
        }
        if item.key.sk != "GENERATION" {
            items.insert(item.key.sk.clone(), body);
        }
        Ok(())
    })
    .await
    .unwrap();
    items
}

/// Fails unless what is stored twice agrees: memberships and attachments.
async fn check_consistent(forge: &Forge, what: &str) {
    let items = stored(forge).await;
    let account = forge.installation().account.as_str();
    let texts = |value: &Value| -> Vec<String> {
        let list = value.as_array().into_iter().flatten();
        list.map(|text| text.as_str().unwrap().to_owned()).collect()
    };
    let mut expected = Vec::new();
    for (sk, body) in &items {
        let kinds = [Identity::User, Identity::Group, Identity::Role];
        let Some(kind) = kinds.into_iter().find(|kind| sk.starts_with(kind.prefix())) else {
            continue;
        };
        let name = body["name"].as_str().unwrap();
        for arn in texts(&body["attached"]) {
            expected.push(keys::attachment(account, &arn, kind, name, false).sk);
        }
        if let Some(arn) = body["boundary"].as_str() {
            expected.push(keys::attachment(account, arn, kind, name, true).sk);
        }
        for of in texts(&body["groups"]) {
            let group = names_key(Identity::Group, &of);
            assert!(items.contains_key(&group), "{what}: {name} is in {of}, which is gone");
            expected.push(keys::member(account, &of, name).sk);
        }
    }
    expected.sort();
    let found: Vec<&String> = items
        .keys()
        .filter(|sk| sk.starts_with(keys::ATTACHMENTS_PREFIX) || sk.starts_with("MEMBER#"))
        .collect();
    assert_eq!(found, expected.iter().collect::<Vec<_>>(), "{what}");
    for sk in found.iter().filter(|sk| sk.starts_with(keys::ATTACHMENTS_PREFIX)) {
        let arn = sk.split('#').nth(1).unwrap();
        let there = names::name_in_arn(forge, Identity::Policy, arn)
            .is_none_or(|name| items.contains_key(&names_key(Identity::Policy, name)));
        assert!(there, "{what}: {arn} is attached, and gone");
    }
}

fn names_key(kind: Identity, name: &str) -> String {
    keys::identity("", kind, name).sk
}

/// The error's name and the first words of its text.
fn told<T: std::fmt::Debug>(outcome: Result<T>) -> String {
    let error = outcome.unwrap_err();
    let text = error.to_string();
    match error {
        Error::AccessDenied { .. } => "AccessDenied".to_owned(),
        Error::NoSuchEntity { .. } => format!("NoSuchEntity: {text}"),
        Error::EntityAlreadyExists { .. } => format!("EntityAlreadyExists: {text}"),
        Error::DeleteConflict(_) => format!("DeleteConflict: {text}"),
        Error::LimitExceeded { .. } => format!("LimitExceeded: {text}"),
        Error::InvalidInput(_) => format!("InvalidInput: {text}"),
        Error::MalformedPolicyDocument(_) => format!("MalformedPolicyDocument: {text}"),
        other => format!("{other:?}"),
    }
}
