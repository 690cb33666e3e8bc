//! A table whose service is busy, away, or lost in the middle of a call.

use std::time::Duration;

use bytes::Bytes;
use packhouse_aws::DynamoTable;
use packhouse_harness::fault_proxy::{Answer, Fault, Rule};
use packhouse_storage::table::{Action, Expect, Item, Key, Page, Range, Table as _, TableError, Write};
use serde_json::json;

use crate::setting::{Setting, clients};

const TRANSACT: &str = "TransactWriteItems";

impl Setting {
    fn item(&self) -> Key {
        Key::new(&self.name, "MANIFEST")
    }

    /// Two items, so that one of them without the other shows.
    async fn transact(&self, expect: Expect) -> Result<(), TableError> {
        let log = Write::put(Key::new(&self.name, "LOG"), Expect::Any, "log");
        self.table
            .transact(vec![Write::put(self.item(), expect, "manifest"), log])
            .await
    }

    async fn get(&self) -> Result<Option<Item>, TableError> {
        self.table.get(&self.item()).await
    }

    async fn query(&self) -> Result<Page, TableError> {
        self.table.query(&self.name, Range::default()).await
    }

    async fn versions(&self) -> Vec<u64> {
        let page = self.query().await.expect("a query succeeds");
        page.items.iter().map(|item| item.version).collect()
    }
}

