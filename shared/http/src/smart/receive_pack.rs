//! `POST git-receive-pack`: pushes.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::body::Body;
use axum::response::Response;
use packhouse_forge::error::Result;
use packhouse_forge::git::{self, Push};
use packhouse_forge::policy::Action;
use packhouse_git::hash::ObjectId;
use packhouse_git::pkt_line;
use packhouse_git::receive_pack::{
    Capabilities, CommandParser, Commands, Limits, Outcome, Progress, RefStatus, write_report,
};
use packhouse_git::ref_name::RefName;
use packhouse_git::sideband::{self, Mode};
use packhouse_storage::push::{self, Ingest, Verdict};
use packhouse_storage::snapshot::Snapshot;

use super::answer::{Gone, Sender, channel};
use super::body::{BodyError, Reader};
use super::{Call, protocol, public_message};

/// What bounds the commands of a push. CodeCommit takes 4,000 refs; a mirror of a large repository needs more.
const LIMITS: Limits = Limits {
    commands: 100_000,
    push_options: 1_000,
    bytes: 64 << 20,
};

/// A push whose body was read.
struct Received {
    commands: Commands,
    /// The pack, or why it was refused; nothing when none was to come.
    pack: Option<std::result::Result<Ingest, String>>,
}

/// Why a body is no push.
enum Refused {
    /// To be told in the form that the client asked for.
    Protocol(String, Capabilities),
    /// The client does not listen any more.
    Gone,
}

pub(super) async fn answer(call: Call, body: Body) -> Result<Response> {
    let snapshot = git::open(&call.app.forge, &call.caller, &call.name, Action::GitPush).await?;
    let mut reader = match Reader::new(&call.headers, body) {
        Ok(reader) => reader,
        Err(error) => return Ok(failed(&error.to_string(), &Capabilities::default())),
    };
    let received = match receive(&mut reader, &snapshot).await {
        Ok(Some(received)) => received,
        // The probe that git sends before a large push.
        Ok(None) => return Ok(result(Body::empty())),
        Err(Refused::Protocol(why, capabilities)) => {
            reader.discard().await;
            return Ok(failed(&why, &capabilities));
        }
        Err(Refused::Gone) => return Ok(failed("the request ended early", &Capabilities::default())),
    };
    if matches!(received.pack, Some(Err(_))) {
        reader.discard().await;
    }
    let mode = if received.commands.capabilities.sideband {
        Mode::Large
    } else {
        Mode::None
    };
    let (sender, body) = channel(mode);
    // In a task of its own: a push that was received is carried out even if the client hangs up.
    tokio::spawn(carry_out(call, snapshot, received, sender));
    Ok(result(body))
}

fn result(body: Body) -> Response {
    protocol("application/x-git-receive-pack-result".into(), body)
}

/// The answer to a request that makes no sense, in a form that git prints.
fn failed(message: &str, capabilities: &Capabilities) -> Response {
    let mut out = Vec::new();
    if capabilities.sideband {
        sideband::write_fatal(&mut out, Mode::Large, message);
    } else {
        pkt_line::write_error(&mut out, message);
    }
    result(out.into())
}

/// Reads the commands and the pack; `None` for a request without commands.
async fn receive(reader: &mut Reader, snapshot: &Snapshot) -> std::result::Result<Option<Received>, Refused> {
    let mut parser = CommandParser::new(snapshot.manifest().format, LIMITS);
    let read = |error: BodyError, capabilities: &Capabilities| match error {
        BodyError::Gone => Refused::Gone,
        error => Refused::Protocol(error.to_string(), capabilities.clone()),
    };
    let (commands, rest) = loop {
        let piece = match reader.next().await {
            Ok(Some(piece)) => piece,
            Ok(None) if parser.is_empty() => return Ok(None),
            Ok(None) => {
                return Err(Refused::Protocol(
                    "the list of commands ended early".into(),
                    parser.capabilities().clone(),
                ));
            }
            Err(error) => return Err(read(error, parser.capabilities())),
        };
        match parser.feed(&piece) {
            Ok(Progress::NeedMore) => {}
            Ok(Progress::Done { consumed, commands }) => break (commands, piece.slice(consumed..)),
            Err(error) => return Err(Refused::Protocol(error.to_string(), parser.capabilities().clone())),
        }
    };
    if commands.commands.is_empty() {
        return Ok(None);
    }
    if !commands.has_pack() {
        return Ok(Some(Received { commands, pack: None }));
    }
    let pack = match take_pack(reader, snapshot, rest).await {
        Ok(ingest) => Ok(ingest),
        Err(Some(why)) => Err(why),
        Err(None) => return Err(Refused::Gone),
    };
    Ok(Some(Received {
        commands,
        pack: Some(pack),
    }))
}

