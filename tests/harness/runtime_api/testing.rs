//! A function for the tests of what invokes functions: it does what its event says.

use std::{
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt as _,
    path::PathBuf,
    sync::OnceLock,
    time::Duration,
};

use tempfile::TempDir;

use super::{Function, FunctionOptions};
use crate::python;

/// A function that serves events such as `{"do":"fail"}`; see the script.
pub(crate) fn function(variables: &[(&str, &str)], timeout: Duration) -> Function {
    function_of(variables, timeout, 2)
}

/// The same with a limit on its processes.
pub(crate) fn function_of(variables: &[(&str, &str)], timeout: Duration, concurrency: usize) -> Function {
    let variables = variables
        .iter()
        .map(|&(name, value)| (name.to_owned(), value.to_owned()));
    Function::deploy(FunctionOptions {
        timeout,
        concurrency,
        ..FunctionOptions::new("tested", program(), variables.collect())
    })
}

/// The script as a program.
pub(crate) fn program() -> PathBuf {
    static FOLDER: OnceLock<TempDir> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| {
        let folder = TempDir::new().expect("a temporary folder");
        let script = format!(
            "#!{}\n{}",
            python::program("python").display(),
            include_str!("test_function.py")
        );
        let path = folder.path().join("bootstrap");
        fs::write(&path, script).expect("the folder is new");
        fs::set_permissions(&path, Permissions::from_mode(0o755)).expect("the file is ours");
        folder
    });
    folder.path().join("bootstrap")
}
