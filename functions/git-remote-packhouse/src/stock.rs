//! Git's own helper for HTTP, to which almost everything is handed on.

use std::io::{self, BufRead as _, BufReader, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::thread;

use anyhow::{Context as _, Result};

use crate::git;
use crate::remote::Remote;

/// How much is copied at once: what a pipe holds.
const PIECE: usize = 64 << 10;

/// The helper ended; it has told its user why.
#[derive(Debug)]
pub(crate) struct Ended;

impl std::fmt::Display for Ended {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("git's helper for HTTP ended")
    }
}

impl std::error::Error for Ended {}

/// The running helper.
pub(crate) struct Stock {
    child: Child,
    stdin: Option<ChildStdin>,
    stdout: BufReader<ChildStdout>,
}

impl Stock {
    pub(crate) fn start(remote: &Remote) -> Result<Self> {
        let folder = git::text(["--exec-path"])?;
        let name = if remote.is_https() {
            "git-remote-https"
        } else {
            "git-remote-http"
        };
        let program = std::path::Path::new(&folder).join(name);
        let mut child = Command::new(&program)
            .args([&remote.name, &remote.url])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot run {}", program.display()))?;
        let stdin = child.stdin.take();
        let stdout = child.stdout.take().context("the helper has no output")?;
        Ok(Self {
            child,
            stdin,
            stdout: BufReader::new(stdout),
        })
    }

    /// Sends one line.
    pub(crate) fn send(&mut self, line: &[u8]) -> Result<()> {
        let sent = self.stdin.as_mut().map(|stdin| {
            stdin.write_all(line)?;
            stdin.write_all(b"\n")?;
            stdin.flush()
        });
        match sent {
            Some(Ok(())) => Ok(()),
            _ => Err(Ended.into()),
        }
    }

    /// Reads one line, without its end.
    pub(crate) fn line(&mut self) -> Result<Vec<u8>> {
        let mut line = Vec::new();
        match self.stdout.read_until(b'\n', &mut line) {
            Ok(_) if line.last() == Some(&b'\n') => {
                line.pop();
                Ok(line)
            }
            _ => Err(Ended.into()),
        }
    }

    /// Connects our own input and output to the helper's until it closes its output.
    pub(crate) fn connect(&mut self, input: impl Read + Send + 'static, output: impl Write) -> Result<()> {
        let stdin = self.stdin.take().ok_or(Ended)?;
        // Ends with the input, or with the process.
        thread::spawn(move || pump(input, stdin));
        pump(&mut self.stdout, output)?;
        Ok(())
    }

    /// Lets it come to its end; its exit code.
    pub(crate) fn finish(mut self) -> Result<u8> {
        drop(self.stdin.take());
        let status = self.child.wait().context("cannot wait for git's helper")?;
        Ok(status
            .code()
            .and_then(|code| u8::try_from(code).ok())
            .unwrap_or(crate::FAILED))
    }
}

/// Copies piece by piece, none of which waits for the next: both sides speak in turns.
fn pump(mut from: impl Read, mut to: impl Write) -> io::Result<()> {
    let mut piece = vec![0; PIECE];
    loop {
        let count = from.read(&mut piece)?;
        if count == 0 {
            return Ok(());
        }
        to.write_all(&piece[..count])?;
        to.flush()?;
    }
}
