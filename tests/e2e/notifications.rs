//! Notification rules, by the stock clients of `CodeStar` Notifications.
#![expect(clippy::panic, reason = "what is shared here fails the calling test where it stands")]

mod delivery;
mod mails;
mod rules;

use packhouse_harness::{Boto3, Server};
use serde_json::Value;

/// The ARN of a new repository, whose name no other test uses.
fn repository(server: &Server, name: &str) -> String {
    server.create_repository(name);
    format!("arn:aws:codecommit:us-east-1:000000000000:{name}")
}

/// The ARN of a topic.
fn topic(name: &str) -> String {
    format!("arn:aws:sns:us-east-1:000000000000:{name}")
}

/// A client of `CodeStar` Notifications.
fn client(server: &Server) -> Boto3 {
    let variables = server.credentials().variables();
    let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
    Boto3::of("codestar-notifications", variables.collect())
}

/// What the type of an event is called.
pub(crate) fn id(event: &str) -> String {
    format!("codecommit-repository-{event}")
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}