/// What a call came to, by its variant.
fn kind<T>(result: &Result<T, TableError>) -> &'static str {
    match result {
        Ok(_) => "ok",
        Err(TableError::Conflict(_)) => "conflict",
        Err(TableError::Unavailable(_)) => "unavailable",
        Err(TableError::Ambiguous(_)) => "ambiguous",
        Err(TableError::TooLarge(_)) => "too large",
        Err(TableError::Corrupt(_)) => "corrupt",
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_is_tried_again_and_its_failure_is_told_for_what_it_is() {
    let answer = |answer: fn() -> Answer| Fault::Answer(answer());
    // (fault, what comes of a first call struck, of all struck, calls made then, whether it is written then)
    let rows = [
        (answer(Answer::transaction_conflict), "conflict", "conflict", 1, false),
        (answer(Answer::transaction_throttled), "ok", "unavailable", 3, false),
        (answer(Answer::throughput_exceeded), "ok", "unavailable", 3, false),
        (answer(Answer::throttled), "ok", "unavailable", 3, false),
        (answer(Answer::transaction_in_progress), "ok", "ambiguous", 3, false),
        (answer(Answer::internal_server_error), "ok", "ambiguous", 3, false),
        (Fault::DropBefore, "ok", "ambiguous", 3, false),
        (Fault::DropAfter, "ok", "ambiguous", 3, true),
        (Fault::Cut { after: 0 }, "ok", "ambiguous", 3, true),
    ];
    for (fault, once, always, calls, is_written) in rows {
        let setting = Setting::fresh();
        let proxy = &setting.dynamo;
        proxy.inject(Rule::first(1, TRANSACT, fault.clone()));
        let result = setting.transact(Expect::Absent).await;
        assert_eq!(kind(&result), once, "{fault:?} once: {result:?}");
        let written = if once == "ok" { vec![1, 1] } else { vec![] };
        assert_eq!(
            setting.versions().await,
            written,
            "{fault:?} once: all, exactly once, or nothing"
        );

        let setting = Setting::fresh();
        let proxy = &setting.dynamo;
        let hits = proxy.inject(Rule::all(TRANSACT, fault.clone()));
        let result = setting.transact(Expect::Absent).await;
        assert_eq!(kind(&result), always, "{fault:?} always: {result:?}");
        assert_eq!(hits.count(), calls, "{fault:?}");
        proxy.heal();
        let written = if is_written { vec![1, 1] } else { vec![] };
        assert_eq!(setting.versions().await, written, "{fault:?} always");
        if !is_written {
            setting.transact(Expect::Absent).await.expect("it works again");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conflict_names_the_key_whose_condition_failed() {
    let setting = Setting::fresh();
    setting.transact(Expect::Absent).await.expect("nothing is there");
    setting.dynamo.inject(Rule::first(1, TRANSACT, Fault::DropBefore));
    let again = setting.transact(Expect::Absent).await;
    assert!(
        matches!(&again, Err(TableError::Conflict(on)) if *on == setting.item()),
        "{again:?}"
    );
    assert_eq!(setting.versions().await, [1, 1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_last_answer_does_not_hide_what_an_earlier_attempt_may_have_done() {
    for answer in [
        Answer::throttled(),
        Answer::transaction_throttled(),
        Answer::transaction_conflict(),
    ] {
        for (first, is_written) in [(Fault::DropAfter, true), (Fault::DropBefore, false)] {
            let setting = Setting::fresh();
            setting.dynamo.inject(Rule::nth(1, TRANSACT, first));
            setting
                .dynamo
                .inject(Rule::all(TRANSACT, Fault::Answer(answer.clone())));
            let result = setting.transact(Expect::Absent).await;
            assert_eq!(kind(&result), "ambiguous", "{answer:?}: {result:?}");
            let written = if is_written { vec![1, 1] } else { vec![] };
            assert_eq!(setting.versions().await, written, "{answer:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_whose_answer_is_late_is_carried_out_once() {
    let setting = Setting::fresh();
    setting
        .dynamo
        .inject(Rule::first(1, TRANSACT, Fault::Delay(Duration::from_secs(20))));
    let any = setting.transact(Expect::Any).await;
    assert_eq!(kind(&any), "ok", "{any:?}");
    assert_eq!(setting.versions().await, [1, 1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn reads_are_tried_again_and_fail_as_unavailable() {
    for fault in [
        Fault::Answer(Answer::throttled()),
        Fault::Answer(Answer::throughput_exceeded()),
        Fault::Answer(Answer::internal_server_error()),
        Fault::DropBefore,
        Fault::DropAfter,
        Fault::Cut { after: 10 },
    ] {
        let setting = Setting::fresh();
        setting.transact(Expect::Absent).await.expect("nothing is there");
        for operation in ["GetItem", "Query"] {
            setting.dynamo.inject(Rule::first(2, operation, fault.clone()));
        }
        let item = setting.get().await.expect("the third attempt succeeds");
        assert_eq!(
            item.map(|item| item.body),
            Some(Bytes::from_static(b"manifest")),
            "{fault:?}"
        );
        assert_eq!(setting.versions().await, [1, 1], "{fault:?}");
        for operation in ["GetItem", "Query"] {
            setting.dynamo.inject(Rule::all(operation, fault.clone()));
        }
        assert_eq!(kind(&setting.get().await), "unavailable", "{fault:?}");
        assert_eq!(kind(&setting.query().await), "unavailable", "{fault:?}");
        let tally = setting.dynamo.tally();
        assert_eq!((tally.count("GetItem"), tally.count("Query")), (6, 6), "{fault:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn where_nobody_listens_nothing_was_written() {
    let setting = Setting {
        table: DynamoTable::new(&clients("http://127.0.0.1:1"), "table"),
        ..Setting::fresh()
    };
    let result = setting.transact(Expect::Any).await;
    assert_eq!(kind(&result), "unavailable", "{result:?}");
    assert_eq!(kind(&setting.get().await), "unavailable");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_table_is_named() {
    let setting = Setting::fresh();
    let table = DynamoTable::new(&clients(&setting.dynamo.url()), "no-such-table");
    let setting = Setting { table, ..setting };
    let errors = [
        setting.get().await.map(drop).expect_err("there is no table"),
        setting.query().await.map(drop).expect_err("there is no table"),
        setting.transact(Expect::Any).await.expect_err("there is no table"),
    ];
    for error in errors {
        let text = error.to_string();
        assert!(
            matches!(error, TableError::Unavailable(_)) && text.contains("no-such-table"),
            "{text}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn items_and_tables_of_others_are_corrupt() {
    let setting = Setting::fresh();
    let dynamo = setting.store.client("dynamodb");
    for (sk, item) in [
        ("no-version", json!({ "b": { "B": { "base64": "AAEC" } } })),
        ("text-body", json!({ "v": { "N": "1" }, "b": { "S": "text" } })),
        (
            "fraction",
            json!({ "v": { "N": "1.5" }, "b": { "B": { "base64": "AAEC" } } }),
        ),
    ] {
        let mut item = item;
        item["pk"] = json!({ "S": setting.name });
        item["sk"] = json!({ "S": sk });
        let put = json!({ "TableName": setting.store.table, "Item": item });
        dynamo.call("PutItem", &put).expect("the table takes any item");
        assert_eq!(
            kind(&setting.table.get(&Key::new(&setting.name, sk)).await),
            "corrupt",
            "{sk}"
        );
        assert_eq!(kind(&setting.query().await), "corrupt", "{sk}");
    }
    let name = format!("{}-other", setting.name);
    let other = json!({
        "TableName": name,
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": [{ "AttributeName": "id", "KeyType": "HASH" }],
        "AttributeDefinitions": [{ "AttributeName": "id", "AttributeType": "S" }],
    });
    dynamo.call("CreateTable", &other).expect("the name is new");
    let table = DynamoTable::new(&clients(&setting.dynamo.url()), name);
    let setting = Setting { table, ..setting };
    assert_eq!(kind(&setting.get().await), "corrupt");
    assert_eq!(kind(&setting.query().await), "corrupt");
    let result = setting.transact(Expect::Any).await;
    assert_eq!(kind(&result), "corrupt", "{result:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_is_not_empty_before_the_end_whatever_has_expired() {
    let setting = Setting::fresh();
    for (sk, expires) in [
        ("a", Some(1)),
        ("b", Some(1)),
        ("c", Some(1)),
        ("d", Some(1)),
        ("e", None),
        ("f", None),
    ] {
        let body = Bytes::from(vec![1; 390 << 10]);
        let write = Write {
            key: Key::new(&setting.name, sk),
            expect: Expect::Absent,
            action: Action::Put { body, expires },
        };
        setting.table.transact(vec![write]).await.expect("a put succeeds");
    }
    for limit in [0, 1, 2] {
        let range = Range {
            limit,
            ..Range::default()
        };
        let Page { items, next } = setting
            .table
            .query(&setting.name, range)
            .await
            .expect("a query succeeds");
        assert_eq!(items[0].key.sk, "e", "limit {limit}");
        assert_eq!(next.is_some(), items.len() < 2, "limit {limit}");
    }
}
