//! Pushes, and all else that goes through the helper.

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path};

use packhouse_harness::{Git, Server, random_history, server::against_reference};

use super::{always_direct, finished, kept, noise, with_helper};

/// The long form: `PACKHOUSE_UPLOAD_MB=300 cargo test -p packhouse-tests uploads`.
pub(super) fn megabytes() -> usize {
    let asked = std::env::var_os("PACKHOUSE_UPLOAD_MB");
    asked.map_or(40, |asked| {
        asked.to_string_lossy().parse().expect("a number of megabytes")
    })
}

#[test]
fn a_large_push_goes_in_parts_and_a_small_one_in_one_request() {
    if against_reference() {
        return;
    }
    let server = &Server::start();
    let git = with_helper(&Git::newest());
    git.log_in(server);
    let url = server.create_repository("upload-large");
    git.run(&format!("clone --quiet packhouse::{url} work")).ok();
    let work = git.in_dir("work");
    work.commit("small", "small");
    work.run("push --quiet origin main").ok();
    assert_eq!(
        (finished(server, "upload-large"), kept(&work).len()),
        (0, 0),
        "it goes in one request"
    );

    work.run("config core.compression 0").ok();
    let tip = work.commit("large", noise(1, megabytes() << 20));
    let told = work.run("push --progress origin main");
    assert!(told.stderr.contains("Uploading pack: 100%"), "{told:?}");
    told.ok();
    assert_eq!(
        (finished(server, "upload-large"), kept(&work).len()),
        (1, 0),
        "{}",
        server.log()
    );

    let other = Git::newest();
    other.log_in(server);
    other.run(&format!("clone --quiet {url} copy")).ok();
    assert_eq!(other.in_dir("copy").rev("HEAD"), tip);
    other.in_dir("copy").run("fsck --strict").ok();
    let incoming = server.data().join("blobs/incoming");
    assert_eq!(count_files(&incoming), 0, "the parts are gone");
}

fn count_files(folder: &Path) -> usize {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let count = |path: std::path::PathBuf| if path.is_dir() { count_files(&path) } else { 1 };
    entries.map(|entry| count(entry.path())).sum()
}

#[test]
fn history_of_all_kinds_is_pushed_and_fetched_by_every_client() {
    if against_reference() {
        return;
    }
    let server = Server::shared();
    for git in Git::every_protocol() {
        let name = format!("upload-{}", git.label());
        let git = with_helper(&git);
        git.log_in(server);
        let url = format!("packhouse::{}", server.create_repository(&name));
        let source = git.init("source");
        random_history::import(&source, |stream| random_history::mixed(stream, 23, 30));
        always_direct(&source);
        source.run(&format!("push --quiet --mirror {url}")).ok();
        assert_eq!(finished(server, &name), 1);
        git.run(&format!("clone --quiet --mirror {url} copy")).ok();
        let refs = |git: &Git| git.run("for-each-ref").ok();
        assert_eq!(refs(&source), refs(&git.in_dir("copy")));
        git.in_dir("copy").run("fsck --strict").ok();
        git.run(&format!("clone --quiet --depth=1 {url} shallow")).ok();
        git.run(&format!("clone --quiet --filter=blob:none {url} partial")).ok();

        let listed = git.run(&format!("ls-remote {url}")).ok();
        assert_eq!(listed, git.run(&format!("ls-remote {}", server.url(&name))).ok());
        let shallow = git.in_dir("shallow");
        always_direct(&shallow);
        let tip = shallow.commit("file", "more");
        shallow.run("push --quiet origin HEAD:refs/heads/from-shallow").ok();
        assert_eq!(finished(server, &name), 2);
        let copy = git.in_dir("copy");
        copy.run("fetch --quiet").ok();
        assert_eq!(copy.rev("refs/heads/from-shallow"), tip);
    }
}

#[test]
fn sha256_repositories_are_pushed_to() {
    if against_reference() {
        return;
    }
    let server = Server::shared();
    let git = with_helper(&Git::newest());
    git.log_in(server);
    let url = server.create_repository_of("upload-sha256", "sha256");
    git.run("init --quiet --object-format=sha256 work").ok();
    let work = git.in_dir("work");
    always_direct(&work);
    let first = work.commit("file", "one");
    work.run(&format!("push --quiet packhouse::{url} main")).ok();
    let tip = work.commit("file", "two");
    work.run(&format!("push --quiet packhouse::{url} main")).ok();
    assert_eq!(finished(server, "upload-sha256"), 2);
    assert_eq!(
        (first.len(), work.run(&format!("ls-remote {url} main")).ok()),
        (64, format!("{tip}\trefs/heads/main\n"))
    );
}

