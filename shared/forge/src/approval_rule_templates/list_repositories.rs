//! `ListRepositoriesForApprovalRuleTemplate`.

use packhouse_storage::repository_id::RepositoryId;

use super::associations;
use super::paging::{Page, Paging};
use super::record;
use crate::approvals::RuleName;
use crate::authorization::{Request, authorise};
use crate::error::Result;
use crate::forge::Forge;
use crate::identity::Caller;
use crate::page_token;
use crate::policy::Action;
use crate::repositories;

/// Lists the names of the repositories of a template, in the order of their ids, which never change. Deleted ones are not
/// told.
///
/// # Errors
/// [`AccessDenied`](crate::error::Error::AccessDenied),
/// [`ApprovalRuleTemplateDoesNotExist`](crate::refusal::Refusal::ApprovalRuleTemplateDoesNotExist),
/// [`InvalidContinuationToken`](crate::error::Error::InvalidContinuationToken), and the store's.
pub async fn list_repositories(forge: &Forge, caller: &Caller, name: &RuleName, paging: Paging) -> Result<Page> {
    let action = Action::ListRepositoriesForApprovalRuleTemplate;
    authorise(forge, caller, Request::anywhere(action))?;
    let template = record::existing(forge, name).await?;
    let listing = format!("{} {}", action.name(), template.id);
    let key = forge.key().await?;
    let after = paging.after(&key, &listing)?;
    let (mut page, mut last) = (Page::default(), None);
    for id in associations::of_template(forge, &template.id).await? {
        if after.as_ref().is_some_and(|after| id.as_str() <= after.as_str()) {
            continue;
        }
        let Some(found) = repositories::alive(forge, &id).await? else {
            continue;
        };
        if page.names.len() == paging.size() {
            page.next = last.map(|last: RepositoryId| page_token::encode(&key, &listing, last.as_str()));
            break;
        }
        page.names.push(found.name.to_string());
        last = Some(id);
    }
    Ok(page)
}
