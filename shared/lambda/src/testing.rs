//! An installation on the stores in memory, and the samples of `events/`.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use axum::body::Bytes;
use axum::extract::Request;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::StreamExt as _;
use lambda_runtime::Context;
use packhouse_forge::events::{BusError, Event, EventBus, Refused};
use packhouse_forge::forge::Forge;
use packhouse_forge::identity::administrator::{self, Secrets};
use packhouse_forge::identity::{self, Caller};
use packhouse_forge::installation::Installation;
use packhouse_forge::jobs::Queue;
use packhouse_forge::master_key::MasterKey;
use packhouse_forge::names::{AccountId, Region, RepositoryName};
use packhouse_forge::repositories::{self, New};
use packhouse_forge::triggers::TriggerTargets;
use packhouse_http::App;
use packhouse_storage::blobs::presigned::Signer;
use packhouse_storage::clock;
use packhouse_storage::fault::{Fault, FaultyTable, Plan};
use packhouse_storage::limits::Limits;
use packhouse_storage::memory::{MemoryBlobs, MemoryTable};
use packhouse_storage::repository_id::RepositoryId;
use packhouse_storage::store::Store;
use packhouse_storage::table::Table;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::gateway::{Gateway, streamed};
use crate::metrics::Metrics;
use crate::open;

/// The account of the samples.
const ACCOUNT: &str = "210987654321";

pub(crate) fn events() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../events"))
}

/// A sample event.
pub(crate) fn sample(name: &str) -> Value {
    let text = std::fs::read_to_string(events().join(name)).unwrap_or_else(|error| panic!("events/{name}: {error}"));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("events/{name}: {error}"))
}

/// A sample about an upload, about another one: an upload is over after two days.
pub(crate) fn of_upload(sample: &Value, upload: &str) -> Value {
    let old = sample["pathParameters"]["upload"].as_str().unwrap();
    serde_json::from_str(&sample.to_string().replace(old, upload)).unwrap()
}

pub(crate) fn raw(event: &Value) -> Box<RawValue> {
    RawValue::from_string(event.to_string()).unwrap()
}

/// An invocation with a minute to go.
pub(crate) fn context() -> Context {
    let mut context = Context::default();
    context.request_id = "8476a536-e9f4-11e8-9739-2dfe598c3fcd".to_owned();
    context.deadline = u64::try_from(clock::now().as_millis()).unwrap() + 60_000;
    context
}

/// An installation with an administrator.
pub(crate) struct Bed {
    pub(crate) forge: Arc<Forge>,
    pub(crate) secrets: Secrets,
    /// What compactions were asked for.
    pub(crate) queue: Arc<Queue>,
    table: Arc<dyn Table>,
}

impl Bed {
    pub(crate) async fn new() -> Self {
        let table: Arc<dyn Table> = Arc::new(MemoryTable::default());
        let queue = Arc::new(Queue::default());
        let forge = forge_on(Arc::clone(&table), Arc::clone(&queue));
        let secrets = Secrets::fresh(&forge.installation().account);
        administrator::ensure(&forge, &secrets).await.unwrap();
        Self {
            forge,
            secrets,
            queue,
            table,
        }
    }

    pub(crate) fn app(&self) -> App {
        open::app(Arc::clone(&self.forge))
    }

    /// The same installation, whose `nth` call of the table fails.
    pub(crate) fn app_failing_at(&self, nth: usize) -> App {
        self.app_by(Plan::fail_at(nth, Fault::Before))
    }

    /// The same installation, whose table answers nothing.
    pub(crate) fn app_held_for_ever(&self) -> App {
        self.app_by(Plan::counting().hold_at(1).0)
    }

    fn app_by(&self, plan: Plan) -> App {
        let table = FaultyTable::new(Arc::clone(&self.table), Arc::new(plan));
        open::app(forge_on(Arc::new(table), Arc::clone(&self.queue)))
    }

    /// The same installation, whose triggers tell these.
    pub(crate) fn forge_telling(&self, targets: Arc<dyn TriggerTargets>) -> Forge {
        new_forge(Arc::clone(&self.table), Arc::clone(&self.queue)).with_targets(targets)
    }

    /// The same installation, whose `nth` call of the table fails.
    pub(crate) fn forge_failing_at(&self, nth: usize) -> Forge {
        let plan = Arc::new(Plan::fail_at(nth, Fault::Before));
        let table = FaultyTable::new(Arc::clone(&self.table), plan);
        new_forge(Arc::new(table), Arc::clone(&self.queue))
    }

    /// The administrator.
    pub(crate) async fn caller(&self) -> Caller {
        let proven = identity::Proven {
            credential: self.secrets.git_username.clone(),
            who: identity::Who::User {
                name: "admin".to_owned(),
                id: "AIDAPACKHOUSEADMINXX".to_owned(),
            },
        };
        let principal = identity::principal(&self.forge, &proven).await.unwrap();
        Caller {
            principal: principal.expect("the administrator is made"),
            request_id: "test".to_owned(),
            source: identity::Source::default(),
        }
    }

