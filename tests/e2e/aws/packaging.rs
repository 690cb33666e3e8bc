//! A function as it is packed for Lambda.

use std::{path::Path, process::Command};

use packhouse_harness::{
    binary,
    runtime_api::{Function, FunctionOptions},
    tools,
};

/// Of Amazon Linux 2023, which the functions run on.
const GLIBC: (u32, u32) = (2, 34);

#[test]
fn a_function_that_cargo_lambda_packs_starts() {
    let packed = binary::target_dir().join("packhouse-tests/lambda");
    let cargo_lambda = tools::cargo_lambda();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folder = cargo_lambda
        .parent()
        .expect("a program lies in a folder")
        .display()
        .to_string();
    let built = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .current_dir(binary::workspace())
        .env("PATH", format!("{folder}:{}", path.to_string_lossy()))
        .args([
            "lambda",
            "build",
            "--profile",
            "lambda-release",
            "--output-format",
            "zip",
            "--package",
        ])
        .arg("packhouse-authorizer-function")
        // What is proved is that it is packed and starts, not how fast it is: optimising takes minutes.
        .env("CARGO_PROFILE_LAMBDA_RELEASE_LTO", "off")
        .env("CARGO_PROFILE_LAMBDA_RELEASE_CODEGEN_UNITS", "16")
        .env("CARGO_PROFILE_LAMBDA_RELEASE_OPT_LEVEL", "1")
        .arg("--lambda-dir")
        .arg(&packed)
        .status();
    assert!(built.expect("cargo runs").success(), "cargo lambda build");
    let zip = packed.join("authorizer/bootstrap.zip");
    let folder = tempfile::TempDir::new().expect("a temporary folder");
    let unpacked = Command::new("python3")
        .args(["-m", "zipfile", "-e"])
        .arg(&zip)
        .arg(folder.path())
        .status();
    assert!(unpacked.expect("python3 runs").success());
    let bootstrap = folder.path().join("bootstrap");
    Command::new("chmod")
        .arg("755")
        .arg(&bootstrap)
        .status()
        .expect("chmod(1) runs");
    assert!(
        glibc_needed(&bootstrap) <= GLIBC,
        "needs glibc {:?}",
        glibc_needed(&bootstrap)
    );
    let function = Function::deploy(FunctionOptions::new("authorizer", bootstrap, Vec::new()));
    function.invoke(b"{}").expect_err("it has no environment");
    assert!(function.log().contains("PACKHOUSE_TABLE"), "{}", function.log());
}

/// The newest version of glibc that a binary's symbols name.
fn glibc_needed(program: &Path) -> (u32, u32) {
    let symbols = Command::new("objdump")
        .arg("-T")
        .arg(program)
        .output()
        .expect("objdump(1) is there where cc is");
    let text = String::from_utf8_lossy(&symbols.stdout).into_owned();
    let versions = text.split("GLIBC_").skip(1).filter_map(|rest| {
        let (major, rest) = rest.split_once('.')?;
        let minor: String = rest.chars().take_while(char::is_ascii_digit).collect();
        Some((major.parse().ok()?, minor.parse().ok()?))
    });
    versions.max().expect("it is linked to glibc")
}
