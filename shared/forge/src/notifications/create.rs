//! `CreateNotificationRule`.

use packhouse_storage::table::commit::Commit;
use packhouse_storage::table::{Expect, Range};
use packhouse_storage::{clock, id, keys};
use sha2::{Digest as _, Sha256};

use super::permission::{self, About};
use super::record;
use super::rule::{
    Given, MAX_RULES, MAX_RULES_OF_REPOSITORY, Rule, check_name, check_tags, event_types, limit, targets,
};
use crate::error::{Error, Result};
use crate::forge::Forge;
use crate::idempotency::Once;
use crate::identity::Caller;
use crate::names::RepositoryName;
use crate::repositories::{Repository, resolve};

/// The longest token.
const MAX_TOKEN: usize = 256;

/// Makes a rule; its ARN. A request that was made before under the same token answers the same.
///
/// # Errors
/// [`Error::EntityAlreadyExists`] for a name that a rule has, [`Error::LimitExceeded`], what the rule breaks,
/// [`Error::RepositoryDoesNotExist`], and the store's.
pub async fn create(forge: &Forge, caller: &Caller, given: Given) -> Result<String> {
    let about = About {
        repository: Some(&given.resource),
        tags: Some(&given.tags),
        ..About::default()
    };
    permission::permit_on(forge, caller, ("CreateNotificationRule", "*"), about)?;
    check_name(&given.name)?;
    check_tags(&given.tags)?;
    let now = clock::now_millis();
    let rule = Rule {
        id: id::uuid(),
        name: given.name.clone(),
        event_types: event_types(&given.event_types)?,
        targets: targets(forge, &given.targets)?,
        detail: given.detail,
        enabled: given.enabled,
        tags: given.tags.clone(),
        created_by: caller.principal.arn.clone(),
        created_ms: now,
        modified_ms: now,
    };
    let once = once(forge, caller, &given)?;
    if let Some(once) = &once
        && let Some(made) = once.result(forge).await?
    {
        return Ok(made);
    }
    let repository = repository(forge, &given.resource).await?;
    store(forge, &repository, rule, once.as_ref()).await
}

/// Stores a new rule; the ARN of that, or of the one that a request with the same token made meanwhile.
async fn store(forge: &Forge, repository: &Repository, rule: Rule, once: Option<&Once>) -> Result<String> {
    let (account, region) = forge.place();
    let arn = permission::arn(forge, &rule.id);
    let keys = [
        keys::notification_rules(repository.id.as_str()),
        keys::notification_rule_name(account, region, &rule.name),
    ];
    let mut commit = Commit::new(forge.store().table(), &keys[..]);
    loop {
        let items = commit.read().await?;
        let there = items.first().and_then(Option::as_ref);
        let mut rules = there.map_or_else(|| Ok(Vec::new()), record::decode)?;
        // Of a try whose outcome was unknown.
        if rules.iter().any(|other| other.id == rule.id) {
            return Ok(arn);
        }
        if let Some(once) = once
            && let Some(made) = once.result(forge).await?
        {
            return Ok(made);
        }
        if items.get(1).is_some_and(Option::is_some) {
            let (what, name) = ("Notification rule", rule.name);
            return Err(Error::EntityAlreadyExists { what, name });
        }
        if rules.len() >= MAX_RULES_OF_REPOSITORY {
            return Err(limit("NotificationRulesPerResource", MAX_RULES_OF_REPOSITORY));
        }
        if count(forge).await? >= MAX_RULES {
            return Err(limit("NotificationRulesPerAccount", MAX_RULES));
        }
        rules.push(rule.clone());
        let expect = there.map_or(Expect::Absent, |item| Expect::Version(item.version));
        let mut writes = vec![
            record::write(&repository.id, expect, &rules),
            record::pointer(forge, &rule.id, &repository.id),
            record::name(forge, &rule.name, &rule.id),
        ];
        writes.extend(once.map(|once| once.write(&arn)));
        if commit.write(writes).await? {
            return Ok(arn);
        }
    }
}

/// The repository of an ARN.
async fn repository(forge: &Forge, arn: &str) -> Result<Repository> {
    let name = forge.named_in_arn(arn).and_then(|name| RepositoryName::new(name).ok());
    let name = name.ok_or_else(|| {
        let why = "The resource of a notification rule must be the ARN of a repository of this account and region.";
        Error::InvalidInput(why.to_owned())
    })?;
    resolve(forge, &name).await
}

/// How many rules the account has. Several that are made in the same instant may together be a few too many.
async fn count(forge: &Forge) -> Result<usize> {
    let (account, region) = forge.place();
    let mut range = Range {
        prefix: keys::NOTIFICATION_RULE_PREFIX.to_owned(),
        ..Range::default()
    };
    let mut count = 0;
    loop {
        let page = forge
            .store()
            .table()
            .query(&keys::notification_index(account, region), range.clone())
            .await?;
        count += page.items.len();
        range.after = page.next;
        if range.after.is_none() {
            return Ok(count);
        }
    }
}

/// The request under its token.
fn once(forge: &Forge, caller: &Caller, given: &Given) -> Result<Option<Once>> {
    let Some(token) = given.token.as_deref() else {
        return Ok(None);
    };
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b':' | b'/' | b'-');
    if !(1..=MAX_TOKEN).contains(&token.len()) || !token.bytes().all(letter) {
        let why = "A client request token has 1 to 256 letters, digits and _ : / -.";
        return Err(Error::InvalidInput(why.to_owned()));
    }
    let digest = crate::hex::encode(&Sha256::digest(token));
    let all = format!(
        "{:?} {:?} {:?} {:?}",
        given.event_types, given.targets, given.tags, given.enabled
    );
    let parameters = [given.name.as_str(), &given.resource, given.detail.name(), &all];
    Once::new(forge, caller, "CreateNotificationRule", Some(&digest), &parameters)
}
