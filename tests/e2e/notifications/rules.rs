//! The operations.

use packhouse_harness::{Aws, Server};
use serde_json::{Value, json};

use super::{client, id, repository, text, topic};

#[test]
fn the_cli_makes_reads_changes_and_deletes_a_rule() {
    let server = Server::shared();
    let aws = Aws::of(server);
    let notifications = |arguments: &str| aws.service("codestar-notifications", arguments);
    let resource = repository(server, "notified-by-cli");
    let (one, two) = (topic("cli-one"), topic("cli-two"));
    let created = id("branches-and-tags-created");
    let made = notifications(&format!(
        "create-notification-rule --name by-cli --event-type-ids {created} --resource {resource} \
         --targets TargetType=SNS,TargetAddress={one} --detail-type FULL --tags team=blue"
    ));
    let arn = text(&made["Arn"]);
    assert!(
        arn.starts_with("arn:aws:codestar-notifications:us-east-1:000000000000:notificationrule/"),
        "{arn}"
    );
    let described = || {
        let mut rule = notifications(&format!("describe-notification-rule --arn {arn}"));
        let fields = rule.as_object_mut().expect("a rule");
        assert!(fields.remove("CreatedTimestamp").is_some() && fields.remove("LastModifiedTimestamp").is_some());
        fields.remove("CreatedBy").expect("somebody made it");
        rule
    };
    let event = |id: &str, name: &str| json!({ "EventTypeId": id, "ServiceName": "CodeCommit", "EventTypeName": name, "ResourceType": "Repository" });
    let target = |address: &str| json!({ "TargetAddress": address, "TargetType": "SNS", "TargetStatus": "ACTIVE" });
    let mut expect = json!({
        "Arn": arn, "Name": "by-cli", "EventTypes": [event(&created, "Branches and tags: Created")], "Resource": resource,
        "Targets": [target(&one)], "DetailType": "FULL", "Status": "ENABLED", "Tags": { "team": "blue" },
    });
    assert_eq!(described(), expect);

    let subscribed = notifications(&format!(
        "subscribe --arn {arn} --target TargetType=SNS,TargetAddress={two}"
    ));
    assert_eq!(subscribed, json!({ "Arn": arn }));
    notifications(&format!("unsubscribe --arn {arn} --target-address {one}"));
    let merged = id("pull-request-merged");
    notifications(&format!(
        "update-notification-rule --arn {arn} --name renamed-by-cli --status DISABLED --detail-type BASIC \
         --event-type-ids {merged}"
    ));
    expect["Name"] = "renamed-by-cli".into();
    expect["Status"] = "DISABLED".into();
    expect["DetailType"] = "BASIC".into();
    expect["EventTypes"] = json!([event(&merged, "Pull request: Merged")]);
    expect["Targets"] = json!([target(&two)]);
    assert_eq!(described(), expect);

    let tagged = notifications(&format!("tag-resource --arn {arn} --tags a=1,b=2"));
    assert_eq!(tagged, json!({ "Tags": { "team": "blue", "a": "1", "b": "2" } }));
    notifications(&format!("untag-resource --arn {arn} --tag-keys team a"));
    let tags = notifications(&format!("list-tags-for-resource --arn {arn}"));
    assert_eq!(tags, json!({ "Tags": { "b": "2" } }));

    for _ in 0..2 {
        let deleted = notifications(&format!("delete-notification-rule --arn {arn}"));
        assert_eq!(deleted, json!({ "Arn": arn }));
    }
    let gone = aws.service_refused(
        "codestar-notifications",
        &format!("describe-notification-rule --arn {arn}"),
    );
    assert!(gone.contains("ResourceNotFoundException"), "{gone}");
}

