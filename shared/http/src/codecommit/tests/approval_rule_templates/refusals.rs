//! What operations on templates refuse.

use serde_json::json;

use super::{associate, content, make, make_repository};
use crate::aws_json::testing::server;

/// Operation, input, and the exception that it gets where there are the templates `t` and `u`, and the repository `w`
/// which is associated with `t`.
const REFUSALS: &[(&str, &str, &str)] = &[
    (
        "CreateApprovalRuleTemplate",
        "{}",
        "ApprovalRuleTemplateNameRequiredException",
    ),
    (
        "CreateApprovalRuleTemplate",
        r#"{"approvalRuleTemplateName":""}"#,
        "InvalidApprovalRuleTemplateNameException",
    ),
    (
        "CreateApprovalRuleTemplate",
        r#"{"approvalRuleTemplateName":"a\nb"}"#,
        "InvalidApprovalRuleTemplateNameException",
    ),
    (
        "CreateApprovalRuleTemplate",
        r#"{"approvalRuleTemplateName":"a"}"#,
        "ApprovalRuleTemplateContentRequiredException",
    ),
    (
        "CreateApprovalRuleTemplate",
        r#"{"approvalRuleTemplateName":"a","approvalRuleTemplateContent":""}"#,
        "ApprovalRuleTemplateContentRequiredException",
    ),
    (
        "CreateApprovalRuleTemplate",
        r#"{"approvalRuleTemplateName":"a","approvalRuleTemplateContent":"{}"}"#,
        "InvalidApprovalRuleTemplateContentException",
    ),
    (
        "GetApprovalRuleTemplate",
        "{}",
        "ApprovalRuleTemplateNameRequiredException",
    ),
    (
        "GetApprovalRuleTemplate",
        r#"{"approvalRuleTemplateName":"T"}"#,
        "ApprovalRuleTemplateDoesNotExistException",
    ),
    (
        "DeleteApprovalRuleTemplate",
        "{}",
        "ApprovalRuleTemplateNameRequiredException",
    ),
    (
        "DeleteApprovalRuleTemplate",
        r#"{"approvalRuleTemplateName":"t"}"#,
        "ApprovalRuleTemplateInUseException",
    ),
    (
        "ListApprovalRuleTemplates",
        r#"{"maxResults":0}"#,
        "InvalidMaxResultsException",
    ),
    (
        "ListApprovalRuleTemplates",
        r#"{"maxResults":-1}"#,
        "InvalidMaxResultsException",
    ),
    (
        "ListApprovalRuleTemplates",
        r#"{"nextToken":"x"}"#,
        "InvalidContinuationTokenException",
    ),
    (
        "UpdateApprovalRuleTemplateContent",
        r#"{"approvalRuleTemplateName":"t"}"#,
        "ApprovalRuleTemplateContentRequiredException",
    ),
    (
        "UpdateApprovalRuleTemplateContent",
        r#"{"approvalRuleTemplateName":"t","newRuleContent":"x"}"#,
        "InvalidApprovalRuleTemplateContentException",
    ),
    (
        "UpdateApprovalRuleTemplateDescription",
        r#"{"approvalRuleTemplateName":"v"}"#,
        "ApprovalRuleTemplateDoesNotExistException",
    ),
    (
        "UpdateApprovalRuleTemplateName",
        r#"{"oldApprovalRuleTemplateName":"t"}"#,
        "ApprovalRuleTemplateNameRequiredException",
    ),
    (
        "UpdateApprovalRuleTemplateName",
        r#"{"oldApprovalRuleTemplateName":"t","newApprovalRuleTemplateName":"u"}"#,
        "ApprovalRuleTemplateNameAlreadyExistsException",
    ),
    (
        "UpdateApprovalRuleTemplateName",
        r#"{"oldApprovalRuleTemplateName":"t","newApprovalRuleTemplateName":"t"}"#,
        "ApprovalRuleTemplateNameAlreadyExistsException",
    ),
    (
        "UpdateApprovalRuleTemplateName",
        r#"{"oldApprovalRuleTemplateName":"v","newApprovalRuleTemplateName":"t"}"#,
        "ApprovalRuleTemplateDoesNotExistException",
    ),
    (
        "AssociateApprovalRuleTemplateWithRepository",
        r#"{"approvalRuleTemplateName":"t"}"#,
        "RepositoryNameRequiredException",
    ),
    (
        "AssociateApprovalRuleTemplateWithRepository",
        r#"{"repositoryName":"w"}"#,
        "ApprovalRuleTemplateNameRequiredException",
    ),
    (
        "AssociateApprovalRuleTemplateWithRepository",
        r#"{"approvalRuleTemplateName":"t","repositoryName":"v"}"#,
        "RepositoryDoesNotExistException",
    ),
    (
        "AssociateApprovalRuleTemplateWithRepository",
        r#"{"approvalRuleTemplateName":"v","repositoryName":"w"}"#,
        "ApprovalRuleTemplateDoesNotExistException",
    ),
    (
        "DisassociateApprovalRuleTemplateFromRepository",
        r#"{"approvalRuleTemplateName":"v","repositoryName":"w"}"#,
        "ApprovalRuleTemplateDoesNotExistException",
    ),
    (
        "DisassociateApprovalRuleTemplateFromRepository",
        r#"{"approvalRuleTemplateName":"t","repositoryName":"a b"}"#,
        "InvalidRepositoryNameException",
    ),
    (
        "BatchAssociateApprovalRuleTemplateWithRepositories",
        r#"{"approvalRuleTemplateName":"t"}"#,
        "RepositoryNamesRequiredException",
    ),
    (
        "BatchAssociateApprovalRuleTemplateWithRepositories",
        r#"{"approvalRuleTemplateName":"t","repositoryNames":[]}"#,
        "RepositoryNamesRequiredException",
    ),
    (
        "BatchAssociateApprovalRuleTemplateWithRepositories",
        r#"{"approvalRuleTemplateName":"v","repositoryNames":["a b"]}"#,
        "ApprovalRuleTemplateDoesNotExistException",
    ),
    (
        "BatchDisassociateApprovalRuleTemplateFromRepositories",
        r#"{"approvalRuleTemplateName":"v","repositoryNames":["w"]}"#,
        "ApprovalRuleTemplateDoesNotExistException",
    ),
    (
        "ListAssociatedApprovalRuleTemplatesForRepository",
        r#"{"repositoryName":"v"}"#,
        "RepositoryDoesNotExistException",
    ),
    (
        "ListAssociatedApprovalRuleTemplatesForRepository",
        r#"{"repositoryName":"w","nextToken":"x"}"#,
        "InvalidContinuationTokenException",
    ),
    (
        "ListRepositoriesForApprovalRuleTemplate",
        r#"{"approvalRuleTemplateName":"v"}"#,
        "ApprovalRuleTemplateDoesNotExistException",
    ),
    (
        "ListRepositoriesForApprovalRuleTemplate",
        r#"{"approvalRuleTemplateName":"t","maxResults":0}"#,
        "InvalidMaxResultsException",
    ),
];

