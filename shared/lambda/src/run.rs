//! From the start of a process to its first event.

use std::io::Write as _;
use std::process::ExitCode;

use lambda_runtime::{Diagnostic, Error};

use crate::environment::Environment;
use crate::logging;

/// What Lambda is told of an event that was not served. It goes where failed events go, so the text is for operators.
pub(crate) fn failed(error: &Error) -> Diagnostic {
    tracing::error!(%error, "an event was not served");
    Diagnostic {
        error_type: "Failed".to_owned(),
        error_message: error.to_string(),
    }
}

/// How many threads a function runs its tasks on. What blocks has threads of its own either way.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Threads {
    /// One: it only waits for others.
    One,
    /// As many as there are processors: it works on packs.
    Many,
}

/// Starts a function, which then serves events until Lambda ends the process. What keeps it from starting is said, and
/// Lambda told by the exit code.
pub(crate) fn run<F>(threads: Threads, start: impl FnOnce(Environment) -> F) -> ExitCode
where
    F: Future<Output = Result<(), Error>>,
{
    let environment = Environment::of_process();
    if let Err(error) = logging::start(environment.log()) {
        // Where stderr is gone there is nobody left to tell.
        drop(writeln!(std::io::stderr(), "cannot start: {error}"));
        return ExitCode::FAILURE;
    }
    let mut runtime = match threads {
        Threads::One => tokio::runtime::Builder::new_current_thread(),
        Threads::Many => tokio::runtime::Builder::new_multi_thread(),
    };
    let ran = match runtime.enable_all().build() {
        Ok(runtime) => runtime.block_on(start(environment)),
        Err(error) => Err(error.into()),
    };
    match ran {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(%error, "the function cannot run");
            ExitCode::FAILURE
        }
    }
}
