//! dynoxide: DynamoDB in memory.

use std::{process::Command, sync::OnceLock};

use super::process::{Program, ServerProcess};
use crate::tools;

/// A running DynamoDB emulator. Dropping it kills it.
#[derive(Debug)]
pub struct Dynamo(ServerProcess);

impl Dynamo {
    /// The emulator that all tests of this process share. Isolation is by table name.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Dynamo> = OnceLock::new();
        SHARED.get_or_init(Self::start)
    }

    /// Starts an emulator without tables.
    pub fn start() -> Self {
        let dynoxide = tools::dynoxide();
        Self(ServerProcess::start(&Program {
            name: "dynoxide",
            command: &|port, _| {
                let mut command = Command::new(&dynoxide);
                command
                    .env_clear()
                    .args(["--host", "127.0.0.1", "--port", &port.to_string()]);
                command
            },
            announces: &|port| format!("listening on http://127.0.0.1:{port}"),
            ready: ("/", 200),
        }))
    }

    /// `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("http://{}", self.0.address())
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.0.pid()
    }

    /// What it has written so far.
    pub fn log(&self) -> String {
        self.0.log()
    }
}
