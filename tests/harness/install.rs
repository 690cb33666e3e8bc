//! What the tests install by themselves: once, pinned, under the target folder.

use std::{
    fs::{self, File},
    hash::{DefaultHasher, Hash as _, Hasher as _},
    path::{Path, PathBuf},
    process::Command,
};

use crate::binary;

/// A folder named after `name` and what `recipe` says, that `make` filled once.
///
/// Test processes may start together; the first makes the folder, the others wait. A folder that was left half made is
/// made anew.
pub(crate) fn once(name: &str, recipe: &str, make: impl FnOnce(&Path)) -> PathBuf {
    let mut hasher = DefaultHasher::new();
    recipe.hash(&mut hasher);
    let parent = binary::target_dir().join("packhouse-tests");
    fs::create_dir_all(&parent).expect("the target folder is writable");
    let folder = parent.join(format!("{name}-{:016x}", hasher.finish()));
    let lock = File::create(parent.join(format!("{name}.lock"))).expect("the target folder is writable");
    lock.lock().expect("the file system locks files");
    if !folder.join("complete").exists() {
        fs::remove_dir_all(&folder).ok();
        fs::create_dir_all(&folder).expect("the target folder is writable");
        make(&folder);
        fs::write(folder.join("complete"), "").expect("the folder is writable");
    }
    folder
}

/// Runs a step of an installation; fails the test with what the step wrote, and with an advice.
pub(crate) fn run(command: &mut Command, advice: &str) {
    let output = command
        .output()
        .unwrap_or_else(|error| panic!("{command:?}: {error}; {advice}"));
    assert!(
        output.status.success(),
        "{command:?}: {}; {advice}",
        String::from_utf8_lossy(&output.stderr)
    );
}
