//! What is pushed, packed by git.

use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::path::Path;
use std::process::{Child, ChildStderr, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

/// After what time git's progress is shown although the pack may turn out to be small: then git packs again, and tells
/// the same again.
const PATIENCE: Duration = Duration::from_secs(2);

/// How much of a pack is in memory before the rest goes to its file.
const IN_MEMORY: u64 = 16 << 20;

/// What a pack is made of.
#[derive(Clone, Debug, Default)]
pub(crate) struct Contents {
    /// What it has to reach.
    pub(crate) wanted: Vec<String>,
    /// What the server has, and we too.
    pub(crate) had: Vec<String>,
    /// Where our history ends, if it is shallow.
    pub(crate) shallow: Vec<String>,
}

/// Makes the pack in a file of its own; its length. `None` when it has less than `threshold` bytes: then there is no
/// file.
pub(crate) fn make(contents: &Contents, file: &Path, threshold: u64, progress: bool) -> Result<Option<u64>> {
    let mut command = Command::new("git");
    command.args(["pack-objects", "--revs", "--stdout", "--thin", "--delta-base-offset"]);
    command.arg(if progress { "--progress" } else { "-q" });
    if !contents.shallow.is_empty() {
        command.arg("--shallow");
    }
    let spawned = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let mut child = spawned.context("cannot run git pack-objects")?;
    let said = Said::default();
    let made = thread::scope(|scope| {
        let (input, said) = (revisions(contents), &said);
        let stdin = child.stdin.take();
        scope.spawn(move || stdin.map(|mut stdin| stdin.write_all(&input)));
        let stderr = child.stderr.take();
        scope.spawn(move || stderr.map(|stderr| said.follow(stderr)));
        let made = take(&mut child, file, threshold, said);
        if made.is_err() {
            // It would go on packing for nobody.
            drop(child.kill());
        }
        made
    });
    let status = child.wait().context("cannot wait for git pack-objects")?;
    let made = made?;
    if !status.success() {
        said.show();
        bail!("git pack-objects failed");
    }
    Ok(made)
}

/// Takes what `child` makes; its length unless it is small.
fn take(child: &mut Child, file: &Path, threshold: u64, said: &Said) -> Result<Option<u64>> {
    let mut stdout = child.stdout.take().context("git pack-objects has no output")?;
    let mut first = Vec::new();
    let in_memory = threshold.min(IN_MEMORY);
    let read = (&mut stdout).take(in_memory).read_to_end(&mut first);
    read.context("cannot read the pack")?;
    if (first.len() as u64) < in_memory {
        return Ok(None);
    }
    said.show();
    let mut write = || -> io::Result<u64> {
        std::fs::create_dir_all(file.parent().unwrap_or(file))?;
        let mut out = File::create(file)?;
        out.write_all(&first)?;
        let rest = io::copy(&mut stdout, &mut out)?;
        out.flush()?;
        Ok(first.len() as u64 + rest)
    };
    let length = write().with_context(|| format!("cannot keep the pack in {}", file.display()))?;
    if length < threshold {
        std::fs::remove_file(file).with_context(|| format!("cannot remove {}", file.display()))?;
        return Ok(None);
    }
    Ok(Some(length))
}

fn revisions(contents: &Contents) -> Vec<u8> {
    let mut lines = String::new();
    for id in &contents.wanted {
        lines.push_str(&format!("{id}\n"));
    }
    for id in &contents.had {
        lines.push_str(&format!("^{id}\n"));
    }
    lines.into_bytes()
}

/// What git says while it packs, held back as long as the pack may be small.
struct Said(Mutex<State>);

struct State {
    held: Vec<u8>,
    is_shown: bool,
    until: Instant,
}

impl Default for Said {
    fn default() -> Self {
        Self(Mutex::new(State {
            held: Vec::new(),
            is_shown: false,
            until: Instant::now() + PATIENCE,
        }))
    }
}

impl Said {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn follow(&self, mut stderr: ChildStderr) {
        let mut piece = [0; 4096];
        while let Ok(count @ 1..) = stderr.read(&mut piece) {
            let mut state = self.lock();
            state.held.extend_from_slice(&piece[..count]);
            if state.is_shown || Instant::now() >= state.until {
                state.show();
            }
        }
    }

    /// Shows what was said so far and will be.
    fn show(&self) {
        self.lock().show();
    }
}

impl State {
    fn show(&mut self) {
        self.is_shown = true;
        // Where stderr is gone there is nobody left to tell.
        drop(io::stderr().write_all(&std::mem::take(&mut self.held)));
    }
}
