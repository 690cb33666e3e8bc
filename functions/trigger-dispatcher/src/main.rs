//! The `trigger-dispatcher` function of AWS Lambda: changes of refs, from the bus to the targets of triggers.
//!
//! Start reading at `shared/lambda/src/trigger_dispatcher.rs`.

use std::process::ExitCode;

/// Gives memory back, which libc's allocator keeps after large requests; Lambda kills a function that has too much.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    packhouse_lambda::trigger_dispatcher()
}
