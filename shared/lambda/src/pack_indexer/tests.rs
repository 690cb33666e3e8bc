use futures_util::FutureExt as _;
use packhouse_storage::incoming::UploadId;
use packhouse_storage::keys;

use super::*;
use crate::testing::{Bed, context, of_upload, raw, sample};

async fn done(bed: &Bed, event: &Value) -> Result<Option<Place>, String> {
    let event = raw(event);
    assert!(!is_request(&event), "{event}");
    work(&bed.forge, &event, &context())
        .await
        .map_err(|error| error.to_string())
}

/// A sample of a job, for this repository.
fn about(name: &str, id: &RepositoryId) -> Value {
    let text = sample(name).to_string();
    let named = text.replace("1b2c3d4e-1111-4222-8333-444455556666", id.as_str());
    assert_ne!(text, named, "{name} names the repository of the samples");
    serde_json::from_str(&named).unwrap()
}

#[tokio::test]
async fn a_compaction_merges_the_packs_of_the_repository_that_it_names() {
    let bed = Bed::new().await;
    let id = bed.repository().await;
    bed.push_commits(12).await;
    assert_eq!(bed.packs(&id).await, 12);
    assert_eq!(done(&bed, &about("pack-indexer-compact.json", &id)).await, Ok(None));
    assert!(bed.packs(&id).await < 12);
}

#[tokio::test]
async fn a_compaction_of_a_repository_that_is_gone_is_done() {
    let bed = Bed::new().await;
    assert_eq!(done(&bed, &sample("pack-indexer-compact.json")).await, Ok(None));
}

#[tokio::test]
async fn a_sweep_asks_for_compactions_once_and_not_where_it_goes_on() {
    let bed = Bed::new().await;
    let id = bed.repository().await;
    bed.push_commits(11).await;
    while bed.queue.next().now_or_never().is_some() {}
    let go_on = about("pack-indexer-sweep-after.json", &id);
    assert_eq!(done(&bed, &go_on).await, Ok(None));
    assert_eq!(bed.queue.next().now_or_never(), None);
    assert_eq!(done(&bed, &sample("pack-indexer-sweep.json")).await, Ok(None));
    assert_eq!(bed.queue.next().now_or_never(), Some(id));
}

#[tokio::test]
async fn an_event_that_is_no_job_is_refused_with_those_that_are() {
    let bed = Bed::new().await;
    for event in [
        json!(null),
        json!({}),
        json!([]),
        json!("compact"),
        json!({ "compact": 1 }),
        json!({ "sweep": true }),
        json!({ "sweep": { "before": "x" } }),
        json!({ "compact": "x", "sweep": {} }),
        json!({ "Records": [] }),
    ] {
        let refused = done(&bed, &event).await.unwrap_err();
        assert!(
            refused.contains(r#"{"compact":"<repository ID>"} or {"sweep":{}}"#),
            "{refused}"
        );
    }
    for (event, why) in [
        (json!({ "compact": "../x" }), "is no repository ID"),
        (json!({ "sweep": { "after": "" } }), "is no place of a sweep"),
    ] {
        let refused = done(&bed, &event).await.unwrap_err();
        assert!(refused.ends_with(why), "{refused}");
    }
}

#[tokio::test]
async fn an_upload_is_finished_as_a_push() {
    let bed = Bed::new().await;
    let id = bed.repository().await;
    let upload = UploadId::fresh();
    let event = of_upload(&sample("pack-indexer-finish.json"), upload.as_str());
    assert!(is_request(&raw(&event)));
    let pack = sample("git-receive-pack.json")["body"].as_str().unwrap().to_owned();
    let pack = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, pack).unwrap();
    let at = pack.windows(4).position(|bytes| bytes == b"PACK").unwrap();
    let key = keys::incoming_part(id.as_str(), upload.as_str(), 1);
    let stored = bed.forge.store().blobs().put(&key, pack[at..].to_vec().into(), None);
    stored.await.unwrap();
    let (status, report) = bed.answer(&event, finishes_upload).await;
    let report = String::from_utf8_lossy(&report).into_owned();
    assert!(
        status == 200 && report.contains("ok refs/heads/main"),
        "{status} {report}"
    );
    assert_eq!(bed.packs(&id).await, 1);
}

#[tokio::test]
async fn nothing_but_finished_uploads_is_served_over_http() {
    let bed = Bed::new().await;
    bed.repository().await;
    for name in [
        "api-get-repository.json",
        "git-info-refs.json",
        "git-ls-refs.json",
        "git-receive-pack.json",
        "git-create-upload.json",
        "git-upload-parts.json",
    ] {
        let gateway = Gateway::new(bed.app(), Metrics::default(), MARGIN);
        let answer = gateway.answer(&raw(&sample(name)), &context(), finishes_upload).await;
        assert_eq!(answer.status(), 404, "{name}");
    }
    let mut event = sample("pack-indexer-finish.json");
    event["requestContext"]["authorizer"] = Value::Null;
    assert_eq!(bed.answer(&event, finishes_upload).await.0, 403);
}
