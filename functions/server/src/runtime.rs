//! The threads of a command that is over soon.

use std::future::Future;

use anyhow::{Context as _, Result};

/// Runs a command to its end.
pub(crate) fn run<T>(command: impl Future<Output = Result<T>>) -> Result<T> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("cannot start threads")?;
    runtime.block_on(command)
}
