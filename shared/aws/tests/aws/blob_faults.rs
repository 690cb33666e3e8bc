//! A blob store whose service is busy, away, or lost in the middle of a call.

use std::ops::Range;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{FutureExt as _, StreamExt as _, stream};
use packhouse_aws::S3Blobs;
use packhouse_harness::fault_proxy::{Answer, Fault, FaultProxy, Rule};
use packhouse_storage::blobs::{BlobError, Blobs as _, ByteStream};
use serde_json::json;
use tokio::task::yield_now;

use crate::setting::{Setting, clients};

/// Two parts of a stream, and two pieces of a range.
const LONG: usize = (8 << 20) + 5;
/// Three of each, and too long for one request.
const LONGER: usize = (16 << 20) + 5;

fn pattern(length: usize) -> Bytes {
    let block: Vec<u8> = (0..251).collect();
    let mut bytes = block.repeat(length / block.len() + 1);
    bytes.truncate(length);
    bytes.into()
}

fn streamed(length: usize) -> ByteStream {
    let bytes = pattern(length);
    let chunks: Vec<_> = (0..length)
        .step_by(1 << 20)
        .map(|at| Ok(bytes.slice(at..length.min(at + (1 << 20)))))
        .collect();
    stream::iter(chunks).boxed()
}

/// What one would do with the blobs of the setting, each under a name of the test's own.
impl Setting {
    async fn put(&self, name: &str, length: usize) -> Result<(), BlobError> {
        self.blobs.put(&self.key(name), pattern(length), None).await
    }

    async fn put_stream(&self, name: &str, stream: ByteStream) -> Result<u64, BlobError> {
        self.blobs.put_stream(&self.key(name), stream, None).await
    }

    async fn get_range(&self, name: &str, range: Range<u64>) -> Result<Bytes, BlobError> {
        self.blobs.get_range(&self.key(name), range).await
    }

    async fn head(&self, name: &str) -> Result<u64, BlobError> {
        self.blobs.head(&self.key(name)).await
    }

    async fn assert_holds(&self, name: &str, length: usize) {
        let whole = self.get_range(name, 0..length as u64).await.expect("the blob is there");
        assert!(whole == pattern(length), "{name} holds other bytes");
        assert_eq!(self.head(name).await.expect("the blob is there"), length as u64);
    }

    /// How many uploads are on their way.
    fn uploads(&self) -> usize {
        let all = json!({ "Bucket": self.store.bucket, "Prefix": self.name });
        let all = self.store.client("s3").call("ListMultipartUploads", &all);
        all.expect("the bucket is there")["Uploads"]
            .as_array()
            .map_or(0, Vec::len)
    }
}

fn kind<T>(result: &Result<T, BlobError>) -> &'static str {
    match result {
        Ok(_) => "ok",
        Err(BlobError::NotFound(_)) => "not found",
        Err(BlobError::Exists(_)) => "exists",
        Err(BlobError::OutOfRange { .. }) => "out of range",
        Err(BlobError::InvalidKey(_)) => "invalid key",
        Err(BlobError::Source(_)) => "source",
        Err(BlobError::Key { .. }) => "key",
        Err(BlobError::Unavailable(_)) => "unavailable",
    }
}

