//! The rules that a new pull request gets from the templates of its repository.

use packhouse_git::ref_name::RefName;
use packhouse_storage::id;
use packhouse_storage::repository_id::RepositoryId;
use packhouse_storage::table::Write;

use super::{Origin, Rule, record};
use crate::approval_rule_templates;
use crate::approvals::Content;
use crate::error::Result;
use crate::forge::Forge;
use crate::pull_requests::PullRequestId;

/// The rules for a new pull request to `destination`, by name, and the writes for the transaction that makes it: at most one more
/// than there are templates. They hold only if no template changes in between.
///
/// # Errors
/// The store's.
pub(in crate::pull_requests) async fn from_templates(
    forge: &Forge,
    repository: &RepositoryId,
    (id, destination): (PullRequestId, &RefName),
) -> Result<(Vec<Rule>, Vec<Write>)> {
    let (mut templates, unchanged) = approval_rule_templates::of_new(forge, repository).await?;
    templates.sort_by(|one, other| one.name.cmp(&other.name));
    let (mut rules, mut writes) = (Vec::new(), Vec::from_iter(unchanged));
    for template in templates {
        if !Content::stored(&template.content)?.is_for(destination) {
            continue;
        }
        let rule = Rule {
            id: id::uuid(),
            name: template.name.clone(),
            content: template.content,
            created: template.created,
            modified: template.modified,
            modified_by: template.modified_by,
            origin: Some(Origin {
                id: template.id,
                name: template.name,
            }),
            change_id: id::ulid(),
        };
        writes.push(record::put_rule(forge, id, &rule));
        rules.push(rule);
    }
    Ok((rules, writes))
}
