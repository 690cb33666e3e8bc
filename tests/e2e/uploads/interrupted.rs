//! Pushes that are killed, and what the next one finds.

use std::{
    fs,
    io::{BufReader, Read},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use packhouse_harness::{
    Git, Server,
    fault_proxy::{Fault, FaultProxy, Rule},
    process,
    server::against_reference,
};

use super::{kept, noise, with_helper};

/// How long processes may take to be gone.
const PATIENCE: Duration = Duration::from_secs(60);

/// Reads what git tells until it has told `text`.
fn read_until(stderr: &mut impl Read, text: &str) {
    let mut told = Vec::new();
    let mut byte = [0];
    while !told.ends_with(text.as_bytes()) {
        let count = stderr.read(&mut byte).expect("git's output is a pipe");
        assert!(count > 0, "git ended early: {}", String::from_utf8_lossy(&told));
        told.extend_from_slice(&byte);
    }
}

fn named(pids: &[u32], name: &str) -> u32 {
    let is_it = |pid: &u32| {
        fs::read_to_string(format!("/proc/{pid}/cmdline")).is_ok_and(|line| {
            let program = line.split('\0').next().unwrap_or_default();
            program.ends_with(name)
        })
    };
    pids.iter().copied().find(is_it).expect("git runs the helper")
}

/// Waits until none of the processes runs any more.
fn gone(pids: &[u32]) {
    let until = Instant::now() + PATIENCE;
    let runs = |pid: &u32| {
        let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
        !status.is_empty() && !status.contains("State:\tZ")
    };
    while pids.iter().any(runs) {
        assert!(Instant::now() < until, "a process is left behind");
        std::thread::yield_now();
    }
}

fn interrupt(git: &mut Child, family: &[u32], how: &str) {
    if how == "KILL" {
        process::signal(named(family, "git-remote-packhouse"), how);
    } else {
        // As a terminal does: to all that run in the foreground.
        let group = Command::new("kill")
            .args([&format!("-{how}"), "--", &format!("-{}", git.id())])
            .status();
        assert!(group.expect("kill(1) runs").success());
    }
    assert!(!git.wait().expect("git is our child").success());
}

#[test]
fn an_interrupted_push_goes_on_where_it_was() {
    if against_reference() {
        return;
    }
    let server = Server::shared();
    for how in ["KILL", "INT"] {
        let name = format!("upload-interrupted-{how}");
        server.create_repository(&name);
        let proxy = FaultProxy::start(server.base_url());
        let git = with_helper(&Git::newest());
        git.log_in_at(&proxy.url(), server.credentials());
        let work = git.init("work");
        work.run(&format!("remote add origin packhouse::{}/v1/repos/{name}", proxy.url()))
            .ok();
        work.run("config core.compression 0").ok();
        let tip = work.commit("large", noise(2, 40 << 20));

        // The third part does not get through, so the others are there when it is waited for.
        proxy.inject(Rule::all("PutObject", Fault::DropBefore).holding("/00003?"));
        let mut command = work.command(["push", "--progress", "origin", "main"]);
        let mut git = command.stderr(Stdio::piped()).spawn().expect("git runs");
        let mut stderr = BufReader::new(git.stderr.take().expect("it is piped"));
        read_until(&mut stderr, "(32/40 MiB)");
        let family = process::family(git.id());
        interrupt(&mut git, &family, how);
        gone(&family);
        assert_eq!(kept(&work).len(), 2, "the pack and what is known of it");

        proxy.heal();
        proxy.reset_tally();
        let told = work.run("push --progress origin main");
        assert!(!told.stderr.contains("Enumerating objects"), "it packs again: {told:?}");
        told.ok();
        let puts = proxy.tally().count("PutObject");
        assert!((1..=2).contains(&puts), "{puts} parts are sent again");
        assert_eq!(kept(&work).len(), 0);
        assert_eq!(
            work.run("ls-remote origin main").ok(),
            format!("{tip}\trefs/heads/main\n")
        );
    }
}