/// Faults that pass when the call is made again, with whether the call was carried out.
fn passing() -> [(Fault, bool); 6] {
    [
        (Fault::Answer(Answer::slow_down()), false),
        (Fault::Answer(Answer::internal_error()), false),
        (Fault::Answer(Answer::conditional_request_conflict()), false),
        (Fault::DropBefore, false),
        (Fault::DropAfter, true),
        (Fault::Answer(Answer::of(503, "text/html", "<html>busy</html>")), false),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_put_is_tried_again_and_finds_its_own_success() {
    for (fault, is_done) in passing() {
        let setting = Setting::fresh();
        setting.s3.inject(Rule::first(2, "PutObject", fault.clone()));
        setting
            .put("a", 1000)
            .await
            .unwrap_or_else(|error| panic!("{fault:?}: {error}"));
        setting.assert_holds("a", 1000).await;
        assert_eq!(setting.s3.tally().count("PutObject"), 3, "{fault:?}");

        setting.s3.inject(Rule::all("PutObject", fault.clone()));
        let result = setting.put("b", 1000).await;
        assert_eq!(kind(&result), "unavailable", "{fault:?}: {result:?}");
        assert_eq!(setting.s3.tally().count("PutObject"), 6, "{fault:?}");
        assert_eq!(setting.head("b").await.is_ok(), is_done, "{fault:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_put_does_not_take_the_blob_of_another_for_its_own() {
    for fault in [
        Fault::DropBefore,
        Fault::DropAfter,
        Fault::Answer(Answer::internal_error()),
    ] {
        let setting = Setting::fresh();
        setting.put("a", 1000).await.expect("the name is free");
        setting.s3.inject(Rule::nth(1, "PutObject", fault.clone()));
        assert_eq!(kind(&setting.put("a", 1000).await), "exists", "{fault:?}");
        setting.s3.inject(Rule::nth(1, "PutObject", fault));
        setting
            .s3
            .inject(Rule::all("HeadObject", Fault::Answer(Answer::slow_down())));
        // Whether it is ours cannot be seen.
        assert_eq!(kind(&setting.put("a", 1000).await), "unavailable");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_blob_that_is_there_costs_one_call() {
    let setting = Setting::fresh();
    setting.put("a", 1).await.expect("the name is free");
    setting.s3.reset_tally();
    assert_eq!(kind(&setting.put("a", 1).await), "exists");
    assert_eq!(setting.s3.tally().total(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_step_of_an_upload_is_tried_again() {
    for operation in ["CreateMultipartUpload", "UploadPart", "CompleteMultipartUpload"] {
        for (fault, _) in passing() {
            let setting = Setting::fresh();
            let hits = setting.s3.inject(Rule::nth(1, operation, fault.clone()));
            let stored = setting.put_stream("a", streamed(LONG)).await;
            assert_eq!(kind(&stored), "ok", "{operation} {fault:?}: {stored:?}");
            assert_eq!(hits.count(), 1);
            setting.assert_holds("a", LONG).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_that_fails_leaves_nothing() {
    for operation in ["UploadPart", "CompleteMultipartUpload"] {
        for fault in [Fault::Answer(Answer::slow_down()), Fault::DropBefore] {
            let setting = Setting::fresh();
            setting.s3.inject(Rule::all(operation, fault.clone()));
            let stored = setting.put_stream("a", streamed(LONG)).await;
            assert_eq!(kind(&stored), "unavailable", "{operation} {fault:?}: {stored:?}");
            assert_eq!(setting.uploads(), 0, "{operation} {fault:?}");
            assert_eq!(kind(&setting.head("a").await), "not found");
            setting.s3.heal();
            setting.put_stream("a", streamed(LONG)).await.expect("the name is free");
            setting.assert_holds("a", LONG).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_to_a_name_that_is_taken_leaves_nothing() {
    let setting = Setting::fresh();
    setting.put("a", 10).await.expect("the name is free");
    for fault in [None, Some(Fault::DropBefore), Some(Fault::DropAfter)] {
        if let Some(fault) = fault {
            setting.s3.inject(Rule::nth(1, "CompleteMultipartUpload", fault));
        }
        assert_eq!(kind(&setting.put_stream("a", streamed(LONG)).await), "exists");
        assert_eq!(kind(&setting.put("a", LONGER).await), "exists");
        assert_eq!(setting.uploads(), 0);
        setting.assert_holds("a", 10).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_that_is_dropped_is_given_up() {
    let setting = Setting::fresh();
    let endless = streamed(LONG).chain(stream::pending()).boxed();
    let (blobs, key) = (setting.blobs.clone(), setting.key("a"));
    let upload = tokio::spawn(async move { blobs.put_stream(&key, endless, None).await });
    until(&setting.s3, "UploadPart").await;
    upload.abort();
    assert!(upload.await.expect_err("it waits for the stream").is_cancelled());
    until(&setting.s3, "AbortMultipartUpload").await;
    assert_eq!(setting.uploads(), 0);
}

/// Waits until the proxy has seen a call.
async fn until(proxy: &FaultProxy, operation: &str) {
    let seen = async {
        while proxy.tally().count(operation) == 0 {
            yield_now().await;
        }
    };
    let seen = tokio::time::timeout(Duration::from_secs(30), seen).await;
    assert!(seen.is_ok(), "no {operation} within half a minute");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_breaks_off_is_read_on() {
    const LENGTH: usize = 3_000_000;
    let slow = Fault::Trickle {
        piece: 100_000,
        pause: Duration::from_millis(20),
    };
    // Ten bytes, then silence: what the SDK takes for a stalled stream.
    let silent = Fault::Trickle {
        piece: 10,
        pause: Duration::from_secs(60),
    };
    let cut = Fault::Cut { after: 1_000_000 };
    let always = |fault: &Fault| Rule::all("GetObject", fault.clone());
    let once = |fault: &Fault| Rule::nth(1, "GetObject", fault.clone());
    let rows = [
        (once(&cut), "ok", 2),
        (always(&cut), "ok", 3),
        (always(&Fault::Cut { after: 500_000 }), "unavailable", 4),
        (always(&Fault::Cut { after: 0 }), "unavailable", 4),
        (always(&slow), "ok", 1),
        (once(&silent), "ok", 2),
        (once(&Fault::DropBefore), "ok", 2),
        (once(&Fault::Answer(Answer::slow_down())), "ok", 2),
        (always(&Fault::Answer(Answer::slow_down())), "unavailable", 3),
    ];
    let check = |(rule, expect, calls): (Rule, &'static str, u64)| async move {
        let setting = Setting::fresh();
        setting.put("a", LENGTH).await.expect("the name is free");
        setting.s3.inject(rule.clone());
        let read = setting.get_range("a", 5..LENGTH as u64).await;
        assert_eq!(kind(&read), expect, "{rule:?}");
        assert!(
            read.is_err() || read.is_ok_and(|read| read == pattern(LENGTH).slice(5..)),
            "{rule:?}"
        );
        assert_eq!(setting.s3.tally().count("GetObject"), calls, "{rule:?}");
    };
    stream::iter(rows).map(check).buffer_unordered(4).collect::<()>().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_range_is_read_in_pieces_and_one_beyond_the_end_is_refused() {
    const LENGTH: u64 = LONGER as u64;
    let setting = Setting::fresh();
    setting.put("a", LONGER).await.expect("the name is free");
    for (range, calls) in [
        (0..LENGTH, 3),
        (0..8 << 20, 1),
        (3..(8 << 20) + 4, 2),
        (LENGTH - 1..LENGTH, 1),
    ] {
        setting.s3.reset_tally();
        let read = setting.get_range("a", range.clone()).await.expect("it lies inside");
        let inside = usize::try_from(range.start).unwrap()..usize::try_from(range.end).unwrap();
        assert!(read == pattern(LONGER).slice(inside), "{range:?}");
        assert_eq!(setting.s3.tally().total(), calls, "{range:?}");
    }
    setting.s3.reset_tally();
    for range in [
        0..LENGTH + 1,
        LENGTH..LENGTH + 1,
        0..1 << 62,
        LENGTH + (1 << 40)..1 << 62,
        1..u64::MAX,
    ] {
        assert_eq!(
            kind(&setting.get_range("a", range.clone()).await),
            "out of range",
            "{range:?}"
        );
    }
    let read = setting.s3.tally().calls("GetObject").bytes_out;
    assert!(
        read < 4 * LENGTH,
        "{read} bytes were read of a blob of {LENGTH} for ranges beyond its end"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn other_calls_are_tried_again_and_fail_as_unavailable() {
    let setting = Setting::fresh();
    setting.put("a/b", 1).await.expect("the name is free");
    for fault in [
        Fault::Answer(Answer::slow_down()),
        Fault::Answer(Answer::internal_error()),
        Fault::DropBefore,
    ] {
        let operations = ["HeadObject", "ListObjectsV2", "DeleteObject"];
        for operation in operations {
            setting.s3.inject(Rule::first(2, operation, fault.clone()));
        }
        assert_eq!(setting.head("a/b").await.expect("the third attempt succeeds"), 1);
        let page = setting
            .blobs
            .list(&setting.key("a/"), None)
            .await
            .expect("the third attempt succeeds");
        assert_eq!(page.blobs, [(setting.key("a/b"), 1)]);
        setting
            .blobs
            .delete(&setting.key("a/c"))
            .await
            .expect("the third attempt succeeds");
        for operation in operations {
            setting.s3.inject(Rule::all(operation, fault.clone()));
        }
        let failed = [
            kind(&setting.head("a/b").await),
            kind(&setting.blobs.list(&setting.key("a/"), None).await),
            kind(&setting.blobs.delete(&setting.key("a/c")).await),
        ];
        assert_eq!(failed, ["unavailable"; 3], "{fault:?}");
        setting.s3.heal();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_bucket_is_named() {
    let setting = Setting::fresh();
    let blobs = S3Blobs::new(&clients(&setting.s3.url()), "no-such-bucket");
    let setting = Setting { blobs, ..setting };
    let errors = [
        setting.put("a", 0).await.expect_err("there is no bucket"),
        setting
            .put_stream("a", streamed(LONG))
            .await
            .map(drop)
            .expect_err("there is no bucket"),
        setting
            .get_range("a", 0..1)
            .await
            .map(drop)
            .expect_err("there is no bucket"),
        setting
            .blobs
            .list("", None)
            .await
            .map(drop)
            .expect_err("there is no bucket"),
    ];
    for error in errors {
        let text = error.to_string();
        assert!(
            matches!(error, BlobError::Unavailable(_)) && text.contains("no-such-bucket"),
            "{text}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_encryption_key_goes_with_every_way_to_store() {
    let setting = Setting::fresh();
    let kms = setting
        .store
        .client("kms")
        .call("CreateKey", &json!({}))
        .expect("a key can be made");
    let kms_key = kms["KeyMetadata"]["KeyId"]
        .as_str()
        .expect("a key has an id")
        .to_owned();
    setting
        .blobs
        .put(&setting.key("one"), pattern(10), Some(&kms_key))
        .await
        .expect("the name is free");
    setting
        .blobs
        .put_stream(&setting.key("many"), streamed(LONG), Some(&kms_key))
        .await
        .expect("the name is free");
    setting.put("none", 10).await.expect("the name is free");
    let s3 = setting.store.client("s3");
    for (key, length, is_with_key) in [("one", 10, true), ("many", LONG, true), ("none", 10, false)] {
        setting.assert_holds(key, length).await;
        let head = s3.call(
            "HeadObject",
            &json!({ "Bucket": setting.store.bucket, "Key": setting.key(key) }),
        );
        let head = head.expect("the object is there");
        let by = head["SSEKMSKeyId"].as_str().unwrap_or_default();
        assert_eq!(by.contains(&kms_key), is_with_key, "{key}: {head}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_fails_is_told_apart_from_a_store_that_fails() {
    let setting = Setting::fresh();
    for length in [0, 10, 8 << 20, LONG] {
        let failing = streamed(length)
            .chain(async { Err(std::io::Error::other("gone")) }.into_stream())
            .boxed();
        assert_eq!(kind(&setting.put_stream("a", failing).await), "source", "{length}");
        assert_eq!(setting.uploads(), 0, "{length}");
    }
    assert_eq!(kind(&setting.head("a").await), "not found");
}
