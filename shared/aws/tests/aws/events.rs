//! The bus.

use std::collections::BTreeMap;
use std::time::Duration;

use packhouse_aws::EventBridgeBus;
use packhouse_forge::events::{DetailType, Event, EventBus as _, Refused};
use packhouse_harness::Boto3;
use packhouse_harness::emulators::Cloud;
use packhouse_harness::fault_proxy::{Answer, Fault, FaultProxy, Rule};
use packhouse_storage::id;
use serde_json::{Value, json};

use crate::setting::{clients, shared};

const SOURCE: &str = "packhouse.codecommit";

fn event(number: usize, padding: usize) -> Event {
    let detail = json!({ "event": "referenceCreated", "padding": "x".repeat(padding) });
    Event {
        id: format!("repository/1/{number}"),
        time: Duration::from_millis(1_700_000_000_000),
        detail_type: DetailType::Repository,
        resources: vec!["arn:aws:codecommit:us-east-1:000000000000:demo".into()],
        detail: detail.as_object().expect("an object").clone(),
    }
}

/// A bus of its own whose events come into a queue.
struct Wired {
    bus: String,
    queue: String,
    sqs: Boto3,
}

impl Wired {
    fn fresh() -> Self {
        let (store, name) = (shared(), id::ulid());
        let (events, sqs) = (store.client("events"), store.client("sqs"));
        let call = |boto: &Boto3, operation: &str, parameters: Value| {
            boto.call(operation, &parameters).expect("the emulator carries it out")
        };
        call(&events, "CreateEventBus", json!({ "Name": name }));
        let queue = call(&sqs, "CreateQueue", json!({ "QueueName": name }))["QueueUrl"].take();
        let queue = queue.as_str().expect("a queue has a URL").to_owned();
        let pattern = json!({ "source": [SOURCE] }).to_string();
        call(
            &events,
            "PutRule",
            json!({ "Name": name, "EventBusName": name, "EventPattern": pattern }),
        );
        let arn = format!("arn:aws:sqs:us-east-1:000000000000:{name}");
        let targets = json!([{ "Id": "queue", "Arn": arn }]);
        call(
            &events,
            "PutTargets",
            json!({ "Rule": name, "EventBusName": name, "Targets": targets }),
        );
        Self { bus: name, queue, sqs }
    }

