use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use proptest::prelude::*;

use super::*;

/// Which of `paths` the patterns include, asked for as a walk over the trees asks.
fn included<'a>(patterns: &Patterns, paths: &[&'a str]) -> BTreeSet<&'a str> {
    let mut included = BTreeSet::new();
    for path in paths {
        let mut inside = patterns.includes_root();
        for (slash, _) in path.match_indices('/') {
            inside = patterns.includes(&path.as_bytes()[..slash], true, inside);
        }
        if patterns.includes(path.as_bytes(), false, inside) {
            included.insert(*path);
        }
    }
    included
}

/// Paths that tell patterns apart; the content of each is its path, so that each is a blob of its own.
const PATHS: &[&str] = &[
    "a",
    "a.c",
    "b/a",
    "b/a.c",
    "b/b/a",
    "b/c",
    "b/x y",
    "c/d/e/f",
    "c/d/f",
    "c/a-b",
    "foo",
    "foo bar ",
    "d[1]",
    "d-",
    "dir/foo",
    "dir/sub/foo",
    "dir/sub/a.c",
    "e/!x",
    "e/#y",
    "e/*",
    "f/]",
    "f/^",
    "f/\\",
    "g/.h",
    "x/1",
    "x/Z",
    "x/_",
];

const FIXED: &[&str] = &[
    "",
    "*",
    "/*",
    "/",
    "!",
    "!/",
    "\r\n",
    "   ",
    "**",
    "/**",
    "a",
    "/a",
    "a/",
    "/b",
    "/b/",
    "b/",
    "*.c",
    "/*.c",
    "b/*",
    "**/a",
    "b/**",
    "/b/**/a",
    "b/**/a",
    "c/**/f",
    "c/**f",
    "c/***/f",
    "*/*",
    "*/*/*",
    "**/d/**",
    "c/d*f",
    "c*f",
    "/*\n!/*/\n",
    "/*\n!/*/\n/dir/\n!/dir/*/\n",
    "/*\n!/*/\n/dir/\n!/dir/*/\n/dir/sub/\n",
    "*\n!b/\n",
    "b/\n!b/a\n",
    "!b/\nb/a\n",
    "*\n!*.c\n",
    "foo bar\\ ",
    "foo bar \n",
    "d[[]1]",
    "d\\[1]",
    "d[1]",
    "d[!1]",
    "[[:alpha:]]",
    "[[:alpha:].]*",
    "x/[[:digit:]]",
    "x/[[:upper:]_]",
    "x/[[:bogus:]]",
    "x/[0-9]",
    "x/[^0-9]",
    "x/[9-0]",
    "x/[",
    "x/[]",
    "x/[!]",
    "x/[a-]",
    "x/[--_]",
    "f/[]]",
    "f/[!]]",
    "f/[\\]]",
    "f/[]-^]",
    "f/\\\\",
    "f/\\",
    "e/\\*",
    "\\!x",
    "\\#y",
    "#y",
    "e/\\!x",
    "b[/]a",
    "b?a",
    "?",
    "/?",
    "b/?",
    "a\0b",
    "\u{feff}a",
    "a\r\n",
    "a\t",
    "//a",
    "b//a",
    "/b/a/",
    "c/d\\/f",
    "**\\/f",
    "c/**\\/f",
    "**/",
    "/**/",
    "!**/\n*",
    "a/**/",
    "[[:",
    "[[:alpha:",
    "x/[[:alpha]]",
    "x/[[:]]",
];

#[test]
fn fixed_patterns_select_what_git_selects() {
    let repository = Repository::new();
    for content in FIXED {
        repository.check(content);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4))]
    #[test]
    fn random_patterns_select_what_git_selects(
        files in proptest::collection::vec(proptest::collection::vec("!?/?[abcdfx*?/\\[\\]!.\\\\^-]{1,6}/?", 1..4), 50),
    ) {
        let repository = Repository::new();
        for lines in files {
            repository.check(&lines.join("\n"));
        }
    }
}

proptest! {
    #[test]
    fn any_bytes_decide_or_leave_it_to_the_parent(
        content in proptest::collection::vec(any::<u8>(), 0..80),
        path in proptest::collection::vec(any::<u8>(), 0..20),
    ) {
        let patterns = Patterns::parse(&content, 100).unwrap();
        for is_directory in [false, true] {
            let [outside, inside] = [false, true].map(|parent| patterns.includes(&path, is_directory, parent));
            prop_assert!(inside || !outside, "no pattern turns the parent's answer round");
        }
    }
}

#[test]
fn sizes_are_bounded() {
    assert_eq!(Patterns::parse(b"a\nb\n#c\n\nd\n", 2).unwrap_err(), Error::TooMany(2));
    assert!(Patterns::parse(b"a\nb\n#c\n\n", 2).is_ok());
    assert_eq!(Patterns::parse(&[b'a'; 4097], 2).unwrap_err(), Error::TooLong(4097));
}

#[test]
fn stars_do_not_multiply_the_work() {
    let patterns = Patterns::parse(format!("/{}b", "a*".repeat(1000)).as_bytes(), 1).unwrap();
    assert!(!patterns.includes(&[b'a'; 4000], false, false));
}

/// A repository with [`PATHS`] whose filtered objects git lists.
struct Repository {
    directory: tempfile::TempDir,
    names: Vec<(String, &'static str)>,
}

impl Repository {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        git(directory.path(), &["init", "-q", "--bare", "."], b"");
        let mut names = Vec::new();
        let mut index = String::new();
        for path in PATHS {
            let id = git(directory.path(), &["hash-object", "-w", "--stdin"], path.as_bytes())
                .trim()
                .to_owned();
            write!(index, "100644 {id}\t{path}\0").unwrap();
            names.push((id, *path));
        }
        git(
            directory.path(),
            &["update-index", "-z", "--index-info"],
            index.as_bytes(),
        );
        let tree = git(directory.path(), &["write-tree"], b"");
        let commit = git(directory.path(), &["commit-tree", "-m", "x", tree.trim()], b"");
        git(directory.path(), &["update-ref", "refs/heads/main", commit.trim()], b"");
        Self { directory, names }
    }

    fn check(&self, content: &str) {
        let blob = git(
            self.directory.path(),
            &["hash-object", "-w", "--stdin"],
            content.as_bytes(),
        );
        let filter = format!("--filter=sparse:oid={}", blob.trim());
        let listed = git(
            self.directory.path(),
            &["rev-list", "--objects", &filter, "refs/heads/main"],
            b"",
        );
        let ids: BTreeSet<_> = listed.lines().filter_map(|line| line.split(' ').next()).collect();
        let expected: BTreeSet<_> = self
            .names
            .iter()
            .filter(|(id, _)| ids.contains(&**id))
            .map(|(_, path)| *path)
            .collect();
        let patterns = Patterns::parse(content.as_bytes(), 100).unwrap();
        assert_eq!(included(&patterns, PATHS), expected, "{content:?}");
    }
}

fn git(directory: &Path, arguments: &[&str], input: &[u8]) -> String {
    let mut child = Command::new("git")
        .args(arguments)
        .current_dir(directory)
        .env_remove("GIT_DIR")
        .envs([("GIT_CONFIG_GLOBAL", "/dev/null"), ("GIT_CONFIG_NOSYSTEM", "1")])
        .envs([("GIT_AUTHOR_NAME", "a"), ("GIT_AUTHOR_EMAIL", "a@example.com")])
        .envs([("GIT_COMMITTER_NAME", "a"), ("GIT_COMMITTER_EMAIL", "a@example.com")])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(
        output.status.success(),
        "git {arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}
