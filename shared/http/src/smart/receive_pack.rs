//! `POST git-receive-pack`: pushes, whose pack follows the commands or was uploaded before.

mod meter;
mod report;

use axum::body::Body;
use axum::response::Response;
use packhouse_forge::error::Result;
use packhouse_forge::git::{self, Push};
use packhouse_forge::policy::Action;
use packhouse_forge::uploads;
use packhouse_git::hash::ObjectId;
use packhouse_git::pkt_line;
use packhouse_git::receive_pack::{Capabilities, CommandParser, Commands, Limits, Progress};
use packhouse_git::ref_name::RefName;
use packhouse_git::sideband::{self, Mode};
use packhouse_storage::incoming::{Incoming, UploadId};
use packhouse_storage::push::{self, Ingest, Verdict};
use packhouse_storage::snapshot::Snapshot;

use self::meter::Meter;
use self::report::{refuse_all, report};
use super::answer::{Gone, Sender, channel};
use super::body::{BodyError, Held, Place, Reader};
use super::{Call, protocol, public_message};

/// What bounds the commands of a push. CodeCommit takes 4,000 refs; a mirror of a large repository needs more.
const LIMITS: Limits = Limits {
    commands: 100_000,
    push_options: 1_000,
    bytes: 64 << 20,
};

/// What to do when a push takes longer than it may.
const TOO_LATE: &str = "see with git ls-remote whether the push was carried out, and if not push less at once";

/// A push whose body was read.
struct Received {
    commands: Commands,
    /// Given back when the commands are.
    place: Option<Place>,
    /// Nothing when none was to come.
    pack: Option<Pack>,
}

/// The pack of a push.
enum Pack {
    Taken(Ingest),
    Refused(String),
    /// It lies in the blob store and is yet to be taken.
    Uploaded(Incoming, Ingest),
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
    serve(call, snapshot, None, body).await
}

/// Answers a push whose pack was uploaded.
pub(super) async fn answer_uploaded(call: Call, (upload, bytes): (UploadId, u64), body: Body) -> Result<Response> {
    let snapshot = git::open(&call.app.forge, &call.caller, &call.name, Action::GitPush).await?;
    let incoming = Incoming::new(&snapshot, upload, bytes)?;
    serve(call, snapshot, Some(incoming), body).await
}

