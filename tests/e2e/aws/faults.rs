//! Bad days of DynamoDB and S3 under a server: what was acknowledged is there, what failed can be tried again.

use std::time::Duration;

use packhouse_harness::{
    Git, Server,
    emulators::{AwsStore, Cloud, Dynamo},
    fault_proxy::{Answer, Fault, FaultProxy, Rule},
    random_history,
};

use super::assert_same;

/// A server whose table and bucket lie behind fault proxies.
struct Bed {
    table: FaultProxy,
    bucket: FaultProxy,
    server: Server,
    git: Git,
    work: Git,
    url: String,
}

impl Bed {
    fn new() -> Self {
        let (table, bucket) = (
            FaultProxy::start(&Dynamo::shared().url()),
            FaultProxy::start(&Cloud::shared().url()),
        );
        let store = AwsStore::fresh().with_dynamo_at(&table.url()).with_s3_at(&bucket.url());
        let server = Server::start_on(store, &[]);
        let git = Git::newest();
        git.log_in(&server);
        let url = server.create_repository("struck");
        let work = git.init("work");
        work.commit("file", "first");
        work.run(&format!("push --quiet {url} main")).ok();
        Self {
            table,
            bucket,
            server,
            git,
            work,
            url,
        }
    }

    fn tip(&self) -> String {
        self.table.heal();
        self.bucket.heal();
        let listed = self.git.run(&format!("ls-remote {} main", self.url)).ok();
        listed.split('\t').next().unwrap_or_default().to_owned()
    }

    /// Commits and pushes; answers what git said when the push failed. Whatever happened, the repository is what the push's
    /// outcome says, and pushing again succeeds.
    fn push(&self, content: &str) -> Option<String> {
        let before = self.work.rev("HEAD");
        let new = self.work.commit("file", content);
        let pushed = self.work.run(&format!("push --quiet {} main", self.url));
        let told = (pushed.code != Some(0)).then(|| pushed.transcript());
        let tip = self.tip();
        match &told {
            None => assert_eq!(tip, new),
            Some(told) => {
                assert!(tip == before || tip == new, "{told}");
                self.work.run(&format!("push --quiet {} main", self.url)).ok();
                assert_eq!(self.tip(), new);
            }
        }
        told
    }
}

#[test]
fn what_passes_is_not_noticed() {
    let bed = Bed::new();
    let dynamo = [
        ("TransactWriteItems", Fault::Answer(Answer::transaction_conflict())),
        ("TransactWriteItems", Fault::Answer(Answer::transaction_throttled())),
        ("TransactWriteItems", Fault::Answer(Answer::transaction_in_progress())),
        ("TransactWriteItems", Fault::Answer(Answer::internal_server_error())),
        ("TransactWriteItems", Fault::DropBefore),
        ("TransactWriteItems", Fault::DropAfter),
        ("GetItem", Fault::Answer(Answer::throughput_exceeded())),
        ("GetItem", Fault::Answer(Answer::internal_server_error())),
        ("GetItem", Fault::DropAfter),
    ];
    for (at, (operation, fault)) in dynamo.into_iter().enumerate() {
        for nth in 1..=2 {
            let hits = bed.table.inject(Rule::nth(nth, operation, fault.clone()));
            let told = bed.push(&format!("table {at} {nth}"));
            assert!(hits.count() > 0, "{operation} {fault:?}: the fault struck nothing");
            assert_eq!(told, None, "{operation} {fault:?}");
        }
    }
    let s3 = [
        Fault::Answer(Answer::slow_down()),
        Fault::Answer(Answer::internal_error()),
        Fault::Answer(Answer::conditional_request_conflict()),
        Fault::DropBefore,
        Fault::DropAfter,
    ];
    for (at, fault) in s3.into_iter().enumerate() {
        let hits = bed.bucket.inject(Rule::nth(1, "PutObject", fault.clone()));
        assert_eq!(bed.push(&format!("bucket {at}")), None, "{fault:?}");
        assert!(hits.count() > 0, "{fault:?} struck nothing");
    }
}

#[test]
fn what_does_not_pass_is_told_and_leaves_the_repository_as_it_was() {
    let bed = Bed::new();
    let faults = [
        ("TransactWriteItems", Fault::Answer(Answer::throttled())),
        ("TransactWriteItems", Fault::DropBefore),
        ("PutObject", Fault::Answer(Answer::slow_down())),
    ];
    for (at, (operation, fault)) in faults.into_iter().enumerate() {
        let proxy = if operation == "PutObject" {
            &bed.bucket
        } else {
            &bed.table
        };
        proxy.inject(Rule::all(operation, fault.clone()));
        let told = bed.push(&format!("lasting {at}"));
        let told = told.unwrap_or_else(|| panic!("a push cannot succeed under {fault:?}"));
        assert!(
            told.contains("try again") || told.contains("busy") || told.contains("unknown"),
            "{told}"
        );
    }
    assert!(!bed.server.log().contains("panicked"));
}

#[test]
fn a_fetch_survives_bodies_that_are_cut_and_slow() {
    let bed = Bed::new();
    random_history::import(&bed.work, |stream| random_history::binaries(stream, 4, 2, 3 << 20));
    bed.work.run(&format!("push --quiet --force {} main", bed.url)).ok();
    let faults = [
        Fault::Cut { after: 100_000 },
        Fault::Trickle {
            piece: 64 << 10,
            pause: Duration::from_millis(2),
        },
        Fault::Answer(Answer::slow_down()),
        Fault::DropBefore,
    ];
    for (at, fault) in faults.into_iter().enumerate() {
        // A new server has nothing in its caches.
        let server = bed.server.start_beside(&[]);
        bed.git.log_in(&server);
        let hits = bed.bucket.inject(Rule::first(2, "GetObject", fault.clone()));
        bed.git
            .run(&format!("clone --quiet --mirror {} copy-{at}", server.url("struck")))
            .ok();
        assert!(hits.count() > 0, "{fault:?} struck nothing");
        bed.bucket.heal();
        let copy = bed.git.in_dir(format!("copy-{at}"));
        assert_same(&copy, &bed.work);
        copy.run("fsck --full").ok();
    }
}
