//! `POST git-upload-pack`: clones and fetches.

use axum::body::Body;
use axum::response::Response;
use packhouse_forge::error::{Error, Result};
use packhouse_forge::git;
use packhouse_forge::policy::Action;
use packhouse_git::hash::ObjectId;
use packhouse_git::pkt_line::{FLUSH, TooLong};
use packhouse_git::sideband::Mode;
use packhouse_git::upload_pack::{
    self, FetchRequest, LsRefsRequest, ObjectInfoRequest, ls_refs, negotiation, object_info, response,
};
use packhouse_storage::error::Error as StorageError;
use packhouse_storage::fetch::{Asked, Boundary, PackStream, Session, Wants, visible_below};
use packhouse_storage::snapshot::Snapshot;

use super::answer::{Gone, Sender, channel};
use super::body::{Place, Reader};
use super::info_refs::server;
use super::{Call, Version, protocol, public_message};

/// The longest request, decoded. A client that names a million objects sends 50 MB.
const MAX_REQUEST: usize = 64 << 20;
/// What to do when a fetch is more than may be sent at once.
const TOO_MUCH: &str = "fetch less at once, such as with --depth or --filter";

pub(super) async fn answer(call: Call, body: Body) -> Result<Response> {
    let snapshot = git::open(&call.app.forge, &call.caller, &call.name, Action::GitPull).await?;
    let request = match Reader::new(&call.headers, body) {
        Ok(reader) => reader.whole(MAX_REQUEST).await,
        Err(error) => Err(error),
    };
    let (request, place) = match request {
        Ok(request) => request,
        Err(error) => return Ok(failed(false, &error.to_string())),
    };
    let session_id = call.caller.request_id.clone();
    let server = server(&call.app, &snapshot, &session_id);
    if call.version != Version::V2 {
        return match upload_pack::parse_v0(&request, &server) {
            Ok(Some(request)) => fetch(&call, snapshot, (request, place), false).await,
            Ok(None) => Ok(result(Vec::new())),
            Err(error) => Ok(failed(false, &error.to_string())),
        };
    }
    match upload_pack::parse_v2(&request, &server) {
        Ok(Some(upload_pack::Request::LsRefs(request))) => list_refs(&snapshot, &request),
        Ok(Some(upload_pack::Request::ObjectInfo(request))) => tell_sizes(snapshot, request).await,
        Ok(Some(upload_pack::Request::Fetch(request))) => fetch(&call, snapshot, (*request, place), true).await,
        Ok(None) => Ok(result(Vec::new())),
        Err(error) => Ok(failed(false, &error.to_string())),
    }
}

fn result(body: impl Into<Body>) -> Response {
    protocol("application/x-git-upload-pack-result".into(), body.into())
}

/// The answer to a request that makes no sense, in a form that git prints.
fn failed(sideband_all: bool, message: &str) -> Response {
    let mut out = Vec::new();
    response::write_error(&mut out, sideband_all, message);
    result(out)
}

fn untellable(_: TooLong) -> Error {
    Error::corrupt("a ref that no pkt-line can tell")
}

fn list_refs(snapshot: &Snapshot, request: &LsRefsRequest) -> Result<Response> {
    let mut out = Vec::new();
    let head = &snapshot.manifest().head;
    let target = head.as_str().as_bytes();
    match snapshot.refs().get(head) {
        Some(born) => ls_refs::write_ref(&mut out, request, b"HEAD", &born.id, Some(target), None),
        None => ls_refs::write_unborn_head(&mut out, request, target),
    }
    .map_err(untellable)?;
    // What is asked for is sorted. A prefix that is no text may end in the midst of a character of a name.
    let prefixes = request.ref_prefixes.iter().map(|prefix| std::str::from_utf8(prefix));
    let prefixes: Vec<&str> = prefixes.collect::<Result<_, _>>().unwrap_or_default();
    let all = [""];
    let prefixes = if prefixes.is_empty() { all.as_slice() } else { &prefixes };
    for (name, target) in prefixes.iter().flat_map(|prefix| visible_below(snapshot, prefix)) {
        let peeled = target.peeled.as_deref();
        ls_refs::write_ref(&mut out, request, name.as_str().as_bytes(), &target.id, None, peeled)
            .map_err(untellable)?;
    }
    ls_refs::write_end(&mut out);
    Ok(result(out))
}

async fn tell_sizes(snapshot: Snapshot, request: ObjectInfoRequest) -> Result<Response> {
    let session = Session::open(snapshot).await?;
    let out = session.run(move |session| {
        let mut out = Vec::new();
        object_info::write_start(&mut out, &request);
        for id in &request.oids {
            object_info::write_object(&mut out, &request, id, session.size(id)?);
        }
        object_info::write_end(&mut out);
        Ok(out)
    });
    Ok(result(out.await?))
}

