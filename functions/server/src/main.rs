//! The `packhouse` binary: the whole service in one process, and its administration.
//!
//! Start reading at `serve.rs`. The environment is read here, by clap, and nowhere else.

mod admin;
mod bootstrap;
mod connections;
mod control;
mod env;
mod logging;
mod options;
mod private_file;
mod serve;
mod shutdown;
mod store;
mod tls;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser as _;

use crate::options::{Cli, Command};

/// Gives memory back: libc's allocator keeps what each worker freed, hundreds of megabytes after a few large clones.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = Cli::parse_from(with_default_command(std::env::args_os().collect()));
    let done = match cli.command {
        Command::Serve(options) => serve::run(options),
        Command::Env(options) => env::run(&options),
        Command::Admin(options) => admin::run(options),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            use std::io::Write as _;
            // Where stderr is gone there is nobody left to tell.
            drop(writeln!(std::io::stderr(), "packhouse: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

/// `packhouse` alone, and `packhouse --flags`, serve.
fn with_default_command(mut arguments: Vec<OsString>) -> Vec<OsString> {
    let asks_for_more = |first: &OsString| {
        let first = first.to_string_lossy();
        !first.starts_with('-') || matches!(&*first, "-h" | "--help" | "-V" | "--version")
    };
    if !arguments.get(1).is_some_and(asks_for_more) {
        let at = arguments.len().min(1);
        arguments.insert(at, "serve".into());
    }
    arguments
}
