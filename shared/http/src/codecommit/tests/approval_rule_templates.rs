//! Approval rule templates, and the repositories that they are associated with.

mod refusals;

use serde_json::{Value, json};

use crate::aws_json::testing::{Server, server};

const ME: &str = "arn:aws:iam::000000000000:user/admin";

fn content(needed: u32) -> String {
    let statement = json!({ "Type": "Approvers", "NumberOfApprovalsNeeded": needed });
    json!({ "Version": "2018-11-08", "Statements": [statement] }).to_string()
}

async fn ask(server: &Server, operation: &str, input: Value) -> Value {
    let got = server.call(operation, &input.to_string()).await;
    assert_eq!(got.status, 200, "{operation} {input}: {:?}", got.body);
    got.body
}

async fn make(server: &Server, name: &str) -> Value {
    let input = json!({ "approvalRuleTemplateName": name, "approvalRuleTemplateContent": content(1) });
    ask(server, "CreateApprovalRuleTemplate", input).await["approvalRuleTemplate"].clone()
}

async fn make_repository(server: &Server, name: &str) {
    ask(server, "CreateRepository", json!({ "repositoryName": name })).await;
}

async fn associate(server: &Server, template: &str, repository: &str) {
    let input = json!({ "approvalRuleTemplateName": template, "repositoryName": repository });
    let answer = ask(server, "AssociateApprovalRuleTemplateWithRepository", input).await;
    assert_eq!(answer, Value::Null);
}

async fn repositories(server: &Server, template: &str) -> Value {
    let input = json!({ "approvalRuleTemplateName": template });
    let mut listed = ask(server, "ListRepositoriesForApprovalRuleTemplate", input).await;
    let names = listed["repositoryNames"].as_array_mut().unwrap();
    names.sort_by_key(ToString::to_string);
    listed
}

async fn templates(server: &Server, repository: &str) -> Value {
    let input = json!({ "repositoryName": repository });
    ask(server, "ListAssociatedApprovalRuleTemplatesForRepository", input).await
}

#[tokio::test]
async fn a_template_lives_from_creation_to_deletion() {
    let server = server().await;
    let input = json!({ "approvalRuleTemplateName": "two eyes", "approvalRuleTemplateDescription": "<d>",
        "approvalRuleTemplateContent": content(1) });
    let made = ask(&server, "CreateApprovalRuleTemplate", input).await["approvalRuleTemplate"].clone();
    assert_eq!(made["approvalRuleTemplateName"], "two eyes");
    assert_eq!(made["approvalRuleTemplateDescription"], "<d>");
    assert_eq!(made["approvalRuleTemplateContent"], content(1));
    assert_eq!(made["ruleContentSha256"].as_str().unwrap().len(), 64);
    assert_eq!(made["lastModifiedUser"], ME);
    assert_eq!(made["creationDate"], made["lastModifiedDate"]);
    assert!(made["creationDate"].is_f64());
    let named = json!({ "approvalRuleTemplateName": "two eyes" });
    assert_eq!(
        ask(&server, "GetApprovalRuleTemplate", named.clone()).await["approvalRuleTemplate"],
        made
    );

    let undescribed = ask(&server, "UpdateApprovalRuleTemplateDescription", named.clone()).await;
    let undescribed = &undescribed["approvalRuleTemplate"];
    assert_eq!(undescribed.get("approvalRuleTemplateDescription"), None);
    let described =
        json!({ "approvalRuleTemplateName": "two eyes", "approvalRuleTemplateDescription": "ü".repeat(1000) });
    ask(&server, "UpdateApprovalRuleTemplateDescription", described).await;
    let update = |existing: &Value| {
        json!({ "approvalRuleTemplateName": "two eyes", "newRuleContent": content(2),
            "existingRuleContentSha256": existing })
    };
    let changed = ask(
        &server,
        "UpdateApprovalRuleTemplateContent",
        update(&made["ruleContentSha256"]),
    )
    .await;
    let changed = &changed["approvalRuleTemplate"];
    assert_eq!(changed["approvalRuleTemplateContent"], content(2));
    assert_ne!(changed["ruleContentSha256"], made["ruleContentSha256"]);
    assert_eq!(changed["approvalRuleTemplateId"], made["approvalRuleTemplateId"]);
    let stale = update(&made["ruleContentSha256"]).to_string();
    server
        .check(
            "UpdateApprovalRuleTemplateContent",
            &stale,
            "InvalidRuleContentSha256Exception",
        )
        .await;
    ask(&server, "UpdateApprovalRuleTemplateContent", update(&Value::Null)).await;

    let names =
        |old: &str, new: &str| json!({ "oldApprovalRuleTemplateName": old, "newApprovalRuleTemplateName": new });
    let renamed = ask(&server, "UpdateApprovalRuleTemplateName", names("two eyes", "Zwei")).await;
    assert_eq!(renamed["approvalRuleTemplate"]["approvalRuleTemplateName"], "Zwei");
    server
        .check(
            "GetApprovalRuleTemplate",
            &named.to_string(),
            "ApprovalRuleTemplateDoesNotExistException",
        )
        .await;
    let other = make(&server, "two eyes").await;
    assert_ne!(other["approvalRuleTemplateId"], made["approvalRuleTemplateId"]);
    let listed = ask(&server, "ListApprovalRuleTemplates", json!({})).await;
    assert_eq!(listed, json!({ "approvalRuleTemplateNames": ["Zwei", "two eyes"] }));
    for answer in [
        json!({ "approvalRuleTemplateId": other["approvalRuleTemplateId"] }),
        json!({}),
    ] {
        let gone = ask(&server, "DeleteApprovalRuleTemplate", named.clone()).await;
        assert_eq!(gone, answer);
    }
}

