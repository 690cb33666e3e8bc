//! The `pack-indexer` function of AWS Lambda: direct uploads, compaction and sweeps.
//!
//! Start reading at `shared/lambda/src/pack_indexer.rs`.

use std::process::ExitCode;

/// Gives memory back, which libc's allocator keeps after large requests; Lambda kills a function that has too much.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    packhouse_lambda::pack_indexer()
}
