//! `git-remote-packhouse`: a remote helper of git (`gitremote-helpers(7)`) for pushes that are too large for one request.
//!
//! Git runs it for URLs such as `packhouse::https://git.example.com/v1/repos/demo`. It hands everything to git's own
//! helper for HTTP, but large pushes: their pack goes straight into the server's blob store, in parts, and a small request
//! finishes the push. Start reading at `session.rs`.

mod api;
mod config;
mod credential;
mod finish;
mod git;
mod http;
mod kept;
mod options;
mod pack;
mod progress;
mod push;
mod quote;
mod remote;
mod report;
mod session;
mod stock;
mod update;
mod upload;

use std::io::Write as _;
use std::process::ExitCode;

/// What git's own programs exit with when they give up.
const FAILED: u8 = 128;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args_os()
        .skip(1)
        .map(|argument| argument.to_string_lossy().into_owned())
        .collect();
    match session::run(&arguments) {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            // Where stderr is gone there is nobody left to tell.
            drop(writeln!(std::io::stderr(), "fatal: {error:#}"));
            ExitCode::from(FAILED)
        }
    }
}
