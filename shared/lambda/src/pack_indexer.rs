//! The `pack-indexer` function: the work that takes more time or memory than others have. It finishes direct uploads,
//! compacts what pushes name, and sweeps by the clock.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::Request;
use axum::http::Method;
use lambda_runtime::{Context, Diagnostic, Error, FunctionResponse, LambdaEvent, service_fn};
use packhouse_aws::LambdaJobs;
use packhouse_forge::forge::Forge;
use packhouse_forge::maintenance::{self, Place};
use packhouse_storage::repository_id::RepositoryId;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::deadline;
use crate::environment::Environment;
use crate::gateway::{Gateway, Pieces, cut_when_broken, streamed};
use crate::git::MARGIN;
use crate::metrics::Metrics;
use crate::open::{self, Opening};
use crate::run::{Threads, failed, run};

/// How long before the end of an invocation a sweep stops.
const SWEEP_MARGIN: Duration = Duration::from_secs(60);

/// Serves the events of the `pack-indexer` function.
#[must_use]
pub fn main() -> ExitCode {
    run(Threads::Many, start)
}

async fn start(environment: Environment) -> Result<(), Error> {
    let opening = Opening::new(&environment).await?;
    let public_url = environment.public_url()?;
    let jobs = Arc::new(opening.jobs(&environment.pack_indexer()?));
    opening.check_spool()?;
    let forge = opening.forge(
        &environment.bucket()?,
        open::no_key(),
        Arc::clone(&jobs) as _,
        &public_url,
    );
    let forge = Arc::new(forge);
    let metrics = Metrics::new(opening.settings.metrics, &opening.settings.function);
    let gateway = Gateway::new(open::app(Arc::clone(&forge)), metrics.clone(), MARGIN);
    let indexer = Arc::new(Indexer {
        forge,
        gateway,
        jobs,
        metrics,
    });
    let serve = service_fn(move |event: LambdaEvent<Box<RawValue>>| {
        let indexer = Arc::clone(&indexer);
        async move { indexer.serve(&event.payload, &event.context).await }
    });
    lambda_runtime::run(serve).await
}

struct Indexer {
    forge: Arc<Forge>,
    gateway: Gateway,
    jobs: Arc<LambdaJobs>,
    metrics: Metrics,
}

/// The jobs that the function knows.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
enum Job {
    /// `{"compact":"<repository ID>"}`: a push found that a repository has many packs.
    Compact(String),
    /// `{"sweep":{}}`: by the clock; with `after`, a [`Place`], this function goes on where the time of the last one was over.
    Sweep { after: Option<String> },
}

impl Indexer {
    async fn serve(
        &self,
        event: &RawValue,
        context: &Context,
    ) -> Result<FunctionResponse<Value, impl Pieces + use<>>, Diagnostic> {
        if is_request(event) {
            let answer = self.gateway.answer(event, context, finishes_upload).await;
            return Ok(FunctionResponse::StreamingResponse(cut_when_broken(streamed(answer))));
        }
        let started = self.metrics.start();
        let done = work(&self.forge, event, context).await;
        started.end(done.is_err());
        let next = done.map_err(|error| failed(&error))?;
        if let Some(next) = &next {
            tracing::info!(%next, "the time for one sweep is over; another one goes on");
            self.jobs.sweep(next).await;
        }
        let next = next.as_ref().map(Place::to_string);
        Ok(FunctionResponse::BufferedResponse(json!({ "next": next })))
    }
}

/// Does a job; where another sweep is to go on, if one ran out of time.
async fn work(forge: &Forge, event: &RawValue, context: &Context) -> Result<Option<Place>, Error> {
    match job(event)? {
        Job::Compact(id) => {
            compact(forge, &repository(&id)?, deadline::remaining(context, MARGIN)).await;
            Ok(None)
        }
        Job::Sweep { after } => {
            let place = after.as_deref().map(place).transpose()?.unwrap_or_default();
            let budget = deadline::remaining(context, SWEEP_MARGIN);
            Ok(maintenance::sweep(forge, &place, budget).await)
        }
    }
}

/// Whether an event is a request: jobs have no method.
fn is_request(event: &RawValue) -> bool {
    #[derive(Deserialize)]
    struct Probe {
        #[serde(rename = "httpMethod")]
        method: Option<IgnoredAny>,
    }
    serde_json::from_str(event.get()).is_ok_and(|probe: Probe| probe.method.is_some())
}

/// Whether a request is the last step of a direct upload, the only one that comes here.
fn finishes_upload(request: &Request) -> bool {
    let parts: Vec<&str> = request.uri().path().split('/').collect();
    let is_finish = matches!(*parts, ["", "v1", "repos", _, "uploads", _, "git-receive-pack"]);
    is_finish && request.method() == Method::POST
}

fn job(event: &RawValue) -> Result<Job, Error> {
    serde_json::from_str(event.get()).map_err(|error| {
        let known = r#"a request by way of API Gateway, {"compact":"<repository ID>"} or {"sweep":{}}"#;
        format!("the event is not {known}: {error}").into()
    })
}

fn repository(id: &str) -> Result<RepositoryId, Error> {
    RepositoryId::parse(id).ok_or_else(|| format!("{id:?} is no repository ID").into())
}

fn place(text: &str) -> Result<Place, Error> {
    Place::parse(text).ok_or_else(|| format!("{text:?} is no place of a sweep").into())
}

/// Compacts a repository, as far as the time goes. One that takes longer is not tried again by Lambda, which would only
/// take as long: what it wrote is swept, and the next push or sweep asks again.
async fn compact(forge: &Forge, id: &RepositoryId, budget: Duration) {
    if timeout(budget, Box::pin(maintenance::compact_fully(forge, id)))
        .await
        .is_err()
    {
        tracing::error!(repository = %id, "a compaction takes longer than an invocation; give the function more memory");
    }
}

#[cfg(test)]
mod tests;
