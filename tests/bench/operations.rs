//! What is measured.

use std::{fs, path::Path, thread, time::Duration};

use packhouse_harness::Git;

use crate::{
    measure::{Sample, sample},
    peers::{MAIN, MANY_REFS, Peer},
    raw::RawClient,
    subject::Subject,
};

/// Commits that each of the concurrent pushers pushes, one by one.
pub(crate) const PUSHES_EACH: usize = 3;
/// Concurrent clients.
pub(crate) const CLIENTS: usize = 16;

/// An operation and what is asked of it.
#[derive(Clone)]
pub(crate) struct Operation {
    pub(crate) name: &'static str,
    /// Measures it once on one server, in one round.
    pub(crate) run: fn(&mut Peer, &Subject, usize) -> Sample,
    pub(crate) target: Target,
}

/// The highest ratio to http-backend of wall and processor time, and the highest memory in MiB; none where nothing is
/// asked.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Target {
    pub(crate) wall: Option<f64>,
    pub(crate) cpu: Option<f64>,
    pub(crate) memory: Option<u64>,
    /// Whether nothing but the server is measured.
    pub(crate) server_only: bool,
}

impl Target {
    const fn wall(self, most: f64) -> Self {
        Self {
            wall: Some(most),
            ..self
        }
    }

    const fn cpu(self, most: f64) -> Self {
        Self {
            cpu: Some(most),
            ..self
        }
    }

    const fn memory(self, mib: u64) -> Self {
        Self {
            memory: Some(mib),
            ..self
        }
    }
}

/// Of the requests alone, sent by a client that throws the answers away.
const RAW: Target = Target {
    wall: None,
    cpu: None,
    memory: None,
    server_only: true,
};
/// With git.
const GIT: Target = Target {
    server_only: false,
    ..RAW
};

/// All operations, in the order of the report.
pub(crate) fn all() -> Vec<Operation> {
    let operation = |name, target, run| Operation { name, run, target };
    vec![
        operation("refs", RAW.wall(0.05).cpu(0.05), |peer, _, _| refs(peer, MAIN, "refs/")),
        operation("refs, 10,000 of them", RAW.wall(0.05).cpu(0.05), |peer, _, _| {
            refs(peer, MANY_REFS, "refs/")
        }),
        operation("fetch with nothing new", RAW.wall(0.05), |peer, _, _| {
            refs(peer, MAIN, "refs/heads/bench/")
        }),
        operation("fetch 1 commit", RAW.wall(0.15), |peer, subject, _| {
            fetch(peer, subject, 1)
        }),
        operation("fetch 100 commits", RAW.wall(0.3), |peer, subject, _| {
            fetch(peer, subject, 100)
        }),
        operation("clone, requests alone", RAW.wall(0.25).cpu(0.35), |peer, _, _| {
            raw_clone(peer, &[])
        }),
        operation("clone --filter=blob:none", RAW.cpu(0.25), |peer, _, _| {
            raw_clone(peer, &["filter blob:none"])
        }),
        operation("clone --depth=1 of the same tip", RAW.wall(0.05), |peer, subject, _| {
            shallow(peer, subject, 0, 0)
        }),
        operation(
            "clone --depth=1 of other commits each time",
            RAW.wall(0.35),
            |peer, subject, round| shallow(peer, subject, round * SHALLOW, 1),
        ),
        operation(
            "16 clones at once, requests alone",
            RAW.wall(0.3).memory(150),
            clones_at_once,
        ),
        operation("clone", GIT.wall(0.97), |peer, _, _| clone(peer, "--bare")),
        operation("push one small commit", GIT.wall(0.7).cpu(0.2), push_commit),
        operation("16 pushers at once", GIT.wall(0.6), pushers_at_once),
        operation("push all", GIT.wall(0.6).cpu(0.45).memory(300), push_all),
    ]
}

/// How often what takes a few milliseconds is measured in a row.
const QUICK: u32 = 100;
/// Shallow clones in a row.
const SHALLOW: usize = 5;

fn refs(peer: &mut Peer, repository: &str, prefix: &str) -> Sample {
    let mut client = peer.raw(repository);
    client.look(prefix);
    sample(peer.pid(), QUICK, || {
        client.look(prefix);
        0
    })
}

/// The newest `count` commits of a branch, for a client that has all before them.
fn fetch(peer: &mut Peer, subject: &Subject, count: usize) -> Sample {
    let branch = format!("bench/fetch-{count}");
    let (url, tip) = (peer.url(MAIN), &subject.spare[count - 1]);
    peer.git
        .in_dir(subject.source.dir())
        .run(&format!("push --quiet --force {url} {tip}:refs/heads/{branch}"))
        .ok();
    let want = format!("want {tip}");
    let mut arguments = vec!["thin-pack", "no-progress", "include-tag", "ofs-delta", &want];
    // What a client sends first.
    let haves = subject.source.run("rev-list --max-count=16 --first-parent HEAD").ok();
    let haves: Vec<String> = haves.lines().map(|id| format!("have {id}")).collect();
    arguments.extend(haves.iter().map(String::as_str));
    let mut client = peer.raw(MAIN);
    let prefix = format!("refs/heads/{branch}");
    let mut fetch = || {
        client.look(&prefix);
        client.fetch(arguments.iter().copied())
    };
    fetch();
    sample(peer.pid(), QUICK / 4, fetch)
}

