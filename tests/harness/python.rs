//! Pinned Python environments, made once and kept under the target folder.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

use crate::install;

/// Programs that may not share an environment, as they pin each other's libraries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Environment {
    /// The AWS CLI and boto3.
    Clients,
    /// The emulator ministack, with the expander of SAM templates.
    Ministack,
    /// cargo-lambda.
    CargoLambda,
}

/// A program of the environment with the AWS clients: `python`, `aws`.
pub fn program(name: &str) -> PathBuf {
    program_of(Environment::Clients, name)
}

/// A program of an environment.
pub fn program_of(environment: Environment, name: &str) -> PathBuf {
    environment.folder().join("bin").join(name)
}

/// The folder that the packages of the AWS clients are installed in.
pub fn site_packages() -> PathBuf {
    let library = Environment::Clients.folder().join("lib");
    let mut versions = fs::read_dir(&library).expect("an environment has libraries").flatten();
    let version = versions
        .next()
        .expect("libraries lie in a folder named after the version of Python");
    version.path().join("site-packages")
}

impl Environment {
    fn folder(self) -> &'static Path {
        static CLIENTS: OnceLock<PathBuf> = OnceLock::new();
        static MINISTACK: OnceLock<PathBuf> = OnceLock::new();
        static CARGO_LAMBDA: OnceLock<PathBuf> = OnceLock::new();
        let (made, name, requirements) = match self {
            Self::Clients => (&CLIENTS, "python", include_str!("requirements.txt")),
            Self::Ministack => (&MINISTACK, "ministack", include_str!("requirements-ministack.txt")),
            Self::CargoLambda => (
                &CARGO_LAMBDA,
                "cargo-lambda",
                include_str!("requirements-cargo-lambda.txt"),
            ),
        };
        made.get_or_init(|| install::once(name, requirements, |folder| make(folder, requirements)))
    }
}

fn make(environment: &Path, requirements: &str) {
    install::run(
        Command::new("python3").args(["-m", "venv"]).arg(environment),
        "install python3 and python3-venv",
    );
    let list = environment.join("requirements.txt");
    fs::write(&list, requirements).expect("the environment is writable");
    let pip = environment.join("bin/python");
    let install = [
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--requirement",
    ];
    install::run(
        Command::new(pip).args(install).arg(&list),
        "the package index must be reachable once",
    );
}