#[tokio::test]
async fn associations_hold_both_ways_until_they_end() {
    let server = server().await;
    for name in ["a", "b", "c"] {
        make_repository(&server, name).await;
        make(&server, &format!("for {name}")).await;
    }
    associate(&server, "for a", "a").await;
    associate(&server, "for a", "a").await;
    associate(&server, "for b", "a").await;
    associate(&server, "for a", "b").await;
    let all = json!({ "approvalRuleTemplateNames": ["for a", "for b"] });
    assert_eq!(templates(&server, "a").await, all);
    assert_eq!(
        templates(&server, "c").await,
        json!({ "approvalRuleTemplateNames": [] })
    );
    assert_eq!(
        repositories(&server, "for a").await,
        json!({ "repositoryNames": ["a", "b"] })
    );
    assert_eq!(repositories(&server, "for c").await, json!({ "repositoryNames": [] }));

    // Both sides follow new names.
    ask(
        &server,
        "UpdateRepositoryName",
        json!({ "oldName": "b", "newName": "B" }),
    )
    .await;
    let names = json!({ "oldApprovalRuleTemplateName": "for a", "newApprovalRuleTemplateName": "x" });
    ask(&server, "UpdateApprovalRuleTemplateName", names).await;
    assert_eq!(
        repositories(&server, "x").await,
        json!({ "repositoryNames": ["B", "a"] })
    );
    let all = json!({ "approvalRuleTemplateNames": ["for b", "x"] });
    assert_eq!(templates(&server, "a").await, all);

    let input = json!({ "approvalRuleTemplateName": "x", "repositoryName": "a" });
    for _ in 0..2 {
        ask(&server, "DisassociateApprovalRuleTemplateFromRepository", input.clone()).await;
        assert_eq!(repositories(&server, "x").await, json!({ "repositoryNames": ["B"] }));
        assert_eq!(
            templates(&server, "a").await,
            json!({ "approvalRuleTemplateNames": ["for b"] })
        );
    }
}

#[tokio::test]
async fn a_batch_tells_what_is_wrong_with_single_repositories() {
    let server = server().await;
    make(&server, "t").await;
    for name in ["a", "b", "full"] {
        make_repository(&server, name).await;
    }
    for at in 0..25 {
        make(&server, &format!("{at}")).await;
        associate(&server, &format!("{at}"), "full").await;
    }
    let one_more = json!({ "approvalRuleTemplateName": "t", "repositoryName": "full" }).to_string();
    server
        .check(
            "AssociateApprovalRuleTemplateWithRepository",
            &one_more,
            "MaximumRuleTemplatesAssociatedWithRepositoryException",
        )
        .await;
    let input = json!({ "approvalRuleTemplateName": "t", "repositoryNames": ["b", "no", "a", "a b", "full", "b"] });
    let codes = |answer: &Value| -> Vec<(String, String)> {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let errors = answer["errors"].as_array().unwrap().iter();
        errors
            .map(|one| (text(&one["repositoryName"]), text(&one["errorCode"])))
            .collect()
    };
    let code = |name: &str, code: &str| (name.to_owned(), code.to_owned());
    let answer = ask(
        &server,
        "BatchAssociateApprovalRuleTemplateWithRepositories",
        input.clone(),
    )
    .await;
    assert_eq!(answer["associatedRepositoryNames"], json!(["b", "a"]));
    let mut wrong = vec![
        code("a b", "InvalidRepositoryNameException"),
        code("no", "RepositoryDoesNotExistException"),
        code("full", "MaximumRuleTemplatesAssociatedWithRepositoryException"),
    ];
    assert_eq!(codes(&answer), wrong);
    assert_eq!(
        repositories(&server, "t").await,
        json!({ "repositoryNames": ["a", "b"] })
    );
    let answer = ask(&server, "BatchDisassociateApprovalRuleTemplateFromRepositories", input).await;
    assert_eq!(answer["disassociatedRepositoryNames"], json!(["b", "a", "full"]));
    wrong.pop();
    assert_eq!(codes(&answer), wrong);
    assert_eq!(repositories(&server, "t").await, json!({ "repositoryNames": [] }));
}

