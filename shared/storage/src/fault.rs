//! Decorators of the two ports that fail, count and hold calls by plan, for tests.
//!
//! A [`Plan`] is shared by a [`FaultyTable`] and a [`FaultyBlobs`] and numbers the calls of both. To sweep an operation,
//! run it with a fault at call 1, 2, 3, … until it ends without [`Plan::was_hit`].

mod blobs;
mod plan;
mod table;

pub use self::blobs::FaultyBlobs;
pub use self::plan::{Call, Counters, Fault, Gate, Operation, Plan};
pub use self::table::FaultyTable;

#[cfg(test)]
mod tests;
