//! `DisassociateApprovalRuleTemplateFromRepository` and `BatchDisassociateApprovalRuleTemplateFromRepositories`.

use packhouse_storage::table::Write;

use super::associations::{self, AT_ONCE, Batch};
use super::record;
use crate::approvals::RuleName;
use crate::error::Result;
use crate::events::{TemplateChange, of_template};
use crate::forge::Forge;
use crate::identity::Caller;
use crate::names::RepositoryName;
use crate::policy::Action;
use crate::repositories::{self, Repository};

/// Ends that a template is associated with a repository. Where it is not, nothing changes. Rules that were made from it
/// stay.
///
/// # Errors
/// [`AccessDenied`](crate::error::Error::AccessDenied),
/// [`RepositoryDoesNotExist`](crate::error::Error::RepositoryDoesNotExist),
/// [`ApprovalRuleTemplateDoesNotExist`](crate::refusal::Refusal::ApprovalRuleTemplateDoesNotExist), and the store's.
pub async fn disassociate(forge: &Forge, caller: &Caller, template: &RuleName, name: &RepositoryName) -> Result<()> {
    let action = Action::DisassociateApprovalRuleTemplateFromRepository;
    let repository = repositories::authorised(forge, caller, action, name).await?;
    let told = (caller, TemplateChange::Disassociated);
    part(forge, template, std::slice::from_ref(&repository), told).await
}

/// Ends that a template is associated with up to [`MAX_BATCH`](repositories::MAX_BATCH) repositories.
///
/// # Errors
/// As [`batch_associate`](super::batch_associate).
pub async fn batch_disassociate(
    forge: &Forge,
    caller: &Caller,
    template: &RuleName,
    names: Vec<String>,
) -> Result<Batch> {
    let action = Action::BatchDisassociateApprovalRuleTemplateFromRepositories;
    let (repositories, mut batch) = associations::batch(forge, caller, action, names).await?;
    record::existing(forge, template).await?;
    for some in repositories.chunks(AT_ONCE) {
        part(forge, template, some, (caller, TemplateChange::BatchDisassociated)).await?;
        batch
            .done
            .extend(some.iter().map(|repository| repository.name.to_string()));
    }
    Ok(batch)
}

async fn part(
    forge: &Forge,
    name: &RuleName,
    repositories: &[Repository],
    (caller, told): (&Caller, TemplateChange),
) -> Result<()> {
    let mut change = record::change(forge);
    loop {
        change.read().await?;
        let template = record::existing(forge, name).await?;
        let associated = associations::of_repositories(forge, repositories).await?;
        let parted = repositories.iter().zip(associated);
        let parted = parted.filter(|(_, templates)| templates.contains(&template.id));
        let parted: Vec<&Repository> = parted.map(|(repository, _)| repository).collect();
        if parted.is_empty() {
            return Ok(());
        }
        let gone = parted
            .iter()
            .flat_map(|one| associations::part(forge, &template.id, &one.id));
        let mut writes: Vec<Write> = gone.collect();
        writes.push(change.tell(&of_template(&template, told, parted, caller)));
        if change.write(writes).await? {
            return Ok(());
        }
    }
}
