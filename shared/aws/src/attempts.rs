//! What became of the attempts that the SDK made for one call.

use std::error::Error as StdError;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use aws_sdk_dynamodb::config::http::HttpResponse;
use aws_sdk_dynamodb::config::interceptors::FinalizerInterceptorContextRef;
use aws_sdk_dynamodb::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_dynamodb::error::BoxError;
use aws_smithy_runtime_api::client::orchestrator::OrchestratorError;

/// Watches the attempts of one call. The SDK retries, but tells the outcome of the last attempt only: a call that ends
/// as "throttled" may have been carried out by an earlier attempt whose answer was lost.
#[derive(Clone, Debug, Default)]
pub(crate) struct Attempts(Arc<AtomicBool>);

impl Attempts {
    /// Whether some attempt may have been carried out without an answer that says so.
    pub(crate) fn any_unknown(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

impl Intercept for Attempts {
    fn name(&self) -> &'static str {
        "Attempts"
    }

    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let Some(Err(error)) = context.output_or_error()
            && may_be_done(error, context.response())
        {
            self.0.store(true, Ordering::Relaxed);
        }
        Ok(())
    }
}

/// Whether a service may have done what an attempt that failed with `error` asked for.
fn may_be_done<E: StdError + 'static>(error: &OrchestratorError<E>, response: Option<&HttpResponse>) -> bool {
    match response {
        // A refusal (4xx) is certain. An error within a success is one that happened while the service was at it.
        Some(response) => !(error.is_operation_error() && response.status().is_client_error()),
        None => match error.as_connector_error() {
            Some(connector) => !connector.is_user() && !is_connect(connector),
            None => error.is_timeout_error(),
        },
    }
}

/// Whether there was no connection over which anything could have been sent.
fn is_connect(error: &(dyn StdError + 'static)) -> bool {
    std::iter::successors(Some(error), |&error| error.source())
        .filter_map(|error| error.downcast_ref::<hyper_util::client::legacy::Error>())
        .any(hyper_util::client::legacy::Error::is_connect)
}
