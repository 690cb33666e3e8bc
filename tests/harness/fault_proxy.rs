//! Stands before an endpoint of AWS, counts what is asked of it, and does to chosen calls what no emulator does: throttles,
//! conflicts, lost connections, slow and broken bodies.
//!
//! ```no_run
//! use packhouse_harness::{emulators::{AwsStore, Dynamo}, fault_proxy::{Answer, Fault, FaultProxy, Rule}};
//!
//! let proxy = FaultProxy::start(&Dynamo::shared().url());
//! let store = AwsStore::fresh().with_dynamo_at(&proxy.url());
//! let hits = proxy.inject(Rule::first(2, "TransactWriteItems", Fault::Answer(Answer::transaction_conflict())));
//! // … start a process with `store.variables()` and let it work …
//! assert_eq!(hits.count(), 2);
//! assert_eq!(proxy.tally().count("GetItem"), 1);
//! ```

mod answers;
mod capacity;
mod forward;
mod operation;
mod permissions;
mod rules;
mod tally;

#[cfg(test)]
mod tests;

use std::{
    net::SocketAddr,
    sync::{Arc, Condvar, Mutex, MutexGuard},
    time::Duration,
};

pub use answers::Answer;
pub use permissions::Permissions;
pub use rules::{Fault, Hits, Rule};
pub use tally::{Calls, Tally};

use crate::http_server::Acceptor;

/// How long calls that are under way are waited for.
const MOMENT: Duration = Duration::from_secs(2);

/// A proxy before one endpoint. Dropping it stops accepting connections.
#[derive(Debug)]
pub struct FaultProxy {
    acceptor: Acceptor,
    state: Arc<State>,
}

/// What the connections share.
#[derive(Debug)]
struct State {
    target: SocketAddr,
    rules: Mutex<Vec<rules::Active>>,
    tally: Mutex<Tally>,
    /// How many calls are under way.
    under_way: Mutex<usize>,
    /// A call ended.
    ended: Condvar,
}

impl FaultProxy {
    /// Starts a proxy before `http://ADDRESS:PORT`, without faults.
    pub fn start(target: &str) -> Self {
        let address = target.strip_prefix("http://").expect("emulators speak plain HTTP");
        let address = address.trim_end_matches('/').parse().expect("an address and a port");
        let state = Arc::new(State {
            target: address,
            rules: Mutex::default(),
            tally: Mutex::default(),
            under_way: Mutex::default(),
            ended: Condvar::new(),
        });
        let shared = Arc::clone(&state);
        let acceptor = Acceptor::start(move |stream| forward::serve(stream, &shared));
        Self { acceptor, state }
    }

    /// `http://127.0.0.1:PORT`, to be used instead of the target.
    pub fn url(&self) -> String {
        format!("http://{}", self.acceptor.address())
    }

    /// Adds a rule for the calls that come from now on. Of several rules that strike one call the oldest does.
    pub fn inject(&self, rule: Rule) -> Hits {
        let active = rules::Active::from(rule);
        let hits = active.hits();
        self.state.rules().push(active);
        hits
    }

    /// Takes all rules away.
    pub fn heal(&self) {
        self.state.rules().clear();
    }

    /// What was asked since the start or since [`Self::reset_tally`], faults included.
    pub fn tally(&self) -> Tally {
        self.state.settle();
        self.state.tally().clone()
    }

    /// Counts from zero again.
    pub fn reset_tally(&self) {
        self.state.settle();
        *self.state.tally() = Tally::default();
    }
}

impl State {
    fn rules(&self) -> MutexGuard<'_, Vec<rules::Active>> {
        self.rules.lock().expect("nothing panics while it holds the rules")
    }

    /// Waits a moment for calls that are under way: a client has its answer an instant before its bytes are counted. A call
    /// that a fault holds up is not waited for to its end.
    fn settle(&self) {
        let under_way = self.under_way.lock().expect("nothing panics while it holds this");
        let quiet = self.ended.wait_timeout_while(under_way, MOMENT, |calls| *calls > 0);
        drop(quiet.expect("nothing panics while it holds this"));
    }

    fn tally(&self) -> MutexGuard<'_, Tally> {
        self.tally.lock().expect("nothing panics while it holds the tally")
    }
}
