//! [`AwsTargets`].

use async_trait::async_trait;
use aws_sdk_lambda::config::http::HttpResponse;
use aws_sdk_lambda::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_lambda::types::InvocationType;
use packhouse_forge::triggers::{TriggerTargets, Undelivered};

use crate::clients::Clients;
use crate::failure::describe;

/// Topics of SNS, and functions of Lambda, which are invoked without waiting for them.
#[derive(Clone, Debug)]
pub struct AwsTargets {
    clients: Clients,
}

impl AwsTargets {
    /// The topics and functions that the account of `clients` can reach.
    #[must_use]
    pub fn new(clients: &Clients) -> Self {
        Self {
            clients: clients.clone(),
        }
    }
}

#[async_trait]
impl TriggerTargets for AwsTargets {
    async fn notify(&self, topic: &str, subject: Option<&str>, message: &str) -> Result<(), Undelivered> {
        let call = self.clients.sns().publish().topic_arn(topic);
        let sent = call.set_subject(subject.map(Into::into)).message(message).send().await;
        sent.map(drop).map_err(|error| undelivered(&error))
    }

    async fn invoke(&self, function: &str, payload: &str) -> Result<(), Undelivered> {
        let call = self.clients.lambda().invoke().function_name(function);
        let call = call
            .invocation_type(InvocationType::Event)
            .payload(payload.as_bytes().into());
        call.send().await.map(drop).map_err(|error| undelivered(&error))
    }
}

/// A refusal is told as AWS words it; what else goes wrong on the way may pass.
fn undelivered<E>(error: &SdkError<E, HttpResponse>) -> Undelivered
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    let refused = matches!(error, SdkError::ServiceError(answer) if answer.raw().status().is_client_error());
    match (refused, error.code()) {
        (true, Some(code)) => Undelivered::Refused(format!("{code}: {}", error.message().unwrap_or_default())),
        _ => Undelivered::Unreachable(describe(error)),
    }
}
