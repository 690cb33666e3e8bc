use serde_json::json;

use super::*;

/// A template with one method below `/v1/{name}`, which `change` changes.
fn template(change: impl Fn(&mut Value)) -> Value {
    let uri = |call: &str| json!({ "Fn::Sub": format!("arn:path/1/functions/${{GitFunction.Arn}}/{call}") });
    let mut template = json!({ "Resources": {
        "Gateway": { "Type": "AWS::ApiGateway::RestApi", "Properties": {} },
        "GitFunction": { "Type": "AWS::Serverless::Function", "Properties": { "CodeUri": "target/lambda/git" } },
        "Authorizer": {
            "Type": "AWS::ApiGateway::Authorizer",
            "Properties": { "AuthorizerUri": uri("invocations") },
        },
        "Stage": { "Type": "AWS::ApiGateway::Stage", "Properties": { "StageName": "prod" } },
        "V1": {
            "Type": "AWS::ApiGateway::Resource",
            "Properties": { "ParentId": { "Fn::GetAtt": ["Gateway", "RootResourceId"] }, "PathPart": "v1" },
        },
        "Name": {
            "Type": "AWS::ApiGateway::Resource",
            "Properties": { "ParentId": { "Ref": "V1" }, "PathPart": "{name}" },
        },
        "Method": {
            "Type": "AWS::ApiGateway::Method",
            "Properties": {
                "ResourceId": { "Ref": "Name" },
                "HttpMethod": "ANY",
                "AuthorizationType": "CUSTOM",
                "AuthorizerId": { "Ref": "Authorizer" },
                "Integration": {
                    "Type": "AWS_PROXY",
                    "ResponseTransferMode": "STREAM",
                    "TimeoutInMillis": 5000,
                    "Uri": uri("response-streaming-invocations"),
                },
            },
        },
    } });
    change(&mut template["Resources"]["Method"]["Properties"]);
    template
}

/// The only method of the template as `change` leaves it.
fn endpoint(change: impl Fn(&mut Value)) -> String {
    let template = template(change);
    let resources = template["Resources"].as_object().expect("it has resources");
    let endpoints = Template { resources }.endpoints("Authorizer");
    let [only] = &endpoints[..] else {
        panic!("{endpoints:?}")
    };
    format!("{only:?}")
}

#[test]
fn a_method_is_read_with_its_path_its_function_and_its_time() {
    let check =
        |change: &dyn Fn(&mut Value), expect: &str| assert_eq!(endpoint(change), format!("Endpoint {{ {expect} }}"));
    check(
        &|_| {},
        r#"method: "ANY", path: "/v1/{name}", function: "git", streams: true, authorized: true, timeout: Some(5s)"#,
    );
    check(
        &|method| {
            method["ResourceId"] = json!({ "Fn::GetAtt": ["Gateway", "RootResourceId"] });
            method["HttpMethod"] = json!("POST");
            method["AuthorizationType"] = json!("NONE");
            let uri = json!({ "Fn::Sub": "arn:path/1/functions/${GitFunction.Arn}/invocations" });
            method["Integration"] = json!({ "Type": "AWS_PROXY", "Uri": uri });
        },
        r#"method: "POST", path: "/", function: "git", streams: false, authorized: false, timeout: None"#,
    );
}

#[test]
fn what_the_gateway_of_the_tests_does_not_know_fails() {
    let changes: [fn(&mut Value); 4] = [
        |method| method["AuthorizationType"] = json!("AWS_IAM"),
        |method| method["AuthorizerId"] = json!({ "Ref": "Other" }),
        |method| method["Integration"]["Type"] = json!("MOCK"),
        |method| method["Integration"]["ResponseTransferMode"] = json!("BUFFERED"),
    ];
    for (at, change) in changes.into_iter().enumerate() {
        let read = std::panic::catch_unwind(|| endpoint(change));
        assert!(read.is_err(), "{at}: {read:?}");
    }
}
