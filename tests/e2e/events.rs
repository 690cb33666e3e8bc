//! From a change to whoever waits for its event: what `packhouse serve` tells by itself.
#![expect(clippy::panic, reason = "what is shared here fails the calling test where it stands")]

mod archives;
mod chaos;
mod commands;
mod delivery;
mod messages;

use packhouse_harness::{Git, Server, webhooks::Receiver};
use serde_json::{Value, json};

/// A server that may post to this machine. It is embedded wherever the other tests are: on AWS, functions tell.
fn server() -> Server {
    Server::start_embedded(&["--webhooks", "any"])
}

/// A trigger that posts to a receiver.
fn trigger(name: &str, receiver: &Receiver) -> Value {
    json!({ "name": name, "destinationArn": receiver.url(), "branches": [], "events": ["all"] })
}

/// Gives a repository these triggers; the id of the configuration.
#[track_caller]
fn put_triggers(server: &Server, repository: &str, triggers: &[Value]) -> Value {
    let put = json!({ "repositoryName": repository, "triggers": triggers });
    let put = server.boto3().call("PutRepositoryTriggers", &put);
    put.expect("they are triggers")["configurationId"].take()
}

/// A repository whose trigger `on-push` posts to a receiver, and somebody who can push to it from `work`.
fn told(server: &Server, repository: &str, receiver: &Receiver) -> (Git, String) {
    let url = server.create_repository(repository);
    put_triggers(server, repository, &[trigger("on-push", receiver)]);
    let git = Git::newest();
    git.log_in(server);
    (git.init("work"), url)
}

#[track_caller]
fn call(server: &Server, operation: &str, parameters: &Value) -> Value {
    server
        .boto3()
        .call(operation, parameters)
        .unwrap_or_else(|error| panic!("{operation}: {error:?}"))
}