fn raw_clone(peer: &mut Peer, options: &[&str]) -> Sample {
    let mut client = peer.raw(MAIN);
    sample(peer.pid(), 1, || clone_by(&mut client, options))
}

/// The requests of a clone of all branches and tags.
fn clone_by(client: &mut RawClient, options: &[&str]) -> u64 {
    let tips = client.refs("refs/");
    let wants: Vec<String> = tips.iter().map(|id| format!("want {id}")).collect();
    let wants = wants.iter().map(String::as_str);
    let fixed = ["thin-pack", "no-progress", "ofs-delta"];
    client.fetch(
        fixed
            .into_iter()
            .chain(options.iter().copied())
            .chain(wants)
            .chain(["done"]),
    )
}

/// Clones of depth 1 of commits that lie `first` below the tip, each `step` deeper.
fn shallow(peer: &mut Peer, subject: &Subject, first: usize, step: usize) -> Sample {
    let mut client = peer.raw(MAIN);
    let mut clone = |commit: &str| {
        client.look("HEAD");
        let want = format!("want {commit}");
        client.fetch(["thin-pack", "no-progress", "ofs-delta", "deepen 1", &want, "done"])
    };
    if step == 0 {
        clone(&subject.first_parents[0]);
    }
    let mut at = first;
    sample(peer.pid(), u32::try_from(SHALLOW).unwrap_or(1), || {
        at += step;
        clone(&subject.first_parents[at % subject.first_parents.len()])
    })
}

/// Pushes a few commits, one a time, to a new branch.
fn push_commit(peer: &mut Peer, subject: &Subject, round: usize) -> Sample {
    let url = peer.url(MAIN);
    let from = peer.git.in_dir(subject.source.dir());
    let base = subject.tip();
    from.run(&format!("push --quiet {url} {base}:refs/heads/bench/push-{round}"))
        .ok();
    let mut commits = subject.spare.iter().skip(round * 8);
    sample(peer.pid(), 8, || {
        let commit = commits.next().expect("there are spare commits for all rounds");
        from.run(&format!("push --quiet {url} {commit}:refs/heads/bench/push-{round}"))
            .ok();
        0
    })
}

fn push_all(peer: &mut Peer, subject: &Subject, _: usize) -> Sample {
    let name = format!("push-all-{}", peer.next());
    let url = peer.create(&name);
    let pushed = sample(peer.pid(), 1, || {
        subject.push_all(&peer.git, &url);
        0
    });
    peer.settle(&name);
    pushed
}

fn clone(peer: &Peer, options: &str) -> Sample {
    let url = peer.url(MAIN);
    sample(peer.pid(), 1, || clone_once(&peer.git, options, &url))
}

/// Clones into a folder that is removed again; answers the bytes of the pack.
fn clone_once(git: &Git, options: &str, url: &str) -> u64 {
    let folder = tempfile::TempDir::new_in(git.dir()).expect("a temporary folder");
    let there = git.in_dir(folder.path());
    there.run(&format!("clone --quiet {options} {url} copy")).ok();
    received(&folder.path().join("copy"))
}

fn clones_at_once(peer: &mut Peer, _: &Subject, _: usize) -> Sample {
    let clients: Vec<_> = (0..CLIENTS).map(|_| peer.raw(MAIN)).collect();
    let mut clients = Some(clients);
    sample(peer.pid(), 1, || {
        thread::scope(|scope| {
            let clients = clients.take().into_iter().flatten();
            let clones: Vec<_> = clients
                .map(|mut client| scope.spawn(move || clone_by(&mut client, &[])))
                .collect();
            clones
                .into_iter()
                .map(|clone| clone.join().expect("the clone succeeds"))
                .sum()
        })
    })
}

/// Sixteen users push three commits each, one by one, to branches of their own. Wall is of all together.
fn pushers_at_once(peer: &mut Peer, subject: &Subject, round: usize) -> Sample {
    let (url, from) = (peer.url(MAIN), peer.git.in_dir(subject.source.dir()));
    sample(peer.pid(), 1, || {
        thread::scope(|scope| {
            for pusher in 0..CLIENTS {
                let (url, from) = (&url, &from);
                scope.spawn(move || {
                    for left in (0..PUSHES_EACH).rev() {
                        let commit = format!("refs/pushers/{round}/{pusher}~{left}");
                        from.run(&format!(
                            "push --quiet {url} {commit}:refs/heads/bench/by-{round}-{pusher}"
                        ))
                        .ok();
                    }
                });
            }
        });
        0
    })
}

/// Pushes per second of the sixteen.
pub(crate) fn pushes_per_second(wall: Duration) -> f64 {
    f64::from(u32::try_from(CLIENTS * PUSHES_EACH).unwrap_or(u32::MAX)) / wall.as_secs_f64().max(0.001)
}

/// The bytes of all packs in a bare repository.
fn received(repository: &Path) -> u64 {
    let packs = fs::read_dir(repository.join("objects/pack"))
        .into_iter()
        .flatten()
        .flatten();
    let packs = packs.filter(|entry| entry.path().extension().is_some_and(|extension| extension == "pack"));
    packs
        .filter_map(|entry| entry.metadata().ok())
        .map(|metadata| metadata.len())
        .sum()
}
