//! The program: starting, stopping, and what it prints.

mod env;
mod shutdown;
mod start;
mod tls;
