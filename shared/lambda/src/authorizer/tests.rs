use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::*;
use crate::testing::{Bed, sample};

/// The event of the sample, with these values of the header in which credentials are.
fn event(name: &str, values: &[String]) -> Value {
    let mut event = sample("authorizer-request.json");
    for headers in ["headers", "multiValueHeaders"] {
        let headers = event[headers].as_object_mut().unwrap();
        headers.remove("Authorization");
    }
    if let Some(last) = values.last() {
        event["headers"][name] = json!(last);
        event["multiValueHeaders"][name] = json!(values);
    }
    event
}

fn basic(user: &str, password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{user}:{password}")))
}

async fn ask(bed: &Bed, event: Value) -> Result<Value, Refusal> {
    let answer = authorize(&bed.app(), serde_json::from_value(event).unwrap()).await?;
    Ok(serde_json::to_value(answer).unwrap())
}

#[tokio::test]
async fn a_signature_of_the_api_is_handed_on_and_opens_nothing_else() {
    let bed = Bed::new().await;
    let mut event = sample("authorizer-api.json");
    let signature = event["headers"]["Authorization"].clone();
    let answer = ask(&bed, event.clone()).await.unwrap();
    assert_eq!(answer["context"], json!({ "signature": signature }));
    let resource = &answer["policyDocument"]["Statement"][0]["Resource"];
    assert_eq!(
        *resource,
        json!(["arn:aws:execute-api:us-east-1:210987654321:abcdef1234/prod/POST/"])
    );
    // Who signs nothing is told so by the function, in the words of the API.
    for headers in ["headers", "multiValueHeaders"] {
        event[headers].as_object_mut().unwrap().remove("Authorization");
    }
    assert_eq!(ask(&bed, event).await.unwrap()["context"], json!({}));
}

#[tokio::test]
async fn operations_with_paths_are_the_apis_and_all_others_are_gits() {
    let bed = Bed::new().await;
    let mut event = sample("authorizer-api.json");
    let api = "arn:aws:execute-api:us-east-1:210987654321:abcdef1234/prod/POST";
    event["methodArn"] = json!(format!("{api}/untagResource/arn%3Aaws%3Ax"));
    event["path"] = json!("/untagResource/arn%3Aaws%3Ax");
    event["resource"] = json!("/{operation+}");
    let answer = ask(&bed, event.clone()).await.unwrap();
    assert_eq!(
        answer["context"],
        json!({ "signature": event["headers"]["Authorization"] })
    );
    assert_eq!(
        answer["policyDocument"]["Statement"][0]["Resource"],
        json!([event["methodArn"]])
    );
    for resource in ["/v1/repos/{name}/{proxy+}", "", "/{operation}"] {
        event["resource"] = json!(resource);
        assert_eq!(ask(&bed, event.clone()).await, Err(Refusal::Unauthorized), "{resource}");
    }
}

#[tokio::test]
async fn a_presigned_request_is_let_through_to_the_function_and_to_nothing_else() {
    let bed = Bed::new().await;
    let mut event = sample("authorizer-api.json");
    let method = "arn:aws:execute-api:us-east-1:210987654321:abcdef1234/prod/GET/";
    event["httpMethod"] = json!("GET");
    event["methodArn"] = json!(method);
    for headers in ["headers", "multiValueHeaders"] {
        event[headers].as_object_mut().unwrap().remove("Authorization");
    }
    let answer = ask(&bed, event).await.unwrap();
    assert_eq!(answer["context"], json!({}));
    assert_eq!(answer["policyDocument"]["Statement"][0]["Resource"], json!([method]));
}

#[tokio::test]
async fn right_credentials_open_the_git_routes_of_the_stage_and_no_others() {
    let bed = Bed::new().await;
    let right = basic(&bed.secrets.git_username, &bed.secrets.git_password);
    for name in ["Authorization", "authorization", "AUTHORIZATION"] {
        let answer = ask(&bed, event(name, std::slice::from_ref(&right))).await.unwrap();
        assert_eq!(
            answer["policyDocument"],
            json!({
                "Version": "2012-10-17",
                "Statement": [{
                    "Action": ["execute-api:Invoke"],
                    "Effect": "Allow",
                    "Resource": ["arn:aws:execute-api:us-east-1:210987654321:abcdef1234/prod/*/v1/repos/*"],
                }],
            })
        );
        assert_eq!(answer["principalId"], "admin-at-210987654321");
        // The samples of what stands behind are told the same.
        let sample = &sample("git-info-refs.json")["requestContext"]["authorizer"];
        assert_eq!(answer["context"], json!({ "proven": sample["proven"] }));
    }
}

#[tokio::test]
async fn headers_are_read_where_only_one_form_of_them_is() {
    let bed = Bed::new().await;
    let right = basic(&bed.secrets.git_username, &bed.secrets.git_password);
    for gone in ["headers", "multiValueHeaders"] {
        let mut event = event("Authorization", std::slice::from_ref(&right));
        event[gone] = Value::Null;
        assert!(ask(&bed, event).await.is_ok(), "without {gone}");
    }
}

#[tokio::test]
async fn missing_and_wrong_credentials_are_refused_in_the_words_that_the_gateway_knows() {
    let bed = Bed::new().await;
    let (user, password) = (&bed.secrets.git_username, &bed.secrets.git_password);
    let right = basic(user, password);
    for values in [
        vec![],
        vec![String::new()],
        vec!["Basic".to_owned()],
        vec![basic(user, "")],
        vec![basic(user, &password[1..])],
        vec![basic("nobody", password)],
        vec![right.replace("Basic", "Bearer")],
        vec![right.clone(), basic("nobody", "")],
        vec![basic("nobody", ""), right.clone()],
        vec!["x".repeat(100_000)],
    ] {
        let refusal = ask(&bed, event("Authorization", &values)).await.unwrap_err();
        let diagnostic = Diagnostic::from(refusal);
        assert_eq!(diagnostic.error_message, "Unauthorized", "{values:?}");
    }
}

#[tokio::test]
async fn credentials_that_cannot_be_checked_are_another_error() {
    let bed = Bed::new().await;
    let right = basic(&bed.secrets.git_username, &bed.secrets.git_password);
    let event = event("Authorization", std::slice::from_ref(&right));
    for (nth, down) in [(1, true), (2, true), (3, false)] {
        let app = bed.app_failing_at(nth);
        let answer = authorize(&app, serde_json::from_value(event.clone()).unwrap()).await;
        assert_eq!(
            matches!(answer, Err(Refusal::Unknown(_))),
            down,
            "call {nth}: {answer:?}"
        );
    }
    let mut malformed = event;
    malformed["methodArn"] = json!("somewhere");
    assert!(matches!(ask(&bed, malformed).await, Err(Refusal::Unknown(_))));
}

#[test]
fn the_git_routes_are_those_of_the_api_and_the_stage() {
    let api = "arn:aws:execute-api:us-east-1:210987654321:abcdef1234";
    for (method, expect) in [
        (
            format!("{api}/prod/GET/v1/repos/a/info/refs"),
            Some(format!("{api}/prod/*/v1/repos/*")),
        ),
        (format!("{api}/prod/POST/"), Some(format!("{api}/prod/*/v1/repos/*"))),
        (format!("{api}/prod"), None),
        (format!("{api}//GET/x"), None),
        ("arn:aws:s3:::x/prod/GET/".to_owned(), None),
        (String::new(), None),
        ("*".to_owned(), None),
    ] {
        assert_eq!(git_routes(&method), expect, "{method}");
    }
}
