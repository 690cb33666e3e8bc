//! `AssociateApprovalRuleTemplateWithRepository` and `BatchAssociateApprovalRuleTemplateWithRepositories`.

use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use super::associations::{self, AT_ONCE, Batch, MAX, READ_AT_ONCE};
use super::record;
use crate::approvals::RuleName;
use crate::error::Result;
use crate::forge::Forge;
use crate::identity::Caller;
use crate::names::RepositoryName;
use crate::policy::Action;
use crate::refusal::Refusal;
use crate::repositories::{self, Repository};

/// Associates a template with a repository, so that pull requests that are made there from now on get a rule from it. Once
/// more changes nothing.
///
/// # Errors
/// [`AccessDenied`](crate::error::Error::AccessDenied), [`RepositoryDoesNotExist`](crate::error::Error::RepositoryDoesNotExist), [`Refusal::ApprovalRuleTemplateDoesNotExist`],
/// [`Refusal::MaximumRuleTemplatesAssociatedWithRepository`], and the store's.
pub async fn associate(forge: &Forge, caller: &Caller, template: &RuleName, name: &RepositoryName) -> Result<()> {
    let action = Action::AssociateApprovalRuleTemplateWithRepository;
    let repository = repositories::authorised(forge, caller, action, name).await?;
    match join(forge, template, std::slice::from_ref(&repository)).await?.pop() {
        Some(Err(error)) => Err(error),
        _ => Ok(()),
    }
}

/// Associates a template with up to [`MAX_BATCH`](repositories::MAX_BATCH) repositories.
///
/// # Errors
/// [`AccessDenied`](crate::error::Error::AccessDenied) when it is denied for any of them, [`Refusal::ApprovalRuleTemplateDoesNotExist`],
/// [`Refusal::RepositoryNamesRequired`], [`TooManyRepositoryNames`](crate::error::Error::TooManyRepositoryNames), and the store's. What is wrong with a single
/// repository is told in the batch.
pub async fn batch_associate(forge: &Forge, caller: &Caller, template: &RuleName, names: Vec<String>) -> Result<Batch> {
    let action = Action::BatchAssociateApprovalRuleTemplateWithRepositories;
    let (repositories, mut batch) = associations::batch(forge, caller, action, names).await?;
    record::existing(forge, template).await?;
    for some in repositories.chunks(AT_ONCE) {
        let outcomes = join(forge, template, some).await?;
        for (repository, outcome) in some.iter().zip(outcomes) {
            match outcome {
                Ok(()) => batch.done.push(repository.name.to_string()),
                Err(error) => batch.failed.push((repository.name.to_string(), error)),
            }
        }
    }
    Ok(batch)
}

/// Associates up to [`AT_ONCE`] repositories at one instant; what became of each.
async fn join(forge: &Forge, name: &RuleName, repositories: &[Repository]) -> Result<Vec<Result<()>>> {
    let mut change = record::change(forge);
    loop {
        change.read().await?;
        let template = record::existing(forge, name).await?;
        let ids: Vec<_> = repositories.iter().map(|one| one.id.clone()).collect();
        let read = stream::iter(ids).map(async |id| associations::of_repository(forge, &id).await);
        let associated: Vec<Vec<String>> = read.buffered(READ_AT_ONCE).try_collect().await?;
        let (mut writes, mut outcomes) = (Vec::new(), Vec::new());
        for (repository, templates) in repositories.iter().zip(associated) {
            if templates.contains(&template.id) {
                outcomes.push(Ok(()));
            } else if templates.len() >= MAX {
                outcomes.push(Err(Refusal::MaximumRuleTemplatesAssociatedWithRepository.into()));
            } else {
                writes.extend(associations::join(forge, &template.id, &repository.id));
                outcomes.push(Ok(()));
            }
        }
        if writes.is_empty() || change.write(writes).await? {
            return Ok(outcomes);
        }
    }
}
