//! cargo-lambda's runtime API.

use std::{fs, path::Path, process::Command};

use crate::{
    emulators::process::{Program, ServerProcess},
    tools,
};

/// A running `cargo lambda watch --only-lambda-apis`. Dropping it kills it.
#[derive(Debug)]
pub struct CargoLambda(ServerProcess);

impl CargoLambda {
    /// Starts it for functions of these names. It starts none of them.
    pub fn start(functions: &[&str]) -> Self {
        let program = tools::cargo_lambda();
        Self(ServerProcess::start(&Program {
            name: "cargo-lambda",
            command: &|port, folder| {
                write_project(folder, functions);
                let mut command = Command::new(&program);
                command.args(["lambda", "watch", "--only-lambda-apis", "--ignore-changes"]);
                command.args(["--invoke-address", "127.0.0.1", "--invoke-port", &port.to_string()]);
                command
            },
            announces: &|port| format!("runtime_addr=127.0.0.1:{port}"),
            ready: ("/2015-03-31/functions/none/invocations", 405),
        }))
    }

    /// What a function's process gets as `AWS_LAMBDA_RUNTIME_API`.
    pub fn runtime_api(&self, function: &str) -> String {
        format!("http://{}/.rt/{function}", self.0.address())
    }

    /// Where an event is posted to, and the function's answer comes from. Of a streamed answer the prelude is taken off and
    /// becomes this answer's status and headers.
    pub fn invoke_url(&self, function: &str) -> String {
        format!(
            "http://{}/2015-03-31/functions/{function}/invocations",
            self.0.address()
        )
    }

    /// What it has written so far.
    pub fn log(&self) -> String {
        self.0.log()
    }
}

/// It only knows functions that are binaries of a project.
fn write_project(folder: &Path, functions: &[&str]) {
    let mut manifest =
        "[package]\nname = \"functions\"\nversion = \"0.0.0\"\nedition = \"2024\"\n[workspace]\n".to_owned();
    for name in functions {
        manifest.push_str(&format!("[[bin]]\nname = \"{name}\"\npath = \"main.rs\"\n"));
    }
    fs::write(folder.join("Cargo.toml"), manifest).expect("the folder is new");
    fs::write(folder.join("main.rs"), "fn main() {}\n").expect("the folder is new");
}
