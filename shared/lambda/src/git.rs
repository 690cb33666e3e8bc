//! The `git` function: Git over HTTP behind the gateway, and the first two steps of direct uploads.

use std::convert::Infallible;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::value::RawValue;

use crate::environment::Environment;
use crate::gateway::{Gateway, cut_when_broken, streamed};
use crate::metrics::Metrics;
use crate::open::{self, Opening};
use crate::run::{Threads, run};

/// How long before the end of an invocation an answer has to be over: time to say so over a slow line.
pub(crate) const MARGIN: Duration = Duration::from_secs(10);

/// Serves the events of the `git` function.
#[must_use]
pub fn main() -> ExitCode {
    run(Threads::Many, start)
}

async fn start(environment: Environment) -> Result<(), Error> {
    let opening = Opening::new(&environment).await?;
    let public_url = environment.public_url()?;
    let indexer = environment.pack_indexer()?;
    opening.check_spool()?;
    let forge = opening.forge(
        &environment.bucket()?,
        open::no_key(),
        Arc::new(opening.jobs(&indexer)),
        &public_url,
    );
    let metrics = Metrics::new(opening.settings.metrics, &opening.settings.function);
    let gateway = Arc::new(Gateway::new(open::app(Arc::new(forge)), metrics, MARGIN));
    let serve = service_fn(move |event: LambdaEvent<Box<RawValue>>| {
        let gateway = Arc::clone(&gateway);
        async move {
            let answer = gateway.answer(&event.payload, &event.context, |_| true).await;
            Ok::<_, Infallible>(cut_when_broken(streamed(answer)))
        }
    });
    lambda_runtime::run(serve).await
}
