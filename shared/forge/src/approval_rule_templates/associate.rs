//! `AssociateApprovalRuleTemplateWithRepository` and `BatchAssociateApprovalRuleTemplateWithRepositories`.

use super::associations::{self, AT_ONCE, Batch, MAX};
use super::record;
use crate::approvals::RuleName;
use crate::error::Result;
use crate::events::{TemplateChange, of_template};
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
    let told = (caller, TemplateChange::Associated);
    match join(forge, template, std::slice::from_ref(&repository), told)
        .await?
        .pop()
    {
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
        let outcomes = join(forge, template, some, (caller, TemplateChange::BatchAssociated)).await?;
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
async fn join(
    forge: &Forge,
    name: &RuleName,
    repositories: &[Repository],
    (caller, told): (&Caller, TemplateChange),
) -> Result<Vec<Result<()>>> {
    let mut change = record::change(forge);
    loop {
        change.read().await?;
        let template = record::existing(forge, name).await?;
        let associated = associations::of_repositories(forge, repositories).await?;
        let (mut writes, mut outcomes, mut joined) = (Vec::new(), Vec::new(), Vec::new());
        for (repository, templates) in repositories.iter().zip(associated) {
            if templates.contains(&template.id) {
                outcomes.push(Ok(()));
            } else if templates.len() >= MAX {
                outcomes.push(Err(Refusal::MaximumRuleTemplatesAssociatedWithRepository.into()));
            } else {
                writes.extend(associations::join(forge, &template.id, &repository.id));
                joined.push(repository);
                outcomes.push(Ok(()));
            }
        }
        if writes.is_empty() {
            return Ok(outcomes);
        }
        writes.push(change.tell(&of_template(&template, told, joined, caller)));
        if change.write(writes).await? {
            return Ok(outcomes);
        }
    }
}
