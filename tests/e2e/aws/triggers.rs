//! From a push to the targets of its triggers.

use std::{
    fs,
    io::Read as _,
    net::TcpListener,
    process::Command,
    sync::mpsc::{Receiver, channel},
    thread,
    time::{Duration, Instant},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use packhouse_harness::{Git, deployment::Deployment, emulators::AwsStore};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{
    events::{Listener, batch},
    log_in,
};

/// How long a message may take through an emulator that has other work too.
const ARRIVAL: Duration = Duration::from_secs(60);

/// A topic, and a queue that has subscribed to it.
pub(super) struct Topic<'a> {
    store: &'a AwsStore,
    queue: String,
    pub(super) arn: String,
}

impl<'a> Topic<'a> {
    pub(super) fn new(store: &'a AwsStore, name: &str) -> Self {
        let (sns, sqs) = (store.client("sns"), store.client("sqs"));
        let topic = sns.call("CreateTopic", &json!({ "Name": name })).expect("it is new");
        let arn = topic["TopicArn"].as_str().expect("a topic has an ARN").to_owned();
        let of_queue = arn.replace(":sns:", ":sqs:");
        let policy = json!({ "Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Principal": { "Service": "sns.amazonaws.com" }, "Action": "sqs:SendMessage", "Resource": of_queue,
        }] });
        let queue = json!({ "QueueName": name, "Attributes": { "Policy": policy.to_string() } });
        let queue = sqs.call("CreateQueue", &queue).expect("it is new");
        let queue = queue["QueueUrl"].as_str().expect("a queue has a URL").to_owned();
        let subscription = json!({ "TopicArn": arn, "Protocol": "sqs", "Endpoint": of_queue });
        sns.call("Subscribe", &subscription).expect("a queue can subscribe");
        Self { store, queue, arn }
    }

    /// The next message: its subject, and what it says. Fails the test when none comes.
    pub(super) fn next(&self) -> (Value, Value) {
        let sqs = self.store.client("sqs");
        let until = Instant::now() + ARRIVAL;
        loop {
            let asked = json!({ "QueueUrl": self.queue, "WaitTimeSeconds": 1 });
            let got = sqs.call("ReceiveMessage", &asked).expect("the queue is there");
            if let Some(message) = got["Messages"].as_array().and_then(|all| all.first()) {
                let done = json!({ "QueueUrl": self.queue, "ReceiptHandle": message["ReceiptHandle"] });
                sqs.call("DeleteMessage", &done).expect("it was received just now");
                let mut envelope = parsed(&message["Body"]);
                return (envelope["Subject"].take(), parsed(&envelope["Message"]));
            }
            assert!(Instant::now() < until, "no message came");
        }
    }

    /// Whether nothing more has come by now.
    pub(super) fn is_empty(&self) -> bool {
        let asked = json!({ "QueueUrl": self.queue, "WaitTimeSeconds": 1 });
        let got = self.store.client("sqs").call("ReceiveMessage", &asked);
        got.expect("the queue is there")["Messages"]
            .as_array()
            .is_none_or(Vec::is_empty)
    }
}

fn parsed(text: &Value) -> Value {
    serde_json::from_str(text.as_str().expect("text")).expect("JSON")
}

/// A function of the emulator's Lambda that hands on to the test what it is invoked with.
pub(super) struct Scribe {
    invoked: Receiver<String>,
    pub(super) arn: String,
}

impl Scribe {
    pub(super) fn new(store: &AwsStore, name: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
        let port = listener.local_addr().expect("it is bound").port();
        let (sender, invoked) = channel();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut event = String::new();
                let read = stream.and_then(|mut stream| stream.read_to_string(&mut event));
                if read.is_err() || sender.send(event).is_err() {
                    return;
                }
            }
        });
        let trust = json!({ "Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Principal": { "Service": "lambda.amazonaws.com" }, "Action": "sts:AssumeRole",
        }] });
        let role = json!({ "RoleName": name, "AssumeRolePolicyDocument": trust.to_string() });
        let role = store.client("iam").call("CreateRole", &role).expect("it is new");
        let function = json!({
            "FunctionName": name, "Runtime": "python3.12", "Handler": "scribe.hand_on", "Role": role["Role"]["Arn"],
            "Code": { "ZipFile": { "base64": STANDARD.encode(zip_of_scribe(port)) } },
        });
        let function = store.client("lambda").call("CreateFunction", &function);
        let arn = function.expect("it is new")["FunctionArn"].take();
        let arn = arn.as_str().expect("a function has an ARN").to_owned();
        Self { invoked, arn }
    }

    /// What it is invoked with next. Fails the test when nobody invokes it.
    pub(super) fn next(&self) -> Value {
        let event = self.invoked.recv_timeout(ARRIVAL).expect("it is invoked");
        serde_json::from_str(&event).expect("JSON")
    }
}

