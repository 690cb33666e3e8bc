//! Finds the programs that belong to the running test, building them first.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::OnceLock,
};

use serde_json::Value;

/// The folder that cargo builds into (`target`, or what `CARGO_TARGET_DIR` names).
pub fn target_dir() -> &'static Path {
    static TARGET: OnceLock<PathBuf> = OnceLock::new();
    TARGET.get_or_init(|| profile_dir().parent().expect("target/<profile>").to_path_buf())
}

/// The `packhouse` binary, built with the profile of the running test; built once a process.
pub fn packhouse() -> &'static Path {
    program("packhouse")
}

/// A binary of the workspace by its name, such as `git` or `api` (functions) or `git-remote-packhouse`; built once a process.
///
/// Cargo gives `CARGO_BIN_EXE_…` only to tests of the binary's own package. So this asks cargo, which answers at once when
/// nothing changed, and reads the paths from its messages.
pub fn program(name: &str) -> &'static Path {
    static PROGRAMS: OnceLock<Option<BTreeMap<String, PathBuf>>> = OnceLock::new();
    let programs = PROGRAMS
        .get_or_init(build)
        .as_ref()
        .expect("`cargo build --workspace --bins` succeeds; its errors stand in the output");
    let program = programs.get(name);
    program.unwrap_or_else(|| panic!("the workspace has no program {name}"))
}

/// `target/<profile>`: the test runs from `target/<profile>/deps`.
fn profile_dir() -> PathBuf {
    let exe = std::env::current_exe().expect("the test knows its own path");
    exe.ancestors()
        .nth(2)
        .expect("target/<profile>/deps/<test>")
        .to_path_buf()
}

/// None when the build failed, so that one failure is not repeated for each test.
fn build() -> Option<BTreeMap<String, PathBuf>> {
    let profile = match profile_dir()
        .file_name()
        .and_then(|name| name.to_str())
        .expect("profiles have plain names")
    {
        "debug" => "dev".to_owned(),
        other => other.to_owned(),
    };
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(workspace()).args(["build", "--workspace", "--bins"]);
    if profile == "dev" {
        // With the tests, features are those that `cargo test` has built everything with already.
        cargo.arg("--tests");
    }
    let built = cargo
        .args(["--message-format", "json", "--profile", &profile])
        .arg("--target-dir")
        .arg(target_dir())
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .expect("cargo runs");
    built.status.success().then(|| executables(built.stdout))
}

fn executables(messages: Vec<u8>) -> BTreeMap<String, PathBuf> {
    let messages = String::from_utf8(messages).expect("cargo's messages are UTF-8");
    let messages = messages
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let programs =
        messages.filter(|message| message["profile"]["test"] == false && message["target"]["kind"][0] == "bin");
    let built = programs.filter_map(|message| {
        let name = message["target"]["name"].as_str()?.to_owned();
        Some((name, PathBuf::from(message["executable"].as_str()?)))
    });
    built.collect()
}

/// The root of the workspace.
///
/// Asked of the environment that cargo runs tests in: clones may share a target folder, and then what was compiled may
/// have been compiled elsewhere.
pub fn workspace() -> PathBuf {
    let tests = std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    Path::new(&tests)
        .parent()
        .expect("tests/ lies in the workspace")
        .to_path_buf()
}
