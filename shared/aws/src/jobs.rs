//! [`LambdaJobs`].

use async_trait::async_trait;
use aws_sdk_lambda::types::InvocationType;
use packhouse_forge::jobs::Jobs;
use packhouse_forge::maintenance::Place;
use packhouse_storage::repository_id::RepositoryId;
use serde_json::{Value, json};

use crate::clients::Clients;
use crate::failure::describe;

/// Jobs that a Lambda function does, which is invoked without waiting for it.
#[derive(Clone, Debug)]
pub struct LambdaJobs {
    clients: Clients,
    function: String,
}

impl LambdaJobs {
    /// Jobs of the function called `function` (or its ARN).
    #[must_use]
    pub fn new(clients: &Clients, function: impl Into<String>) -> Self {
        Self {
            clients: clients.clone(),
            function: function.into(),
        }
    }

    /// Asks for the rest of a sweep, from `place` on. As [`Jobs::compact`], this never fails: what could not be
    /// asked for is logged, and done by the next sweep.
    pub async fn sweep(&self, place: &Place) {
        self.invoke(&json!({ "sweep": { "after": place.to_string() } })).await;
    }

    async fn invoke(&self, job: &Value) {
        let call = self.clients.lambda().invoke().function_name(&self.function);
        let call = call
            .invocation_type(InvocationType::Event)
            .payload(job.to_string().into_bytes().into());
        if let Err(error) = call.send().await {
            let (function, error) = (&self.function, describe(&error));
            tracing::error!(function, %job, error, "a job could not be asked for");
        }
    }
}

#[async_trait]
impl Jobs for LambdaJobs {
    async fn compact(&self, id: RepositoryId) {
        self.invoke(&json!({ "compact": id.as_str() })).await;
    }

    /// Asks nobody: the event of the change wakes the function that does it.
    async fn follow(&self, _: RepositoryId) {}

    /// Asks nobody: the sweep of the function that tells finds what is noted.
    async fn tell_triggers(&self, _: RepositoryId) {}
}
