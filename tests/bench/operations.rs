//! What is measured.

use std::{fs, path::Path, thread, time::Duration};

use packhouse_harness::Git;

use crate::{
    measure::{Sample, sample},
    peers::{MAIN, MANY_REFS, Peer},
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
}

/// All operations, in the order of the report.
pub(crate) fn all() -> Vec<Operation> {
    let target = |wall, cpu, memory| Target { wall, cpu, memory };
    let operation = |name, run, target| Operation { name, run, target };
    vec![
        operation("ls-remote", ls_remote, target(Some(0.8), Some(0.3), None)),
        operation(
            "ls-remote, 10,000 refs",
            ls_remote_many,
            target(Some(0.8), Some(0.3), None),
        ),
        operation("push one small commit", push_commit, target(Some(0.9), None, None)),
        operation("push all", push_all, target(Some(0.8), Some(0.8), Some(400))),
        operation(
            "clone",
            |peer, _, _| clone(peer, "--bare"),
            target(Some(1.05), Some(1.0), None),
        ),
        operation(
            "clone --mirror",
            |peer, _, _| clone(peer, "--mirror"),
            target(Some(1.05), Some(1.0), None),
        ),
        operation("16 clones at once", clones_at_once, target(None, None, Some(200))),
        operation(
            "fetch 1 commit",
            |peer, subject, _| fetch(peer, subject, 1),
            target(Some(1.0), None, None),
        ),
        operation(
            "fetch 100 commits",
            |peer, subject, _| fetch(peer, subject, 100),
            target(Some(1.0), None, None),
        ),
        operation("16 pushers at once", pushers_at_once, Target::default()),
        operation(
            "clone --depth=1",
            |peer, _, _| clone(peer, "--bare --depth=1"),
            Target::default(),
        ),
        operation(
            "clone --filter=blob:none",
            |peer, _, _| clone(peer, "--bare --filter=blob:none"),
            Target::default(),
        ),
    ]
}

fn ls_remote(peer: &mut Peer, _: &Subject, _: usize) -> Sample {
    repeat_ls_remote(peer, MAIN, 20)
}

fn ls_remote_many(peer: &mut Peer, _: &Subject, _: usize) -> Sample {
    repeat_ls_remote(peer, MANY_REFS, 10)
}

fn repeat_ls_remote(peer: &Peer, repository: &str, times: u32) -> Sample {
    let url = peer.url(repository);
    sample(peer.pid(), times, || {
        peer.git.run(&format!("ls-remote {url}")).ok();
        0
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
    sample(peer.pid(), 1, || {
        subject.push_all(&peer.git, &url);
        0
    })
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
    let (url, git) = (peer.url(MAIN), &peer.git);
    sample(peer.pid(), 1, || {
        thread::scope(|scope| {
            let clones: Vec<_> = (0..CLIENTS)
                .map(|_| scope.spawn(|| clone_once(git, "--bare", &url)))
                .collect();
            clones
                .into_iter()
                .map(|clone| clone.join().expect("the clone succeeds"))
                .sum()
        })
    })
}

/// Fetches the newest `count` commits of a branch into a client that has all before them.
fn fetch(peer: &mut Peer, subject: &Subject, count: usize) -> Sample {
    let branch = format!("bench/fetch-{count}");
    let (url, tip) = (peer.url(MAIN), &subject.spare[count - 1]);
    peer.git
        .in_dir(subject.source.dir())
        .run(&format!("push --quiet --force {url} {tip}:refs/heads/{branch}"))
        .ok();
    let base = subject.tip();
    let clients: Vec<_> = (0..5).map(|_| subject.client_at(&peer.git, &base)).collect();
    let mut next = clients.iter();
    let sample = sample(peer.pid(), 5, || {
        let client = next.next().expect("a client for each time");
        client
            .run(&format!(
                "-c fetch.unpackLimit=1 fetch --quiet --no-tags {url} {branch}:refs/heads/new"
            ))
            .ok();
        assert_eq!(&client.rev("refs/heads/new"), tip);
        received(client.dir())
    });
    for client in clients {
        fs::remove_dir_all(client.dir()).expect("the client was made here");
    }
    sample
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
