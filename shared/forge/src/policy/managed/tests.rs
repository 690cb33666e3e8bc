use super::{all, find};
use crate::policy::{Context, Decision, Document, Kind, Permissions, Policy, Question, decide};

fn asked(name: &str, partition: &str, action: &str, resource: &str) -> Decision {
    let managed = find(name).expect(name);
    let document = Document::parse(&managed.document_in(partition), Kind::Identity).expect(name);
    let permissions = Permissions {
        identity: vec![Policy {
            name: name.to_owned(),
            document: document.into(),
        }],
        ..Permissions::default()
    };
    let mut context = Context::new();
    context.set("aws:username", "ana");
    let question = Question {
        action,
        resource,
        context: &context,
    };
    decide(&permissions, &question)
}

#[test]
fn each_is_valid_and_found_by_its_name_and_arns() {
    for managed in all() {
        assert!(
            Document::parse(managed.document, Kind::Identity).is_ok(),
            "{}",
            managed.name
        );
        assert!(
            Document::characters(managed.document) <= Document::MAXIMUM_MANAGED,
            "{}",
            managed.name
        );
        assert_eq!(find(managed.name), Some(managed));
        assert_eq!(find(&managed.arn("aws")), Some(managed));
        assert_eq!(find(&managed.arn("aws-cn")), Some(managed));
        assert!(
            managed.id.starts_with("ANPA") && managed.id.len() == 21,
            "{}",
            managed.id
        );
        assert!(!managed.document_in("aws-cn").contains("arn:aws:"), "{}", managed.name);
    }
    let names: Vec<_> = all().iter().map(|managed| managed.name).collect();
    assert!(names.is_sorted(), "{names:?}");
    let arn = "arn:aws:iam::aws:policy/AdministratorAccess";
    assert_eq!(
        find("AdministratorAccess").map(|managed| managed.arn("aws")).as_deref(),
        Some(arn)
    );
    for absent in [
        "",
        "administratoraccess",
        "arn:aws:iam::111122223333:policy/AdministratorAccess",
        "arn:aws:iam::aws:policy/job-function/AdministratorAccess",
        "arn::iam::aws:policy/AdministratorAccess",
        "policy/AdministratorAccess",
    ] {
        assert_eq!(find(absent), None, "{absent}");
    }
}

#[test]
fn they_allow_what_aws_lets_them_allow() {
    const FULL: &str = "AWSCodeCommitFullAccess";
    const POWER: &str = "AWSCodeCommitPowerUser";
    const READ: &str = "AWSCodeCommitReadOnly";
    let repository = "arn:aws:codecommit:us-east-1:111122223333:widgets";
    let (ana, bob) = (
        "arn:aws:iam::111122223333:user/ana",
        "arn:aws:iam::111122223333:user/bob",
    );
    let rows = [
        (FULL, "codecommit:DeleteRepository", repository, true),
        (FULL, "codecommit:GitPush", repository, true),
        (FULL, "iam:CreateServiceSpecificCredential", ana, true),
        (FULL, "iam:CreateServiceSpecificCredential", bob, false),
        (FULL, "iam:UploadSSHPublicKey", ana, true),
        (FULL, "iam:ListUsers", "*", true),
        (FULL, "iam:CreateUser", bob, false),
        (POWER, "codecommit:GitPush", repository, true),
        (POWER, "codecommit:CreateRepository", repository, true),
        (POWER, "codecommit:MergePullRequestByFastForward", repository, true),
        (POWER, "codecommit:DeleteBranch", repository, true),
        (POWER, "codecommit:DeleteRepository", repository, false),
        (POWER, "codecommit:DeleteApprovalRuleTemplate", "*", false),
        (POWER, "codecommit:DeletePullRequestApprovalRule", repository, false),
        (POWER, "codecommit:DeleteCommentContent", repository, false),
        (POWER, "codecommit:UploadArchive", repository, false),
        (POWER, "iam:ResetServiceSpecificCredential", ana, true),
        (READ, "codecommit:GitPull", repository, true),
        (READ, "codecommit:GetRepository", repository, true),
        (READ, "codecommit:ListRepositories", "*", true),
        (READ, "codecommit:GitPush", repository, false),
        (READ, "codecommit:CreateBranch", repository, false),
        (READ, "codecommit:TagResource", repository, false),
        (READ, "iam:ListSSHPublicKeys", ana, true),
        (READ, "iam:UploadSSHPublicKey", ana, false),
        ("AdministratorAccess", "codecommit:DeleteRepository", repository, true),
        ("AdministratorAccess", "packhouse:Administer", "*", true),
        ("IAMFullAccess", "iam:CreateUser", bob, true),
        ("IAMFullAccess", "codecommit:GitPull", repository, false),
        ("IAMReadOnlyAccess", "iam:GetUser", bob, true),
        ("IAMReadOnlyAccess", "iam:SimulatePrincipalPolicy", bob, true),
        ("IAMReadOnlyAccess", "iam:CreateAccessKey", bob, false),
        (
            "IAMSelfManageServiceSpecificCredentials",
            "iam:CreateServiceSpecificCredential",
            ana,
            true,
        ),
        (
            "IAMSelfManageServiceSpecificCredentials",
            "iam:CreateServiceSpecificCredential",
            bob,
            false,
        ),
        ("IAMUserSSHKeys", "iam:UploadSSHPublicKey", ana, true),
        ("IAMUserSSHKeys", "iam:UploadSSHPublicKey", bob, false),
    ];
    for (name, action, resource, expect) in rows {
        assert_eq!(
            asked(name, "aws", action, resource).allowed(),
            expect,
            "{name} {action} {resource}"
        );
        let resource = resource.replace("arn:aws:", "arn:aws-cn:");
        assert_eq!(
            asked(name, "aws-cn", action, &resource).allowed(),
            expect,
            "{name} {action} {resource}"
        );
    }
}
