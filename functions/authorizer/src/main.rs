//! The `authorizer` function of AWS Lambda: who calls the Git routes of API Gateway.
//!
//! Start reading at `shared/lambda/src/authorizer.rs`.

use std::process::ExitCode;

/// Gives memory back, which libc's allocator keeps after large requests; Lambda kills a function that has too much.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    packhouse_lambda::authorizer()
}
