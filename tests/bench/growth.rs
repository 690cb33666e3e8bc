//! Prints what a small push costs in a repository that grows: `cargo bench -p packhouse-tests --bench growth [-- --commits N]`.
//!
//! The repository has a million objects and 20,000 refs, and gets 10,000 pushes of one commit each; beside it, one that is
//! empty, in turns. Requests are those of git's client, without its own work: the advertisement and the push, each over a
//! connection of its own.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command that prints a report"
)]

mod machine;

use std::{
    thread,
    time::{Duration, Instant},
};

use packhouse_harness::{
    Git, Server,
    pack::{self, Object},
    random_history,
    raw_git::{RawGit, ZERO, command},
};

/// After how many pushes it is measured.
const AFTER: [usize; 5] = [0, 10, 100, 1_000, 10_000];
/// How many pushes are measured each time.
const MEASURED: usize = 50;
/// Refs besides the one that is pushed to.
const REFS: usize = 20_000;
/// Commits that make about a million objects.
const COMMITS: usize = 250_000;
/// How much longer a push may take than into an empty repository.
const BOUND: f64 = 1.25;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if !arguments.iter().any(|argument| argument == "--bench") {
        eprintln!("run me by `cargo bench -p packhouse-tests --bench growth`");
        return;
    }
    let given = arguments.iter().position(|argument| argument == "--commits");
    let given = given.map(|at| arguments[at + 1].parse().expect("--commits takes a number"));
    println!("{}\n", machine::description());
    let server = Server::start_embedded(&[]);
    let (objects, packed) = fill(&server, given.unwrap_or(COMMITS));
    println!("{objects} objects in {} MB, {REFS} refs\n", packed / 1_000_000);
    println!(
        "| pushes before | into it | into an empty one | ratio | bound | | refs told by it | by an empty one | ratio without |"
    );
    println!("|---:|---:|---:|---:|---:|---|---:|---:|---:|");
    let mut large = Pusher::new(&server, "large");
    let mut before = 0;
    for after in AFTER {
        for _ in before..after {
            large.push();
        }
        let [grown, empty] = measure(&server, &mut large, after);
        let ratio = grown.whole.as_secs_f64() / empty.whole.as_secs_f64();
        let without = grown.pushed.as_secs_f64() / empty.pushed.as_secs_f64();
        let verdict = if ratio <= BOUND { "met" } else { "missed" };
        println!(
            "| {after} | {:.2?} | {:.2?} | {ratio:.2} | {BOUND} | {verdict} | {:.2?} | {:.2?} | {without:.2} |",
            grown.whole, empty.whole, grown.told, empty.told
        );
        before = after + MEASURED;
    }
    println!("\n{}", server.packhouse(&["admin", "show", "large"]));
}

/// Fills the repository `large`; how many objects it has, and how many bytes they take.
fn fill(server: &Server, commits: usize) -> (u64, u64) {
    let git = Git::newest().with_timeout(3600);
    git.log_in(server);
    let url = server.create_repository("large");
    git.run("init --quiet --bare source").ok();
    let source = git.in_dir("source");
    random_history::import(&source, |stream| random_history::linear(stream, 3, commits, 50));
    // Deltas are not what is measured.
    source
        .run(&format!(
            "-c pack.window=0 push --quiet {url} refs/heads/*:refs/heads/*"
        ))
        .ok();
    let tip = source.rev("HEAD");
    let refs: Vec<String> = (0..REFS)
        .map(|at| command(ZERO, &tip, &format!("refs/tags/t{at:05}")))
        .collect();
    RawGit::of(server, "large").push(&refs, &pack::of(&[]));
    let mut shown = server.packhouse(&["admin", "show", "large"]);
    while shown.contains("repackPending") {
        thread::sleep(Duration::from_secs(1));
        shown = server.packhouse(&["admin", "show", "large"]);
    }
    let shown: serde_json::Value = serde_json::from_str(&shown).expect("it prints JSON");
    let listed = source.run("rev-list --objects --all --count").ok();
    let objects = listed.trim().parse().expect("a number");
    (objects, shown["packBytes"].as_u64().expect("a number"))
}

/// What a push took.
#[derive(Clone, Copy)]
struct Took {
    /// Until all refs were told, in the only form that git has for pushes: a line for each.
    told: Duration,
    /// The push itself.
    pushed: Duration,
    /// Both.
    whole: Duration,
}

/// The medians of pushes into the large repository and into an empty one, in turns.
fn measure(server: &Server, large: &mut Pusher<'_>, round: usize) -> [Took; 2] {
    let name = format!("empty-{round}");
    server.create_repository(&name);
    let mut empty = Pusher::new(server, &name);
    // The first one makes the branch.
    empty.push();
    large.push();
    let mut all: [Vec<Took>; 2] = Default::default();
    for _ in 1..MEASURED {
        all[0].push(large.push());
        all[1].push(empty.push());
    }
    all.map(|all| Took {
        told: median(all.iter().map(|took| took.told)),
        pushed: median(all.iter().map(|took| took.pushed)),
        whole: median(all.iter().map(|took| took.whole)),
    })
}

fn median(times: impl Iterator<Item = Duration>) -> Duration {
    let mut times: Vec<Duration> = times.collect();
    times.sort();
    times[times.len() / 2]
}

/// Pushes commits on top of each other to a branch of its own.
struct Pusher<'a> {
    client: RawGit<'a>,
    tip: Option<String>,
    made: usize,
}

impl<'a> Pusher<'a> {
    fn new(server: &'a Server, repository: &str) -> Self {
        Self {
            client: RawGit::of(server, repository),
            tip: None,
            made: 0,
        }
    }

    /// Pushes one commit with one small file; how long it took.
    fn push(&mut self) -> Took {
        self.made += 1;
        let blob = Object::blob(format!("change {}\n", self.made));
        let tree = Object::tree(&[("100644", "file", &blob.id())]);
        let parents: Vec<&str> = self.tip.iter().map(String::as_str).collect();
        let commit = Object::commit(&tree.id(), &parents);
        let id = commit.id();
        let old = self.tip.replace(id.clone());
        let commands = [command(old.as_deref().unwrap_or(ZERO), &id, "refs/heads/pushed")];
        let packed = pack::of(&[blob, tree, commit]);
        let began = Instant::now();
        self.client.advertisement("git-receive-pack", None);
        let told = began.elapsed();
        let began = Instant::now();
        let report = self.client.push(&commands, &packed);
        let pushed = began.elapsed();
        let whole = told + pushed;
        assert_eq!(report.refs[0].1, "ok", "{report:?}");
        Took { told, pushed, whole }
    }
}
