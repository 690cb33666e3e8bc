//! The `packhouse` binary: the whole service in one process, its administration, and what its users run.
//!
//! Start reading at `serve.rs`. The environment is read here, by clap, and nowhere else, but for what the AWS SDK finds.

mod admin;
mod audit;
mod bootstrap;
mod connections;
mod control;
mod credential;
mod env;
mod events;
mod logging;
mod login;
mod options;
mod policy;
mod private_file;
mod runtime;
mod serve;
mod shutdown;
mod store;
mod tls;
mod triggers;

use std::io::{ErrorKind, Write as _};
use std::process::ExitCode;

use crate::options::Command;

/// Gives memory back: libc's allocator keeps what each worker freed, hundreds of megabytes after a few large clones.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let done = match Command::parse(std::env::args_os()) {
        Command::Serve(options) => serve::run(*options).map(|()| ExitCode::SUCCESS),
        Command::Env(options) => env::run(&options).map(|()| ExitCode::SUCCESS),
        Command::Admin(options) => admin::run(options).map(|()| ExitCode::SUCCESS),
        Command::Credential(options) => credential::run(&options).map(|()| ExitCode::SUCCESS),
        Command::Login(options) => login::run(&options).map(|()| ExitCode::SUCCESS),
        Command::Policy(options) => policy::run(options),
        Command::Audit(options) => audit::run(options).map(|()| ExitCode::SUCCESS),
        Command::Events(options) => events::run(options),
        Command::Triggers(options) => triggers::run(options).map(|()| ExitCode::SUCCESS),
    };
    done.unwrap_or_else(|error| {
        let of_output = error.downcast_ref::<std::io::Error>();
        if of_output.is_some_and(|error| error.kind() == ErrorKind::BrokenPipe) {
            // Whoever reads has seen enough.
            return ExitCode::SUCCESS;
        }
        // Where stderr is gone there is nobody left to tell.
        drop(writeln!(std::io::stderr(), "packhouse: {error:#}"));
        ExitCode::FAILURE
    })
}
