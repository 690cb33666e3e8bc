//! The `event-relay` function of AWS Lambda: events of changes, from the outbox to the bus.
//!
//! Start reading at `shared/lambda/src/event_relay.rs`.

use std::process::ExitCode;

/// Gives memory back, which libc's allocator keeps after large requests; Lambda kills a function that has too much.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    packhouse_lambda::event_relay()
}
