//! The conversation with git: commands in, answers out (`gitremote-helpers(7)`).

use std::io::{self, BufRead as _, Write as _};

use anyhow::{Context as _, Result, bail};

use crate::options::Options;
use crate::push;
use crate::remote::Remote;
use crate::stock::{Ended, Stock};
use crate::update::{Advertised, Update};

/// What git may be told that we can do: each of these is handed on below.
const CAPABILITIES: [&[u8]; 7] = [
    b"fetch",
    b"option",
    b"push",
    b"check-connectivity",
    b"stateless-connect",
    b"object-format",
    b"get",
];

/// Serves git until it has no more commands; the exit code.
pub(crate) fn run(arguments: &[String]) -> Result<u8> {
    let remote = match arguments {
        [name, url, ..] => Remote::new(name, url)?,
        [url] => Remote::new(url, url)?,
        [] => bail!("git runs this program for URLs that start with packhouse::, it is of no use alone"),
    };
    let mut session = Session {
        stock: Stock::start(&remote)?,
        remote,
        options: Options::default(),
        advertised: None,
    };
    match session.serve() {
        // It has told its user why, and its exit code tells git.
        Err(error) if error.is::<Ended>() => {}
        served => served?,
    }
    session.stock.finish()
}

struct Session {
    stock: Stock,
    remote: Remote,
    options: Options,
    /// The refs of the server, once git asked for them in order to push.
    advertised: Option<Advertised>,
}

impl Session {
    fn serve(&mut self) -> Result<()> {
        while let Some(line) = read_line()? {
            let (command, argument) = split(&line);
            match command {
                b"" => return self.stock.send(b""),
                b"capabilities" => self.capabilities()?,
                b"option" => self.option(argument)?,
                b"list" => self.list(&line, argument == b"for-push")?,
                b"fetch" => self.batch(line)?,
                b"push" => self.push(line)?,
                b"get" => {
                    self.stock.send(&line)?;
                    self.answer_until_blank(|_| {})?;
                }
                b"stateless-connect" => {
                    if self.connect(&line)? {
                        return Ok(());
                    }
                }
                _ => bail!(
                    "git asks for '{}', which is not known here",
                    String::from_utf8_lossy(command)
                ),
            }
        }
        Ok(())
    }

    fn capabilities(&mut self) -> Result<()> {
        self.stock.send(b"capabilities")?;
        let mut answer = Vec::new();
        loop {
            let line = self.stock.line()?;
            if line.is_empty() {
                break;
            }
            let (name, _) = split(line.strip_prefix(b"*").unwrap_or(&line));
            if CAPABILITIES.contains(&name) {
                answer.extend_from_slice(&line);
                answer.push(b'\n');
            }
        }
        answer.push(b'\n');
        say(&answer)
    }

    fn option(&mut self, option: &[u8]) -> Result<()> {
        self.stock.send(&[b"option ", option].concat())?;
        let answer = self.stock.line()?;
        if answer == b"ok" {
            self.options.set(option);
        }
        say(&[answer.as_slice(), b"\n"].concat())
    }

    fn list(&mut self, line: &[u8], for_push: bool) -> Result<()> {
        self.stock.send(line)?;
        let mut advertised = Advertised::default();
        self.answer_until_blank(|line| advertised.note(line))?;
        if for_push {
            self.advertised = Some(advertised);
        }
        Ok(())
    }

    /// Hands on the lines from `first` up to a blank one, and the answer.
    fn batch(&mut self, first: Vec<u8>) -> Result<()> {
        for line in rest_of_batch(first)? {
            self.stock.send(&line)?;
        }
        self.stock.send(b"")?;
        self.answer_until_blank(|_| {})
    }

    fn push(&mut self, first: Vec<u8>) -> Result<()> {
        let lines = rest_of_batch(first)?;
        let update = |line: &Vec<u8>| line.strip_prefix(b"push ").and_then(Update::parse);
        let updates: Option<Vec<Update>> = lines.iter().map(update).collect();
        let answer = match updates.zip(self.advertised.as_ref()) {
            Some((updates, advertised)) => push::push(&self.remote, &self.options, advertised, &updates)?,
            None => None,
        };
        if let Some(answer) = answer {
            return say(&answer);
        }
        for line in &lines {
            self.stock.send(line)?;
        }
        self.stock.send(b"")?;
        self.answer_until_blank(|_| {})
    }

    /// Hands on the answer of git's helper, a blank line at its end.
    fn answer_until_blank(&mut self, mut note: impl FnMut(&[u8])) -> Result<()> {
        let mut output = io::stdout().lock();
        loop {
            let line = self.stock.line()?;
            output.write_all(&line)?;
            output.write_all(b"\n")?;
            if line.is_empty() {
                output.flush()?;
                return Ok(());
            }
            note(&line);
        }
    }

    /// Connects git to the server, if git's helper can; whether it could, and all is over.
    fn connect(&mut self, line: &[u8]) -> Result<bool> {
        self.stock.send(line)?;
        let answer = self.stock.line()?;
        say(&[answer.as_slice(), b"\n"].concat())?;
        if !answer.is_empty() {
            return Ok(false);
        }
        self.stock.connect(io::stdin(), io::stdout())?;
        Ok(true)
    }
}

/// The first word of a line, and what follows the space behind it.
fn split(line: &[u8]) -> (&[u8], &[u8]) {
    let space = line.iter().position(|byte| *byte == b' ').unwrap_or(line.len());
    let (word, rest) = line.split_at(space);
    (word, rest.strip_prefix(b" ").unwrap_or_default())
}

/// The next line of git's, without its end; `None` when git has no more.
fn read_line() -> Result<Option<Vec<u8>>> {
    let mut line = Vec::new();
    io::stdin()
        .lock()
        .read_until(b'\n', &mut line)
        .context("cannot read git's commands")?;
    if line.is_empty() {
        return Ok(None);
    }
    if line.last() == Some(&b'\n') {
        line.pop();
    }
    Ok(Some(line))
}

/// The lines of a batch: `first` and those that follow up to a blank one.
fn rest_of_batch(first: Vec<u8>) -> Result<Vec<Vec<u8>>> {
    let mut lines = vec![first];
    while let Some(line) = read_line()?.filter(|line| !line.is_empty()) {
        lines.push(line);
    }
    Ok(lines)
}

fn say(answer: &[u8]) -> Result<()> {
    let mut output = io::stdout().lock();
    output.write_all(answer).context("git does not listen any more")?;
    output.flush().context("git does not listen any more")
}
