//! What triggers tell.

use packhouse_aws::AwsTargets;
use packhouse_forge::triggers::{TriggerTargets as _, Undelivered};
use packhouse_harness::emulators::Cloud;
use packhouse_harness::fault_proxy::{Answer, Fault, FaultProxy, Rule};
use packhouse_storage::id;
use serde_json::{Value, json};

use crate::setting::{clients, shared};

const FUNCTION: &str = "arn:aws:lambda:us-east-1:000000000000:function:tell:live";

#[tokio::test(flavor = "multi_thread")]
async fn a_topic_hands_the_message_on_to_its_subscribers() {
    let (store, name) = (shared(), id::ulid());
    let (sns, sqs) = (store.client("sns"), store.client("sqs"));
    let topic = sns
        .call("CreateTopic", &json!({ "Name": name }))
        .expect("a topic can be made")["TopicArn"]
        .take();
    let topic = topic.as_str().expect("a topic has an ARN");
    let queue = sqs
        .call("CreateQueue", &json!({ "QueueName": name }))
        .expect("a queue can be made")["QueueUrl"]
        .take();
    let endpoint = format!("arn:aws:sqs:us-east-1:000000000000:{name}");
    let subscription = json!({ "TopicArn": topic, "Protocol": "sqs", "Endpoint": endpoint });
    sns.call("Subscribe", &subscription).expect("a queue can subscribe");

    let message = json!({ "Records": [{ "customData": "größe & <b>" }] }).to_string();
    let targets = AwsTargets::new(&clients(&Cloud::shared().url()));
    targets
        .notify(topic, Some("UPDATE: demo"), &message)
        .await
        .expect("the topic takes it");

    let got = sqs
        .call("ReceiveMessage", &json!({ "QueueUrl": queue, "WaitTimeSeconds": 5 }))
        .expect("the queue is there");
    let body: Value = serde_json::from_str(got["Messages"][0]["Body"].as_str().expect("it came")).expect("an envelope");
    assert_eq!(
        (&body["Subject"], &body["Message"]),
        (&json!("UPDATE: demo"), &json!(message))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_function_gets_the_payload_as_an_event_that_nobody_waits_for() {
    let proxy = FaultProxy::start(&Cloud::shared().url());
    let targets = AwsTargets::new(&clients(&proxy.url()));
    let accepted = Fault::Answer(Answer::of(202, "application/json", ""));
    let payload = json!({ "Records": [] }).to_string();
    let hits = proxy.inject(Rule::all("Invoke", accepted).holding(&payload));
    targets.invoke(FUNCTION, &payload).await.expect("the function takes it");
    assert_eq!((hits.count(), proxy.tally().total()), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_that_is_not_there_says_so_and_one_that_is_away_may_come_back() {
    let proxy = FaultProxy::start(&Cloud::shared().url());
    let targets = AwsTargets::new(&clients(&proxy.url()));
    let topic = "arn:aws:sns:us-east-1:000000000000:no-such-topic";
    let refused = targets.notify(topic, Some("s"), "m").await.expect_err("there is none");
    assert!(
        matches!(&refused, Undelivered::Refused(why) if why.starts_with("NotFound")),
        "{refused:?}"
    );
    let refused = targets.invoke(FUNCTION, "{}").await.expect_err("there is none");
    assert!(
        matches!(&refused, Undelivered::Refused(why) if why.starts_with("ResourceNotFound")),
        "{refused:?}"
    );
    proxy.inject(Rule::all("Invoke", Fault::DropBefore));
    let away = targets.invoke(FUNCTION, "{}").await.expect_err("nobody answers");
    assert!(matches!(away, Undelivered::Unreachable(_)), "{away:?}");
}
