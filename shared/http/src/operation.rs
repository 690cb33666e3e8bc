//! What carrying out one call of an API takes, whatever protocol it came in: its body, and a task of its own.

use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use tokio::task::JoinError;
use tokio::time::Instant;
use tracing::Instrument as _;

/// How long a caller may take to send a body.
const BODY_TIME: Duration = Duration::from_secs(60);

/// Why a body could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BodyFault {
    /// It is longer than this.
    TooLong(usize),
    /// It took too long to arrive.
    Late,
    /// The connection broke.
    BrokeOff,
}

/// Why an operation did not end.
#[derive(Debug)]
pub(crate) enum Interrupted {
    /// Its time was over.
    Late,
    /// It panicked.
    Panicked(JoinError),
}

/// Reads a body of at most `limit` bytes.
///
/// # Errors
/// [`BodyFault`].
pub(crate) async fn read_body(body: Body, limit: usize) -> Result<Bytes, BodyFault> {
    let read = tokio::time::timeout(BODY_TIME, to_bytes(body, limit)).await;
    read.map_err(|_| BodyFault::Late)?.map_err(|error| {
        let error: Box<dyn std::error::Error + Send + Sync> = error.into_inner();
        if error.is::<http_body_util::LengthLimitError>() {
            BodyFault::TooLong(limit)
        } else {
            BodyFault::BrokeOff
        }
    })
}

/// Carries out an operation in a task of its own, so that a caller who hangs up does not end it midway. It is given up at
/// `until`: a process that is halted between requests would else go on with it in the midst of a later one.
///
/// # Errors
/// [`Interrupted`].
pub(crate) async fn carry_out<T: Send + 'static>(
    until: Option<Instant>,
    operation: impl Future<Output = T> + Send + 'static,
) -> Result<T, Interrupted> {
    let bounded = async move {
        let Some(until) = until else {
            return Ok(operation.await);
        };
        let ended = tokio::time::timeout_at(until, operation).await;
        ended.map_err(|_| Interrupted::Late)
    };
    let ended = tokio::spawn(bounded.in_current_span()).await;
    ended.unwrap_or_else(|error| Err(Interrupted::Panicked(error)))
}
