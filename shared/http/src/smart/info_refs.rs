//! `GET info/refs`: what fetches and pushes begin with.

use axum::body::Body;
use axum::response::Response;
use packhouse_forge::error::{Error, Result};
use packhouse_forge::git;
use packhouse_forge::policy::Action;
use packhouse_git::advertisement::{RefAdvertisement, Service, write_service, write_version_1};
use packhouse_git::pkt_line::TooLong;
use packhouse_git::{receive_pack, upload_pack};
use packhouse_storage::fetch::visible;
use packhouse_storage::snapshot::Snapshot;

use super::{AGENT, Call, Version, dumb, protocol};
use crate::App;

pub(super) async fn answer(call: &Call, query: &str) -> Result<Response> {
    let service = query.split('&').find_map(|pair| pair.strip_prefix("service="));
    let (service, action) = match service {
        Some("git-upload-pack") => (Service::UploadPack, Action::GitPull),
        Some("git-receive-pack") => (Service::ReceivePack, Action::GitPush),
        _ => return Ok(dumb()),
    };
    let snapshot = git::begin(&call.app.forge, &call.caller, &call.name, action).await?;
    let mut out = Vec::new();
    write_service(&mut out, service);
    let session = call.caller.request_id.as_str();
    let written = match service {
        Service::UploadPack if call.version == Version::V2 => {
            upload_pack::write_capabilities_v2(&mut out, &server(&call.app, &snapshot, session));
            Ok(())
        }
        Service::UploadPack => refs_to_fetch(&mut out, call, &snapshot),
        Service::ReceivePack => refs_to_push(&mut out, call, &snapshot),
    };
    written.map_err(|_: TooLong| Error::corrupt("a ref that no pkt-line can tell"))?;
    Ok(protocol(
        format!("application/x-{}-advertisement", service.name()),
        Body::from(out),
    ))
}

/// What the server says of itself to those who fetch.
pub(super) fn server<'a>(app: &App, snapshot: &Snapshot, session: &'a str) -> upload_pack::Server<'a> {
    upload_pack::Server {
        format: snapshot.manifest().format,
        agent: AGENT,
        session_id: Some(session),
        features: upload_pack::Features {
            sparse_filter: app.sparse_filter,
            ..upload_pack::Features::ALL
        },
    }
}

fn refs_to_fetch(out: &mut Vec<u8>, call: &Call, snapshot: &Snapshot) -> std::result::Result<(), TooLong> {
    if call.version == Version::V1 {
        write_version_1(out);
    }
    let head = &snapshot.manifest().head;
    let born = snapshot.refs().get(head);
    let server = server(&call.app, snapshot, &call.caller.request_id);
    let capabilities = upload_pack::capabilities_v0(&server, born.map(|_| head.as_str()));
    let mut refs = RefAdvertisement::new(server.format, capabilities);
    if let Some(target) = born {
        refs.write(out, b"HEAD", &target.id, None)?;
    }
    for (name, target) in visible(snapshot) {
        refs.write(out, name.as_str().as_bytes(), &target.id, target.peeled.as_deref())?;
    }
    refs.finish(out)
}

fn refs_to_push(out: &mut Vec<u8>, call: &Call, snapshot: &Snapshot) -> std::result::Result<(), TooLong> {
    if call.version == Version::V1 {
        write_version_1(out);
    }
    let format = snapshot.manifest().format;
    let session = call.caller.request_id.as_str();
    let server = receive_pack::Server {
        format,
        agent: AGENT,
        session_id: Some(session),
    };
    let mut refs = RefAdvertisement::new(format, receive_pack::capabilities(&server));
    for (name, target) in visible(snapshot) {
        refs.write(out, name.as_str().as_bytes(), &target.id, None)?;
    }
    refs.finish(out)
}