/// What comes before the pack, and what the pack is to be made of.
struct Negotiated {
    head: Vec<u8>,
    pack: Option<(Wants, Vec<ObjectId>, Boundary)>,
    request: FetchRequest,
}

async fn fetch(
    call: &Call,
    snapshot: Snapshot,
    (request, place): (FetchRequest, Option<Place>),
    v2: bool,
) -> Result<Response> {
    let sideband_all = request.sideband_all;
    let id = snapshot.id().clone();
    let session = Session::open(snapshot).await?;
    let negotiated = match session.run(move |session| negotiate(session, request, v2)).await {
        Ok(negotiated) => negotiated,
        Err(error) => return Ok(failed(sideband_all, &public_message(&error.into()))),
    };
    let Negotiated { head, pack, request } = negotiated;
    let Some((wants, common, boundary)) = pack else {
        return Ok(result(head));
    };
    let shallow = request.deepen.is_some();
    git::fetched(&call.app.forge, &call.caller, (&call.name, &id), shallow).await;
    let mode = if v2 { Mode::Large } else { request.sideband };
    let (mut sender, body) = channel(mode, call.bounds, TOO_MUCH);
    let quiet = request.no_progress;
    let asked = Asked {
        wants,
        common,
        boundary,
        request,
    };
    tokio::spawn(async move {
        if sender.raw(head).await.is_err() {
            return;
        }
        let Ok(plan) = sender.while_waiting(session.plan(asked), || None).await else {
            return;
        };
        // Nothing of the request is left.
        drop(place);
        match plan {
            Ok(pack) => send(sender, pack, quiet).await,
            Err(error) => sender.fatal(&public_message(&error.into())).await,
        }
    });
    Ok(result(body))
}

/// Answers the haves, and everything else that comes before the pack. Blocks.
fn negotiate(session: &Session, request: FetchRequest, v2: bool) -> std::result::Result<Negotiated, StorageError> {
    let mut head = Vec::new();
    let wants = session.wants(&request)?;
    if !v2 {
        let boundary = session.boundary(&wants, &request)?;
        if request.deepen.is_some() {
            response::write_shallow_v0(&mut head, &boundary.shallow, &boundary.unshallow);
        }
        let (mut readiness, mut failure) = (session.readiness(&wants), None);
        let ready = |common: &[ObjectId]| flag(readiness.ready(common), &mut failure);
        let outcome = negotiation::answer_v0(&mut head, &request, |id| session.is_common(id), ready);
        failure.map_or(Ok(()), Err)?;
        let pack = outcome.send_pack.then_some((wants, outcome.common, boundary));
        return Ok(Negotiated { head, pack, request });
    }
    let (mut readiness, mut failure) = (session.readiness(&wants), None);
    let ready = |common: &[ObjectId]| flag(readiness.ready(common), &mut failure);
    let outcome = negotiation::answer_v2(&mut head, &request, |id| session.is_common(id), ready);
    failure.map_or(Ok(()), Err)?;
    if !outcome.send_pack {
        return Ok(Negotiated {
            head,
            pack: None,
            request,
        });
    }
    let boundary = session.boundary(&wants, &request)?;
    if request.has_shallow_info() {
        response::write_shallow_info(&mut head, request.sideband_all, &boundary.shallow, &boundary.unshallow);
    }
    let named: Vec<_> = wants.refs.iter().zip(&request.want_refs).collect();
    let refs = named.iter().map(|((_, id), name)| (name.as_slice(), &**id));
    response::write_wanted_refs(&mut head, request.sideband_all, refs)
        .map_err(|_| StorageError::Corrupt("a ref that no pkt-line can tell".into()))?;
    response::write_packfile(&mut head, request.sideband_all);
    Ok(Negotiated {
        head,
        pack: Some((wants, outcome.common, boundary)),
        request,
    })
}

/// Keeps the first failure of a question that can only be answered by yes or no.
fn flag(outcome: std::result::Result<bool, StorageError>, failure: &mut Option<StorageError>) -> bool {
    outcome.unwrap_or_else(|error| {
        failure.get_or_insert(error);
        false
    })
}

/// Sends the pack and ends the answer.
async fn send(mut sender: Sender, mut pack: PackStream, quiet: bool) {
    if !quiet {
        let text = format!("Enumerating objects: {}, done.\n", pack.count());
        if sender.progress(&text).await.is_err() {
            return;
        }
    }
    loop {
        match pack.next().await {
            Ok(Some(bytes)) => {
                if let Err(Gone) = sender.data(bytes).await {
                    return;
                }
            }
            Ok(None) => break,
            Err(error) => return sender.fatal(&public_message(&error.into())).await,
        }
    }
    let ended = if sender.sidebands() {
        sender.raw(&FLUSH[..]).await
    } else {
        sender.flush().await
    };
    if ended.is_err() {
        tracing::debug!("the client was gone at the end of a fetch");
    }
}