#[test]
fn the_cli_lists_rules_and_targets_and_deletes_a_target() {
    let server = Server::shared();
    let aws = Aws::of(server);
    let notifications = |arguments: &str| aws.service("codestar-notifications", arguments);
    let resource = repository(server, "listed-by-cli");
    let two = topic("cli-listed");
    let (created, merged) = (id("branches-and-tags-created"), id("pull-request-merged"));
    let made = notifications(&format!(
        "create-notification-rule --name listed-by-cli --event-type-ids {merged} --resource {resource} \
         --targets TargetType=SNS,TargetAddress={two} --detail-type FULL"
    ));
    let arn = text(&made["Arn"]);
    let target = |address: &str| json!({ "TargetAddress": address, "TargetType": "SNS", "TargetStatus": "ACTIVE" });
    let types = notifications("list-event-types --filters Name=SERVICE_NAME,Value=CodeCommit");
    assert_eq!(types["EventTypes"].as_array().map(Vec::len), Some(11));
    let none = notifications("list-event-types --filters Name=RESOURCE_TYPE,Value=pipeline");
    assert_eq!(none, json!({ "EventTypes": [] }));
    let listed = |filter: &str| {
        notifications(&format!("list-notification-rules --filters {filter}"))["NotificationRules"].take()
    };
    let rule = json!([{ "Id": arn.rsplit('/').next(), "Arn": arn }]);
    assert_eq!(listed(&format!("Name=RESOURCE,Value={resource}")), rule);
    assert_eq!(
        listed(&format!(
            "Name=TARGET_ADDRESS,Value={two} Name=EVENT_TYPE_ID,Value={merged}"
        )),
        rule
    );
    assert_eq!(
        listed(&format!(
            "Name=RESOURCE,Value={resource} Name=EVENT_TYPE_ID,Value={created}"
        )),
        json!([])
    );
    let targets = |address: &str| {
        notifications(&format!("list-targets --filters Name=TARGET_ADDRESS,Value={address}"))["Targets"].take()
    };
    assert_eq!(targets(&two), json!([target(&two)]));
    let refused = aws.service_refused(
        "codestar-notifications",
        &format!("delete-target --target-address {two}"),
    );
    assert!(refused.contains("ValidationException"), "{refused}");
    notifications(&format!("delete-target --target-address {two} --force-unsubscribe-all"));
    assert_eq!(targets(&two), json!([]));
    notifications(&format!("delete-notification-rule --arn {arn}"));
}

#[test]
fn what_is_no_rule_is_refused_with_the_exceptions_of_the_model() {
    let server = Server::shared();
    let client = client(server);
    let resource = repository(server, "notified-refusals");
    let rule = json!({
        "Name": "refusals", "EventTypeIds": [id("comments-on-commits")], "Resource": resource,
        "Targets": [{ "TargetType": "SNS", "TargetAddress": topic("t") }], "DetailType": "BASIC",
    });
    let made = client.call("CreateNotificationRule", &rule).expect("it is a rule");
    let check = |operation: &str, base: &Value, change: Value, expect: (&str, u64)| {
        let mut input = base.clone();
        for (name, value) in change.as_object().expect("members") {
            input[name] = value.clone();
        }
        let refused = client.call(operation, &input).expect_err("it is refused");
        assert_eq!(
            (refused.code.as_str(), refused.status),
            expect,
            "{operation} {change}: {}",
            refused.message
        );
    };
    let invalid = ("ValidationException", 400);
    let create = |change: Value, expect: (&str, u64)| check("CreateNotificationRule", &rule, change, expect);
    create(json!({}), ("ResourceAlreadyExistsException", 409));
    for change in [
        json!({ "Name": "a/b" }),
        json!({ "Name": "x".repeat(65) }),
        json!({ "EventTypeIds": [] }),
        json!({ "EventTypeIds": ["codebuild-project-build-state-failed"] }),
        json!({ "Resource": "arn:aws:codecommit:eu-west-1:000000000000:notified-refusals" }),
        json!({ "Targets": [{ "TargetType": "AWSChatbotSlack", "TargetAddress": topic("t") }] }),
        json!({ "Targets": [{ "TargetType": "SNS", "TargetAddress": "arn:aws:sqs:us-east-1:000000000000:q" }] }),
        json!({ "Targets": [{ "TargetType": "SNS", "TargetAddress": topic("t.fifo") }] }),
        json!({ "DetailType": "SOME" }),
        json!({ "Status": "ON" }),
        json!({ "Tags": { "aws:x": "1" } }),
        json!({ "ClientRequestToken": "a b" }),
    ] {
        create(change, invalid);
    }
    let missing = "arn:aws:codecommit:us-east-1:000000000000:notified-nowhere";
    create(
        json!({ "Resource": missing, "Name": "nowhere" }),
        ("ConfigurationException", 400),
    );
    let many: Vec<Value> = (0..11)
        .map(|at| json!({ "TargetType": "SNS", "TargetAddress": topic(&format!("t{at}")) }))
        .collect();
    create(
        json!({ "Targets": many, "Name": "many" }),
        ("LimitExceededException", 400),
    );
    let nobody = json!({ "Arn": "arn:aws:codestar-notifications:us-east-1:000000000000:notificationrule/0" });
    for operation in [
        "DescribeNotificationRule",
        "UpdateNotificationRule",
        "ListTagsForResource",
    ] {
        check(operation, &nobody, json!({}), ("ResourceNotFoundException", 404));
    }
    let token = json!({ "NextToken": "x" });
    for operation in ["ListNotificationRules", "ListTargets", "ListEventTypes"] {
        check(operation, &token, json!({}), ("InvalidNextTokenException", 400));
    }
    check("ListTargets", &json!({}), json!({ "MaxResults": 101 }), invalid);
    client.call("DeleteNotificationRule", &made).expect("it was made");
}