/// The code of a [`Scribe`] that hands on to this port.
fn zip_of_scribe(port: u16) -> Vec<u8> {
    let folder = TempDir::new().expect("a temporary folder");
    let code = format!(
        "import json, socket\n\
         def hand_on(event, context):\n    \
             with socket.create_connection(('127.0.0.1', {port})) as test:\n        \
                 test.sendall(json.dumps(event).encode())\n"
    );
    fs::write(folder.path().join("scribe.py"), code).expect("the folder is there");
    let zipped = Command::new("python3")
        .args(["-m", "zipfile", "-c", "scribe.zip", "scribe.py"])
        .current_dir(folder.path())
        .status();
    assert!(zipped.expect("python3 runs").success());
    fs::read(folder.path().join("scribe.zip")).expect("it was made")
}

/// Gives a repository triggers; answers the configuration's id.
pub(super) fn put(deployment: &Deployment, repository: &str, triggers: &Value) -> Value {
    let input = json!({ "repositoryName": repository, "triggers": triggers });
    let put = deployment.boto3().call("PutRepositoryTriggers", &input);
    put.expect("they are triggers")["configurationId"].take()
}

/// Checks a message of a trigger whole, but for the id and the time of the event, of which it checks the form; answers the id.
#[track_caller]
pub(super) fn check_message(message: &Value, repository: &str, expect: &Value) -> String {
    let mut told = message.clone();
    let record = &mut told["Records"][0];
    let id = record["eventId"].take();
    let id = id.as_str().expect("an event has an id").to_owned();
    assert!(id.len() == 36 && id.split('-').count() == 5, "{id}");
    let time = record["eventTime"].take();
    let digits = time
        .as_str()
        .expect("text")
        .replace(|letter: char| letter.is_ascii_digit(), "0");
    assert_eq!(digits, "0000-00-00T00:00:00.000+0000");
    let mut whole = json!({
        "awsRegion": "us-east-1", "codecommit": null, "customData": null, "eventId": null,
        "eventName": "ReferenceChanges", "eventPartNumber": 1, "eventSource": "aws:codecommit",
        "eventSourceARN": format!("arn:aws:codecommit:us-east-1:000000000000:{repository}"), "eventTime": null,
        "eventTotalParts": 1, "eventTriggerConfigId": null, "eventTriggerName": null, "eventVersion": "1.0",
        "userIdentityARN": "arn:aws:iam::000000000000:user/admin",
    });
    let members = expect.as_object().expect("members").clone();
    whole.as_object_mut().expect("members").extend(members);
    assert_eq!(told, json!({ "Records": [whole] }));
    id
}

/// All that a push changed, as its trigger tells it.
fn references(of: &[(&str, &str, Option<&str>)]) -> Value {
    let told = of.iter().map(|(name, commit, became)| {
        let mut told = json!({ "commit": commit, "ref": name });
        if let Some(became) = became {
            told[became] = true.into();
        }
        told
    });
    json!({ "references": told.collect::<Vec<_>>() })
}

/// The state of the only trigger of a repository, as it is in the table.
fn state(deployment: &Deployment, trigger: &str) -> Value {
    let dynamo = deployment.store.client("dynamodb");
    let table = json!({ "TableName": deployment.store.table, "ConsistentRead": true });
    let found = dynamo.call("Scan", &table).expect("the table can be read");
    let key = format!("TRIGGER#{trigger}");
    let items = found["Items"].as_array().expect("a list");
    let item = items.iter().find(|item| item["sk"]["S"] == key.as_str());
    let body = item.expect("the trigger told something")["b"]["B"]["base64"].clone();
    let body = STANDARD.decode(body.as_str().expect("bytes")).expect("base64");
    serde_json::from_slice(&body).expect("JSON")
}

