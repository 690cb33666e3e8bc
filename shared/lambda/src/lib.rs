//! The frame of the Lambda functions: what they read at start, how they open their stores, and what turns events into
//! calls and results into answers.
//!
//! Knows the shapes of the events of API Gateway (REST), of the table's stream, of the bus and of our own jobs, and what Lambda
//! allows an invocation. Besides `functions/server` the only place that reads the environment ([`environment`]). Must
//! not know what the requests mean: they go to [`packhouse_http`] and [`packhouse_forge`]. Start at a function below;
//! each is the whole of a `main`.

mod api;
mod authorizer;
mod deadline;
pub mod environment;
mod event_relay;
mod gateway;
mod git;
mod logging;
mod metrics;
mod open;
mod pack_indexer;
mod pull_requests;
mod run;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod trigger_dispatcher;

pub use self::api::main as api;
pub use self::authorizer::main as authorizer;
pub use self::event_relay::main as event_relay;
pub use self::git::main as git;
pub use self::pack_indexer::main as pack_indexer;
pub use self::pull_requests::main as pull_requests;
pub use self::trigger_dispatcher::main as trigger_dispatcher;
