use packhouse_storage::keys;
use serde_json::{Value, json};

use super::*;
use crate::testing::{Bed, raw, sample};

/// The sample, about this repository.
fn about(name: &str, id: &RepositoryId) -> Value {
    let text = sample(name).to_string();
    let named = text.replace("1b2c3d4e-1111-4222-8333-444455556666", id.as_str());
    assert_ne!(text, named, "{name} names the repository of the samples");
    serde_json::from_str(&named).unwrap()
}

#[tokio::test]
async fn an_event_lets_the_pull_requests_of_its_repository_follow() {
    let bed = Bed::new().await;
    let id = bed.repository().await;
    let cursor = keys::cursor(id.as_str(), "pull-requests");
    bed.push_commits(3).await;
    let event = about("pull-requests-reference-updated.json", &id);
    for _ in 0..2 {
        serve(&bed.forge, &raw(&event)).await.unwrap();
    }
    let version = bed.forge.store().manifest(&id).await.unwrap().version;
    let item = bed.forge.store().table().get(&cursor).await.unwrap().unwrap();
    let at: Value = serde_json::from_slice(&item.body).unwrap();
    assert_eq!((&at["applied"], item.version), (&json!(version), 1));
}

#[tokio::test]
async fn a_repository_that_is_gone_has_no_pull_requests() {
    let bed = Bed::new().await;
    let event = sample("pull-requests-reference-updated.json");
    serve(&bed.forge, &raw(&event)).await.unwrap();
}

#[tokio::test]
async fn an_event_about_something_else_is_refused() {
    let bed = Bed::new().await;
    for event in [
        json!(null),
        json!({}),
        json!({ "detail": {} }),
        json!({ "sweep": true }),
    ] {
        let refused = serve(&bed.forge, &raw(&event)).await.unwrap_err().to_string();
        assert!(refused.contains("CodeCommit Repository State Change"), "{refused}");
    }
    let event = json!({ "detail": { "repositoryId": "../x" } });
    let refused = serve(&bed.forge, &raw(&event)).await.unwrap_err().to_string();
    assert!(refused.ends_with("is no repository ID"), "{refused}");
}