#[test]
fn what_a_missing_topic_was_not_told_is_told_to_another_one_by_the_sweep() {
    let deployment = Deployment::start();
    let topic = Topic::new(&deployment.store, &format!("{}-mended", deployment.bus()));
    let listener = Listener::to(
        &deployment,
        &format!("{}-all", deployment.bus()),
        &json!({ "source": ["packhouse.codecommit"] }),
    );
    let git = Git::newest();
    log_in(&git, &deployment);
    let url = deployment.create_repository("mended");
    let trigger =
        |arn: &str| json!([{ "name": "on-push", "destinationArn": arn, "branches": ["main"], "events": ["all"] }]);
    put(
        &deployment,
        "mended",
        &trigger("arn:aws:sns:us-east-1:000000000000:missing"),
    );
    let work = git.init("work");
    let first = work.commit("file", "1");
    work.run(&format!("push --quiet {url} main main:other")).ok();

    let outbox = deployment.outbox();
    let relay = &deployment.functions["event-relay"];
    relay.invoke(batch(&outbox).to_string().as_bytes()).expect("it relays");
    let events = listener.received();
    assert_eq!(events.len(), 2);
    let dispatcher = &deployment.functions["trigger-dispatcher"];
    let counts = |answer: Vec<u8>| serde_json::from_slice::<Value>(&answer).expect("JSON");
    // The second event finds a pause that is too long to be waited for.
    for event in &events {
        let answer = dispatcher
            .invoke(event.to_string().as_bytes())
            .expect("that is no failure");
        let left = json!({ "told": 0, "left": 1, "failed": 0, "cutShort": false });
        assert_eq!(counts(answer), left, "{}", dispatcher.log());
    }
    let failure = state(&deployment, "on-push")["last"]["failure"].take();
    let why = failure.as_str().expect("it failed");
    assert!(why.starts_with("NotFound"), "{why}");

    let configuration = put(&deployment, "mended", &trigger(&topic.arn));
    let swept = dispatcher.invoke(br#"{"sweep":true}"#).expect("it sweeps");
    assert_eq!(counts(swept)["told"], 1, "{}", dispatcher.log());
    let (subject, message) = topic.next();
    assert_eq!(subject, "UPDATE: AWS CodeCommit us-east-1 push: mended");
    let expect = json!({
        "codecommit": references(&[("refs/heads/main", &first, Some("created"))]),
        "eventTriggerConfigId": configuration, "eventTriggerName": "on-push",
    });
    check_message(&message, "mended", &expect);
    assert_eq!(state(&deployment, "on-push")["last"]["failure"], Value::Null);
    let swept = dispatcher.invoke(br#"{"sweep":true}"#).expect("it sweeps");
    assert_eq!(
        counts(swept),
        json!({ "told": 0, "left": 0, "failed": 0, "cutShort": false })
    );
    assert!(topic.is_empty());
}

#[test]
fn a_push_makes_the_archive_of_its_branch_anew_and_the_own_bucket_is_no_place_for_it() {
    let deployment = Deployment::start();
    let store = &deployment.store;
    let listener = Listener::to(
        &deployment,
        &format!("{}-archived", deployment.bus()),
        &json!({ "source": ["packhouse.codecommit"] }),
    );
    let git = Git::newest();
    log_in(&git, &deployment);
    let url = deployment.create_repository("archived");
    let s3 = store.client("s3");
    let bucket = format!("{}-archives", store.bucket);
    s3.call("CreateBucket", &json!({ "Bucket": bucket }))
        .expect("the name is new");
    let trigger = |name: &str, bucket: &str| json!({ "name": name, "destinationArn": format!("arn:aws:s3:::{bucket}/a.zip"), "branches": ["main"], "events": ["all"] });
    put(
        &deployment,
        "archived",
        &json!([trigger("written", &bucket), trigger("refused", &store.bucket)]),
    );
    let work = git.init("work");
    let tip = work.commit("file", "1");
    work.run(&format!("push --quiet {url} main")).ok();
    let relay = &deployment.functions["event-relay"];
    let relayed = relay.invoke(batch(&deployment.outbox()).to_string().as_bytes());
    relayed.expect("it relays");
    let dispatcher = &deployment.functions["trigger-dispatcher"];
    for event in listener.received() {
        dispatcher
            .invoke(event.to_string().as_bytes())
            .expect("that is no failure");
    }
    let found = s3.call("HeadObject", &json!({ "Bucket": bucket, "Key": "a.zip" }));
    let found = found.expect("it is written");
    assert_eq!(
        found["Metadata"]["codepipeline-artifact-revision-summary"],
        tip.as_str()
    );
    assert_eq!(state(&deployment, "written")["last"]["failure"], Value::Null);
    let why = state(&deployment, "refused")["last"]["failure"].take();
    assert_eq!(why, "The bucket is the one that holds the repositories.");
}

/// Pushes to a deployed stack whose stream, bus and functions the emulator connects: the topic and the function of two triggers
/// are told the same.
pub(super) fn tell(deployment: &Deployment, source: &Git, (url, repository): (&str, &str)) {
    let (topic, scribe) = (
        Topic::new(&deployment.store, "pushes"),
        Scribe::new(&deployment.store, "scribe"),
    );
    let trigger = |name: &str, arn: &str| json!({ "name": name, "destinationArn": arn, "customData": "team-42", "branches": [], "events": ["all"] });
    let triggers = json!([trigger("topic", &topic.arn), trigger("function", &scribe.arn)]);
    let configuration = put(deployment, repository, &triggers);
    let tip = source.rev("main");
    source
        .run(&format!("push --quiet {url} main:refs/heads/told main:refs/tags/told"))
        .ok();
    let expect = |name: &str, references: Value| json!({ "codecommit": references, "customData": "team-42", "eventTriggerConfigId": configuration, "eventTriggerName": name });
    let made = references(&[
        ("refs/heads/told", &tip, Some("created")),
        ("refs/tags/told", &tip, Some("created")),
    ]);
    let (subject, message) = topic.next();
    assert_eq!(subject, format!("UPDATE: AWS CodeCommit us-east-1 push: {repository}"));
    let by_topic = check_message(&message, repository, &expect("topic", made.clone()));
    let by_function = check_message(&scribe.next(), repository, &expect("function", made));
    assert_ne!(by_topic, by_function, "an event has an id for each trigger");
    source.run(&format!("push --quiet {url} :refs/heads/told")).ok();
    let gone = references(&[("refs/heads/told", &tip, Some("deleted"))]);
    check_message(&topic.next().1, repository, &expect("topic", gone.clone()));
    check_message(&scribe.next(), repository, &expect("function", gone));
}