/// What git tells in the life of a repository, and what is in it then.
fn story(git: &Git, url: &str) -> String {
    let work = git.init("work");
    always_direct(&work);
    work.run(&format!("remote add origin {url}")).ok();
    let mut story = String::new();
    let mut tell = |arguments: &str| story.push_str(&work.run(arguments).transcript());
    work.commit("a", "one\n");
    tell("push origin main");
    tell("push origin main");
    work.commit("a", "two\n");
    tell("push --porcelain origin main");
    work.run("reset --quiet --hard HEAD~1").ok();
    work.commit("a", "three\n");
    tell("push origin main");
    tell("push --force origin main");
    work.commit("a", "four\n");
    tell("push --dry-run origin main");
    tell("push origin main main:topic main:refs/tags/v1");
    work.run("tag -a -m two v2").ok();
    tell("push --tags origin");
    work.commit("a", "five\n");
    tell("push origin main:more :refs/tags/v1");
    work.commit("a", "six\n");
    tell("push origin :main main:topic");
    tell("push --atomic origin :main main:more");
    tell("push origin --delete topic");
    tell("push -o one -o \"two\" origin main:options");
    work.commit("b", "seven\n");
    tell("push origin HEAD~1:refs/heads/main HEAD:refs/packhouse/hidden");
    tell("push origin HEAD^{tree}:refs/heads/tree HEAD^{tree}:refs/tags/tree");
    tell("push --force-with-lease=main:HEAD~3 origin +main");
    tell("push origin absent:main");
    tell("push --quiet origin main");
    tell("push --all origin");
    tell("push --mirror origin");
    tell("ls-remote origin");
    story
}

#[test]
fn git_tells_the_same_as_without_the_helper() {
    if against_reference() {
        return;
    }
    let server = Server::shared();
    for git in Git::every() {
        let told = [("stock", ""), ("direct", "packhouse::")].map(|(kind, prefix)| {
            let name = format!("upload-{kind}-{}", git.label());
            let git = with_helper(&git.stranger());
            git.log_in(server);
            let url = server.create_repository(&name);
            let story = story(&git, &format!("{prefix}{url}"));
            let direct = finished(server, &name);
            assert_eq!(direct > 10, kind == "direct", "{direct} direct pushes: {story}");
            story.replace(&name, "repository").replace("packhouse::", "")
        });
        let [stock, direct] = told;
        assert_eq!(stock, direct);
    }
}

#[test]
fn a_url_is_rewritten_for_pushes_alone() {
    if against_reference() {
        return;
    }
    let server = Server::shared();
    let git = with_helper(&Git::newest());
    git.log_in(server);
    let url = server.create_repository("upload-rewritten");
    let (base, key) = (server.base_url(), "pushInsteadOf");
    git.run(&format!("config --global url.packhouse::{base}/.{key} {base}/"))
        .ok();
    git.run(&format!("clone --quiet {url} work")).ok();
    let work = git.in_dir("work");
    always_direct(&work);
    work.commit("file", "one");
    work.run("push --quiet origin main").ok();
    assert_eq!(finished(server, "upload-rewritten"), 1);
    work.run("fetch --quiet").ok();
}

#[test]
fn a_push_in_between_refuses_the_late_one_and_a_merge_gets_through() {
    if against_reference() {
        return;
    }
    let server = Server::shared();
    let git = with_helper(&Git::newest());
    git.log_in(server);
    let url = server.create_repository("upload-race");
    let work = git.init("work");
    always_direct(&work);
    work.commit("file", "base");
    work.run(&format!("push --quiet packhouse::{url} main")).ok();
    let other = Git::newest();
    other.log_in(server);
    other.run(&format!("clone --quiet {url} other")).ok();
    let other = other.in_dir("other");

    // Between what the late one sees and its end: git runs this hook when it has read the refs.
    other.commit("other", "early");
    let script = format!(
        "#!/bin/sh\nunset GIT_DIR\ncd '{}' && HOME='{}' git push --quiet {url} main\n",
        other.dir().display(),
        other.dir().parent().and_then(Path::parent).expect("a home").display()
    );
    let hook = work.dir().join(".git/hooks/pre-push");
    fs::create_dir_all(hook.parent().expect("a folder")).expect("the repository is writable");
    fs::write(&hook, script).expect("the repository is writable");
    fs::set_permissions(&hook, fs::Permissions::from_mode(0o755)).expect("it is ours");

    work.commit("file", "late");
    let told = work.run(&format!("push packhouse::{url} main")).refused();
    assert!(told.contains("[remote rejected] main -> main (stale info"), "{told}");
    assert_eq!(kept(&work).len(), 2, "the same push may be allowed later");
    fs::remove_file(hook).expect("it is ours");
    work.run(&format!("pull --quiet --no-rebase --no-edit {url} main")).ok();
    work.run(&format!("push --quiet packhouse::{url} main")).ok();
    other.run("pull --quiet").ok();
    assert_eq!(other.rev("HEAD"), work.rev("HEAD"));
}
