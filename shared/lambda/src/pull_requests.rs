//! The `pull-requests` function: when the bus tells that a branch moved, the pull requests of its repository follow.
//!
//! An event only wakes it: what happened is read from the repository's log, so it does not matter in which order events
//! come, how often, and whether one is lost.

use std::process::ExitCode;
use std::sync::Arc;

use lambda_runtime::{Error, LambdaEvent, service_fn};
use packhouse_forge::forge::Forge;
use packhouse_forge::jobs::Queue;
use packhouse_forge::pull_requests;
use packhouse_storage::repository_id::RepositoryId;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::environment::Environment;
use crate::metrics::Metrics;
use crate::open::{self, Opening};
use crate::run::{Threads, failed, run};

/// Serves the events of the `pull-requests` function.
#[must_use]
pub fn main() -> ExitCode {
    run(Threads::One, start)
}

async fn start(environment: Environment) -> Result<(), Error> {
    let opening = Opening::new(&environment).await?;
    opening.check_spool()?;
    let forge = opening.forge(&environment.bucket()?, open::no_key(), Arc::new(Queue::default()), "");
    let forge = Arc::new(forge);
    let metrics = Metrics::new(opening.settings.metrics, &opening.settings.function);
    let serve = service_fn(move |event: LambdaEvent<Box<RawValue>>| {
        let (forge, started) = (Arc::clone(&forge), metrics.start());
        async move {
            let done = serve(&forge, &event.payload).await;
            started.end(done.is_err());
            done.map_err(|error| failed(&error))
        }
    });
    lambda_runtime::run(serve).await
}

/// What counts of an event of the bus.
#[derive(Deserialize)]
struct Input {
    detail: Detail,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Detail {
    repository_id: String,
}

/// Serves one event.
async fn serve(forge: &Forge, event: &RawValue) -> Result<(), Error> {
    let input: Input = serde_json::from_str(event.get())
        .map_err(|error| format!("the event is no \"CodeCommit Repository State Change\": {error}"))?;
    let id = input.detail.repository_id;
    let id = RepositoryId::parse(&id).ok_or_else(|| format!("{id:?} is no repository ID"))?;
    Ok(Box::pin(pull_requests::follow(forge, &id)).await?)
}

#[cfg(test)]
mod tests;
