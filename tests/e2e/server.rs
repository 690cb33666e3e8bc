//! The program: starting, stopping, and what it prints.

mod env;
mod secrets;
mod shutdown;
mod start;
mod tls;

pub(crate) use self::tls::Certificate;
