//! `DeleteApprovalRuleTemplate`.

use packhouse_storage::table::{Expect, Write};

use super::associations::{self, AT_ONCE};
use super::record;
use crate::approvals::RuleName;
use crate::authorization::{Request, authorise};
use crate::error::Result;
use crate::events::{TemplateChange, of_template};
use crate::forge::Forge;
use crate::identity::Caller;
use crate::policy::Action;
use crate::refusal::Refusal;
use crate::repositories;

/// Deletes a template. Answers the id; `None` when no template has the name, which is a success.
///
/// Repositories that are deleted do not keep it: their associations go with it.
///
/// # Errors
/// [`AccessDenied`](crate::error::Error::AccessDenied), [`Refusal::ApprovalRuleTemplateInUse`], and the store's.
pub async fn delete(forge: &Forge, caller: &Caller, name: &RuleName) -> Result<Option<String>> {
    authorise(forge, caller, Request::anywhere(Action::DeleteApprovalRuleTemplate))?;
    let mut deleted = None;
    let mut change = record::change(forge);
    loop {
        change.read().await?;
        let Some(template) = record::named(forge, name).await? else {
            return Ok(deleted);
        };
        if deleted.as_ref().is_some_and(|deleted| *deleted != template.id) {
            // An earlier try, whose outcome was unknown, was written, and the name is another one's now.
            return Ok(deleted);
        }
        let repositories = associations::of_template(forge, &template.id).await?;
        for id in &repositories {
            if repositories::alive(forge, id).await?.is_some() {
                return Err(Refusal::ApprovalRuleTemplateInUse.into());
            }
        }
        if let Some(some) = repositories
            .chunks(AT_ONCE)
            .next()
            .filter(|_| repositories.len() > AT_ONCE)
        {
            let gone = some.iter().flat_map(|id| associations::part(forge, &template.id, id));
            let done = change.write(gone.collect()).await?;
            tracing::debug!(
                template = template.id,
                done,
                "associations with deleted repositories removed"
            );
            continue;
        }
        let mut writes = vec![
            Write::delete(record::key(forge, &template.id), Expect::Any),
            record::free(forge, name.as_str()),
        ];
        writes.extend(
            repositories
                .iter()
                .flat_map(|id| associations::part(forge, &template.id, id)),
        );
        let told = of_template(&template, TemplateChange::Deleted, [], caller);
        writes.push(change.tell(&told));
        deleted = Some(template.id);
        if change.write(writes).await? {
            return Ok(deleted);
        }
    }
}
