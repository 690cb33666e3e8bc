//! `git-remote-packhouse`: pushes whose pack goes straight into the blob store.

mod deployed;
mod faults;
mod interrupted;
mod push;
mod tls;

use std::{ffi::OsString, sync::OnceLock};

use packhouse_harness::{Git, Server, binary};
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};
use tempfile::TempDir;

/// The same actor with the remote helper on its path, and nothing else of ours: one of our programs is called `git`.
pub(crate) fn with_helper(git: &Git) -> Git {
    static FOLDER: OnceLock<TempDir> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| {
        let folder = TempDir::new().expect("a temporary folder");
        let name = "git-remote-packhouse";
        std::os::unix::fs::symlink(binary::program(name), folder.path().join(name)).expect("the folder is new");
        folder
    });
    let mut path = OsString::from(folder.path());
    path.push(":/usr/local/bin:/usr/bin:/bin");
    git.with_env("PATH", path)
}

/// Bytes that no compression makes shorter; `git config core.compression 0` keeps git from trying.
fn noise(seed: u64, length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    StdRng::seed_from_u64(seed).fill(bytes.as_mut_slice());
    bytes
}

/// Makes every push with new objects a direct one.
pub(crate) fn always_direct(git: &Git) {
    git.run("config packhouse.directUploadThreshold 0").ok();
}

/// How many direct pushes to a repository a server has finished.
fn finished(server: &Server, repository: &str) -> usize {
    let path = format!("path=\"/v1/repos/{repository}/uploads/");
    let log = server.log();
    let is_finish = |line: &&str| line.contains(&path) && line.contains("/git-receive-pack\"");
    log.lines().filter(is_finish).count()
}

/// What a push has left in git's folder.
fn kept(git: &Git) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(git.dir().join(".git/packhouse")) else {
        return Vec::new();
    };
    let names = entries
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned());
    let mut names: Vec<_> = names.collect();
    names.sort();
    names
}
