//! Which calls are struck by which fault.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use super::{Answer, Permissions, State};

/// What happens to a call.
#[derive(Debug, Clone)]
pub enum Fault {
    /// The service is not asked; this is answered instead.
    Answer(Answer),
    /// The connection is closed; the service is not asked.
    DropBefore,
    /// The service did what was asked, and the connection is closed instead of an answer.
    DropAfter,
    /// The service did what was asked; its answer waits for so long.
    Delay(Duration),
    /// The answer's body comes in pieces of so many bytes, with a pause before each.
    Trickle {
        /// Bytes a piece.
        piece: usize,
        /// Before each piece.
        pause: Duration,
    },
    /// The connection is closed after so many bytes of the answer's body, or at its end if it is shorter.
    Cut {
        /// Bytes that still arrive.
        after: u64,
    },
}

/// A fault, and the calls that it strikes.
#[derive(Debug, Clone)]
pub struct Rule {
    operation: String,
    holding: Option<String>,
    permissions: Option<Permissions>,
    /// Counted from one over the calls that match.
    first: u64,
    last: u64,
    fault: Fault,
}

impl Rule {
    /// Strikes the `n`-th call of an operation, counted from one and from now. The operation `*` is every one.
    pub fn nth(n: u64, operation: &str, fault: Fault) -> Self {
        Self::between(n, n, operation, fault)
    }

    /// Strikes the first `count` calls of an operation.
    pub fn first(count: u64, operation: &str, fault: Fault) -> Self {
        Self::between(1, count, operation, fault)
    }

    /// Strikes every call of an operation.
    pub fn all(operation: &str, fault: Fault) -> Self {
        Self::between(1, u64::MAX, operation, fault)
    }

    /// Refuses every call of DynamoDB that is not permitted.
    pub fn refusing_beyond(permissions: Permissions) -> Self {
        Self {
            permissions: Some(permissions),
            ..Self::all("*", Fault::Answer(Answer::access_denied()))
        }
    }

    fn between(first: u64, last: u64, operation: &str, fault: Fault) -> Self {
        Self {
            operation: operation.to_owned(),
            holding: None,
            permissions: None,
            first,
            last,
            fault,
        }
    }

    /// Only calls that hold this text count: in the target, or in the body of those that carry JSON (not in S3's objects).
    #[must_use]
    pub fn holding(mut self, text: &str) -> Self {
        self.holding = Some(text.to_owned());
        self
    }
}

/// How often a rule struck.
#[derive(Debug, Clone)]
pub struct Hits(Arc<AtomicU64>);

impl Hits {
    /// How often by now.
    pub fn count(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }
}

/// A rule at work.
#[derive(Debug)]
pub(super) struct Active {
    rule: Rule,
    seen: u64,
    hits: Hits,
}

impl From<Rule> for Active {
    fn from(rule: Rule) -> Self {
        Self {
            rule,
            seen: 0,
            hits: Hits(Arc::default()),
        }
    }
}

impl Active {
    pub(super) fn hits(&self) -> Hits {
        self.hits.clone()
    }

    fn matches(&self, operation: &str, target: &str, body: &[u8]) -> bool {
        let named = self.rule.operation == "*" || self.rule.operation == operation;
        let holds = |text: &String| target.contains(text.as_str()) || contains(body, text.as_bytes());
        let refused = |permissions: &Permissions| !permissions.permit(operation, body);
        named && self.rule.holding.as_ref().is_none_or(holds) && self.rule.permissions.as_ref().is_none_or(refused)
    }
}

fn contains(body: &[u8], text: &[u8]) -> bool {
    text.is_empty() || body.windows(text.len()).any(|window| window == text)
}

impl State {
    /// The fault that strikes this call. Counts the call for every rule that it matches.
    pub(super) fn fault_for(&self, operation: &str, target: &str, body: &[u8]) -> Option<Fault> {
        let mut struck = None;
        for active in self.rules().iter_mut() {
            if !active.matches(operation, target, body) {
                continue;
            }
            active.seen += 1;
            if struck.is_none() && (active.rule.first..=active.rule.last).contains(&active.seen) {
                active.hits.0.fetch_add(1, Ordering::SeqCst);
                struck = Some(active.rule.fault.clone());
            }
        }
        struck
    }
}
