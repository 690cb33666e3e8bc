//! `CodeCommit Approval Rule Template Change`.

use packhouse_storage::clock;
use serde_json::{Map, Value, json};

use super::note::Note;
use super::{DetailType, date};
use crate::approval_rule_templates::Template;
use crate::approvals::content::sha256;
use crate::identity::Caller;
use crate::repositories::Repository;

/// What became of a template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TemplateChange {
    Created,
    Updated,
    Deleted,
    Associated,
    Disassociated,
    BatchAssociated,
    BatchDisassociated,
}

impl TemplateChange {
    const fn name(self) -> &'static str {
        match self {
            Self::Created => "approvalRuleTemplateCreated",
            Self::Updated => "approvalRuleTemplateUpdated",
            Self::Deleted => "approvalRuleTemplateDeleted",
            Self::Associated => "approvalRuleTemplateAssociatedWithRepository",
            Self::Disassociated => "approvalRuleTemplateDisassociatedFromRepository",
            Self::BatchAssociated => "batchAssociateApprovalRuleTemplateWithRepositories",
            Self::BatchDisassociated => "batchDisassociateApprovalRuleTemplateFromRepositories",
        }
    }
}

/// The note of what a caller changed of a template, in which repositories where it is that.
pub(crate) fn of_template<'a>(
    template: &Template,
    change: TemplateChange,
    repositories: impl IntoIterator<Item = &'a Repository>,
    caller: &Caller,
) -> Note {
    let repositories: Map<String, Value> = repositories
        .into_iter()
        .map(|one| (one.name.to_string(), one.id.to_string().into()))
        .collect();
    let detail = json!({
        "event": change.name(),
        "approvalRuleTemplateName": template.name,
        "approvalRuleTemplateId": template.id,
        "approvalRuleTemplateContentSha256": sha256(&template.content),
        "callerUserArn": caller.principal.arn,
        "creationDate": date::format(template.created),
        "lastModifiedDate": date::format(template.modified),
    });
    Note::of_many(DetailType::Template, repositories, json!({}))
        .by(caller)
        .with(clock::now_millis(), detail)
}
