//! The pinned SDK for JavaScript, installed once and kept under the target folder.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

use serde_json::Value;

use crate::{Server, install};

const MANIFEST: &str = include_str!("javascript/package.json");
const LOCK: &str = include_str!("javascript/package-lock.json");

/// Runs a module that imports the SDK, with the administrator's environment and these arguments after it; answers the JSON
/// that it prints. A module that fails, fails the test with what it wrote.
#[track_caller]
pub fn run(server: &Server, module: &str, arguments: &[&str]) -> Value {
    let ran = node()
        // A module without a file imports from the packages of the folder that it runs in.
        .args(["--input-type=module", "--eval", module, "--"])
        .args(arguments)
        .current_dir(packages())
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("AWS_CONFIG_FILE", "/dev/null")
        .env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
        .env("AWS_REGION", server.credentials().get("AWS_DEFAULT_REGION"))
        .envs(server.credentials().variables())
        .output()
        .expect("node runs: install Node 20 or later");
    let told = String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success(), "{told}");
    let printed = String::from_utf8_lossy(&ran.stdout);
    serde_json::from_str(&printed).unwrap_or_else(|error| panic!("{error}: {printed}{told}"))
}

/// `node`, wherever it is installed, without the environment of the tests but the path to it.
fn node() -> Command {
    let mut command = Command::new("node");
    command.env_clear().env("PATH", env::var_os("PATH").unwrap_or_default());
    command
}

/// The folder with the installed packages.
fn packages() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| install::once("javascript", &[MANIFEST, LOCK].concat(), make))
}

fn make(folder: &Path) {
    fs::write(folder.join("package.json"), MANIFEST).expect("the folder is writable");
    fs::write(folder.join("package-lock.json"), LOCK).expect("the folder is writable");
    let install = [
        "ci",
        "--ignore-scripts",
        "--no-audit",
        "--no-fund",
        "--no-update-notifier",
    ];
    install::run(
        Command::new("npm").args(install).current_dir(folder),
        "install Node 20 or later with npm; its registry must be reachable once",
    );
}
