//! What `/proc` tells about a process, and signals without `unsafe`.

use std::{
    fs,
    io::Write as _,
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::Duration,
};

/// Processor time, as `/proc/<pid>/stat` counts it.
#[derive(Debug, Clone, Copy, Default)]
pub struct CpuTime {
    /// Of the process and of its children that it waited for.
    pub total: Duration,
}

/// The processor time that process `pid` and its ended children have used; none when the process is gone.
pub fn cpu_time(pid: u32) -> Option<CpuTime> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name, second, is in parentheses and may hold anything; `utime stime cutime cstime` are fields 14 to 17.
    let after_name = stat.rsplit_once(") ")?.1;
    let ticks: u64 = after_name
        .split(' ')
        .skip(11)
        .take(4)
        .filter_map(|field| field.parse::<u64>().ok())
        .sum();
    // The kernel reports in USER_HZ, which is 100 on every architecture that Linux has for this server.
    Some(CpuTime {
        total: Duration::from_millis(ticks * 10),
    })
}

/// Anonymous resident memory of process `pid` in bytes, without its children; zero when it is gone.
pub fn anonymous_memory(pid: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:"));
    let kib = line.and_then(|rest| rest.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok());
    kib.unwrap_or(0) * 1024
}

/// The processes below `pid`, itself included.
pub fn family(pid: u32) -> Vec<u32> {
    let mut found = vec![pid];
    let mut at = 0;
    while let Some(&parent) = found.get(at) {
        at += 1;
        let Ok(tasks) = fs::read_dir(format!("/proc/{parent}/task")) else {
            continue;
        };
        for task in tasks.flatten() {
            let children = fs::read_to_string(task.path().join("children")).unwrap_or_default();
            found.extend(
                children
                    .split_whitespace()
                    .filter_map(|child| child.parse::<u32>().ok()),
            );
        }
    }
    found
}

/// Sends a signal by name, such as `TERM`.
pub fn signal(pid: u32, name: &str) {
    let status = Command::new("kill")
        .arg(format!("-{name}"))
        .arg(pid.to_string())
        .status()
        .expect("kill(1) runs");
    assert!(status.success(), "kill -{name} {pid}");
}

/// Ends a process when the test process ends, however that happens.
///
/// Statics are never dropped, and a killed test drops nothing; a shell that waits for the end of its standard input
/// notices both.
#[derive(Debug)]
pub struct Watchdog(Child);

impl Watchdog {
    /// Watches over process `pid`.
    pub fn over(pid: u32) -> Self {
        let shell = Command::new("sh")
            .args([
                "-c",
                "read -r word; test \"$word\" = stay || kill -9 \"$0\"",
                &pid.to_string(),
            ])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        Self(shell.expect("sh runs"))
    }
}

impl Drop for Watchdog {
    /// The watched process was waited for, so its number may by now be another's: call the watch off.
    fn drop(&mut self) {
        let told = self.0.stdin.take().map(|mut stdin| stdin.write_all(b"stay\n"));
        if !matches!(told, Some(Ok(()))) {
            self.0.kill().ok();
        }
        self.0.wait().ok();
    }
}

/// Runs `work` and answers, besides what it answers, the highest anonymous memory of process `pid` and of all below it,
/// in bytes, sampled every few milliseconds.
pub fn peak_memory_while<T>(pid: u32, work: impl FnOnce() -> T) -> (T, u64) {
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        let sampler = scope.spawn(|| {
            let mut peak = 0;
            while !over.load(Ordering::Relaxed) {
                peak = peak.max(family(pid).into_iter().map(anonymous_memory).sum());
                thread::sleep(Duration::from_millis(3));
            }
            peak
        });
        let ending = SetOnDrop(&over);
        let done = work();
        drop(ending);
        (done, sampler.join().expect("the sampler only reads"))
    })
}

/// Sets a flag when it goes out of scope, also when that is by a panic: else the sampler would never end.
struct SetOnDrop<'a>(&'a AtomicBool);

impl Drop for SetOnDrop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}