#[test]
fn a_request_with_a_token_makes_one_rule_and_pages_have_each_rule_once() {
    let server = Server::shared();
    let client = client(server);
    let resource = repository(server, "notified-pages");
    let rule = |name: &str| {
        json!({
            "Name": name, "EventTypeIds": [id("comments-on-commits")], "Resource": resource, "Targets": [],
            "DetailType": "BASIC", "ClientRequestToken": format!("token:{}", name.replace(' ', "-")),
        })
    };
    let mut arns = Vec::new();
    for name in ["pages 1", "pages 2", "pages 3"] {
        let made = client
            .call("CreateNotificationRule", &rule(name))
            .expect("it is a rule");
        assert_eq!(client.call("CreateNotificationRule", &rule(name)), Ok(made.clone()));
        arns.push(text(&made["Arn"]));
    }
    let mut other = rule("pages 1");
    other["DetailType"] = "FULL".into();
    let refused = client
        .call("CreateNotificationRule", &other)
        .expect_err("it asks for something else");
    assert_eq!(refused.code, "ValidationException");
    let (mut found, mut token) = (Vec::new(), Value::Null);
    loop {
        let mut input = json!({ "MaxResults": 2, "Filters": [{ "Name": "RESOURCE", "Value": resource }] });
        if !token.is_null() {
            input["NextToken"] = token;
        }
        let mut page = client.call("ListNotificationRules", &input).expect("a page");
        let rules = page["NotificationRules"].as_array().expect("a list");
        assert!(rules.len() <= 2);
        found.extend(rules.iter().map(|rule| text(&rule["Arn"])));
        token = page["NextToken"].take();
        if token.is_null() {
            break;
        }
    }
    found.sort();
    arns.sort();
    assert_eq!(found, arns);
}

#[test]
fn who_may_use_rules_is_decided_by_the_repository_too() {
    let server = Server::shared();
    let aws = Aws::of(server);
    let (mine, theirs) = (
        repository(server, "notified-mine"),
        repository(server, "notified-theirs"),
    );
    aws.service("iam", "create-user --user-name notifier");
    let policy = json!({ "Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Action": "codestar-notifications:*", "Resource": "*",
        "Condition": { "StringEquals": { "codestar-notifications:NotificationsForResource": mine } },
    }] });
    aws.service(
        "iam",
        &format!(
            "put-user-policy --user-name notifier --policy-name own --policy-document {}",
            policy.to_string().replace(' ', "")
        ),
    );
    let key = aws.service("iam", "create-access-key --user-name notifier");
    let notifier = Aws::with_keys(server, &key["AccessKey"]);
    let create = |name: &str, resource: &str| {
        format!(
            "create-notification-rule --name {name} --event-type-ids {} --resource {resource} --targets [] --detail-type BASIC",
            id("comments-on-commits")
        )
    };
    let made = notifier.service("codestar-notifications", &create("notifier-mine", &mine));
    let other = aws.service("codestar-notifications", &create("notifier-theirs", &theirs));
    let arn = |made: &Value| format!("describe-notification-rule --arn {}", text(&made["Arn"]));
    notifier.service("codestar-notifications", &arn(&made));
    for refused in [
        create("notifier-other", &theirs),
        arn(&other),
        "list-targets".to_owned(),
    ] {
        let refused = notifier.service_refused("codestar-notifications", &refused);
        assert!(refused.contains("AccessDeniedException"), "{refused}");
    }
}
