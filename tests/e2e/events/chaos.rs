//! `kill -9` at random moments of concurrent pushes, with a receiver that fails at random: each change is told.
//!
//! The long form: `PACKHOUSE_CHAOS_PUSHES=2000 cargo test -p packhouse-tests --release chaos`.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    thread,
    time::{Duration, Instant},
};

use packhouse_harness::{
    Git, Server, Stopped,
    webhooks::{Delivery, Receiver, Reply},
};
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};

use super::{put_triggers, server, trigger};

const REPOSITORY: &str = "chaos";
const PUSHERS: usize = 3;

/// One user with a branch of its own.
struct Pusher {
    git: Git,
    branch: String,
    /// What the branch pointed to, one after the other, as far as the server acknowledged it or has it.
    tips: Vec<String>,
    /// What was on its way when the server died: it may have arrived.
    on_its_way: Option<String>,
}

#[test]
fn every_change_is_told_in_order_whatever_dies() {
    let pushes = std::env::var_os("PACKHOUSE_CHAOS_PUSHES");
    let pushes = pushes.map_or(300, |pushes| {
        pushes.to_string_lossy().parse::<usize>().expect("a number of pushes")
    });
    let mut rng = StdRng::seed_from_u64(97);
    let mut whims = StdRng::seed_from_u64(98);
    let receiver = Receiver::behaving(move |_| match whims.random_range(0..40) {
        0 => Reply::Status(500),
        1 => Reply::HangUp,
        _ => Reply::TAKEN,
    });
    let mut server = server();
    let mut pushers = set_up(&server);
    put_triggers(&server, REPOSITORY, &[trigger("on-push", &receiver)]);
    let mut made = 0;
    while made < pushes {
        let patience = Duration::from_millis(rng.random_range(0..300));
        let some = rng.random_range(10..40);
        server = killed_while_pushing(server, &mut pushers, some, patience).start();
        settle(&server, &mut pushers);
        made = pushers.iter().map(|pusher| pusher.tips.len()).sum();
    }
    let came = all_told(&server, &receiver, made);
    check(&came, &pushers);
}

fn set_up(server: &Server) -> Vec<Pusher> {
    let url = server.create_repository(REPOSITORY);
    let pusher = |at: usize| {
        let git = Git::newest();
        git.log_in(server);
        let work = git.init("work");
        work.commit("file", format!("{at}"));
        let branch = format!("by-{at}");
        work.run(&format!("push --quiet {url} HEAD:refs/heads/{branch}")).ok();
        Pusher {
            git: work,
            branch,
            tips: Vec::new(),
            on_its_way: None,
        }
    };
    (0..PUSHERS).map(pusher).collect()
}

/// Lets all push until `pushes` were acknowledged, waits a moment longer, and kills.
fn killed_while_pushing(server: Server, pushers: &mut [Pusher], pushes: usize, patience: Duration) -> Stopped {
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
        let until = Instant::now() + patience;
        while let Some(left) = until.checked_duration_since(Instant::now()) {
            acknowledgements.recv_timeout(left).ok();
        }
        over.store(true, Ordering::Relaxed);
        server.kill()
    })
}

fn push_until_killed(pusher: &mut Pusher, url: &str, over: &AtomicBool, told: &mpsc::Sender<()>) {
    for step in 0.. {
        let text = format!("{step} after {:?}", pusher.tips.last());
        let tip = pusher.git.commit("file", text);
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
        pusher.tips.push(tip);
        told.send(()).ok();
    }
}

/// Finds out what arrived of what was on its way.
fn settle(server: &Server, pushers: &mut [Pusher]) {
    let url = server.url_with_credentials(REPOSITORY);
    for pusher in pushers {
        let listed = pusher
            .git
            .run(&format!("ls-remote {url} refs/heads/{}", pusher.branch))
            .ok();
        let found = listed.split('\t').next().unwrap_or_default().to_owned();
        if pusher.on_its_way.take().is_some_and(|tip| tip == found) {
            pusher.tips.push(found.clone());
        }
        assert!(
            pusher.tips.last().is_none_or(|tip| *tip == found),
            "an acknowledged push is lost"
        );
        pusher.git.run_args(["reset", "--quiet", "--hard", &found]).ok();
    }
}

/// Waits until so many messages were taken; pauses after failures are cut short now and then.
fn all_told(server: &Server, receiver: &Receiver, count: usize) -> Vec<Delivery> {
    let enough = |came: &[Delivery]| {
        let taken = came.iter().filter(|one| one.reply == Reply::TAKEN);
        taken.map(|one| &one.id).collect::<BTreeSet<_>>().len() >= count
    };
    for _ in 0..600 {
        if let Some(came) = receiver.wait_for(Duration::from_millis(500), enough) {
            return came;
        }
        server.packhouse(&["triggers", "redeliver", REPOSITORY, "on-push"]);
    }
    panic!(
        "of {count} messages are missing: {}",
        server.packhouse(&["triggers", "list", REPOSITORY])
    );
}

/// Fails unless each branch was told each of its tips, in their order, under one id each, and nothing else was told.
fn check(came: &[Delivery], pushers: &[Pusher]) {
    let mut told: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut ids = BTreeMap::new();
    for one in came {
        let references = one.references();
        let [reference] = references.as_slice() else {
            panic!("a push of one ref: {references:?}")
        };
        let known = ids.entry(reference.clone()).or_insert_with(|| one.id.clone());
        assert_eq!(*known, one.id, "repetitions have equal ids");
        let (branch, tip) = reference.split_once(' ').expect("a ref and a commit");
        let tips = told.entry(branch.to_owned()).or_default();
        if one.reply == Reply::TAKEN && !tips.iter().any(|known| known == tip) {
            tips.push(tip.to_owned());
        }
    }
    let distinct: BTreeSet<&String> = ids.values().collect();
    assert_eq!(distinct.len(), ids.len(), "each change has an id of its own");
    let expect = pushers
        .iter()
        .map(|pusher| (format!("refs/heads/{}", pusher.branch), pusher.tips.clone()));
    assert_eq!(told, expect.collect());
}
