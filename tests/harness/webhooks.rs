//! A receiver of webhooks on this machine, which answers as the test likes and keeps all that came.

use std::{
    io::{BufReader, Read as _, Write as _},
    process::{Command, Stdio},
    sync::{Arc, Condvar, Mutex, MutexGuard},
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::{
    http_server::{Acceptor, RequestHead},
    python,
};

/// How long is waited for what must come.
const PATIENCE: Duration = Duration::from_secs(120);

/// What a receiver does with a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reply {
    /// It answers with this status.
    Status(u16),
    /// It hangs up without an answer.
    HangUp,
}

impl Reply {
    /// That it has it.
    pub const TAKEN: Self = Self::Status(200);
}

/// Something that was posted.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// `webhook-id`.
    pub id: String,
    /// `webhook-timestamp`.
    pub timestamp: String,
    /// `webhook-signature`.
    pub signature: String,
    /// `content-type`.
    pub content_type: String,
    /// The body, which is signed.
    pub body: String,
    /// When it was there.
    pub at: Instant,
    /// What the receiver did.
    pub reply: Reply,
}

impl Delivery {
    /// The record of the message.
    pub fn record(&self) -> Value {
        let mut message: Value = serde_json::from_str(&self.body).expect("a message is JSON");
        assert_eq!(message["Records"].as_array().map(Vec::len), Some(1), "{message}");
        message["Records"][0].take()
    }

    /// What refs became, each as `ref commit` with `+` for a new one and `-` for one that is gone.
    pub fn references(&self) -> Vec<String> {
        let record = self.record();
        let references = record["codecommit"]["references"].as_array().expect("a list");
        let told = references.iter().map(|one| {
            let text = |name: &str| one[name].as_str().expect("a text").to_owned();
            let sign = match (one["created"] == true, one["deleted"] == true) {
                (true, _) => "+",
                (_, true) => "-",
                _ => "",
            };
            format!("{sign}{} {}", text("ref"), text("commit"))
        });
        told.collect()
    }

    /// The signature that a secret makes of it, by Python's `hmac`.
    pub fn signed_with(&self, secret: &str) -> String {
        const SIGN: &str = "import base64, hashlib, hmac, json, sys\n\
            secret, id, timestamp, body = json.load(sys.stdin)\n\
            key = base64.b64decode(secret.removeprefix('whsec_'))\n\
            mac = hmac.new(key, f'{id}.{timestamp}.{body}'.encode(), hashlib.sha256)\n\
            print('v1,' + base64.b64encode(mac.digest()).decode())\n";
        let mut child = Command::new(python::program("python"))
            .args(["-c", SIGN])
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the pinned python runs");
        let input = serde_json::json!([secret, self.id, self.timestamp, self.body]).to_string();
        let mut stdin = child.stdin.take().expect("stdin is piped");
        stdin.write_all(input.as_bytes()).expect("python reads");
        drop(stdin);
        let output = child.wait_with_output().expect("python is our child");
        String::from_utf8(output.stdout)
            .expect("base64 is ASCII")
            .trim()
            .to_owned()
    }
}

type Behaviour = Box<dyn FnMut(&Delivery) -> Reply + Send>;

struct Inside {
    deliveries: Vec<Delivery>,
    behaviour: Behaviour,
}

struct Shared {
    inside: Mutex<Inside>,
    came: Condvar,
}

/// A receiver on a port of its own.
pub struct Receiver {
    acceptor: Acceptor,
    shared: Arc<Shared>,
}

impl std::fmt::Debug for Receiver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Receiver").field(&self.acceptor.address()).finish()
    }
}

impl Receiver {
    /// One that takes everything.
    pub fn start() -> Self {
        Self::behaving(|_| Reply::TAKEN)
    }

    /// One that does this with what comes, one after the other.
    pub fn behaving(behaviour: impl FnMut(&Delivery) -> Reply + Send + 'static) -> Self {
        let inside = Inside {
            deliveries: Vec::new(),
            behaviour: Box::new(behaviour),
        };
        let shared = Arc::new(Shared {
            inside: Mutex::new(inside),
            came: Condvar::new(),
        });
        let serving = Arc::clone(&shared);
        let acceptor = Acceptor::start(move |stream| {
            let mut output = stream.try_clone()?;
            let mut input = BufReader::new(stream);
            while let Some(head) = RequestHead::read(&mut input)? {
                let mut body = String::new();
                head.body(&mut input)?.read_to_string(&mut body)?;
                match serving.take(&head, body) {
                    Reply::HangUp => return Ok(()),
                    Reply::Status(status) => {
                        output.write_all(format!("HTTP/1.1 {status} -\r\ncontent-length: 0\r\n\r\n").as_bytes())?;
                    }
                }
            }
            Ok(())
        });
        Self { acceptor, shared }
    }

    /// Does something else with what comes from now on.
    pub fn behave(&self, behaviour: impl FnMut(&Delivery) -> Reply + Send + 'static) {
        self.shared.lock().behaviour = Box::new(behaviour);
    }

    /// Where it is.
    pub fn url(&self) -> String {
        format!("http://{}/hook", self.acceptor.address())
    }

    /// All that came, in its order.
    pub fn deliveries(&self) -> Vec<Delivery> {
        self.shared.lock().deliveries.clone()
    }

    /// What was taken, in its order.
    pub fn taken(&self) -> Vec<Delivery> {
        let mut deliveries = self.deliveries();
        deliveries.retain(|delivery| delivery.reply == Reply::TAKEN);
        deliveries
    }

    /// Waits until what came is `enough`, and answers it; fails the test when that takes too long.
    #[track_caller]
    pub fn wait_until(&self, enough: impl FnMut(&[Delivery]) -> bool) -> Vec<Delivery> {
        let Some(deliveries) = self.wait_for(PATIENCE, enough) else {
            let came = self.deliveries();
            panic!("too little came within {PATIENCE:?}: {came:#?}");
        };
        deliveries
    }

    /// Waits until so many were taken, and answers these.
    #[track_caller]
    pub fn wait_for_taken(&self, count: usize) -> Vec<Delivery> {
        let taken = |came: &[Delivery]| came.iter().filter(|one| one.reply == Reply::TAKEN).count();
        self.wait_until(|came| taken(came) >= count);
        self.taken()
    }

    /// The same; `None` when it takes longer than that.
    pub fn wait_for(&self, patience: Duration, mut enough: impl FnMut(&[Delivery]) -> bool) -> Option<Vec<Delivery>> {
        let until = Instant::now() + patience;
        let mut inside = self.shared.lock();
        while !enough(&inside.deliveries) {
            let left = until.checked_duration_since(Instant::now())?;
            let woken = self.shared.came.wait_timeout(inside, left);
            inside = woken.expect("no behaviour panics").0;
        }
        Some(inside.deliveries.clone())
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().expect("no behaviour panics")
    }

    fn take(&self, head: &RequestHead, body: String) -> Reply {
        let header = |name: &str| head.header(name).unwrap_or_default().to_owned();
        let mut delivery = Delivery {
            id: header("webhook-id"),
            timestamp: header("webhook-timestamp"),
            signature: header("webhook-signature"),
            content_type: header("content-type"),
            body,
            at: Instant::now(),
            reply: Reply::HangUp,
        };
        let mut inside = self.lock();
        delivery.reply = (inside.behaviour)(&delivery);
        let reply = delivery.reply;
        inside.deliveries.push(delivery);
        drop(inside);
        self.came.notify_all();
        reply
    }
}
