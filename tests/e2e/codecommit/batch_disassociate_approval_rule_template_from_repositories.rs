//! `BatchDisassociateApprovalRuleTemplateFromRepositories`.

use serde_json::json;

use super::rule_templates::{associate, check_template_names, of_repository, template};
use super::{call, check_refusals, history, refused, with};

const OPERATION: &str = "BatchDisassociateApprovalRuleTemplateFromRepositories";

#[test]
fn what_is_wrong_with_single_repositories_is_told_apart() {
    template("batch-parted");
    for repository in ["batch-parted-1", "batch-parted-2"] {
        history(repository, &[&[("a", Some("1"))]]);
        associate("batch-parted", repository);
    }
    let input = json!({
        "approvalRuleTemplateName": "batch-parted",
        "repositoryNames": ["batch-parted-2", "absent", "a/b", "batch-parted-1", "batch-parted-2"],
    });
    let got = call(OPERATION, &input).expect("the template is there");
    assert_eq!(
        got["disassociatedRepositoryNames"],
        json!(["batch-parted-2", "batch-parted-1"])
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
    for repository in ["batch-parted-1", "batch-parted-2"] {
        assert_eq!(of_repository(repository), [""; 0]);
    }
    // Once more changes nothing, and is told the same.
    assert_eq!(call(OPERATION, &input).expect("the template is there"), got);
}

#[test]
fn what_is_no_batch_is_refused() {
    template("batch-parted-not");
    let good = json!({ "approvalRuleTemplateName": "batch-parted-not", "repositoryNames": ["absent"] });
    check_template_names(OPERATION, "approvalRuleTemplateName", &good, true);
    let nowhere = json!({ "approvalRuleTemplateName": "batch-parted-not" });
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
