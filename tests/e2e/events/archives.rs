//! Triggers whose target is an object of S3: it becomes an archive of the branch.

use std::{
    fs,
    process::Command,
    time::{Duration, Instant},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use packhouse_harness::{
    Git, Server,
    emulators::{AwsStore, Cloud},
};
use serde_json::{Value, json};

use super::{call, put_triggers};

/// How long an archive may take through an emulator that has other work too.
const ARRIVAL: Duration = Duration::from_secs(60);

/// A server, a bucket, and somebody who pushes to a repository from `work`.
struct Delivered {
    server: Server,
    bucket: AwsStore,
    work: Git,
    url: String,
}

impl Delivered {
    fn new(repository: &str) -> Self {
        let server = Server::start_embedded(&["--deliver-to", &Cloud::shared().url()]);
        let git = Git::newest();
        git.log_in(&server);
        Self {
            url: server.create_repository(repository),
            work: git.init("work"),
            bucket: AwsStore::fresh(),
            server,
        }
    }

    fn trigger(&self, key: &str, branch: &str) -> Value {
        let arn = format!("arn:aws:s3:::{}/{key}", self.bucket.bucket);
        json!({ "name": "archive", "destinationArn": arn, "branches": [branch], "events": ["all"] })
    }

    fn push(&self, what: &str) {
        self.work.run(&format!("push --quiet {} {what}", self.url)).ok();
    }

    /// The object, if there is one.
    fn object(&self, key: &str) -> Option<Value> {
        let asked = json!({ "Bucket": self.bucket.bucket, "Key": key });
        self.bucket.client("s3").call("GetObject", &asked).ok()
    }

    /// The object, once it is of that commit. Fails the test when it never is.
    #[track_caller]
    fn archive_of(&self, key: &str, commit: &str) -> Value {
        let until = Instant::now() + ARRIVAL;
        loop {
            let found = self.object(key);
            if let Some(found) = found.filter(|one| one["Metadata"]["codepipeline-artifact-revision-summary"] == commit)
            {
                return found;
            }
            assert!(Instant::now() < until, "no archive of {commit} came");
        }
    }

    /// How many versions the object has had.
    fn versions(&self, key: &str) -> usize {
        let asked = json!({ "Bucket": self.bucket.bucket, "Prefix": key });
        let found = self.bucket.client("s3").call("ListObjectVersions", &asked);
        found.expect("the bucket is there")["Versions"]
            .as_array()
            .map_or(0, Vec::len)
    }

    fn put_object(&self, key: &str, metadata: &Value) {
        let object =
            json!({ "Bucket": self.bucket.bucket, "Key": key, "Body": { "base64": "AAEC" }, "Metadata": metadata });
        self.bucket
            .client("s3")
            .call("PutObject", &object)
            .expect("the bucket takes it");
    }

    /// What `TestRepositoryTriggers` says of the trigger: nothing, or why it failed.
    fn tested(&self, repository: &str, trigger: &Value) -> Value {
        let asked = json!({ "repositoryName": repository, "triggers": [trigger] });
        let told = call(&self.server, "TestRepositoryTriggers", &asked);
        let failure = told["failedExecutions"].as_array().and_then(|all| all.first());
        failure.map_or(Value::Null, |failed| failed["failureMessage"].clone())
    }

    /// The files in the archive, each with its size.
    fn files(&self, object: &Value) -> String {
        let bytes = STANDARD
            .decode(object["Body"]["base64"].as_str().expect("bytes"))
            .expect("base64");
        let file = self.work.dir().join("fetched.zip");
        fs::write(&file, bytes).expect("the work tree is writable");
        let program = "import sys, zipfile\n\
                       z = zipfile.ZipFile(sys.argv[1])\n\
                       assert z.testzip() is None\n\
                       print(*[f'{i.filename}:{i.file_size}' for i in z.infolist()])";
        let output = Command::new("python3")
            .args(["-c", program])
            .arg(&file)
            .output()
            .expect("python3 runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }
}

#[test]
fn each_tip_of_the_branch_replaces_the_archive() {
    let delivered = Delivered::new("built");
    let key = "built/main/archive.zip";
    put_triggers(&delivered.server, "built", &[delivered.trigger(key, "main")]);
    let first = delivered.work.commit("src/file", "one");
    // The default branch, which cannot be deleted, is another one.
    delivered.push("main:other");
    delivered.push("main");
    let found = delivered.archive_of(key, &first);
    assert_eq!(delivered.files(&found), "src/:0 src/file:3");
    assert_eq!(found["Metadata"]["packhouse-branch"], "main");
    delivered.push("main:another");
    let second = delivered.work.commit("file", "three");
    delivered.push("main");
    let found = delivered.archive_of(key, &second);
    assert_eq!(delivered.files(&found), "file:5 src/:0 src/file:3");
    assert_eq!(delivered.versions(key), 2);
    delivered.push(":main");
    // A test of the trigger does at once what a push leads to, and says what came of it.
    assert_eq!(delivered.tested("built", &delivered.trigger(key, "main")), Value::Null);
    assert_eq!(delivered.versions(key), 2);
}

#[test]
fn a_large_archive_comes_in_parts() {
    let delivered = Delivered::new("large");
    let mut number = 1u64;
    let noise = std::iter::repeat_with(|| {
        number = number.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        number.to_be_bytes()
    });
    let noise: Vec<u8> = noise.take(3 << 20).flatten().collect();
    let tip = delivered.work.commit("noise", noise);
    delivered.push("main");
    assert_eq!(
        delivered.tested("large", &delivered.trigger("a.zip", "main")),
        Value::Null
    );
    let found = delivered.archive_of("a.zip", &tip);
    assert_eq!(delivered.files(&found), format!("noise:{}", 24 << 20));
    // Parts of an upload show in the name of its content.
    assert!(
        found["ETag"].as_str().is_some_and(|tag| tag.contains('-')),
        "{}",
        found["ETag"]
    );
}

#[test]
fn what_a_trigger_has_not_written_it_does_not_replace() {
    let delivered = Delivered::new("foreign");
    let trigger = delivered.trigger("a.zip", "main");
    delivered.work.commit("file", "1");
    delivered.push("main");
    let refused = |says: &str| {
        let why = delivered.tested("foreign", &trigger);
        assert!(why.as_str().is_some_and(|why| why.contains(says)), "{why}");
        assert_eq!(
            delivered.object("a.zip").expect("it is there")["Body"],
            json!({ "base64": "AAEC" })
        );
    };
    delivered.put_object("a.zip", &json!({}));
    refused("no trigger has written");
    let label = |repository: &str, version: u64| json!({ "packhouse-repository": repository, "packhouse-branch": "main", "packhouse-version": version.to_string() });
    delivered.put_object("a.zip", &label("elsewhere", 1));
    refused("another repository");
    // The repository's own, of a version that is still to come.
    let asked = json!({ "repositoryName": "foreign" });
    let id = call(&delivered.server, "GetRepository", &asked)["repositoryMetadata"]["repositoryId"].take();
    let id = id.as_str().expect("an id");
    delivered.put_object("a.zip", &label(id, 1_000_000));
    assert_eq!(delivered.tested("foreign", &trigger), Value::Null);
    assert_eq!(
        delivered.object("a.zip").expect("it is there")["Body"],
        json!({ "base64": "AAEC" })
    );
    // An older one of its own it replaces.
    delivered.put_object("a.zip", &label(id, 1));
    assert_eq!(delivered.tested("foreign", &trigger), Value::Null);
    delivered.archive_of("a.zip", &delivered.work.rev("main"));
    let arn = "arn:aws:s3:::packhouse-tests-have-no-such-bucket/a.zip";
    let nowhere = json!({ "name": "archive", "destinationArn": arn, "branches": ["main"], "events": ["all"] });
    let why = delivered.tested("foreign", &nowhere);
    assert!(why.as_str().is_some_and(|why| why.starts_with("NoSuchBucket")), "{why}");
}

#[test]
fn a_trigger_that_writes_an_archive_names_one_branch_and_an_object() {
    let delivered = Delivered::new("checked");
    let check = |arn: &str, branches: &[&str], code: &str| {
        let trigger = json!({ "name": "archive", "destinationArn": arn, "branches": branches, "events": ["all"] });
        let put = json!({ "repositoryName": "checked", "triggers": [trigger] });
        let refused = delivered.server.boto3().call("PutRepositoryTriggers", &put);
        assert_eq!(refused.expect_err("it is refused").code, code, "{arn} {branches:?}");
    };
    let one = "arn:aws:s3:::bucket/key";
    check(one, &[], "InvalidRepositoryTriggerBranchNameException");
    check(one, &["a", "b"], "InvalidRepositoryTriggerBranchNameException");
    for arn in [
        "arn:aws:s3:::bucket",
        "arn:aws:s3:::bucket/",
        "arn:aws:s3:::Bucket/key",
        "arn:aws-cn:s3:::bucket/key",
        "arn:aws:s3:us-east-1::bucket/key",
    ] {
        check(arn, &["main"], "InvalidRepositoryTriggerDestinationArnException");
    }
}
