//! One push: handed on if it is small, uploaded directly if it is large.

use std::collections::BTreeSet;
use std::io::{self, Write as _};

use anyhow::Result;

use crate::api::{Api, Begun, Failure};
use crate::finish::{self, Command};
use crate::kept::{Kept, State};
use crate::options::Options;
use crate::pack::{self, Contents};
use crate::quote::quoted;
use crate::remote::Remote;
use crate::report::Report;
use crate::update::{Advertised, Update};
use crate::{config, git, upload};

/// Carries out a push and answers it in the words of `gitremote-helpers(7)`; `None` when it is for git's own helper.
pub(crate) fn push(
    remote: &Remote,
    options: &Options,
    advertised: &Advertised,
    updates: &[Update],
) -> Result<Option<Vec<u8>>> {
    if options.is_special || updates.iter().all(|update| update.source.is_none()) {
        return Ok(None);
    }
    let Some(commands) = commands(advertised, updates)? else {
        return Ok(None);
    };
    let contents = contents(advertised, &commands)?;
    let request = finish::request(&commands, &contents.shallow, options)?;
    let kept = Kept::of(&remote.bare, &contents)?;
    let progress = options.progress && !options.is_quiet();
    let threshold = config::threshold()?.saturating_sub(request.len() as u64);
    let state = match kept.load() {
        Some(state) => state,
        None => match packed(&kept, &contents, threshold, progress)? {
            Some(state) => state,
            None => return Ok(None),
        },
    };
    let api = Api::new(remote)?;
    let begun = match begin(&api, &kept, state.clone()) {
        Ok(begun) => begun,
        Err(failure) if has_no_uploads(&failure) => {
            kept.remove();
            note("this server takes no direct uploads, the push goes in one request");
            return Ok(None);
        }
        Err(failure) => return Err(failure.into()),
    };
    upload::upload(&api, &begun, &kept.pack(), state.bytes, progress)?;
    let report = finish::finish(&api, &begun.upload, state.bytes, &request)?;
    if let Some(why) = &report.refused {
        note(&format!("error: remote unpack failed: {why}"));
    }
    if is_over(&api, &begun, state.bytes, &report) {
        kept.remove();
    }
    Ok(Some(answer(&commands, report)))
}

/// The commands, with ids; `None` where something that is to be pushed is not here, which git's helper tells best.
fn commands(advertised: &Advertised, updates: &[Update]) -> Result<Option<Vec<Command>>> {
    let null = git::null_id()?;
    let sources = updates.iter().filter_map(|update| update.source.as_deref());
    let mut ids = git::ids(sources)?.into_iter();
    let mut commands = Vec::with_capacity(updates.len());
    for update in updates {
        let new = match update.source {
            None => null.clone(),
            Some(_) => match ids.next().flatten() {
                Some(id) => id,
                None => return Ok(None),
            },
        };
        let old = advertised.refs.get(&update.name).cloned();
        commands.push(Command {
            old: old.unwrap_or_else(|| null.clone()),
            new,
            name: update.name.clone(),
        });
    }
    Ok(Some(commands))
}

/// What the pack has to hold: what is pushed, without what the server has as far as it is here too.
fn contents(advertised: &Advertised, commands: &[Command]) -> Result<Contents> {
    let theirs: BTreeSet<&str> = advertised.refs.values().map(String::as_str).collect();
    let had = git::ids(theirs.iter().map(|id| id.as_bytes()))?;
    let is_null = |id: &str| id.bytes().all(|byte| byte == b'0');
    let wanted: BTreeSet<&str> = commands.iter().map(|command| command.new.as_str()).collect();
    Ok(Contents {
        wanted: wanted
            .into_iter()
            .filter(|id| !is_null(id))
            .map(ToOwned::to_owned)
            .collect(),
        had: had.into_iter().flatten().collect(),
        shallow: git::shallow()?,
    })
}

/// Makes the pack and keeps it; `None` when it is small.
fn packed(kept: &Kept, contents: &Contents, threshold: u64, progress: bool) -> Result<Option<State>> {
    let unfinished = kept.unfinished();
    let made = pack::make(contents, &unfinished, threshold, progress);
    if made.is_err() {
        drop(std::fs::remove_file(&unfinished));
    }
    let Some(bytes) = made? else { return Ok(None) };
    let state = State::new(bytes);
    kept.keep(&unfinished, &state)?;
    Ok(Some(state))
}

/// Goes on with an upload that the server still knows, or begins one.
fn begin(api: &Api<'_>, kept: &Kept, mut state: State) -> Result<Begun, Failure> {
    let begun = api.begin(state.bytes)?;
    if let Some(upload) = &state.upload {
        match api.parts(upload, state.bytes, &[1]) {
            Ok(_) => {
                let upload = upload.clone();
                return Ok(Begun { upload, ..begun });
            }
            // It is too old, or cut in another way.
            Err(Failure::Refused { status: 400, .. }) => {}
            Err(failure) => return Err(failure),
        }
    }
    state.upload = Some(begun.upload.clone());
    kept.save(&state).map_err(Failure::Fatal)?;
    Ok(begun)
}

/// Whether a refusal to begin says that the server knows nothing of uploads: as other servers answer, or by a redirect.
const fn has_no_uploads(failure: &Failure) -> bool {
    matches!(
        failure,
        Failure::Refused {
            status: 300..=399 | 404 | 405 | 501,
            ..
        }
    )
}

/// Whether nothing of this push can be of use for another attempt: it was carried out, or the server has thrown the parts
/// away because the pack will never do.
fn is_over(api: &Api<'_>, begun: &Begun, bytes: u64, report: &Report) -> bool {
    if report.refs.values().any(Result::is_ok) {
        return true;
    }
    let is_there = api.parts(&begun.upload, bytes, &[1]);
    report.refused.is_some() && is_there.is_ok_and(|parts| parts.iter().all(|part| !part.stored))
}

/// A line for each ref.
fn answer(commands: &[Command], mut report: Report) -> Vec<u8> {
    let mut lines = Vec::new();
    for Command { name, .. } in commands {
        match report.refs.remove(name) {
            Some(Ok(())) => lines.extend_from_slice(&[b"ok ", name.as_slice(), b"\n"].concat()),
            refused => {
                let why = match refused {
                    Some(Err(why)) => why,
                    _ => "remote failed to report status".to_owned(),
                };
                lines.extend_from_slice(&[b"error ", name.as_slice(), b" ", quoted(&why).as_bytes(), b"\n"].concat());
            }
        }
    }
    lines.push(b'\n');
    lines
}

fn note(text: &str) {
    // Where stderr is gone there is nobody left to tell.
    drop(writeln!(io::stderr(), "{text}"));
}
