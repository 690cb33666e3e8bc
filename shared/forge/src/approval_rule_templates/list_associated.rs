//! `ListAssociatedApprovalRuleTemplatesForRepository`.

use super::associations;
use super::paging::{self, Page, Paging};
use crate::error::Result;
use crate::forge::Forge;
use crate::identity::Caller;
use crate::names::RepositoryName;
use crate::policy::Action;
use crate::repositories;

/// Lists the names of the templates of a repository, in the order of their bytes.
///
/// # Errors
/// [`AccessDenied`](crate::error::Error::AccessDenied),
/// [`RepositoryDoesNotExist`](crate::error::Error::RepositoryDoesNotExist),
/// [`InvalidContinuationToken`](crate::error::Error::InvalidContinuationToken), and the store's.
pub async fn list_associated(forge: &Forge, caller: &Caller, name: &RepositoryName, paging: Paging) -> Result<Page> {
    let action = Action::ListAssociatedApprovalRuleTemplatesForRepository;
    let repository = repositories::authorised(forge, caller, action, name).await?;
    let templates = associations::templates_of(forge, &repository.id).await?;
    let names = templates.into_iter().map(|template| template.name).collect();
    let listing = format!("{} {}", action.name(), repository.id);
    paging::slice(forge, &paging, &listing, names).await
}