    /// The events that came, by the id that we gave them.
    fn come(&self) -> BTreeMap<String, Value> {
        let mut come = BTreeMap::new();
        loop {
            let parameters = json!({ "QueueUrl": self.queue, "MaxNumberOfMessages": 10, "WaitTimeSeconds": 1 });
            let answer = self
                .sqs
                .call("ReceiveMessage", &parameters)
                .expect("the queue is there");
            let Some(messages) = answer["Messages"].as_array().filter(|messages| !messages.is_empty()) else {
                return come;
            };
            for message in messages {
                let event: Value = serde_json::from_str(message["Body"].as_str().expect("a body")).expect("an event");
                let id = event["detail"]["eventId"]
                    .as_str()
                    .expect("every event has our id")
                    .to_owned();
                come.insert(id, event);
                let taken = json!({ "QueueUrl": self.queue, "ReceiptHandle": message["ReceiptHandle"] });
                self.sqs.call("DeleteMessage", &taken).expect("the message is there");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn events_come_out_as_they_were_put_in() {
    let wired = Wired::fresh();
    let proxy = FaultProxy::start(&Cloud::shared().url());
    let bus = EventBridgeBus::new(&clients(&proxy.url()), &wired.bus, SOURCE);
    bus.publish(&[]).await.expect("nothing is easily published");
    let events: Vec<_> = (0..25).map(|number| event(number, 10)).collect();
    // The emulator puts its own time in place of ours, which is therefore looked for on the way.
    let timed = proxy.inject(Rule::all("PutEvents", Fault::Delay(Duration::ZERO)).holding(r#""Time":1700000000"#));
    bus.publish(&events).await.expect("the bus takes them");
    assert_eq!(timed.count(), 3);
    assert_eq!(proxy.tally().count("PutEvents"), 3, "ten a request");
    let come = wired.come();
    let mut ids: Vec<_> = events.iter().map(|event| event.id.clone()).collect();
    ids.sort_unstable();
    assert_eq!(come.keys().cloned().collect::<Vec<_>>(), ids);
    let one = &come["repository/1/7"];
    assert_eq!(
        one["detail"],
        json!({ "event": "referenceCreated", "padding": "xxxxxxxxxx", "eventId": "repository/1/7" })
    );
    assert_eq!(one["source"], SOURCE);
    assert_eq!(one["detail-type"], "CodeCommit Repository State Change");
    assert_eq!(
        one["resources"],
        json!(["arn:aws:codecommit:us-east-1:000000000000:demo"])
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_stay_below_a_megabyte() {
    let wired = Wired::fresh();
    let proxy = FaultProxy::start(&Cloud::shared().url());
    let bus = EventBridgeBus::new(&clients(&proxy.url()), &wired.bus, SOURCE);
    let answer = Answer::of(
        200,
        "application/x-amz-json-1.1",
        json!({ "FailedEntryCount": 0 }).to_string(),
    );
    let hits = proxy.inject(Rule::all("PutEvents", Fault::Answer(answer)));
    let events: Vec<_> = (0..5).map(|number| event(number, 400_000)).collect();
    bus.publish(&events).await.expect("the bus takes them");
    assert_eq!(hits.count(), 3, "two of 400,000 bytes fit into one");
    let refused = bus.publish(&[event(77, 1_000_000), event(1, 10)]).await;
    let refused = refused.expect("the bus takes the other one");
    assert_eq!(refused[0].id, "repository/1/77");
    assert_eq!((refused.len(), hits.count()), (1, 4));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_bus_did_not_take_is_sent_again_alone() {
    let wired = Wired::fresh();
    let proxy = FaultProxy::start(&Cloud::shared().url());
    let bus = EventBridgeBus::new(&clients(&proxy.url()), &wired.bus, SOURCE);
    let partial = |code: &str| {
        let entries = json!([{ "EventId": "1" }, { "ErrorCode": code, "ErrorMessage": "why" }]);
        let body = json!({ "FailedEntryCount": 1, "Entries": entries }).to_string();
        Fault::Answer(Answer::of(200, "application/x-amz-json-1.1", body))
    };
    proxy.inject(Rule::nth(1, "PutEvents", partial("ThrottlingException")));
    bus.publish(&[event(1, 1), event(2, 1)])
        .await
        .expect("the second time the bus takes the rest");
    assert_eq!(
        wired.come().into_keys().collect::<Vec<_>>(),
        ["repository/1/2"],
        "only the refused one is sent again"
    );
    assert_eq!(proxy.tally().count("PutEvents"), 2);

    let refusal = proxy.inject(Rule::all("PutEvents", partial("MalformedDetail")));
    let refused = bus.publish(&[event(1, 1), event(2, 1)]).await;
    let expect = Refused {
        id: "repository/1/2".into(),
        why: "MalformedDetail: why".into(),
    };
    assert_eq!(refused, Ok(vec![expect]));
    assert_eq!(refusal.count(), 1);

    proxy.heal();
    let all = json!({ "FailedEntryCount": 1, "Entries": [{ "ErrorCode": "InternalFailure" }] }).to_string();
    let all = proxy.inject(Rule::all(
        "PutEvents",
        Fault::Answer(Answer::of(200, "application/x-amz-json-1.1", all)),
    ));
    bus.publish(&[event(1, 1)]).await.expect_err("it is given up");
    assert_eq!(all.count(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bus_that_is_away_or_refuses_the_source_is_an_error() {
    let wired = Wired::fresh();
    let proxy = FaultProxy::start(&Cloud::shared().url());
    let bus = EventBridgeBus::new(&clients(&proxy.url()), &wired.bus, "aws.codecommit");
    let error = bus.publish(&[event(1, 1)]).await.expect_err("the source is AWS's own");
    assert!(error.to_string().contains("NotAuthorizedForSource"), "{error}");
    let bus = EventBridgeBus::new(&clients(&proxy.url()), &wired.bus, SOURCE);
    proxy.inject(Rule::first(
        2,
        "PutEvents",
        Fault::Answer(Answer::internal_server_error()),
    ));
    bus.publish(&[event(1, 1)]).await.expect("the third attempt succeeds");
    let hits = proxy.inject(Rule::all("PutEvents", Fault::DropBefore));
    bus.publish(&[event(1, 1)]).await.expect_err("nobody answers");
    assert_eq!(hits.count(), 3);
}