#[tokio::test]
async fn template_operations_refuse_with_the_exceptions_of_the_model() {
    let server = server().await;
    make_repository(&server, "w").await;
    for name in ["t", "u"] {
        make(&server, name).await;
    }
    associate(&server, "t", "w").await;
    for &(operation, input, exception) in REFUSALS {
        server.check(operation, input, exception).await;
    }
    let create = "CreateApprovalRuleTemplate";
    let taken = json!({ "approvalRuleTemplateName": "t", "approvalRuleTemplateContent": content(1) });
    server
        .check(
            create,
            &taken.to_string(),
            "ApprovalRuleTemplateNameAlreadyExistsException",
        )
        .await;
    let long = json!({ "approvalRuleTemplateName": "v", "approvalRuleTemplateContent": content(1),
        "approvalRuleTemplateDescription": "d".repeat(1001) });
    server
        .check(
            create,
            &long.to_string(),
            "InvalidApprovalRuleTemplateDescriptionException",
        )
        .await;
    let names: Vec<String> = (0..101).map(|at| format!("r{at}")).collect();
    let many = json!({ "approvalRuleTemplateName": "t", "repositoryNames": names }).to_string();
    for operation in [
        "BatchAssociateApprovalRuleTemplateWithRepositories",
        "BatchDisassociateApprovalRuleTemplateFromRepositories",
    ] {
        server
            .check(operation, &many, "MaximumRepositoryNamesExceededException")
            .await;
    }
}