#[tokio::test]
async fn deleted_repositories_neither_show_nor_hold_a_template() {
    let server = server().await;
    for name in ["a", "b"] {
        make_repository(&server, name).await;
    }
    for name in ["t", "u"] {
        make(&server, name).await;
        associate(&server, name, "a").await;
        associate(&server, name, "b").await;
    }
    ask(&server, "DeleteRepository", json!({ "repositoryName": "a" })).await;
    assert_eq!(repositories(&server, "t").await, json!({ "repositoryNames": ["b"] }));
    let named = json!({ "approvalRuleTemplateName": "t" });
    let in_use = "ApprovalRuleTemplateInUseException";
    server
        .check("DeleteApprovalRuleTemplate", &named.to_string(), in_use)
        .await;
    ask(&server, "DeleteRepository", json!({ "repositoryName": "b" })).await;
    ask(&server, "DeleteApprovalRuleTemplate", named).await;
    // What comes back has those templates that are still there.
    let back = server.administrate("UndeleteRepository", r#"{"repository":"a"}"#).await;
    assert_eq!(back.status, 200);
    assert_eq!(
        templates(&server, "a").await,
        json!({ "approvalRuleTemplateNames": ["u"] })
    );
    assert_eq!(repositories(&server, "u").await, json!({ "repositoryNames": ["a"] }));
    // A repository of the same name is another one.
    make_repository(&server, "b").await;
    assert_eq!(
        templates(&server, "b").await,
        json!({ "approvalRuleTemplateNames": [] })
    );
}

#[tokio::test]
async fn listings_come_in_pages() {
    let server = server().await;
    let names: Vec<String> = (0..5).map(|at| format!("n{at}")).collect();
    make_repository(&server, "all").await;
    for name in &names {
        make_repository(&server, name).await;
        make(&server, name).await;
        associate(&server, name, "all").await;
        associate(&server, "n0", name).await;
    }
    for (operation, input, member) in [
        ("ListApprovalRuleTemplates", json!({}), "approvalRuleTemplateNames"),
        (
            "ListAssociatedApprovalRuleTemplatesForRepository",
            json!({ "repositoryName": "all" }),
            "approvalRuleTemplateNames",
        ),
        (
            "ListRepositoriesForApprovalRuleTemplate",
            json!({ "approvalRuleTemplateName": "n0" }),
            "repositoryNames",
        ),
    ] {
        for size in 1..8 {
            let mut input = input.clone();
            input["maxResults"] = json!(size);
            let mut found = Vec::new();
            loop {
                let page = ask(&server, operation, input.clone()).await;
                let part = page[member].as_array().unwrap();
                assert!(!part.is_empty() && part.len() <= size, "{operation} {page}");
                found.extend(part.iter().map(|name| name.as_str().unwrap().to_owned()));
                let Some(token) = page.get("nextToken") else { break };
                input["nextToken"] = token.clone();
            }
            found.retain(|name| name != "all");
            found.sort_unstable();
            assert_eq!(found, names, "{operation} {size}");
        }
        let mut first = input.clone();
        first["maxResults"] = json!(1);
        let token = ask(&server, operation, first).await["nextToken"].clone();
        let elsewhere = json!({ "nextToken": token, "repositoryName": "n1", "approvalRuleTemplateName": "n1" });
        if operation != "ListApprovalRuleTemplates" {
            server
                .check(operation, &elsewhere.to_string(), "InvalidContinuationTokenException")
                .await;
        }
    }
}
