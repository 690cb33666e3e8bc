use packhouse_storage::keys;
use packhouse_storage::repository_id::RepositoryId;
use serde_json::json;

use super::*;
use crate::testing::{Bed, Recorder, context, raw, sample};

const SAMPLE_ID: &str = "1b2c3d4e-1111-4222-8333-444455556666";

struct Scene {
    bed: Bed,
    id: RepositoryId,
    bus: Arc<Recorder>,
}

/// A repository with one push that nobody told of.
async fn pushed(is_down: bool) -> Scene {
    let bed = Bed::new().await;
    let id = bed.repository().await;
    bed.push_commits(1).await;
    let bus = Arc::new(Recorder {
        is_down,
        ..Recorder::default()
    });
    Scene { bed, id, bus }
}

impl Scene {
    async fn serve(&self, event: &Value, older_than: Duration) -> Result<Value, String> {
        let relay = Relay {
            forge: Arc::clone(&self.bed.forge),
            bus: Arc::clone(&self.bus) as _,
            older_than,
        };
        let answer = relay.serve(&raw(event), &context()).await;
        let answer = answer.map_err(|error| error.to_string())?;
        Ok(serde_json::to_value(answer).unwrap())
    }

    /// The sample of a batch, with the record of this push.
    async fn batch(&self) -> Value {
        let version = self.bed.forge.store().manifest(&self.id).await.unwrap().version;
        let key = keys::outbox(self.id.as_str(), version);
        let mut event = sample("event-relay-batch.json");
        event["Records"][0]["dynamodb"]["Keys"] = json!({ "pk": { "S": key.pk }, "sk": { "S": key.sk } });
        event
    }

    fn told(&self) -> usize {
        self.bus.taken.lock().unwrap().len()
    }
}

#[test]
fn the_sample_of_a_batch_points_to_a_change() {
    let keys = &sample("event-relay-batch.json")["Records"][0]["dynamodb"]["Keys"];
    let key = Key::new(keys["pk"]["S"].as_str().unwrap(), keys["sk"]["S"].as_str().unwrap());
    let pointer = Pointer::parse(&key).unwrap();
    assert!(matches!(pointer, Pointer::Entry { repository, .. } if repository.as_str() == SAMPLE_ID));
}

#[tokio::test]
async fn a_batch_of_the_stream_is_told_to_the_bus_once() {
    let scene = pushed(false).await;
    let event = scene.batch().await;
    for _ in 0..2 {
        let answer = scene.serve(&event, LEFT_TO_THE_STREAM).await;
        assert_eq!(answer, Ok(json!({ "batchItemFailures": [] })));
        assert_eq!(scene.told(), 1);
    }
    let taken = scene.bus.taken.lock().unwrap();
    assert_eq!(taken[0].detail["event"], "referenceCreated");
    assert_eq!(taken[0].detail["referenceFullName"], "refs/heads/main");
}

#[tokio::test]
async fn the_first_record_that_fails_is_named_and_the_others_are_told() {
    let scene = pushed(true).await;
    let mut event = scene.batch().await;
    let record = |keys: &Value, number: &str| json!({ "eventName": "INSERT", "dynamodb": { "Keys": keys, "SequenceNumber": number } });
    let failing = event["Records"][0]["dynamodb"]["Keys"].clone();
    let gone = &sample("event-relay-batch.json")["Records"][0]["dynamodb"]["Keys"];
    let other = json!({ "pk": { "S": "R#x" }, "sk": { "N": "1" } });
    event["Records"] = json!([
        record(gone, "1"),
        record(&other, "2"),
        record(&failing, "3"),
        record(&failing, "4")
    ]);
    let answer = scene.serve(&event, LEFT_TO_THE_STREAM).await;
    assert_eq!(answer, Ok(json!({ "batchItemFailures": [{ "itemIdentifier": "3" }] })));
}

#[tokio::test]
async fn only_new_items_of_the_outbox_are_told() {
    let scene = pushed(false).await;
    for name in ["MODIFY", "REMOVE", ""] {
        let mut event = scene.batch().await;
        event["Records"][0]["eventName"] = json!(name);
        let answer = scene.serve(&event, LEFT_TO_THE_STREAM).await;
        assert_eq!(answer, Ok(json!({ "batchItemFailures": [] })));
    }
    for keys in [
        json!(null),
        json!({}),
        json!({ "pk": { "S": "R#x" }, "sk": { "S": "MANIFEST" } }),
    ] {
        let mut event = scene.batch().await;
        event["Records"][0]["dynamodb"]["Keys"] = keys;
        let answer = scene.serve(&event, LEFT_TO_THE_STREAM).await;
        assert_eq!(answer, Ok(json!({ "batchItemFailures": [] })));
    }
    assert_eq!(scene.told(), 0);
}

#[tokio::test]
async fn a_sweep_tells_what_the_stream_left() {
    let scene = pushed(false).await;
    let event = sample("event-relay-sweep.json");
    let nothing = json!({ "relayed": 0, "failed": 0, "cutShort": false });
    assert_eq!(scene.serve(&event, LEFT_TO_THE_STREAM).await.as_ref(), Ok(&nothing));
    assert_eq!(scene.told(), 0, "what is young is left to the stream");
    let one = json!({ "relayed": 1, "failed": 0, "cutShort": false });
    assert_eq!(scene.serve(&event, Duration::ZERO).await.as_ref(), Ok(&one));
    assert_eq!(scene.serve(&event, Duration::ZERO).await.as_ref(), Ok(&nothing));
    assert_eq!(scene.told(), 1);
}

#[tokio::test]
async fn an_event_that_is_neither_is_refused_with_what_is_known() {
    let scene = pushed(false).await;
    for event in [
        json!(null),
        json!([]),
        json!({}),
        json!({ "sweep": 1 }),
        json!({ "Records": 1 }),
        json!({ "compact": "x" }),
    ] {
        let refused = scene.serve(&event, Duration::ZERO).await.unwrap_err();
        assert!(refused.contains(r#"{"sweep":true}"#), "{refused}");
    }
    assert!(scene.serve(&json!({ "sweep": false }), Duration::ZERO).await.is_err());
}
