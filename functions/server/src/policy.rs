//! `packhouse policy`: trying policies.

mod check;
mod simulate;
#[cfg(test)]
mod tests;

use std::process::ExitCode;

use anyhow::Result;

use crate::options::{PolicyCommand, PolicyOptions};
use crate::runtime;

/// What `simulate` exits with where something is denied: neither a success nor one of the failures of other commands.
const DENIED: u8 = 3;

/// Carries out one command.
pub(crate) fn run(options: PolicyOptions) -> Result<ExitCode> {
    match options.command {
        PolicyCommand::Simulate(options) => {
            let all_allowed = runtime::run(simulate::run(*options))?;
            Ok(if all_allowed {
                ExitCode::SUCCESS
            } else {
                ExitCode::from(DENIED)
            })
        }
        PolicyCommand::Check(options) => check::run(&options).map(|()| ExitCode::SUCCESS),
    }
}
