//! The audit log: each call of the API and each Git request as CloudTrail would record it.
//!
//! Every record is a line of JSON in the process's log. What changed something, and what was denied, is in the table too,
//! for [`KEPT`]; a push is there as a pointer to its entry in the repository's log, which it wrote in its own transaction.
//! Records are only ever added.

pub(crate) mod denials;
mod lookup;
pub(crate) mod pushed;
mod record;
#[cfg(test)]
mod tests;

pub use packhouse_storage::trail::KEPT;

pub use self::lookup::{Attribute, Found, Lookup, MAX_RESULTS, Record, lookup};
pub use self::record::{Event, Failure};

use packhouse_storage::clock;
use packhouse_storage::keys;
use packhouse_storage::table::{Action, Expect, Write};

use crate::directory;
use crate::forge::Forge;
use crate::identity::Caller;

/// The `tracing` target of the lines.
const TARGET: &str = "packhouse_audit";

/// Records what `caller` did, or tried to. It fails nothing: what was done is done.
pub async fn write(forge: &Forge, caller: &Caller, event: &Event) {
    let id = packhouse_storage::id::uuid();
    let time_ms = clock::now_millis();
    let kept = match &event.failure {
        None => !event.read_only && !event.in_log,
        Some(failure) => failure.denied && forge.denials.takes(&caller.principal.arn),
    };
    if !kept && !tracing::enabled!(target: TARGET, tracing::Level::INFO) {
        return;
    }
    let record = record::json(forge, caller, event, &id, time_ms).to_string();
    tracing::info!(target: TARGET, %record, "audit");
    if kept {
        store(forge, &id, time_ms, record).await;
    }
}

async fn store(forge: &Forge, id: &str, time_ms: u64, record: String) {
    let item = Write {
        key: keys::audit(directory::account(forge), time_ms, id),
        expect: Expect::Any,
        action: Action::Put {
            body: record.into(),
            expires: Some(time_ms / 1000 + KEPT.as_secs()),
        },
    };
    if let Err(error) = forge.store().table().transact(vec![item]).await {
        // The line is in the log.
        tracing::error!(%error, id, "an audit record could not be kept in the table");
    }
}
