//! Lambda on this machine: function binaries under the runtime API that AWS documents, and the API that invokes them.
//!
//! [`Function`] is Lambda's own behaviour, as far as a function or its caller can see it: a process serves one invocation at a
//! time, further ones at once get processes of their own; deadlines are real and end in a kill; answers stream as they are
//! written, raw; a process that dies in the middle breaks its answer off. [`LambdaApi`] lets SDKs invoke functions.
//!
//! [`CargoLambda`] is an independent implementation of the same runtime API. It tells functions a deadline in 1970, unpacks
//! the prelude of streamed answers itself, queues invocations for ever when a function died, and keeps no invocations apart;
//! so it serves to check functions against a second opinion, and not to carry the gateway.

mod cargo_lambda;
mod function;
mod invoke_api;
mod sandbox;

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

pub use cargo_lambda::CargoLambda;
pub(crate) use function::Next;
pub use function::{Function, FunctionError, FunctionOptions, Invocation};
pub use invoke_api::LambdaApi;

/// Lambda's limit on the event of a synchronous invocation, in bytes.
pub const EVENT_LIMIT: usize = 6 * 1024 * 1024;

/// Lambda's limit on a buffered answer, in bytes.
pub const ANSWER_LIMIT: usize = 6 * 1024 * 1024 + 100;

/// Lambda's limit on the event of an asynchronous invocation, in bytes.
pub const ASYNC_EVENT_LIMIT: usize = 1024 * 1024;
