//! Random histories pushed step by step to Packhouse and to a bare repository: nothing may differ.

use packhouse_harness::{
    Git, Server,
    bare_twin::{self, BareTwin},
    random_history,
    server::against_reference,
};
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng, seq::SliceRandom as _};

#[test]
fn random_histories_pushed_in_random_steps_end_up_equal() {
    for (seed, git) in (1..).zip(Git::every()) {
        for seed in [seed, seed + 100, seed + 200] {
            step_by_step(&git, seed);
        }
    }
}

fn step_by_step(git: &Git, seed: u64) {
    let mut rng = StdRng::seed_from_u64(seed);
    let twin = BareTwin::create(Server::shared(), git, &format!("random-{seed}-{}", git.version()));
    let source = git.init(&format!("source-{seed}"));
    random_history::import(&source, |stream| random_history::mixed(stream, seed, 60));
    let mut commits: Vec<_> = source.run("rev-list --all").ok().lines().map(str::to_owned).collect();
    commits.shuffle(&mut rng);
    // Branches jump forwards, backwards and sideways through history, and vanish.
    for step in 0..12 {
        let mut refspecs: Vec<_> = (0..rng.random_range(1..4))
            .map(|at| format!("{}:refs/heads/b{at}", commits[step * 3 + at]))
            .collect();
        if step == 0 {
            refspecs = vec![format!("{}:refs/heads/main", commits[0])];
        } else if rng.random_bool(0.2) {
            refspecs.push(format!("{}:refs/tags/t{step}", commits[step]));
        }
        twin.push(&source, &format!("--force {}", refspecs.join(" ")));
        if rng.random_bool(0.2) && git.run(&format!("ls-remote --exit-code {} b0", twin.twin_url())).code == Some(0) {
            twin.push(&source, ":b0");
        }
    }
    // What is reachable from refs must be equal; git also keeps what forced pushes left behind.
    same_reachable(git, &twin);
    twin.push(&source, "--mirror");
    same_reachable(git, &twin);
    for options in ["--depth=2", "--filter=blob:none", "--filter=tree:1", "--single-branch"] {
        twin.assert_same_clone(git, options);
    }
}

fn same_reachable(git: &Git, twin: &BareTwin) {
    twin.assert_same();
    let folder = tempfile::TempDir::new_in(git.dir()).expect("a temporary folder");
    let copy = git.in_dir(folder.path());
    copy.run(&format!("clone --quiet --mirror {} copy", twin.url())).ok();
    let ours = super::reachable(&copy.in_dir("copy"), "--all");
    assert_eq!(ours, super::reachable(&git.in_dir(twin.bare()), "--all"));
}

#[test]
fn incremental_fetches_between_any_two_points_are_complete() {
    let git = Git::newest();
    git.log_in(Server::shared());
    let twin = super::mixed();
    let bare = git.in_dir(twin.bare());
    let mut commits: Vec<_> = bare
        .run("rev-list --branches")
        .ok()
        .lines()
        .map(str::to_owned)
        .collect();
    commits.shuffle(&mut StdRng::seed_from_u64(17));
    for (at, pair) in commits.chunks_exact(2).take(12).enumerate() {
        let copy = git.init(&format!("copy-{at}"));
        for id in pair {
            copy.run(&format!(
                "fetch --quiet --no-tags {} {id}:refs/heads/x{}",
                twin.url(),
                &id[..6]
            ))
            .ok();
        }
        assert_eq!(
            super::reachable(&copy, "--all"),
            super::reachable(&bare, &pair.join(" "))
        );
        bare_twin::contents(&copy);
    }
}

#[test]
fn what_lies_in_the_blob_store_is_a_sound_git_repository() {
    if against_reference() {
        return;
    }
    let git = Git::newest();
    let server = Server::start();
    git.log_in(&server);
    let url = server.create_repository("stored");
    let source = git.init("source");
    random_history::import(&source, |stream| random_history::mixed(stream, 23, 60));
    source.run(&format!("push --quiet {url} main")).ok();
    source.run(&format!("push --quiet --mirror {url}")).ok();
    let listed = git.run(&format!("ls-remote --refs {url}")).ok();
    git.run("init --quiet --bare copy.git").ok();
    let copy = git.in_dir("copy.git");
    let packs = server.copy_packs(&copy.dir().join("objects/pack"));
    assert!(packs > 0, "the store holds packs");
    let updates = listed.lines().filter_map(|line| line.split_once('\t'));
    let updates: String = updates.map(|(id, name)| format!("create {name} {id}\n")).collect();
    copy.run_with_input(["update-ref", "--stdin"], updates.as_bytes()).ok();
    copy.run("fsck --full --strict").ok();
    assert_eq!(super::reachable(&copy, "--all"), super::reachable(&source, "--all"));
}
