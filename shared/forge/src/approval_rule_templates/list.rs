//! `ListApprovalRuleTemplates`.

use packhouse_storage::keys;

use super::associations;
use super::paging::{self, Page, Paging};
use super::record::place;
use crate::authorization::{Request, authorise};
use crate::error::Result;
use crate::forge::Forge;
use crate::identity::Caller;
use crate::policy::Action;

/// Lists the names of all templates, in the order of their bytes.
///
/// # Errors
/// [`AccessDenied`](crate::error::Error::AccessDenied),
/// [`InvalidContinuationToken`](crate::error::Error::InvalidContinuationToken), and the store's.
pub async fn list(forge: &Forge, caller: &Caller, paging: Paging) -> Result<Page> {
    authorise(forge, caller, Request::anywhere(Action::ListApprovalRuleTemplates))?;
    let names = names(forge).await?;
    paging::slice(forge, &paging, "ListApprovalRuleTemplates", names).await
}

/// The names of all templates.
///
/// # Errors
/// The store's.
pub(super) async fn names(forge: &Forge) -> Result<Vec<String>> {
    let (account, region) = place(forge);
    let partition = keys::templates(account, region);
    associations::all(forge, &partition, keys::TEMPLATE_NAME_PREFIX).await
}
