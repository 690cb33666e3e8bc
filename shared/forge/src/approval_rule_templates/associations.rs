//! Which templates are associated with which repositories, both ways.

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use packhouse_storage::keys;
use packhouse_storage::repository_id::RepositoryId;
use packhouse_storage::table::{Expect, Range, Write};

use super::record::{self, place};
use crate::authorization::{Request, authorise};
use crate::error::{Error, Result};
use crate::forge::Forge;
use crate::identity::Caller;
use crate::names::RepositoryName;
use crate::policy::Action;
use crate::refusal::Refusal;
use crate::repositories::{self, MAX_BATCH, Repository};

/// How many templates a repository can be associated with.
pub(super) const MAX: usize = 25;
/// How many associations are changed in one transaction; each is two items.
pub(super) const AT_ONCE: usize = 48;
/// How many repositories are read at once.
pub(super) const READ_AT_ONCE: usize = 16;

/// What became of a change of the associations of several repositories.
#[derive(Debug, Default)]
pub struct Batch {
    /// The names of the repositories that it holds for now, in the order of asking.
    pub done: Vec<String>,
    /// The names for which it does not, and why.
    pub failed: Vec<(String, Error)>,
}

/// Associates; at most [`AT_ONCE`] in a transaction.
pub(super) fn join(forge: &Forge, template: &str, id: &RepositoryId) -> [Write; 2] {
    keys_of(forge, template, id).map(|key| Write::put(key, Expect::Any, "{}"))
}

/// Disassociates; at most [`AT_ONCE`] in a transaction.
pub(super) fn part(forge: &Forge, template: &str, id: &RepositoryId) -> [Write; 2] {
    keys_of(forge, template, id).map(|key| Write::delete(key, Expect::Any))
}

fn keys_of(forge: &Forge, template: &str, id: &RepositoryId) -> [packhouse_storage::table::Key; 2] {
    let (account, region) = place(forge);
    [
        keys::template_repository(account, region, template, id.as_str()),
        keys::repository_template(id.as_str(), template),
    ]
}

/// The ids of the templates of a repository.
///
/// # Errors
/// The store's.
pub(super) async fn of_repository(forge: &Forge, id: &RepositoryId) -> Result<Vec<String>> {
    let prefix = keys::REPOSITORY_TEMPLATE_PREFIX;
    all(forge, &keys::repository(id.as_str()), prefix).await
}

/// The ids of the templates of each of several repositories.
///
/// # Errors
/// The store's.
pub(super) async fn of_repositories(forge: &Forge, repositories: &[Repository]) -> Result<Vec<Vec<String>>> {
    let ids: Vec<RepositoryId> = repositories.iter().map(|one| one.id.clone()).collect();
    let read = stream::iter(ids).map(async |id| of_repository(forge, &id).await);
    read.buffered(READ_AT_ONCE).try_collect().await
}

/// The ids of the repositories of a template, deleted ones included.
///
/// # Errors
/// The store's.
pub(super) async fn of_template(forge: &Forge, template: &str) -> Result<Vec<RepositoryId>> {
    let (account, region) = place(forge);
    let prefix = keys::template_repositories_prefix(template);
    let ids = all(forge, &keys::templates(account, region), &prefix).await?;
    let bad = |id: &str| Error::corrupt(format!("template {template} is associated with a bad id {id}"));
    ids.iter()
        .map(|id| RepositoryId::parse(id).ok_or_else(|| bad(id)))
        .collect()
}

/// What stands behind a prefix in the sort keys of a partition.
///
/// # Errors
/// The store's.
pub(super) async fn all(forge: &Forge, partition: &str, prefix: &str) -> Result<Vec<String>> {
    let mut range = Range {
        prefix: prefix.to_owned(),
        ..Range::default()
    };
    let mut found = Vec::new();
    loop {
        let page = forge.store().table().query(partition, range.clone()).await?;
        let ids = page.items.iter().filter_map(|item| item.key.sk.strip_prefix(prefix));
        found.extend(ids.map(str::to_owned));
        range.after = page.next;
        if range.after.is_none() {
            return Ok(found);
        }
    }
}

/// The repositories of a batch, of which each is authorised, and the names that lead to none.
///
/// # Errors
/// [`Error::AccessDenied`] when it is denied for any of them, [`Refusal::RepositoryNamesRequired`],
/// [`Error::TooManyRepositoryNames`], and the store's.
pub(super) async fn batch(
    forge: &Forge,
    caller: &Caller,
    action: Action,
    names: Vec<String>,
) -> Result<(Vec<Repository>, Batch)> {
    if names.is_empty() {
        return Err(Refusal::RepositoryNamesRequired.into());
    }
    if names.len() > MAX_BATCH {
        return Err(Error::TooManyRepositoryNames(MAX_BATCH));
    }
    let mut batch = Batch::default();
    let mut valid: Vec<RepositoryName> = Vec::with_capacity(names.len());
    for name in names {
        match RepositoryName::new(&name) {
            Ok(name) if valid.contains(&name) => {}
            Ok(name) => valid.push(name),
            Err(error) => batch.failed.push((name, error)),
        }
    }
    if valid.is_empty() {
        // What is said of the template is not for everybody.
        authorise(forge, caller, Request::anywhere(action))?;
    }
    let found =
        stream::iter(valid).map(
            async |name| match repositories::authorised(forge, caller, action, &name).await {
                Ok(found) => Ok(Ok(found)),
                Err(error @ Error::RepositoryDoesNotExist(_)) => Ok(Err((name.to_string(), error))),
                Err(error) => Err(error),
            },
        );
    let found: Vec<_> = found.buffered(READ_AT_ONCE).try_collect().await?;
    let mut repositories = Vec::with_capacity(found.len());
    for one in found {
        match one {
            Ok(repository) => repositories.push(repository),
            Err(failed) => batch.failed.push(failed),
        }
    }
    Ok((repositories, batch))
}

/// The templates of a repository that are there.
///
/// # Errors
/// The store's.
pub(super) async fn templates_of(forge: &Forge, id: &RepositoryId) -> Result<Vec<record::Template>> {
    let ids = of_repository(forge, id).await?;
    let read = stream::iter(ids).map(async |id| record::by_id(forge, &id).await);
    let read: Vec<_> = read.buffered(READ_AT_ONCE).try_collect().await?;
    Ok(read.into_iter().flatten().collect())
}

/// The templates for a new pull request of a repository, and what makes sure in the transaction that makes it that none
/// changed since; nothing where there are none, which is how it was at one instant.
///
/// # Errors
/// The store's.
pub(crate) async fn of_new(forge: &Forge, id: &RepositoryId) -> Result<(Vec<record::Template>, Option<Write>)> {
    if of_repository(forge, id).await?.is_empty() {
        return Ok((Vec::new(), None));
    }
    let generation = record::generation(forge);
    let item = forge.store().table().get(&generation).await?;
    let expect = item.map_or(Expect::Absent, |item| Expect::Version(item.version));
    let templates = templates_of(forge, id).await?;
    Ok((templates, Some(Write::check(generation, expect))))
}
