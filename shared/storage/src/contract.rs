//! What every implementation of the two ports must do, as suites that each of them runs in its tests.
//!
//! A suite asserts, works in partitions and prefixes of its own, and leaves what it wrote. Where a backend is known to
//! deviate, that is an argument of the function in question, or a function that [`table::run`] or [`blobs::run`] leaves
//! to those who keep it.

pub mod blobs;
pub mod table;
