//! The emulators and AWS tools that tests run: installed on first use, pinned, by the tests themselves.

use std::{fs, path::PathBuf, process::Command, sync::OnceLock};

use crate::{
    install,
    python::{self, Environment},
};

/// The version and the features of dynoxide. Its import and agent interfaces are left out: they are most of what it compiles.
const DYNOXIDE: [&str; 5] = [
    "dynoxide-rs",
    "--version=3.2.0",
    "--no-default-features",
    "--features=native-sqlite,http-server,cli",
    "--locked",
];

/// The program `ministack`: S3, SSM, EventBridge, SQS, Lambda, IAM, `CloudFormation` and more in one process.
pub fn ministack() -> PathBuf {
    python::program_of(Environment::Ministack, "ministack")
}

/// The program `cargo-lambda`; cargo finds it as `cargo lambda` when its folder is on the path.
pub fn cargo_lambda() -> PathBuf {
    python::program_of(Environment::CargoLambda, "cargo-lambda")
}

/// The program `dynoxide`: DynamoDB, whose transactions and conditions are exact.
///
/// Its first use compiles it, at low priority.
pub fn dynoxide() -> PathBuf {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| {
        install::once("dynoxide", &DYNOXIDE.join(" "), |folder| {
            let build = folder.join("build");
            // Optimising across crates costs time and gains an emulator nothing.
            let cheap = [
                ("CARGO_PROFILE_RELEASE_LTO", "false"),
                ("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16"),
            ];
            let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
            install::run(
                Command::new("nice")
                    .args(["-n", "10"])
                    .arg(cargo)
                    .args(["install", "--quiet", "--no-track"])
                    .args(DYNOXIDE)
                    .arg("--root")
                    .arg(folder)
                    .env("CARGO_TARGET_DIR", &build)
                    .envs(cheap)
                    .current_dir(folder),
                "the crate registry must be reachable once",
            );
            fs::remove_dir_all(&build).ok();
        })
    });
    folder.join("bin/dynoxide")
}
