//! The `api` function: the API of `CodeCommit` behind the gateway.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use lambda_runtime::{Error, LambdaEvent, service_fn};
use packhouse_federation::{AwsSts, OpenIdIssuers};
use packhouse_forge::jobs::Queue;
use serde_json::value::RawValue;

use crate::environment::Environment;
use crate::gateway::{Gateway, buffered};
use crate::metrics::Metrics;
use crate::open::{self, Opening};
use crate::run::{Threads, run};

/// How long before the end of an invocation an answer has to be there.
pub(crate) const MARGIN: Duration = Duration::from_secs(2);

/// Serves the events of the `api` function.
#[must_use]
pub fn main() -> ExitCode {
    run(Threads::One, start)
}

async fn start(environment: Environment) -> Result<(), Error> {
    let opening = Opening::new(&environment).await?;
    let public_url = environment.public_url()?;
    let key = opening.master_key(&environment.master_key_parameter()?);
    // Nothing that the API changes asks for a compaction.
    let forge = opening.forge(&environment.bucket()?, key, Arc::new(Queue::default()), &public_url);
    let forge = forge
        .with_federation(Arc::new(OpenIdIssuers::new()), Arc::new(AwsSts::new(None)))
        .with_webhooks(Arc::new(environment.webhooks()?));
    let forge = Arc::new(forge);
    let metrics = Metrics::new(opening.settings.metrics, &opening.settings.function);
    let gateway = Arc::new(Gateway::new(open::app(forge), metrics, MARGIN));
    let serve = service_fn(move |event: LambdaEvent<Box<RawValue>>| {
        let gateway = Arc::clone(&gateway);
        async move { buffered(gateway.answer(&event.payload, &event.context, |_| true).await).await }
    });
    lambda_runtime::run(serve).await
}
