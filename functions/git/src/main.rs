//! The `git` function of AWS Lambda: Git over HTTP behind API Gateway.
//!
//! Start reading at `shared/lambda/src/git.rs`.

use std::process::ExitCode;

/// Gives memory back, which libc's allocator keeps after large requests; Lambda kills a function that has too much.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    packhouse_lambda::git()
}