/// Takes in the pack; the reason for which it is refused, or none when the client went away.
async fn take_pack(
    reader: &mut Reader,
    snapshot: &Snapshot,
    first: bytes::Bytes,
) -> std::result::Result<Ingest, Option<String>> {
    let refused = |error: packhouse_storage::error::Error| Some(public_message(&error.into()));
    let mut ingest = Ingest::new(snapshot).map_err(refused)?;
    if !first.is_empty() {
        ingest.feed(first).await.map_err(refused)?;
    }
    loop {
        match reader.next().await {
            Ok(Some(piece)) => ingest.feed(piece).await.map_err(refused)?,
            Ok(None) => return Ok(ingest),
            Err(BodyError::Gone) => return Err(None),
            Err(error) => return Err(Some(error.to_string())),
        }
    }
}

/// Carries out what was received and reports.
async fn carry_out(call: Call, snapshot: Snapshot, received: Received, mut sender: Sender) {
    let Received { commands, pack } = received;
    let pack = match pack {
        None => None,
        Some(Ok(ingest)) => Some(ingest),
        Some(Err(why)) => return send_report(sender, refuse_all(&commands, &why)).await,
    };
    let capabilities = &commands.capabilities;
    let (asked, names) = to_push(&commands);
    let progress = pack.as_ref().map(Ingest::progress);
    let (atomic, quiet) = (capabilities.atomic, capabilities.quiet);
    // A push with a bad name is refused as a whole when it is atomic.
    let spoiled = atomic && names.iter().any(std::result::Result::is_err);
    let push = async move {
        if spoiled {
            return Ok(asked
                .iter()
                .map(|_| Verdict::Refused("atomic push failure".into()))
                .collect());
        }
        let push = Push {
            name: call.name.clone(),
            commands: asked,
            atomic,
        };
        git::push(&call.app.forge, &call.caller, snapshot, pack, push).await
    };
    let mut last = 0;
    let tick = move || {
        if quiet {
            None
        } else {
            progress.as_ref().and_then(|now| resolving(now, &mut last))
        }
    };
    let report = match finish(&mut sender, Box::pin(push), tick).await {
        Ok(verdicts) => report(&commands, names, verdicts),
        Err(error) => refuse_all(&commands, &public_message(&error)),
    };
    send_report(sender, report).await;
}

/// Waits for the push whether or not somebody still listens.
async fn finish<T>(
    sender: &mut Sender,
    mut push: impl Future<Output = T> + Unpin,
    tick: impl FnMut() -> Option<String>,
) -> T {
    match sender.while_waiting(&mut push, tick).await {
        Ok(done) => done,
        Err(Gone) => push.await,
    }
}

/// The commands whose names can be those of refs, and for each command whether it is one.
fn to_push(commands: &Commands) -> (Vec<push::Command>, Vec<std::result::Result<(), String>>) {
    let id = |id: ObjectId| (!id.is_null()).then_some(id);
    let mut asked = Vec::with_capacity(commands.commands.len());
    let names = commands.commands.iter().map(|command| {
        let name = RefName::new(&command.name).map_err(|error| format!("funny refname: {error}"))?;
        asked.push(push::Command {
            name,
            old: id(command.old),
            new: id(command.new),
        });
        Ok(())
    });
    let names = names.collect();
    (asked, names)
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

/// The report on a push of which nothing was carried out.
fn refuse_all(commands: &Commands, why: &str) -> Vec<u8> {
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
fn report(commands: &Commands, names: Vec<std::result::Result<(), String>>, verdicts: Vec<Verdict>) -> Vec<u8> {
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

/// `Resolving deltas: 50% (1/2)`, when that has changed.
fn resolving(progress: &Arc<push::Progress>, last: &mut u32) -> Option<String> {
    let (total, done) = (
        progress.deltas.load(Ordering::Relaxed),
        progress.resolved.load(Ordering::Relaxed),
    );
    let percent = u32::try_from(u64::from(done) * 100 / u64::from(total.max(1)))
        .unwrap_or(100)
        .min(100);
    if total == 0 || percent == *last {
        return None;
    }
    *last = percent;
    let end = if done >= total { ", done.\n" } else { "\r" };
    Some(format!("Resolving deltas: {percent}% ({done}/{total}){end}"))
}

async fn send_report(mut sender: Sender, report: Vec<u8>) {
    if sender.raw(report).await.is_err() {
        tracing::debug!("the client was gone before its push was reported");
    }
}
