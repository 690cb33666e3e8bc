//! `BatchAssociateApprovalRuleTemplateWithRepositories`.

use serde_json::json;

use super::rule_templates::{check_template_names, of_repository, template};
use super::{call, check_refusals, history, refused, with};

const OPERATION: &str = "BatchAssociateApprovalRuleTemplateWithRepositories";

#[test]
fn what_is_wrong_with_single_repositories_is_told_apart() {
    template("batch-joined");
    for repository in ["batch-joined-1", "batch-joined-2"] {
        history(repository, &[&[("a", Some("1"))]]);
    }
    let input = json!({
        "approvalRuleTemplateName": "batch-joined",
        "repositoryNames": ["batch-joined-2", "absent", "a/b", "batch-joined-1", "batch-joined-2"],
    });
    let got = call(OPERATION, &input).expect("the template is there");
    assert_eq!(
        got["associatedRepositoryNames"],
        json!(["batch-joined-2", "batch-joined-1"])
    );
    let errors = got["errors"].as_array().expect("a list");
    let mut told: Vec<_> = errors
        .iter()
        .map(|one| (&one["repositoryName"], &one["errorCode"]))
        .collect();
    told.sort_by_key(|(name, _)| name.to_string());
    assert_eq!(
        told,
        [
            (&json!("a/b"), &json!("InvalidRepositoryNameException")),
            (&json!("absent"), &json!("RepositoryDoesNotExistException")),
        ]
    );
    assert!(
        errors
            .iter()
            .all(|one| one["errorMessage"].as_str().is_some_and(|text| !text.is_empty()))
    );
    for repository in ["batch-joined-1", "batch-joined-2"] {
        assert_eq!(of_repository(repository), ["batch-joined"]);
    }
    // Once more changes nothing, and is told the same.
    assert_eq!(call(OPERATION, &input).expect("the template is there"), got);
}

#[test]
fn what_is_no_batch_is_refused() {
    template("batch-joined-not");
    let good = json!({ "approvalRuleTemplateName": "batch-joined-not", "repositoryNames": ["absent"] });
    check_template_names(OPERATION, "approvalRuleTemplateName", &good, true);
    let nowhere = json!({ "approvalRuleTemplateName": "batch-joined-not" });
    refused(OPERATION, &nowhere, "RepositoryNamesRequiredException");
    let many = |count: usize| -> Vec<_> { (0..count).map(|at| format!("absent-{at}")).collect() };
    check_refusals(
        OPERATION,
        &good,
        &[
            (json!({ "repositoryNames": [] }), "RepositoryNamesRequiredException"),
            (
                json!({ "repositoryNames": many(101) }),
                "MaximumRepositoryNamesExceededException",
            ),
        ],
    );
    let most = with(&good, &json!({ "repositoryNames": many(100) }));
    let got = call(OPERATION, &most).expect("a hundred names are no more than there may be");
    assert_eq!(got["errors"].as_array().map(Vec::len), Some(100));
}
