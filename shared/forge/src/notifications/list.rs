//! `ListNotificationRules`.

use std::collections::BTreeMap;

use packhouse_storage::keys;
use packhouse_storage::repository_id::RepositoryId;
use packhouse_storage::table::Range;

use super::Page;
use super::permission::{self, permit};
use super::record::{self, Found};
use crate::error::{Error, Result};
use crate::forge::Forge;
use crate::identity::Caller;
use crate::page_token;

/// The most entries of a page, and as many as it has unless the caller says.
const MAX_PAGE: usize = 100;

/// Which rules are listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Filter {
    /// Those that ask for this.
    EventType(String),
    /// Those that this one made.
    CreatedBy(String),
    /// Those of this repository.
    Resource(String),
    /// Those that tell this target.
    Target(String),
}

/// A rule on a listing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its id.
    pub id: String,
    /// Its ARN.
    pub arn: String,
}

/// Lists the rules of the account. Of filters of one name one has to fit, and of each name.
///
/// # Errors
/// [`Error::AccessDenied`], [`Error::InvalidContinuationToken`], [`Error::InvalidInput`] for a bad size, and the store's.
pub async fn list(
    forge: &Forge,
    caller: &Caller,
    filters: &[Filter],
    page: (Option<i64>, Option<&str>),
) -> Result<Page<Listed>> {
    permit(forge, caller, "ListNotificationRules")?;
    let listing = format!("ListNotificationRules {filters:?}");
    let of_kind = |kind: fn(&Filter) -> bool| filters.iter().filter(move |filter| kind(filter)).collect::<Vec<_>>();
    let kinds = [
        of_kind(|filter| matches!(filter, Filter::EventType(_))),
        of_kind(|filter| matches!(filter, Filter::CreatedBy(_))),
        of_kind(|filter| matches!(filter, Filter::Resource(_))),
        of_kind(|filter| matches!(filter, Filter::Target(_))),
    ];
    let found = all(forge).await?.into_iter().filter(|found| {
        let fits = |filter: &&Filter| fits(found, filter);
        kinds.iter().all(|kind| kind.is_empty() || kind.iter().any(fits))
    });
    let ids = found.map(|found| (found.rule.id.clone(), found));
    let page = paged(forge, (&listing, page), ids).await?;
    let items = page.items.into_iter().map(|found| Listed {
        arn: permission::arn(forge, &found.rule.id),
        id: found.rule.id,
    });
    Ok(Page {
        items: items.collect(),
        next: page.next,
    })
}

fn fits(found: &Found, filter: &Filter) -> bool {
    match filter {
        Filter::EventType(id) => found.rule.event_types.iter().any(|one| one.id() == id),
        Filter::CreatedBy(arn) => found.rule.created_by == *arn,
        Filter::Resource(arn) => found.resource == *arn,
        Filter::Target(address) => found.rule.target(address).is_some(),
    }
}

/// All rules of the account, by id: as many as there may be are a few hundred kilobytes.
///
/// # Errors
/// The store's.
pub(super) async fn all(forge: &Forge) -> Result<Vec<Found>> {
    let (account, region) = forge.place();
    let mut range = Range {
        prefix: keys::NOTIFICATION_RULE_PREFIX.to_owned(),
        ..Range::default()
    };
    // The repositories with their rules, each read once.
    let mut known: BTreeMap<RepositoryId, Vec<Found>> = BTreeMap::new();
    let mut all = Vec::new();
    loop {
        let page = forge
            .store()
            .table()
            .query(&keys::notification_index(account, region), range.clone())
            .await?;
        for item in &page.items {
            let id = item
                .key
                .sk
                .strip_prefix(keys::NOTIFICATION_RULE_PREFIX)
                .unwrap_or_default();
            let repository = record::repository_in(item)?;
            if !known.contains_key(&repository) {
                let found = of_repository(forge, &repository).await?;
                known.insert(repository.clone(), found);
            }
            let rules = known.get(&repository).into_iter().flatten();
            all.extend(rules.filter(|found| found.rule.id == id).cloned());
        }
        range.after = page.next;
        if range.after.is_none() {
            return Ok(all);
        }
    }
}

async fn of_repository(forge: &Forge, id: &RepositoryId) -> Result<Vec<Found>> {
    let Some(resource) = record::resource(forge, id).await? else {
        return Ok(Vec::new());
    };
    let rules = record::read(forge, id).await?.into_iter();
    Ok(rules
        .map(|rule| Found {
            repository: id.clone(),
            resource: resource.clone(),
            rule,
        })
        .collect())
}

/// The page that is asked for of all entries, which come in the order of what names them.
///
/// # Errors
/// [`Error::InvalidContinuationToken`], and [`Error::InvalidInput`] for a bad size.
pub(super) async fn paged<T>(
    forge: &Forge,
    (listing, (max, token)): (&str, (Option<i64>, Option<&str>)),
    entries: impl Iterator<Item = (String, T)>,
) -> Result<Page<T>> {
    let max = max.map_or(Some(MAX_PAGE), |max| usize::try_from(max).ok());
    let max = max.filter(|max| (1..=MAX_PAGE).contains(max));
    let max = max.ok_or_else(|| Error::InvalidInput("The maximum number of results is from 1 to 100.".to_owned()))?;
    let key = forge.key().await?;
    let after = match token {
        // The API's tokens have no dashes.
        Some(token) => Some(page_token::decode(&key, listing, &token.replace('+', "-"))?),
        None => None,
    };
    let mut behind = entries.filter(|(name, _)| after.as_ref().is_none_or(|after| name > after));
    let (mut items, mut last) = (Vec::new(), String::new());
    for (name, entry) in behind.by_ref().take(max) {
        items.push(entry);
        last = name;
    }
    let next = behind.next().is_some();
    let next = next.then(|| page_token::encode(&key, listing, &last).replace('-', "+"));
    Ok(Page { items, next })
}
