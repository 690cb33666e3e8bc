//! What a failed call is called in the log.

use std::error::Error as StdError;

use aws_sdk_dynamodb::config::http::HttpResponse;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};

/// One line about a failed call: the service's code, text and request id, or the chain of what went wrong on the way.
pub(crate) fn describe<E>(error: &SdkError<E, HttpResponse>) -> String
where
    E: ProvideErrorMetadata + StdError + 'static,
{
    let SdkError::ServiceError(refusal) = error else {
        return chain(error);
    };
    let meta = refusal.err().meta();
    let mut text = format!(
        "{} (HTTP {}",
        meta.code().unwrap_or("an error without a code"),
        refusal.raw().status()
    );
    if let Some(id) = request_id(refusal.raw()) {
        text.push_str(", request ");
        text.push_str(id);
    }
    text.push(')');
    if let Some(message) = meta.message() {
        text.push_str(": ");
        text.push_str(message);
    }
    text
}

/// An error and all its causes, each once.
pub(crate) fn chain(error: &(dyn StdError + 'static)) -> String {
    let mut text = String::new();
    for error in std::iter::successors(Some(error), |&error| error.source()) {
        let line = error.to_string();
        if !text.ends_with(&line) {
            if !text.is_empty() {
                text.push_str(": ");
            }
            text.push_str(&line);
        }
    }
    text
}

fn request_id(response: &HttpResponse) -> Option<&str> {
    let headers = response.headers();
    headers
        .get("x-amzn-requestid")
        .or_else(|| headers.get("x-amz-request-id"))
}