async fn serve(call: Call, snapshot: Snapshot, incoming: Option<Incoming>, body: Body) -> Result<Response> {
    let mut reader = match Reader::new(&call.headers, body) {
        Ok(reader) => reader,
        Err(error) => return Ok(failed(&error.to_string(), &Capabilities::default())),
    };
    let received = match receive(&mut reader, &snapshot, incoming).await {
        Ok(Some(received)) => received,
        // The probe that git sends before a large push.
        Ok(None) => return Ok(result(Body::empty())),
        Err(Refused::Protocol(why, capabilities)) => {
            reader.discard().await;
            return Ok(failed(&why, &capabilities));
        }
        Err(Refused::Gone) => return Ok(failed("the request ended early", &Capabilities::default())),
    };
    if matches!(received.pack, Some(Pack::Refused(_))) {
        reader.discard().await;
    }
    let mode = if received.commands.capabilities.sideband {
        Mode::Large
    } else {
        Mode::None
    };
    let (sender, body) = channel(mode, call.bounds, TOO_LATE);
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
async fn receive(
    reader: &mut Reader,
    snapshot: &Snapshot,
    incoming: Option<Incoming>,
) -> std::result::Result<Option<Received>, Refused> {
    let mut parser = CommandParser::new(snapshot.manifest().format, LIMITS);
    let read = |error: BodyError, capabilities: &Capabilities| match error {
        BodyError::Gone => Refused::Gone,
        error => Refused::Protocol(error.to_string(), capabilities.clone()),
    };
    let mut held = Held::commands();
    let (commands, rest) = loop {
        let piece = match held.next(reader).await {
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
    let place = held.into_place();
    if !commands.has_pack() {
        let pack = None;
        return Ok(Some(Received { commands, place, pack }));
    }
    let pack = match incoming {
        Some(incoming) => {
            expect_end(reader, &rest, &commands).await?;
            match Ingest::new(snapshot) {
                Ok(ingest) => Pack::Uploaded(incoming, ingest),
                Err(error) => Pack::Refused(public_message(&error.into())),
            }
        }
        None => match take_pack(reader, snapshot, rest).await {
            Ok(ingest) => Pack::Taken(ingest),
            Err(Some(why)) => Pack::Refused(why),
            Err(None) => return Err(Refused::Gone),
        },
    };
    let pack = Some(pack);
    Ok(Some(Received { commands, place, pack }))
}

/// Returns when nothing follows the commands of a push whose pack was uploaded.
async fn expect_end(reader: &mut Reader, rest: &[u8], commands: &Commands) -> std::result::Result<(), Refused> {
    match reader.next().await {
        Ok(None) if rest.is_empty() => Ok(()),
        Err(BodyError::Gone) => Err(Refused::Gone),
        _ => Err(Refused::Protocol(
            "something follows the commands, but the pack was uploaded before".into(),
            commands.capabilities.clone(),
        )),
    }
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
    let Received {
        commands,
        place: _place,
        pack,
    } = received;
    let progress = match &pack {
        None => None,
        Some(Pack::Taken(ingest)) => Some(Meter::new(ingest.progress(), false)),
        Some(Pack::Uploaded(_, ingest)) => Some(Meter::new(ingest.progress(), true)),
        Some(Pack::Refused(why)) => return send_report(sender, refuse_all(&commands, why)).await,
    };
    let capabilities = &commands.capabilities;
    let (asked, names) = to_push(&commands);
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
        let (forge, caller) = (&call.app.forge, &call.caller);
        match pack {
            Some(Pack::Uploaded(incoming, ingest)) => {
                Box::pin(uploads::push(forge, caller, snapshot, &incoming, ingest, push)).await
            }
            Some(Pack::Taken(ingest)) => git::push(forge, caller, snapshot, Some(ingest), push).await,
            Some(Pack::Refused(_)) | None => git::push(forge, caller, snapshot, None, push).await,
        }
    };
    let mut progress = progress.filter(|_| !quiet);
    let tick = move || progress.as_mut().and_then(Meter::tick);
    let report = match finish(&mut sender, Box::pin(push), tick).await {
        None => return tracing::warn!("a push was given up when its time was over"),
        Some(Ok(verdicts)) => report(&commands, names, verdicts),
        Some(Err(error)) => refuse_all(&commands, &public_message(&error)),
    };
    send_report(sender, report).await;
}

/// Waits for the push whether or not somebody still listens; `None` when its time is over. It is then left where it is,
/// as a crash would leave it, for what ended the answer may also stop this process from running on.
async fn finish<T>(
    sender: &mut Sender,
    mut push: impl Future<Output = T> + Unpin,
    tick: impl FnMut() -> Option<String>,
) -> Option<T> {
    match sender.while_waiting(&mut push, tick).await {
        Ok(done) => Some(done),
        Err(Gone) => sender.in_time(push).await,
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

async fn send_report(mut sender: Sender, report: Vec<u8>) {
    if sender.raw(report).await.is_err() {
        tracing::debug!("the client was gone before its push was reported");
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::{Instant, timeout};

    use super::*;
    use crate::request::AnswerBounds;

    #[tokio::test(start_paused = true)]
    async fn a_push_goes_on_without_its_client_but_not_beyond_its_time() {
        let check = async |time: Option<u64>, takes: u64, expect: Option<()>| {
            let bounds = time.map(|time| AnswerBounds {
                until: Instant::now() + Duration::from_secs(time),
                bytes: 1000,
            });
            let (mut sender, body) = channel(Mode::Large, bounds, TOO_LATE);
            drop(body);
            let push = async move {
                let passed = timeout(Duration::from_secs(takes), std::future::pending::<()>()).await;
                passed.expect_err("nothing else ends it");
            };
            let finished = finish(&mut sender, Box::pin(push), || None).await;
            assert_eq!(finished, expect, "{time:?} {takes}");
        };
        check(Some(60), 59, Some(())).await;
        check(Some(60), 61, None).await;
        check(None, 3600, Some(())).await;
    }
}
