//! `UpdateApprovalRuleTemplateName`.

use packhouse_storage::id;

use super::record::{self, Template};
use crate::approvals::RuleName;
use crate::authorization::{Request, authorise};
use crate::error::Result;
use crate::events::{TemplateChange, of_template};
use crate::forge::Forge;
use crate::identity::Caller;
use crate::policy::Action;
use crate::refusal::Refusal;

/// Gives a template another name. It stays associated; rules that were made from it keep their names.
///
/// # Errors
/// [`AccessDenied`](crate::error::Error::AccessDenied), [`Refusal::ApprovalRuleTemplateDoesNotExist`],
/// [`Refusal::ApprovalRuleTemplateNameAlreadyExists`], also for the name that it has, and the store's.
pub async fn rename(forge: &Forge, caller: &Caller, old: &RuleName, new: &RuleName) -> Result<Template> {
    authorise(forge, caller, Request::anywhere(Action::UpdateApprovalRuleTemplateName))?;
    let change_id = id::ulid();
    let mut change = record::change(forge);
    loop {
        change.read().await?;
        let there = record::named(forge, new).await?;
        if let Some(there) = there.as_ref().filter(|there| there.change_id == change_id) {
            // An earlier try, whose outcome was unknown, was written.
            return Ok(there.clone());
        }
        let mut template = record::existing(forge, old).await?;
        if there.is_some() {
            return Err(Refusal::ApprovalRuleTemplateNameAlreadyExists.into());
        }
        new.as_str().clone_into(&mut template.name);
        let template = template.changed_by(caller, &change_id);
        let writes = vec![
            template.write(forge),
            record::point(forge, new.as_str(), &template.id),
            record::free(forge, old.as_str()),
            change.tell(&of_template(&template, TemplateChange::Updated, [], caller)),
        ];
        if change.write(writes).await? {
            return Ok(template);
        }
    }
}
