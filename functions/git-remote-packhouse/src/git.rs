//! Calls of git itself, in the repository that it runs us for.

use std::ffi::OsStr;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};

/// Runs git; its standard output. What it says on standard error is the user's to see.
pub(crate) fn output<A: AsRef<OsStr>>(arguments: impl IntoIterator<Item = A>, input: Vec<u8>) -> Result<Vec<u8>> {
    run(arguments, input)?.context("a call of git failed")
}

/// As [`output`], `None` when git exits with another code than 0.
pub(crate) fn run<A: AsRef<OsStr>>(arguments: impl IntoIterator<Item = A>, input: Vec<u8>) -> Result<Option<Vec<u8>>> {
    let mut child = Command::new("git")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .context("cannot run git")?;
    let stdin = child.stdin.take();
    // Beside the reading, for neither side is to wait for the other.
    let writer = std::thread::spawn(move || stdin.map(|mut stdin| stdin.write_all(&input)));
    let output = child.wait_with_output().context("cannot run git")?;
    drop(writer.join());
    Ok(output.status.success().then_some(output.stdout))
}

/// The one line that git answers.
pub(crate) fn text<A: AsRef<OsStr>>(arguments: impl IntoIterator<Item = A>) -> Result<String> {
    let text = String::from_utf8(output(arguments, Vec::new())?).context("git answers no UTF-8")?;
    Ok(text.trim_end_matches(['\n', '\r']).to_owned())
}

/// The ids of what `names` name in this repository; `None` for what is not here.
pub(crate) fn ids<'a>(names: impl IntoIterator<Item = &'a [u8]>) -> Result<Vec<Option<String>>> {
    let mut input = Vec::new();
    let mut count = 0;
    for name in names {
        if name.contains(&b'\n') {
            bail!("a name with a line break in it");
        }
        input.extend_from_slice(name);
        input.push(b'\n');
        count += 1;
    }
    let answer = output(["cat-file", "--batch-check=%(objectname)"], input)?;
    let id = |line: &[u8]| {
        let is_id = matches!(line.len(), 40 | 64) && line.iter().all(u8::is_ascii_hexdigit);
        std::str::from_utf8(line).ok().filter(|_| is_id).map(ToOwned::to_owned)
    };
    let ids: Vec<_> = answer.split(|byte| *byte == b'\n').take(count).map(id).collect();
    if ids.len() != count {
        bail!("git cat-file answered less than it was asked");
    }
    Ok(ids)
}

/// The null id in the format of this repository.
pub(crate) fn null_id() -> Result<String> {
    let format = text(["rev-parse", "--show-object-format"])?;
    Ok("0".repeat(if format == "sha256" { 64 } else { 40 }))
}

/// A file in git's folder of this repository.
pub(crate) fn path(name: &str) -> Result<PathBuf> {
    text(["rev-parse", "--path-format=absolute", "--git-path", name]).map(PathBuf::from)
}

/// The commits at which this repository's history ends, where it is shallow.
pub(crate) fn shallow() -> Result<Vec<String>> {
    let contents = match std::fs::read_to_string(path("shallow")?) {
        Ok(contents) => contents,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(error).context("cannot read the shallow boundary"),
    };
    Ok(contents.lines().map(ToOwned::to_owned).collect())
}
