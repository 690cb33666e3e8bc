//! `BatchAssociateApprovalRuleTemplateWithRepositories`.

use packhouse_forge::approval_rule_templates;
use packhouse_forge::forge::Forge;
use packhouse_forge::identity::Caller;
use packhouse_forge::refusal::Refusal;
use serde::Serialize;

use super::approval_rule_template::name;
use super::associations_batch::{Failed, Input};
use crate::aws_json::Answer;
use crate::aws_json::input::{answer, needed, parse};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Output {
    associated_repository_names: Vec<String>,
    errors: Vec<Failed>,
}

pub(super) async fn serve(forge: &Forge, caller: &Caller, body: &[u8]) -> Answer {
    let input: Input = parse(body)?;
    let template = name(input.approval_rule_template_name.as_deref())?;
    let names = needed(input.repository_names, Refusal::RepositoryNamesRequired)?;
    let batch = approval_rule_templates::batch_associate(forge, caller, &template, names).await?;
    answer(&Output {
        associated_repository_names: batch.done,
        errors: batch.failed.into_iter().map(Failed::from).collect(),
    })
}
