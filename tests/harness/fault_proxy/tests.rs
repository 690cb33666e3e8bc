use std::{
    net::TcpStream,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use super::*;
use crate::{
    Boto3,
    emulators::{AwsStore, Cloud, Dynamo},
    http::{Connection, request},
};

/// A store behind two proxies.
struct Behind {
    dynamo: FaultProxy,
    s3: FaultProxy,
    store: AwsStore,
}

impl Behind {
    fn new() -> Self {
        let dynamo = FaultProxy::start(&Dynamo::shared().url());
        let s3 = FaultProxy::start(&Cloud::shared().url());
        let store = AwsStore::fresh().with_dynamo_at(&dynamo.url()).with_s3_at(&s3.url());
        Self { dynamo, s3, store }
    }

    fn item(&self, sk: &str) -> Value {
        json!({ "TableName": self.store.table, "Item": { "pk": { "S": "p" }, "sk": { "S": sk } } })
    }

    fn transaction(&self, items: usize) -> Value {
        let puts: Vec<_> = (0..items)
            .map(|n| json!({ "Put": self.item(&n.to_string()) }))
            .collect();
        json!({ "TransactItems": puts })
    }

    fn has(&self, client: &Boto3, sk: &str) -> bool {
        let key = json!({ "pk": { "S": "p" }, "sk": { "S": sk } });
        let found = client.call("GetItem", &json!({ "TableName": self.store.table, "Key": key }));
        found.expect("the table is there").get("Item").is_some()
    }

    fn object(&self, key: &str) -> Value {
        json!({ "Bucket": self.store.bucket, "Key": key })
    }
}

/// A call whose connection breaks fails in boto3 by an exception that is none of the service's.
fn breaks(client: &Boto3, operation: &str, parameters: &Value) -> bool {
    client.failure(operation, parameters).is_some()
}

#[test]
fn dynamodb_throttles_and_conflicts_as_on_aws() {
    let behind = Behind::new();
    let client = behind.store.client("dynamodb");
    // (answer, operation, code, status)
    let rows = [
        (
            Answer::transaction_conflict(),
            "TransactWriteItems",
            "TransactionCanceledException",
            400,
        ),
        (
            Answer::transaction_throttled(),
            "TransactWriteItems",
            "TransactionCanceledException",
            400,
        ),
        (
            Answer::transaction_in_progress(),
            "TransactWriteItems",
            "TransactionInProgressException",
            400,
        ),
        (
            Answer::item_transaction_conflict(),
            "PutItem",
            "TransactionConflictException",
            400,
        ),
        (
            Answer::throughput_exceeded(),
            "PutItem",
            "ProvisionedThroughputExceededException",
            400,
        ),
        (Answer::throttled(), "PutItem", "ThrottlingException", 400),
        (Answer::internal_server_error(), "PutItem", "InternalServerError", 500),
    ];
    for (answer, operation, code, status) in rows {
        let hits = behind.dynamo.inject(Rule::first(1, operation, Fault::Answer(answer)));
        let parameters = match operation {
            "PutItem" => behind.item("s"),
            _ => behind.transaction(3),
        };
        let refused = client.call(operation, &parameters).expect_err(code);
        assert_eq!((refused.code.as_str(), refused.status, hits.count()), (code, status, 1));
        if code == "TransactionCanceledException" {
            assert!(refused.message.ends_with(", None, None]"), "{}", refused.message);
        }
        assert!(!behind.has(&client, "s"), "{code} was asked of the service");
        behind.dynamo.heal();
    }
    client.call("PutItem", &behind.item("s")).expect("healed");
    assert!(behind.has(&client, "s"));
}

#[test]
fn s3_is_slow_or_broken_as_on_aws() {
    let behind = Behind::new();
    let client = behind.store.client("s3");
    let rows = [
        (Answer::slow_down(), "SlowDown", 503),
        (Answer::internal_error(), "InternalError", 500),
        (
            Answer::conditional_request_conflict(),
            "ConditionalRequestConflict",
            409,
        ),
    ];
    for (answer, code, status) in rows {
        behind
            .s3
            .inject(Rule::nth(2, "PutObject", Fault::Answer(answer)).holding("/wanted"));
        let put = |key: &str| {
            let mut put = behind.object(key);
            put["Body"] = json!({ "base64": "AAEC" });
            client.call("PutObject", &put)
        };
        put("other").expect("another key");
        put("wanted").expect("the first one");
        put("other").expect("another key");
        let refused = put("wanted").expect_err(code);
        assert_eq!((refused.code.as_str(), refused.status), (code, status));
        put("wanted").expect("the third one");
        behind.s3.heal();
    }
    // A refused HEAD has no body, so boto3 only knows the status.
    behind
        .s3
        .inject(Rule::all("HeadObject", Fault::Answer(Answer::slow_down())));
    let refused = client.call("HeadObject", &behind.object("wanted"));
    assert_eq!(refused.expect_err("struck").status, 503);
}

#[test]
fn dropped_connections_leave_the_call_done_or_undone() {
    let behind = Behind::new();
    let client = behind.store.client("dynamodb");
    for (fault, sk, done) in [(Fault::DropBefore, "before", false), (Fault::DropAfter, "after", true)] {
        let hits = behind.dynamo.inject(Rule::all("PutItem", fault));
        assert!(breaks(&client, "PutItem", &behind.item(sk)), "{sk}");
        assert_eq!((hits.count(), behind.has(&client, sk)), (1, done), "{sk}");
        behind.dynamo.heal();
    }
}

#[test]
fn answers_come_late_slowly_or_in_part() {
    let behind = Behind::new();
    let client = behind.store.client("s3");
    let mut put = behind.object("k");
    put["Body"] = json!({ "base64": "AAEC".repeat(100) });
    client.call("PutObject", &put).expect("the bucket takes objects");
    let get = behind.object("k");
    let pause = Duration::from_millis(20);
    for fault in [Fault::Delay(pause * 10), Fault::Trickle { piece: 30, pause }] {
        let hits = behind.s3.inject(Rule::all("GetObject", fault));
        let began = Instant::now();
        let found = client.call("GetObject", &get).expect("whole, though late");
        assert_eq!(found["Body"], put["Body"]);
        assert!(began.elapsed() >= pause * 10, "it took only {:?}", began.elapsed());
        assert_eq!(hits.count(), 1);
        behind.s3.heal();
    }
    behind.s3.inject(Rule::all("GetObject", Fault::Cut { after: 299 }));
    assert!(breaks(&client, "GetObject", &get), "the body is incomplete");
}

#[test]
fn the_tally_counts_calls_bytes_and_units() {
    let behind = Behind::new();
    let (dynamo, s3) = (behind.store.client("dynamodb"), behind.store.client("s3"));
    behind
        .dynamo
        .inject(Rule::nth(1, "GetItem", Fault::Delay(Duration::ZERO)));
    dynamo
        .call("TransactWriteItems", &behind.transaction(3))
        .expect("the table is there");
    assert!(behind.has(&dynamo, "0") && behind.has(&dynamo, "1"));
    let mut put = behind.object("k");
    put["Body"] = json!({ "base64": "AAEC" });
    s3.call("PutObject", &put).expect("the bucket is there");
    s3.call("GetObject", &behind.object("k")).expect("the object is there");

    assert_eq!(behind.dynamo.tally().to_string(), "GetItem 2\nTransactWriteItems 1\n");
    let (read, written) = (
        behind.dynamo.tally().calls("GetItem"),
        behind.dynamo.tally().calls("TransactWriteItems"),
    );
    assert_eq!((read.faults, written.faults), (1, 0));
    assert!((read.read_units - 1.0).abs() < 1e-9 && (written.write_units - 6.0).abs() < 1e-9);
    assert_eq!(behind.s3.tally().calls("GetObject").bytes_out, 3);
    assert!(behind.s3.tally().calls("PutObject").bytes_in >= 3);
    behind.s3.reset_tally();
    assert_eq!(behind.s3.tally().total(), 0);
}

#[test]
fn bodies_of_any_framing_pass_and_connections_stay_open() {
    let behind = Behind::new();
    let address = behind.s3.url().replace("http://", "").parse().expect("an address");
    let mut connection = Connection::open(address);
    let path = format!("/{}/k", behind.store.bucket);
    let body: Vec<u8> = (0..=255).cycle().take(300_000).collect();
    let chunked = [("transfer-encoding", "chunked"), ("expect", "100-continue")];
    connection.send(&request("PUT", &path, &chunked, &[])).expect("open");
    let goes_on = connection.response().expect("an answer before the body");
    assert_eq!(goes_on.status, 100);
    connection.send(&crate::http::chunked(&body, 7_000)).expect("open");
    assert_eq!(connection.response().expect("an answer").status, 200);
    for _ in 0..3 {
        connection.send(&request("GET", &path, &[], &[])).expect("still open");
        let found = connection.response().expect("an answer");
        assert_eq!((found.status, found.body == body), (200, true));
    }
    assert_eq!(behind.s3.tally().calls("PutObject").bytes_in, 300_000);
}

#[test]
fn a_dropped_proxy_accepts_nothing() {
    let proxy = FaultProxy::start("http://127.0.0.1:9");
    let address = proxy.acceptor.address();
    drop(proxy);
    let refused = |_| TcpStream::connect_timeout(&address, Duration::from_secs(1)).is_err();
    let deadline = Instant::now() + Duration::from_secs(10);
    assert!(std::iter::repeat_n((), 100_000).any(|()| refused(()) || Instant::now() > deadline));
    assert!(refused(()));
}
