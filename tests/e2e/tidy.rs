//! Rules of the code base that the compiler does not check.

mod aws_cli;
mod templates;

use std::{
    fs,
    path::{Path, PathBuf},
};

use packhouse_harness::binary::workspace;

/// Every file below a folder, without `target`.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a readable folder").flatten() {
        let path = entry.path();
        if path.is_dir() && !path.ends_with("target") {
            found.extend(files(&path));
        } else if path.is_file() {
            found.push(path);
        }
    }
    found
}

/// Every Rust file of the workspace.
fn sources() -> Vec<PathBuf> {
    let roots = ["shared", "functions", "tests"].map(|name| workspace().join(name));
    let all = roots.iter().filter(|root| root.exists()).flat_map(|root| files(root));
    all.filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .collect()
}

/// True for files that only tests compile.
fn is_test(path: &Path) -> bool {
    let shared = workspace().join("shared");
    let below = path
        .strip_prefix(shared)
        .is_ok_and(|rest| rest.iter().any(|part| part == "tests" || part == "testing"));
    below || path.ends_with("tests.rs") || path.ends_with("testing.rs")
}

fn shown(path: &Path) -> String {
    let root = workspace();
    path.strip_prefix(&root).unwrap_or(path).display().to_string()
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).expect("sources are UTF-8")
}

#[test]
fn no_test_file_is_forgotten() {
    let root = workspace().join("tests/e2e");
    let mut forgotten = Vec::new();
    for path in files(&root)
        .into_iter()
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
    {
        let stem = path
            .file_stem()
            .expect("a file has a name")
            .to_string_lossy()
            .into_owned();
        let folder = path.parent().expect("a file has a folder");
        let parent = if folder == root {
            root.join("main.rs")
        } else {
            folder.with_extension("rs")
        };
        if path != parent && !read(&parent).lines().any(|line| line == format!("mod {stem};")) {
            forgotten.push(shown(&path));
        }
    }
    assert!(forgotten.is_empty(), "no `mod` line names {forgotten:?}");
}

#[test]
fn crates_know_only_those_below_them() {
    // (folder, what it may name)
    let rows: [(&str, &[&str]); 8] = [
        ("shared/git", &[]),
        ("shared/storage", &["git"]),
        ("shared/forge", &["git", "storage"]),
        ("shared/federation", &["storage", "forge"]),
        ("shared/local", &["git", "storage", "forge"]),
        ("shared/aws", &["git", "storage", "forge"]),
        ("shared/http", &["git", "storage", "forge"]),
        (
            "shared/lambda",
            &["git", "storage", "forge", "http", "aws", "federation"],
        ),
    ];
    for (folder, allowed) in rows {
        let Ok(manifest) = fs::read_to_string(workspace().join(folder).join("Cargo.toml")) else {
            continue;
        };
        // The harness, which knows no crate of ours, may drive the tests of any.
        let of_tests = "packhouse-tests.workspace = true";
        let lines = manifest.lines().filter(|line| *line != of_tests);
        for line in lines.filter_map(|line| line.strip_prefix("packhouse-")) {
            let name = line.split(['.', ' ', '=']).next().unwrap_or_default();
            assert!(allowed.contains(&name), "{folder} must not know packhouse-{name}");
        }
    }
}

#[test]
fn deployables_are_small_and_alike() {
    for folder in fs::read_dir(workspace().join("functions"))
        .expect("functions/")
        .flatten()
    {
        let main = folder.path().join("src/main.rs");
        let lines = read(&main).lines().count();
        assert!(lines <= 60, "{} has {lines} lines, of 60 allowed", shown(&main));
    }
}

#[test]
fn modules_have_names_that_say_what_is_in_them() {
    for path in sources() {
        let stem = path
            .file_stem()
            .expect("a file has a name")
            .to_string_lossy()
            .into_owned();
        let vague = [
            "mod", "common", "utils", "util", "helpers", "helper", "types", "models", "misc",
        ];
        assert!(!vague.contains(&stem.as_str()), "{}", shown(&path));
    }
}

#[test]
fn only_deployables_and_tests_read_the_environment() {
    let shared = workspace().join("shared");
    // The Lambda functions have no flags; this is where all of them read the environment.
    let environment = shared.join("lambda/src/environment.rs");
    let code = |path: &PathBuf| path.starts_with(&shared) && !is_test(path) && *path != environment;
    for path in sources().iter().filter(|path| code(path)) {
        for word in ["env::var", "env::args", "env::temp_dir", "env::current_dir"] {
            assert!(!read(path).contains(word), "{} reads {word}", shown(path));
        }
    }
}

#[test]
fn no_test_sleeps_or_is_skipped() {
    for path in sources() {
        if path.ends_with("tidy.rs") {
            continue;
        }
        let text = read(&path);
        assert!(!text.contains("#[ignore"), "{} skips a test", shown(&path));
        let is_test = path.starts_with(workspace().join("tests/e2e")) || is_test(&path);
        // A clock that stands still passes the time without waiting.
        let waits = text.contains("sleep(") && !text.contains("start_paused = true");
        assert!(!is_test || !waits, "{} sleeps", shown(&path));
    }
}

#[test]
fn files_are_read_in_one_sitting() {
    for path in sources() {
        let lines = read(&path).lines().count();
        assert!(lines <= 700, "{} has {lines} lines; split it", shown(&path));
    }
}
