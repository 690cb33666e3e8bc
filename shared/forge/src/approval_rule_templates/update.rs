//! `UpdateApprovalRuleTemplateContent` and `UpdateApprovalRuleTemplateDescription`.

use packhouse_storage::id;

use super::create::description;
use super::record::{self, Template};
use crate::approvals::content::sha256;
use crate::approvals::{Content, RuleName};
use crate::authorization::{Request, authorise};
use crate::error::Result;
use crate::events::{TemplateChange, of_template};
use crate::forge::Forge;
use crate::identity::Caller;
use crate::policy::Action;
use crate::refusal::Refusal;

/// Changes what rules that are made from a template from now on say. If `existing` is there, it has to be the hash of what
/// it says now.
///
/// # Errors
/// [`AccessDenied`](crate::error::Error::AccessDenied), [`Refusal::ApprovalRuleTemplateDoesNotExist`],
/// [`Refusal::InvalidRuleContentSha256`], and the store's.
pub async fn update_content(
    forge: &Forge,
    caller: &Caller,
    name: &RuleName,
    (content, existing): (&Content, Option<&str>),
) -> Result<Template> {
    authorise(
        forge,
        caller,
        Request::anywhere(Action::UpdateApprovalRuleTemplateContent),
    )?;
    update(forge, caller, name, |template| {
        if existing.is_some_and(|existing| existing != sha256(&template.content)) {
            return Err(Refusal::InvalidRuleContentSha256.into());
        }
        content.as_str().clone_into(&mut template.content);
        Ok(())
    })
    .await
}

/// Gives a template another description, or takes it away.
///
/// # Errors
/// [`AccessDenied`](crate::error::Error::AccessDenied), [`Refusal::InvalidApprovalRuleTemplateDescription`],
/// [`Refusal::ApprovalRuleTemplateDoesNotExist`], and the store's.
pub async fn describe(forge: &Forge, caller: &Caller, name: &RuleName, text: Option<String>) -> Result<Template> {
    let action = Action::UpdateApprovalRuleTemplateDescription;
    authorise(forge, caller, Request::anywhere(action))?;
    let text = description(text)?;
    update(forge, caller, name, |template| {
        template.description.clone_from(&text);
        Ok(())
    })
    .await
}

async fn update(
    forge: &Forge,
    caller: &Caller,
    name: &RuleName,
    decide: impl Fn(&mut Template) -> Result<()>,
) -> Result<Template> {
    let change_id = id::ulid();
    let mut change = record::change(forge);
    loop {
        change.read().await?;
        let mut template = record::existing(forge, name).await?;
        if template.change_id == change_id {
            // An earlier try, whose outcome was unknown, was written.
            return Ok(template);
        }
        decide(&mut template)?;
        let template = template.changed_by(caller, &change_id);
        let told = of_template(&template, TemplateChange::Updated, [], caller);
        let writes = vec![template.write(forge), change.tell(&told)];
        if change.write(writes).await? {
            return Ok(template);
        }
    }
}
