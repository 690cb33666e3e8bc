//! What to do to which call, and what was called.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Semaphore;
use tokio::task::yield_now;

/// A method of one of the two ports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Operation {
    /// `Table::get`.
    TableGet,
    /// `Table::query`.
    Query,
    /// `Table::transact`.
    Transact,
    /// `Blobs::put`.
    Put,
    /// `Blobs::put_stream`.
    PutStream,
    /// `Blobs::get_range`.
    GetRange,
    /// `Blobs::head`.
    Head,
    /// `Blobs::delete`.
    Delete,
    /// `Blobs::list`.
    List,
    /// `Blobs::presign_get` or `Blobs::presign_put`.
    Presign,
}

/// What goes wrong with a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It does not happen, and says so (`Unavailable`). Any call.
    Before,
    /// It happens, and its success is lost: `Ambiguous` for a transaction, `Unavailable` for a put or delete of a
    /// blob. If it fails by itself, it does so as ever. Only calls that change something.
    After,
    /// It does not happen, and nobody can tell (`Ambiguous`). Only transactions.
    Unknown,
    /// It does not happen: another writer seemed to be in the way (`Conflict`). Only transactions.
    Conflict,
}

/// One call that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// The method.
    pub operation: Operation,
    /// What kind of keys it named, without ids: `MANIFEST LOG` or `packs/.idx`, say.
    pub keys: String,
}

/// How many calls of each kind were made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Items read one by one.
    pub table_gets: usize,
    /// Pages of items read.
    pub queries: usize,
    /// Transactions, committed or not.
    pub transacts: usize,
    /// Blobs put, at once or as a stream.
    pub blob_puts: usize,
    /// Ranges read.
    pub ranges: usize,
    /// Lengths asked.
    pub heads: usize,
    /// Blobs deleted.
    pub deletes: usize,
    /// Pages of blob listings read.
    pub lists: usize,
}

/// What is to happen to the calls of the stores that share it. Calls and faults are counted from 1.
#[derive(Debug, Default)]
pub struct Plan {
    fault: Option<(usize, Fault)>,
    gate: Option<(usize, Arc<Gate>)>,
    yields: bool,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    calls: Vec<Call>,
    eligible: usize,
    was_hit: bool,
}

/// Holds one call, just before it happens, until it is told to let it go.
#[derive(Debug)]
pub struct Gate {
    reached: Semaphore,
    open: Semaphore,
}

impl Gate {
    /// Waits until the call has come to the gate.
    pub async fn reached(&self) {
        let waited = self.reached.acquire().await;
        assert!(waited.is_ok(), "the semaphore is never closed");
    }

    /// Lets the call go on.
    pub fn open(&self) {
        self.open.add_permits(1);
    }

    async fn pass(&self) {
        self.reached.add_permits(1);
        let waited = self.open.acquire().await;
        assert!(waited.is_ok(), "the semaphore is never closed");
    }
}

impl Plan {
    /// Only counts.
    #[must_use]
    pub fn counting() -> Self {
        Self::default()
    }

    /// Makes the `nth` of those calls that `fault` fits fail by it. The others succeed.
    #[must_use]
    pub fn fail_at(nth: usize, fault: Fault) -> Self {
        Self {
            fault: Some((nth, fault)),
            ..Self::default()
        }
    }

    /// Also lets other tasks run before and after each call, so that a single thread interleaves them.
    #[must_use]
    pub fn yielding(self) -> Self {
        Self { yields: true, ..self }
    }

    /// Also holds the `nth` call of all at a gate.
    #[must_use]
    pub fn hold_at(self, nth: usize) -> (Self, Arc<Gate>) {
        let gate = Arc::new(Gate {
            reached: Semaphore::new(0),
            open: Semaphore::new(0),
        });
        (
            Self {
                gate: Some((nth, Arc::clone(&gate))),
                ..self
            },
            gate,
        )
    }

    /// Whether the fault has happened.
    #[must_use]
    pub fn was_hit(&self) -> bool {
        self.lock().was_hit
    }

    /// Every call so far, in order of their beginning.
    #[must_use]
    pub fn calls(&self) -> Vec<Call> {
        self.lock().calls.clone()
    }

    /// How many calls of each kind there were so far. The difference of two readings is what came between them.
    #[must_use]
    pub fn counters(&self) -> Counters {
        let mut counters = Counters::default();
        for call in &self.lock().calls {
            let count = match call.operation {
                Operation::TableGet => &mut counters.table_gets,
                Operation::Query => &mut counters.queries,
                Operation::Transact => &mut counters.transacts,
                Operation::Put | Operation::PutStream => &mut counters.blob_puts,
                Operation::GetRange => &mut counters.ranges,
                Operation::Head => &mut counters.heads,
                Operation::Delete => &mut counters.deletes,
                Operation::List => &mut counters.lists,
                Operation::Presign => continue,
            };
            *count += 1;
        }
        counters
    }

    /// Notes a call, holds it if it is to be held, and says how it is to fail.
    pub(super) async fn begin(&self, operation: Operation, keys: String) -> Option<Fault> {
        let (number, fault) = self.note(Call { operation, keys });
        if let Some((_, gate)) = self.gate.as_ref().filter(|(nth, _)| *nth == number) {
            gate.pass().await;
        }
        self.end().await;
        fault
    }

    /// What follows a call that happened.
    pub(super) async fn end(&self) {
        if self.yields {
            yield_now().await;
        }
    }

    fn note(&self, call: Call) -> (usize, Option<Fault>) {
        let mut state = self.lock();
        let fitting = self.fault.filter(|(_, fault)| fault.fits(call.operation));
        state.calls.push(call);
        state.eligible += usize::from(fitting.is_some());
        let due = fitting
            .filter(|(nth, _)| *nth == state.eligible)
            .map(|(_, fault)| fault);
        state.was_hit |= due.is_some();
        (state.calls.len(), due)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Fault {
    /// Every fault.
    pub const ALL: [Self; 4] = [Self::Before, Self::After, Self::Unknown, Self::Conflict];

    const fn fits(self, operation: Operation) -> bool {
        match self {
            Self::Before => true,
            Self::After => {
                matches!(
                    operation,
                    Operation::Transact | Operation::Put | Operation::PutStream | Operation::Delete
                )
            }
            Self::Unknown | Self::Conflict => matches!(operation, Operation::Transact),
        }
    }
}
