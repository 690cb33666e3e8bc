//! The pinned Python environment with the AWS CLI and boto3, made once and kept under the target folder.

use std::{
    fs::{self, File},
    hash::{DefaultHasher, Hash as _, Hasher as _},
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

use crate::binary;

const REQUIREMENTS: &str = include_str!("requirements.txt");

/// A program of the pinned environment: `python`, `aws`.
pub fn program(name: &str) -> PathBuf {
    environment().join("bin").join(name)
}

fn environment() -> &'static Path {
    static ENVIRONMENT: OnceLock<PathBuf> = OnceLock::new();
    ENVIRONMENT.get_or_init(|| {
        let mut hasher = DefaultHasher::new();
        REQUIREMENTS.hash(&mut hasher);
        let folder = binary::target_dir().join("packhouse-tests");
        fs::create_dir_all(&folder).expect("the target folder is writable");
        let environment = folder.join(format!("python-{:016x}", hasher.finish()));
        // Test processes may start together; the first makes the environment, the others wait.
        let lock = File::create(folder.join("python.lock")).expect("the target folder is writable");
        lock.lock().expect("the file system locks files");
        if !environment.join("complete").exists() {
            make(&environment);
        }
        environment
    })
}

fn make(environment: &Path) {
    fs::remove_dir_all(environment).ok();
    run(
        Command::new("python3").args(["-m", "venv"]).arg(environment),
        "install python3 and python3-venv",
    );
    let list = environment.join("requirements.txt");
    fs::write(&list, REQUIREMENTS).expect("the environment is writable");
    let pip = environment.join("bin/python");
    let install = [
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--requirement",
    ];
    run(
        Command::new(pip).args(install).arg(&list),
        "the package index must be reachable once",
    );
    fs::write(environment.join("complete"), "").expect("the environment is writable");
}

fn run(command: &mut Command, advice: &str) {
    let output = command
        .output()
        .unwrap_or_else(|error| panic!("{command:?}: {error}; {advice}"));
    assert!(
        output.status.success(),
        "{command:?}: {}; {advice}",
        String::from_utf8_lossy(&output.stderr)
    );
}
