//! What a client is told of its push.

use packhouse_git::receive_pack::{Commands, Outcome, RefStatus, write_report};
use packhouse_storage::push::Verdict;

/// The report on a push of which nothing was carried out.
pub(super) fn refuse_all(commands: &Commands, why: &str) -> Vec<u8> {
    let refused = |name| RefStatus {
        name,
        outcome: Outcome::Refused("unpacker error".into()),
    };
    let statuses: Vec<_> = commands
        .commands
        .iter()
        .map(|command| refused(command.name.as_slice()))
        .collect();
    let mut out = Vec::new();
    write_report(&mut out, &commands.capabilities, Err(why), &statuses);
    out
}

/// The report on a push, each command as far as its name was one.
pub(super) fn report(commands: &Commands, names: Vec<Result<(), String>>, verdicts: Vec<Verdict>) -> Vec<u8> {
    let shallow = !commands.shallow.is_empty();
    let mut verdicts = verdicts.into_iter();
    let statuses = commands.commands.iter().zip(names).map(|(command, name)| {
        let outcome = match name.map(|()| verdicts.next()) {
            Ok(Some(verdict)) => outcome(verdict, command, shallow),
            Ok(None) => Outcome::Refused("internal error".into()),
            Err(why) => Outcome::Refused(why),
        };
        RefStatus {
            name: &command.name,
            outcome,
        }
    });
    let mut out = Vec::new();
    write_report(&mut out, &commands.capabilities, Ok(()), &statuses.collect::<Vec<_>>());
    out
}

fn outcome(verdict: Verdict, command: &packhouse_git::receive_pack::Command, shallow: bool) -> Outcome {
    match verdict {
        Verdict::Done { forced: false } => Outcome::Done,
        Verdict::Done { forced: true } => Outcome::DoneOtherwise {
            name: None,
            old: Some(command.old),
            new: Some(command.new),
            forced: true,
        },
        Verdict::Refused(why) if shallow && why == "missing necessary objects" => {
            Outcome::Refused("shallow update not allowed".into())
        }
        Verdict::Refused(why) => Outcome::Refused(why),
    }
}
