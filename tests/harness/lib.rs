//! Drives stock clients against a real `packhouse serve`: `git` of several versions, the AWS CLI, boto3, and raw sockets.
//!
//! It knows the outside of Packhouse only (its command line, its ports), never its crates. Everything runs hermetically:
//! data, homes and configuration live in temporary folders, ports are picked by the system, and the environment of every
//! child is cleared. What fails in here fails the test that called, so it panics with what it saw.
//!
//! Start with [`Server::start`] and [`Git::newest`]; [`Server::shared`] is the one to use wherever a repository of one's
//! own is isolation enough.
#![expect(clippy::panic, reason = "a harness fails the calling test where it stands")]

pub mod bare_twin;
pub mod binary;
pub mod boto3;
pub mod cgi_host;
pub mod costs;
pub mod deployment;
pub mod emulators;
pub mod fault_proxy;
pub mod gateway;
pub mod git;

pub mod http;
pub mod javascript;
pub mod oidc_issuer;
pub mod pack;
pub mod pkt;
pub mod process;
pub mod python;
pub mod random_history;
pub mod raw_git;
pub mod runtime_api;
pub mod server;
pub mod signed;
pub mod smtp_server;
pub mod tools;
pub mod transcript;
pub mod webhooks;

mod aws;
mod clock;
mod credentials;
mod http_server;
mod install;

pub use aws::Aws;
pub use boto3::{Boto3, ServiceError};
pub use credentials::{Credentials, basic};
pub use git::{Git, Output};
pub use server::{Server, Stopped};
