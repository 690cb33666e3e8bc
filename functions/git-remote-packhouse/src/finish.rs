//! The request that finishes a direct push: the commands of any push, without a pack.

use std::thread;

use anyhow::{Context as _, Result};
use packhouse_git::pkt_line::{self, FLUSH};

use crate::api::{Api, Failure, PAUSES};
use crate::http::AGENT;
use crate::options::Options;
use crate::report::{self, Report, Shown};

/// One ref to change, by ids.
#[derive(Clone, Debug)]
pub(crate) struct Command {
    pub(crate) old: String,
    pub(crate) new: String,
    pub(crate) name: Vec<u8>,
}

/// The body of the request.
pub(crate) fn request(commands: &[Command], shallow: &[String], options: &Options) -> Result<Vec<u8>> {
    let too_long = "a ref has too long a name";
    let mut body = Vec::new();
    for id in shallow {
        pkt_line::write(&mut body, &[b"shallow ", id.as_bytes()]).context(too_long)?;
    }
    let mut capabilities = capabilities(commands, options);
    for Command { old, new, name } in commands {
        let parts = [
            old.as_bytes(),
            b" ",
            new.as_bytes(),
            b" ",
            name,
            capabilities.as_bytes(),
        ];
        pkt_line::write(&mut body, &parts).context(too_long)?;
        capabilities.clear();
    }
    body.extend_from_slice(FLUSH);
    if !options.push_options.is_empty() {
        for option in &options.push_options {
            pkt_line::write(&mut body, &[option]).context("a push option is too long")?;
        }
        body.extend_from_slice(FLUSH);
    }
    Ok(body)
}

fn capabilities(commands: &[Command], options: &Options) -> String {
    let is_sha256 = commands.iter().any(|command| command.new.len() == 64);
    let format = if is_sha256 { "sha256" } else { "sha1" };
    let mut list = format!("\0 report-status side-band-64k object-format={format}");
    let asked = [
        ("quiet", options.is_quiet() || !options.progress),
        ("atomic", options.atomic),
        ("push-options", !options.push_options.is_empty()),
    ];
    for (name, _) in asked.iter().filter(|(_, is_asked)| *is_asked) {
        list.push(' ');
        list.push_str(name);
    }
    list.push_str(" agent=");
    list.push_str(&AGENT.replace('/', "-"));
    list
}

/// Finishes a push; asks again when the answer is lost, which the server takes as what it is.
pub(crate) fn finish(api: &Api<'_>, upload: &str, bytes: u64, request: &[u8]) -> Result<Report, Failure> {
    let path = format!("uploads/{upload}/git-receive-pack?bytes={bytes}");
    let mut pauses = PAUSES.iter();
    loop {
        let answer = api.post(&path, "application/x-git-receive-pack-request", request);
        let report = answer.and_then(|answer| report::read(answer.into_body().into_reader(), &mut Shown::to_user()));
        match (report, pauses.next()) {
            (Err(Failure::Away(_)), Some(pause)) => thread::sleep(*pause),
            (report, _) => return report,
        }
    }
}

#[cfg(test)]
mod tests {
    use packhouse_git::hash::ObjectFormat;
    use packhouse_git::receive_pack::{CommandParser, Limits, Progress};

    use super::*;

    #[test]
    fn requests_are_read_as_they_were_meant() {
        let options = Options {
            atomic: true,
            push_options: vec![b"ci.skip".to_vec(), b"a b".to_vec()],
            ..Options::default()
        };
        let commands = [("0", "1", "refs/heads/a"), ("2", "0", "refs/heads/b")].map(|(old, new, name)| Command {
            old: old.repeat(40),
            new: new.repeat(40),
            name: name.as_bytes().to_vec(),
        });
        let body = request(&commands, &["3".repeat(40)], &options).unwrap();
        let limits = Limits {
            commands: 10,
            push_options: 10,
            bytes: 10_000,
        };
        let mut parser = CommandParser::new(ObjectFormat::Sha1, limits);
        let Ok(Progress::Done { consumed, commands }) = parser.feed(&body) else {
            unreachable!("the request is whole")
        };
        assert_eq!(consumed, body.len());
        let read: Vec<_> = commands
            .commands
            .iter()
            .map(|command| (command.old.to_string(), command.new.to_string(), command.name.clone()))
            .collect();
        assert_eq!(read[0], ("0".repeat(40), "1".repeat(40), b"refs/heads/a".to_vec()));
        assert_eq!(read[1], ("2".repeat(40), "0".repeat(40), b"refs/heads/b".to_vec()));
        let asked = &commands.capabilities;
        assert!(asked.report_status && asked.sideband && asked.atomic && asked.quiet && asked.push_options);
        assert_eq!(commands.push_options, options.push_options);
        assert_eq!(commands.shallow.len(), 1);
    }
}
