//! The `pull-requests` function of AWS Lambda: what a moved or deleted branch means for open pull requests.
//!
//! Start reading at `shared/lambda/src/pull_requests.rs`.

use std::process::ExitCode;

/// Gives memory back, which libc's allocator keeps after large requests; Lambda kills a function that has too much.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    packhouse_lambda::pull_requests()
}
