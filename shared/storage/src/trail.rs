//! The trail: what an account's audit log has of each push, a pointer to the log entry, which holds the rest.
//!
//! A push writes the pointer in its own transaction. Like all of the audit log it lapses after [`KEPT`]; the log entry stays.

use std::time::Duration;

use crate::clock;
use crate::keys;
use crate::log::Entry;
use crate::repository_id::RepositoryId;
use crate::table::{Action, Expect, Write};

/// How long the audit log is kept in the table.
pub const KEPT: Duration = Duration::from_secs(90 * 24 * 60 * 60);

/// Adds a log entry to an account's audit log.
pub(crate) fn write(account: &str, id: &RepositoryId, entry: &Entry) -> Write {
    Write {
        key: keys::audited_log(account, clock::millis(entry.time), id.as_str(), entry.version),
        expect: Expect::Any,
        action: Action::Put {
            body: "{}".into(),
            expires: Some((entry.time + KEPT).as_secs()),
        },
    }
}