    /// Makes the repository of the samples.
    pub(crate) async fn repository(&self) -> RepositoryId {
        let new = New {
            name: RepositoryName::new("demo").unwrap(),
            description: None,
            tags: BTreeMap::new(),
            kms_key: None,
        };
        let caller = self.caller().await;
        repositories::create(&self.forge, &caller, new).await.unwrap().id
    }

    /// How a gateway answers one event, if it comes to the right function.
    pub(crate) async fn answer(&self, event: &Value, wanted: impl Fn(&Request) -> bool) -> (u16, Bytes) {
        let gateway = Gateway::new(self.app(), Metrics::default(), Duration::from_secs(1));
        let answer = gateway.answer(&raw(event), &context(), wanted).await;
        assert_eq!(answer.headers()["x-amzn-requestid"], context().request_id.as_str());
        let status = answer.status().as_u16();
        let pieces: Vec<Bytes> = streamed(answer).stream.map(Result::unwrap).collect().await;
        (status, pieces.concat().into())
    }

    /// Pushes `count` commits to the repository of the samples, each in a push of its own.
    pub(crate) async fn push_commits(&self, count: usize) {
        let folder = tempfile::tempdir().unwrap();
        let git = |arguments: &[&str], input: &str| git(folder.path(), arguments, input);
        git(&["init", "-q"], "");
        let tree = String::from_utf8(git(&["mktree"], "")).unwrap();
        let mut old = "0".repeat(40);
        for number in 0..count {
            let message = format!("commit {number}");
            let mut arguments = vec!["commit-tree", tree.trim(), "-m", &message];
            let exclude = format!("^{old}");
            if number > 0 {
                arguments.extend(["-p", &old]);
            }
            let new = String::from_utf8(git(&arguments, "")).unwrap().trim().to_owned();
            let wanted = if number > 0 {
                format!("{new}\n{exclude}\n")
            } else {
                format!("{new}\n")
            };
            let pack = git(&["pack-objects", "--revs", "--stdout", "-q"], &wanted);
            let command = format!("{old} {new} refs/heads/main\0report-status object-format=sha1");
            let mut body = format!("{:04x}{command}0000", command.len() + 4).into_bytes();
            body.extend(pack);
            let mut event = sample("git-receive-pack.json");
            event["body"] = STANDARD.encode(body).into();
            let (status, report) = self.answer(&event, |_| true).await;
            let report = String::from_utf8_lossy(&report).into_owned();
            assert!(
                status == 200 && report.contains("ok refs/heads/main"),
                "{status} {report}"
            );
            old = new;
        }
    }

    /// How many packs a repository has.
    pub(crate) async fn packs(&self, id: &RepositoryId) -> usize {
        self.forge.store().manifest(id).await.unwrap().packs.len()
    }
}

fn forge_on(table: Arc<dyn Table>, queue: Arc<Queue>) -> Arc<Forge> {
    Arc::new(new_forge(table, queue))
}

fn new_forge(table: Arc<dyn Table>, queue: Arc<Queue>) -> Forge {
    let blobs = Arc::new(MemoryBlobs::new(Signer::new(&[7; 32])));
    let store = Store::new(table, blobs, std::env::temp_dir(), Limits::default());
    let installation = Installation {
        account: AccountId::new(ACCOUNT).unwrap(),
        region: Region::new("us-east-1").unwrap(),
    };
    let key = Arc::new(MasterKey::new([1; 32]));
    let url = "https://abcdef1234.execute-api.us-east-1.amazonaws.com/prod";
    Forge::new(store, installation, key, queue, url)
}

fn git(folder: &Path, arguments: &[&str], input: &str) -> Vec<u8> {
    let mut child = Command::new("git")
        .args(arguments)
        .current_dir(folder)
        .envs([
            ("GIT_CONFIG_NOSYSTEM", "1"),
            ("GIT_CONFIG_GLOBAL", "/dev/null"),
            ("GIT_AUTHOR_NAME", "Ana Diaz"),
            ("GIT_AUTHOR_EMAIL", "ana@example.com"),
            ("GIT_COMMITTER_NAME", "Ana Diaz"),
            ("GIT_COMMITTER_EMAIL", "ana@example.com"),
        ])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "git {arguments:?}");
    output.stdout
}

/// A bus that keeps what it takes, or takes nothing.
#[derive(Debug, Default)]
pub(crate) struct Recorder {
    pub(crate) taken: Mutex<Vec<Event>>,
    pub(crate) is_down: bool,
}

#[async_trait]
impl EventBus for Recorder {
    async fn publish(&self, events: &[Event]) -> Result<Vec<Refused>, BusError> {
        if self.is_down {
            return Err(BusError("it is down".to_owned()));
        }
        self.taken.lock().unwrap().extend_from_slice(events);
        Ok(Vec::new())
    }
}
