//! `kill -9` at random moments of concurrent pushes: what was acknowledged is there, nothing else moved.
//!
//! The long form: `PACKHOUSE_KILL_ROUNDS=200 cargo test -p packhouse-tests --release kill`.

use std::{
    collections::BTreeMap,
    sync::{
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    thread,
    time::Duration,
};

use packhouse_harness::{Git, Server, bare_twin, server::against_reference};
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};

const PUSHERS: usize = 3;
const REPOSITORY: &str = "killed";

/// One user with a branch of its own.
struct Pusher {
    git: Git,
    branch: String,
    /// What the server acknowledged last.
    acknowledged: String,
    /// What was on its way when the server died: it may have arrived.
    on_its_way: Option<String>,
}

#[test]
fn every_acknowledged_push_survives_a_kill() {
    if against_reference() {
        return;
    }
    let rounds = std::env::var_os("PACKHOUSE_KILL_ROUNDS");
    let rounds = rounds.map_or(6, |rounds| {
        rounds.to_string_lossy().parse::<u32>().expect("a number of rounds")
    });
    let mut rng = StdRng::seed_from_u64(41);
    let mut server = Server::start();
    let mut pushers = set_up(&server);
    for round in 0..rounds {
        let patience = Duration::from_millis(rng.random_range(0..400));
        let pushes = rng.random_range(1..8);
        server = killed_while_pushing(server, &mut pushers, pushes, patience).start();
        check(&server, &mut pushers, round);
    }
}

fn set_up(server: &Server) -> Vec<Pusher> {
    let git = Git::newest();
    git.log_in(server);
    let url = server.create_repository(REPOSITORY);
    let work = git.init("work");
    let base = work.commit("file", "base");
    work.run(&format!("push --quiet {url} main main:still")).ok();
    let pusher = |at: usize| {
        let git = Git::newest();
        git.log_in(server);
        git.run(&format!("clone --quiet {url} mine")).ok();
        let (git, branch) = (git.in_dir("mine"), format!("by-{at}"));
        git.run(&format!("push --quiet {url} HEAD:refs/heads/{branch}")).ok();
        Pusher {
            git,
            branch,
            acknowledged: base.clone(),
            on_its_way: None,
        }
    };
    (0..PUSHERS).map(pusher).collect()
}

/// Lets all push until `pushes` were acknowledged, waits a moment longer, and kills.
fn killed_while_pushing(
    server: Server,
    pushers: &mut [Pusher],
    pushes: usize,
    patience: Duration,
) -> packhouse_harness::Stopped {
    let url = server.url_with_credentials(REPOSITORY);
    let over = AtomicBool::new(false);
    let (told, acknowledgements) = mpsc::channel();
    thread::scope(|scope| {
        for pusher in pushers {
            let (url, over, told) = (&url, &over, told.clone());
            scope.spawn(move || push_until_killed(pusher, url, over, &told));
        }
        for _ in 0..pushes {
            acknowledgements
                .recv_timeout(Duration::from_secs(60))
                .expect("pushes succeed while the server runs");
        }
        // The moment is random: it falls into any phase of the pushes that run now.
        let until = std::time::Instant::now() + patience;
        while let Some(left) = until.checked_duration_since(std::time::Instant::now()) {
            acknowledgements.recv_timeout(left).ok();
        }
        over.store(true, Ordering::Relaxed);
        server.kill()
    })
}

fn push_until_killed(pusher: &mut Pusher, url: &str, over: &AtomicBool, told: &mpsc::Sender<()>) {
    for step in 0.. {
        let tip = pusher
            .git
            .commit("file", format!("{step} after {}", pusher.acknowledged));
        let pushed = pusher
            .git
            .run(&format!("push --quiet {url} HEAD:refs/heads/{}", pusher.branch));
        if pushed.code != Some(0) {
            assert!(
                over.load(Ordering::Relaxed),
                "a running server takes the push: {pushed:?}"
            );
            pusher.on_its_way = Some(tip);
            return;
        }
        pusher.acknowledged = tip;
        told.send(()).ok();
    }
}

fn check(server: &Server, pushers: &mut [Pusher], round: u32) {
    let git = Git::newest();
    git.log_in(server);
    let url = server.url(REPOSITORY);
    let listed = git.run(&format!("ls-remote --heads {url}")).ok();
    let refs: BTreeMap<_, _> = listed
        .lines()
        .filter_map(|line| line.split_once("\trefs/heads/"))
        .map(|(id, name)| (name, id))
        .collect();
    assert_eq!(refs.len(), PUSHERS + 2, "round {round}: {listed}");
    assert_eq!(
        refs["main"], refs["still"],
        "round {round}: a ref moved that nobody pushed"
    );
    for pusher in pushers {
        let found = refs[pusher.branch.as_str()];
        let arrived = pusher.on_its_way.take().filter(|tip| tip == found);
        pusher.acknowledged = arrived.unwrap_or_else(|| pusher.acknowledged.clone());
        assert_eq!(
            found, pusher.acknowledged,
            "round {round}: {} lost an acknowledged push",
            pusher.branch
        );
        pusher.git.run_args(["reset", "--quiet", "--hard", found]).ok();
    }
    git.run(&format!("clone --quiet --mirror {url} copy")).ok();
    bare_twin::contents(&git.in_dir("copy"));
}
