//! What is tried again, and how often.

use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_sdk_dynamodb::config::interceptors::InterceptorContext;
use aws_sdk_dynamodb::config::retry::{ClassifyRetry, RetryAction};
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_smithy_runtime_api::client::orchestrator::OrchestratorError;

/// How often a call is tried, the first time included.
const ATTEMPTS: u32 = 3;
/// The first pause between two tries; the next is twice as long, and both are random below that.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// The longest pause between two tries.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// How every client retries what its service calls transient or throttled.
pub(crate) fn retries() -> RetryConfig {
    RetryConfig::standard()
        .with_max_attempts(ATTEMPTS)
        .with_initial_backoff(FIRST_PAUSE)
        .with_max_backoff(LONGEST_PAUSE)
}

/// Has the SDK try a transaction again that was cancelled for nothing but throttling, which it takes for final. One that
/// another transaction was in the way of it leaves to the caller, who reads again before.
#[derive(Debug)]
pub(crate) struct Throttled;

impl ClassifyRetry for Throttled {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        let error = context.output_or_error().and_then(Result::err);
        let refusal = error.and_then(OrchestratorError::as_operation_error);
        let Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) =
            refusal.and_then(|refusal| refusal.downcast_ref())
        else {
            return RetryAction::NoActionIndicated;
        };
        let reasons = cancelled
            .cancellation_reasons()
            .iter()
            .filter_map(|reason| reason.code());
        let is_throttling = |code| matches!(code, "None" | "ThrottlingError" | "ProvisionedThroughputExceeded");
        if reasons.clone().all(is_throttling) && reasons.into_iter().any(|code| code != "None") {
            RetryAction::throttling_error()
        } else {
            RetryAction::NoActionIndicated
        }
    }

    fn name(&self) -> &'static str {
        "Throttled"
    }
}

/// Has the SDK try again where S3 says that another request for the same name was in the way
/// (`ConditionalRequestConflict`, `OperationAborted`), which it takes for final.
#[derive(Debug)]
pub(crate) struct InTheWay;

impl ClassifyRetry for InTheWay {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        match context.response() {
            Some(response) if response.status().as_u16() == 409 => RetryAction::transient_error(),
            _ => RetryAction::NoActionIndicated,
        }
    }

    fn name(&self) -> &'static str {
        "InTheWay"
    }
}
