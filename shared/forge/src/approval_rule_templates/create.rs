//! `CreateApprovalRuleTemplate`.

use packhouse_storage::{clock, id};

use super::list::names;
use super::record::{self, Template};
use crate::approvals::{Content, RuleName};
use crate::authorization::{Request, authorise};
use crate::error::Result;
use crate::events::{TemplateChange, of_template};
use crate::forge::Forge;
use crate::identity::Caller;
use crate::policy::Action;
use crate::refusal::Refusal;

/// How many templates there can be.
pub(super) const MAX: usize = 1000;
/// The longest description in characters.
const MAX_DESCRIPTION: usize = 1000;

/// What a template is to be.
#[derive(Clone, Debug)]
pub struct New {
    /// Its name.
    pub name: RuleName,
    /// What it is for.
    pub description: Option<String>,
    /// What its rules say.
    pub content: Content,
}

/// Makes a template.
///
/// # Errors
/// [`AccessDenied`](crate::error::Error::AccessDenied), [`Refusal::InvalidApprovalRuleTemplateDescription`],
/// [`Refusal::ApprovalRuleTemplateNameAlreadyExists`], [`Refusal::NumberOfRuleTemplatesExceeded`], and the store's.
pub async fn create(forge: &Forge, caller: &Caller, new: New) -> Result<Template> {
    authorise(forge, caller, Request::anywhere(Action::CreateApprovalRuleTemplate))?;
    let now = clock::now();
    let template = Template {
        id: id::uuid(),
        name: new.name.to_string(),
        description: description(new.description)?,
        content: new.content.as_str().to_owned(),
        created: now,
        modified: now,
        modified_by: caller.principal.arn.clone(),
        change_id: id::ulid(),
    };
    let mut change = record::change(forge);
    loop {
        change.read().await?;
        match record::named(forge, &new.name).await? {
            // An earlier try, whose outcome was unknown, was written.
            Some(found) if found.id == template.id => return Ok(found),
            Some(_) => return Err(Refusal::ApprovalRuleTemplateNameAlreadyExists.into()),
            None => {}
        }
        if names(forge).await?.len() >= MAX {
            return Err(Refusal::NumberOfRuleTemplatesExceeded.into());
        }
        let writes = vec![
            template.write(forge),
            record::point(forge, &template.name, &template.id),
            change.tell(&of_template(&template, TemplateChange::Created, [], caller)),
        ];
        if change.write(writes).await? {
            return Ok(template);
        }
    }
}

/// A description, which is not too long.
///
/// # Errors
/// [`Refusal::InvalidApprovalRuleTemplateDescription`].
pub(super) fn description(text: Option<String>) -> Result<Option<String>> {
    if text
        .as_ref()
        .is_some_and(|text| text.chars().nth(MAX_DESCRIPTION).is_some())
    {
        return Err(Refusal::InvalidApprovalRuleTemplateDescription.into());
    }
    Ok(text)
}
