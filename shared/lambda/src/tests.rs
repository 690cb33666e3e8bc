//! The samples of `events/` through the functions' handlers; those of the other functions are fed beside them.

use std::fs;
use std::path::Path;
use std::time::Duration;

use axum::http::HeaderMap;
use packhouse_http::auth::sigv4::{Scope, Signable, authorization, format_time};
use packhouse_storage::clock;
use serde_json::{Value, json};

use crate::gateway::{Gateway, buffered};
use crate::metrics::Metrics;
use crate::testing::{Bed, context, events, of_upload, raw, sample};

async fn git(bed: &Bed, event: &Value) -> (u16, String) {
    let (status, body) = bed.answer(event, |_| true).await;
    (status, String::from_utf8_lossy(&body).into_owned())
}

/// All that the code of this crate says.
fn sources(folder: &Path) -> String {
    let mut all = String::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        all += &if path.is_dir() {
            sources(&path)
        } else {
            fs::read_to_string(&path).unwrap()
        };
    }
    all
}

#[test]
fn every_sample_is_fed_to_its_function() {
    let sources = sources(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src")));
    let functions = [
        "api",
        "authorizer",
        "event-relay",
        "git",
        "pack-indexer",
        "pull-requests",
        "trigger-dispatcher",
    ];
    let mut seen = Vec::new();
    for entry in fs::read_dir(events()).unwrap() {
        let entry = entry.unwrap();
        // What others are told has its schemas and samples there.
        if entry.file_type().unwrap().is_dir() {
            continue;
        }
        let name = entry.file_name().into_string().unwrap();
        let owner = functions
            .iter()
            .find(|function| name.starts_with(&format!("{function}-")));
        seen.push(*owner.unwrap_or_else(|| panic!("{name} names no function")));
        let fed = sources.contains(&format!("(\"{name}\")")) || sources.contains(&format!("about(\"{name}\""));
        assert!(fed, "events/{name} is fed to nobody");
    }
    for function in functions {
        assert!(seen.contains(&function), "{function} has no sample");
    }
}

#[tokio::test]
async fn a_push_shows_in_what_a_fetch_begins_with() {
    let bed = Bed::new().await;
    bed.repository().await;
    let (status, begin) = git(&bed, &sample("git-info-refs.json")).await;
    assert!(status == 200 && begin.contains("version 2"), "{status} {begin}");
    let (status, report) = git(&bed, &sample("git-receive-pack.json")).await;
    assert!(
        status == 200 && report.contains("ok refs/heads/main"),
        "{status} {report}"
    );
    let (status, refs) = git(&bed, &sample("git-ls-refs.json")).await;
    assert!(
        status == 200 && refs.contains("6e871866b6a8ac7118d6b2d4460ab4227fd5fa29 refs/heads/main"),
        "{status} {refs}"
    );
}

#[tokio::test]
async fn a_direct_upload_begins_with_a_plan_and_a_place_for_each_part() {
    let bed = Bed::new().await;
    bed.repository().await;
    let (status, begun) = git(&bed, &sample("git-create-upload.json")).await;
    let begun: Value = serde_json::from_str(&begun).unwrap();
    assert_eq!((status, &begun["parts"]), (200, &json!(1)));
    let parts = of_upload(&sample("git-upload-parts.json"), begun["upload"].as_str().unwrap());
    let (status, parts) = git(&bed, &parts).await;
    let parts: Value = serde_json::from_str(&parts).unwrap();
    assert_eq!((status, &parts["parts"][0]["stored"]), (200, &json!(false)), "{parts}");
    assert!(parts["parts"][0]["url"].is_string());
}

#[tokio::test]
async fn requests_that_the_authorizer_did_not_see_are_refused() {
    let bed = Bed::new().await;
    bed.repository().await;
    for name in [
        "git-info-refs.json",
        "git-ls-refs.json",
        "git-receive-pack.json",
        "git-create-upload.json",
    ] {
        for authorizer in [Value::Null, json!({}), json!({ "principalId": "AIDAPACKHOUSEADMINXX" })] {
            let mut event = sample(name);
            event["requestContext"]["authorizer"] = authorizer;
            assert_eq!(git(&bed, &event).await.0, 403, "{name}");
        }
    }
}

#[tokio::test]
async fn who_is_gone_is_let_in_no_more() {
    let bed = Bed::new().await;
    bed.repository().await;
    let mut event = sample("git-info-refs.json");
    let proven = event["requestContext"]["authorizer"]["proven"].as_str().unwrap();
    let proven = proven.replace("AIDAPACKHOUSEADMINXX", "AIDASOMEBODYELSE");
    event["requestContext"]["authorizer"]["proven"] = proven.into();
    assert_eq!(git(&bed, &event).await.0, 401);
}

#[tokio::test]
async fn events_of_other_shapes_are_refused() {
    let bed = Bed::new().await;
    let gateway = Gateway::new(bed.app(), Metrics::default(), Duration::from_secs(1));
    for event in [
        json!({}),
        json!(null),
        sample("event-relay-batch.json"),
        sample("pack-indexer-sweep.json"),
    ] {
        assert_eq!(
            gateway.answer(&raw(&event), &context(), |_| true).await.status(),
            403,
            "{event}"
        );
    }
}

/// The sample of an API call, signed for `path`. The signature comes by way of the authorizer.
fn signed(bed: &Bed, path: &str) -> Value {
    let mut event = sample("api-get-repository.json");
    let now = clock::now_secs();
    let mut headers = HeaderMap::new();
    for (name, value) in [
        ("host", event["headers"]["Host"].as_str().unwrap()),
        ("x-amz-date", &format_time(now)),
        ("x-amz-target", event["headers"]["X-Amz-Target"].as_str().unwrap()),
    ] {
        headers.insert(name.parse::<axum::http::HeaderName>().unwrap(), value.parse().unwrap());
    }
    let signable = Signable {
        method: "POST",
        path,
        query: "",
        headers: &headers,
        authority: None,
    };
    let scope = Scope {
        region: "us-east-1",
        service: "codecommit",
    };
    let body = r#"{"repositoryName": "demo"}"#;
    let secrets = &bed.secrets;
    let signature = authorization(
        &signable,
        body.as_bytes(),
        scope,
        &secrets.access_key_id,
        &secrets.secret_access_key,
        now,
    );
    event["headers"]["X-Amz-Date"] = json!(format_time(now));
    event["multiValueHeaders"]["X-Amz-Date"] = json!([format_time(now)]);
    event["requestContext"]["authorizer"]["signature"] = json!(signature.unwrap());
    event
}

/// The same event, if the gateway left the signature where it was.
fn left_where_it_was(mut event: Value) -> Value {
    let signature = event["requestContext"]["authorizer"]["signature"].take();
    event["headers"]["Authorization"] = signature.clone();
    event["multiValueHeaders"]["Authorization"] = json!([signature]);
    event
}

#[tokio::test]
async fn the_api_answers_whether_or_not_the_stage_was_signed() {
    let bed = Bed::new().await;
    bed.repository().await;
    let gateway = Gateway::new(bed.app(), Metrics::default(), Duration::from_secs(1));
    for (path, verifies) in [("/", true), ("/prod/", true), ("/other/", false)] {
        for event in [signed(&bed, path), left_where_it_was(signed(&bed, path))] {
            let answer = gateway.answer(&raw(&event), &context(), |_| true).await;
            let answer: Value = serde_json::from_str(buffered(answer).await.unwrap().get()).unwrap();
            let body: Value = serde_json::from_str(answer["body"].as_str().unwrap()).unwrap();
            assert_eq!(answer["statusCode"] == 200, verifies, "{answer}");
            assert_eq!(answer["isBase64Encoded"], false);
            assert_eq!(
                body["repositoryMetadata"]["repositoryName"] == "demo",
                verifies,
                "{answer}"
            );
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_request_that_is_not_answered_in_time_is_answered_that() {
    let bed = Bed::new().await;
    bed.repository().await;
    let gateway = Gateway::new(bed.app_held_for_ever(), Metrics::default(), Duration::from_secs(1));
    let answer = gateway
        .answer(&raw(&sample("git-info-refs.json")), &context(), |_| true)
        .await;
    assert_eq!(answer.status(), 504);
}
