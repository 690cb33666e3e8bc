//! How callers prove who they are.

pub mod basic;
pub mod sigv4;
