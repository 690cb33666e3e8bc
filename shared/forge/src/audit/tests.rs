//! What is recorded, and found again.

use packhouse_storage::clock;
use serde_json::json;

use super::*;
use crate::error::Kind;
use crate::names::RepositoryName;
use crate::testing;

fn event(name: &str, read_only: bool) -> Event {
    Event {
        name: name.into(),
        source: "codecommit.amazonaws.com",
        read_only,
        parameters: Some(json!({ "repositoryName": "demo", "fileContent": "c2VjcmV0", "long": "x".repeat(20_000) })),
        repositories: vec![RepositoryName::new("demo").unwrap()],
        ..Event::default()
    }
}

fn denied(name: &str) -> Event {
    Event {
        failure: Some(Failure {
            code: "AccessDenied".into(),
            message: "no".into(),
            denied: true,
        }),
        ..event(name, true)
    }
}

async fn found(forge: &Forge, caller: &Caller, attribute: Option<(Attribute, &str)>) -> Vec<String> {
    let asked = Lookup {
        attribute: attribute.map(|(attribute, value)| (attribute, value.to_owned())),
        max_results: 2,
        ..Lookup::default()
    };
    let (mut names, mut token) = (Vec::new(), None);
    loop {
        let page = lookup(forge, caller, &asked, token.as_deref()).await.unwrap();
        assert!(page.records.len() <= 2);
        names.extend(
            page.records
                .iter()
                .map(|record| record.json["eventName"].as_str().unwrap().to_owned()),
        );
        token = page.next;
        if token.is_none() {
            return names;
        }
    }
}

#[tokio::test]
async fn writes_and_denials_are_found_and_reads_are_lines_only() {
    let forge = testing::forge().await;
    let ana = testing::administrator(&forge.installation().account);
    for event in [
        event("CreateRepository", false),
        event("GetRepository", true),
        denied("GetBranch"),
        event("DeleteRepository", false),
    ] {
        write(&forge, &ana, &event).await;
    }
    let mut all = found(&forge, &ana, None).await;
    all.sort_unstable();
    assert_eq!(all, ["CreateRepository", "DeleteRepository", "GetBranch"]);
    for (attribute, value, count) in [
        (Attribute::EventName, "GetBranch", 1),
        (Attribute::EventName, "GetRepository", 0),
        (Attribute::ReadOnly, "true", 1),
        (Attribute::ReadOnly, "false", 2),
        (Attribute::Username, "ana", 3),
        (Attribute::Username, "an", 0),
        (Attribute::AccessKeyId, "AKIA1", 3),
        (Attribute::EventSource, "codecommit.amazonaws.com", 3),
        (Attribute::EventSource, "iam.amazonaws.com", 0),
        (Attribute::ResourceName, "demo", 3),
        (
            Attribute::ResourceName,
            "arn:aws:codecommit:us-east-1:000000000000:demo",
            3,
        ),
        (Attribute::ResourceName, "dem", 0),
        (Attribute::ResourceType, "AWS::CodeCommit::Repository", 3),
        (Attribute::EventId, "x", 0),
    ] {
        let names = found(&forge, &ana, Some((attribute, value))).await;
        assert_eq!(names.len(), count, "{attribute:?} {value}");
    }
}

#[tokio::test]
async fn a_record_has_cloudtrails_form_and_no_contents() {
    let forge = testing::forge().await;
    let mut ana = testing::administrator(&forge.installation().account);
    ana.source.ip = Some("::ffff:192.0.2.7".parse().unwrap());
    ana.source.user_agent = Some("aws-cli/2".into());
    write(&forge, &ana, &event("PutFile", false)).await;
    let page = lookup(&forge, &ana, &Lookup::default(), None).await.unwrap();
    let record = &page.records[0].json;
    assert_eq!(record["userIdentity"]["type"], "IAMUser");
    assert_eq!(record["userIdentity"]["userName"], "ana");
    assert_eq!(record["sourceIPAddress"], "192.0.2.7");
    assert_eq!(record["userAgent"], "aws-cli/2");
    assert_eq!(record["requestID"], "1");
    assert_eq!(record["requestParameters"]["repositoryName"], "demo");
    assert_eq!(
        record["requestParameters"]["fileContent"],
        "HIDDEN_DUE_TO_SECURITY_REASONS"
    );
    assert_eq!(
        record["requestParameters"]["long"].as_str().unwrap().chars().count(),
        (12 << 10) + 1
    );
    assert!(!record.to_string().contains("c2VjcmV0"));
}

#[tokio::test]
async fn times_and_tokens_bound_a_lookup() {
    let forge = testing::forge().await;
    let ana = testing::administrator(&forge.installation().account);
    for _ in 0..3 {
        write(&forge, &ana, &event("PutFile", false)).await;
    }
    let now = clock::now_millis();
    let between = |start_ms, end_ms| Lookup {
        start_ms,
        end_ms,
        max_results: 50,
        ..Lookup::default()
    };
    for (start, end, count) in [
        (None, Some(now - 60_000), 0),
        (Some(now + 60_000), None, 0),
        (Some(now - 60_000), Some(now + 60_000), 3),
        (Some(0), Some(u64::MAX), 3),
        (Some(now), Some(now - 1), 0),
    ] {
        let page = lookup(&forge, &ana, &between(start, end), None).await.unwrap();
        assert_eq!((page.records.len(), page.next), (count, None), "{start:?} {end:?}");
    }
    let one = Lookup {
        max_results: 1,
        ..Lookup::default()
    };
    let token = lookup(&forge, &ana, &one, None).await.unwrap().next.unwrap();
    let other = lookup(&forge, &ana, &between(None, None), Some(&token))
        .await
        .unwrap_err();
    assert_eq!(other.kind(), Kind::Invalid);
    let bob = testing::user(
        &forge.installation().account,
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"codecommit:*","Resource":"*"}]}"#,
    );
    let refused = lookup(&forge, &bob, &one, None).await.unwrap_err();
    assert_eq!(refused.kind(), Kind::Denied);
}

#[tokio::test]
async fn no_input_is_too_long_to_be_recorded() {
    let forge = testing::forge().await;
    let ana = testing::administrator(&forge.installation().account);
    let wide = |text: &str| {
        json!(
            (0..70)
                .map(|at| (format!("m{at}"), json!(vec![text; 100])))
                .collect::<serde_json::Map<_, _>>()
        )
    };
    let mut deep = json!("x");
    for _ in 0..100 {
        deep = json!({ "\u{1}".repeat(1000): deep, "b": "\u{1}".repeat(1000) });
    }
    for (at, parameters) in [wide(&"a".repeat(1000)), wide(&"\u{1}".repeat(1000)), wide("\""), deep]
        .into_iter()
        .enumerate()
    {
        let big = Event {
            parameters: Some(parameters.clone()),
            response: Some(parameters),
            repositories: vec![RepositoryName::new(&"r".repeat(100)).unwrap(); 1000],
            ..event(&format!("Delete{at}"), false)
        };
        write(&forge, &ana, &big).await;
        let page = lookup(&forge, &ana, &Lookup::default(), None).await.unwrap();
        let newest = page
            .records
            .iter()
            .find(|record| record.json["eventName"] == format!("Delete{at}"));
        let bytes = newest
            .unwrap_or_else(|| panic!("{at} is not kept"))
            .json
            .to_string()
            .len();
        assert!(bytes < 128 << 10, "{at}: {bytes}");
    }
}
