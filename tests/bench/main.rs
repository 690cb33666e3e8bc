//! Measures Packhouse against `git http-backend`: the same repositories, the same clients, in turns.
//!
//! http-backend is measured twice: on a repository that was repacked with bitmaps and a commit graph, and on one as a push left it.
//!
//! `cargo bench -p packhouse-tests -- --repo PATH [--repo PATH…] [--rounds N] [--only NAME]`
//!
//! Without `--repo` it makes stand-ins from a seed. It prints one Markdown table a repository: medians of all rounds,
//! ratios of Packhouse to http-backend, and whether each target is met. Afterwards it fails unless all hold the same refs
//! and objects and `git fsck` finds them sound.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command that prints a report"
)]

mod machine;
mod measure;
mod operations;
mod peers;
mod raw;
mod report;
mod subject;

use std::{net::TcpListener, path::PathBuf};

use anyhow::{Context as _, Result, bail, ensure};
use packhouse_harness::cgi_host::{self, CgiHost};

use crate::{measure::Series, operations::Operation, peers::Peers, subject::Subject};

#[derive(Debug, Default)]
struct Options {
    repositories: Vec<PathBuf>,
    rounds: usize,
    only: Option<String>,
    cgi_host: Option<(PathBuf, PathBuf)>,
    asked_for: bool,
}

fn main() -> Result<()> {
    let options = parse(std::env::args().skip(1))?;
    if let Some((root, http_backend)) = options.cgi_host {
        return run_cgi_host(root, http_backend);
    }
    ensure!(
        options.rounds <= subject::MOST_ROUNDS,
        "at most {} rounds",
        subject::MOST_ROUNDS
    );
    if !options.asked_for {
        eprintln!("run me by `cargo bench -p packhouse-tests`");
        return Ok(());
    }
    let subjects = match options.repositories.as_slice() {
        [] => Subject::stand_ins(),
        given => given.iter().map(|path| Subject::given(path)).collect::<Result<_>>()?,
    };
    println!("{}\n", machine::description());
    for subject in subjects {
        measure(&subject, options.rounds, options.only.as_deref())?;
    }
    Ok(())
}

fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Options> {
    let mut options = Options {
        rounds: 5,
        ..Options::default()
    };
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().with_context(|| format!("{argument} needs a value"));
        match argument.as_str() {
            "--bench" => options.asked_for = true,
            "--repo" => options.repositories.push(value()?.into()),
            "--rounds" => options.rounds = value()?.parse().context("--rounds takes a number")?,
            "--only" => options.only = Some(value()?),
            "--cgi-host" => options.cgi_host = Some((value()?.into(), value()?.into())),
            other => bail!("unknown argument {other}; known: --repo PATH, --rounds N, --only NAME"),
        }
    }
    Ok(options)
}

/// The reference runs in a process of its own, whose processor time is its alone.
fn run_cgi_host(root: PathBuf, http_backend: PathBuf) -> Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    println!("listening on http://{}", listener.local_addr()?);
    let credentials = Some((peers::USER.to_owned(), peers::PASSWORD.to_owned()));
    cgi_host::serve(
        &listener,
        CgiHost {
            root,
            http_backend,
            credentials,
        },
    );
    Ok(())
}

/// Runs all operations on one repository, in turns, and prints the table.
fn measure(subject: &Subject, rounds: usize, only: Option<&str>) -> Result<()> {
    let mut peers = Peers::start();
    let operations = operations::all().into_iter();
    let operations: Vec<_> = operations
        .filter(|operation| only.is_none_or(|name| operation.name.contains(name)))
        .collect();
    ensure!(!operations.is_empty(), "no operation has this name");
    peers.set_up(
        subject,
        operations.iter().any(|operation| operation.name.contains("10,000")),
    );
    let mut rows = Vec::new();
    for operation in operations {
        eprintln!("{}: {}", subject.name, operation.name);
        rows.push((operation.clone(), run(&mut peers, subject, &operation, rounds)));
    }
    println!("## {}\n\n{}", subject.description(), report::table(&rows));
    peers.validate(subject);
    Ok(())
}

/// Measures an operation on all, with each the first by turns.
fn run(peers: &mut Peers, subject: &Subject, operation: &Operation, rounds: usize) -> [Series; 3] {
    let mut series: [Series; 3] = Default::default();
    for round in 0..rounds {
        for turn in 0..3 {
            let which = (round + turn) % 3;
            let peer = &mut peers.all[which];
            series[which].push((operation.run)(peer, subject, round));
        }
    }
    series
}
