//! `GetApprovalRuleTemplate`.

use super::record::{self, Template};
use crate::approvals::RuleName;
use crate::authorization::{Request, authorise};
use crate::error::Result;
use crate::forge::Forge;
use crate::identity::Caller;
use crate::policy::Action;

/// Tells all about a template.
///
/// # Errors
/// [`AccessDenied`](crate::error::Error::AccessDenied),
/// [`ApprovalRuleTemplateDoesNotExist`](crate::refusal::Refusal::ApprovalRuleTemplateDoesNotExist), and the store's.
pub async fn get(forge: &Forge, caller: &Caller, name: &RuleName) -> Result<Template> {
    authorise(forge, caller, Request::anywhere(Action::GetApprovalRuleTemplate))?;
    record::existing(forge, name).await
}
