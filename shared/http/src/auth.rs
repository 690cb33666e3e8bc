//! How callers prove who they are.

pub mod basic;
pub mod gateway;
pub mod sigv4;
