//! `packhouse serve`.

use std::io::Write as _;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use anyhow::{Context as _, Result};
use packhouse_forge::in_process::InProcess;
use packhouse_forge::{maintenance, notifications, pull_requests, relay, triggers};
use packhouse_http::App;
use packhouse_local::DataFolder;
use packhouse_storage::table::Key;
use tokio::net::TcpListener;
use tokio::sync::mpsc::Receiver;
use tokio::task::JoinSet;

use crate::connections::{Connections, Door};
use crate::env::quoted;
use crate::options::{ServeOptions, StoreKind, Switch, TlsOptions, WebhookReach};
use crate::shutdown::Signals;
use crate::store::folder::{self, Server};
use crate::store::{self, Opened, Outside, Place};
use crate::{logging, tls};

/// Serves until a signal ends it.
pub(crate) fn run(options: ServeOptions) -> Result<()> {
    logging::start(options.log_format, &options.log)?;
    keep_pages_small();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("cannot start threads")?;
    let served = runtime.block_on(serve(options));
    // What the deadline left running is not waited for.
    runtime.shutdown_background();
    served
}

/// Has the system give memory in small pages: in huge ones, what is in use and what is free lie together, and a server that has
/// cloned a few large repositories keeps half as much again.
fn keep_pages_small() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::thread::disable_transparent_huge_pages(true) {
        tracing::debug!(%error, "huge pages stay on");
    }
}

async fn serve(options: ServeOptions) -> Result<()> {
    let mut signals = Signals::catch()?;
    let limits = options.limits.limits(options.compaction);
    let place = match options.store {
        StoreKind::Local => {
            options.aws.unused()?;
            Place::Folder {
                folder: DataFolder::open(&options.data.data)?,
                account: options.account_id,
                region: options.region,
            }
        }
        StoreKind::Aws => Place::Aws {
            place: options.aws.place("--store aws", options.account_id, options.region)?,
            spool: options.spool.unwrap_or_else(|| std::env::temp_dir().join("packhouse")),
        },
    };
    let doors = open_doors(options.listen, &options.tls).await?;
    let address = doors[0].listener.local_addr()?;
    let url = options.public_url.unwrap_or_else(|| {
        let url = reachable_url(address, doors[0].tls.is_some());
        if let Some(hint) = hint(address.ip(), &url) {
            tracing::warn!("{hint}");
        }
        url
    });
    let outside = Outside {
        sts: options.callers.sts_url.as_deref(),
        deliver_to: options.deliver_to.as_ref(),
        any_webhooks: options.webhooks == WebhookReach::Any,
        mailer: options.mail.mailer()?,
    };
    let mut opened = store::open(place, limits, &url, outside).await?;
    if let Some(folder) = opened.folder() {
        let control = reachable(doors[doors.len() - 1].listener.local_addr()?);
        let region = opened.forge.installation().region.to_string();
        let url = url.clone();
        folder::write_server(folder, &Server { url, control, region })?;
    }

    let connections = Connections::new(packhouse_http::router(App {
        forge: Arc::clone(&opened.forge),
        sparse_filter: options.sparse_filter == Switch::On,
        callers: options.callers.callers(),
        blob_urls: opened.blob_urls.clone(),
    }));
    let scheme = if doors[0].tls.is_some() { "https" } else { "http" };
    let listening = format!("{scheme}://{address}");
    greet(&listening, &url, &opened)?;
    let outbox = opened.outbox.take();
    let mut background = background(&opened, options.compaction, outbox);
    let accepting = async {
        let all = doors.iter().map(|door| connections.accept(door));
        futures_util::future::join_all(all).await;
    };
    let signal = tokio::select! {
        signal = signals.next() => signal,
        () = accepting => "no door",
    };
    tracing::info!(
        signal,
        "stopping: running requests get {} s, or until another signal",
        options.shutdown_timeout.as_secs()
    );
    drop(doors);
    background.shutdown().await;
    let finished = tokio::select! {
        finished = connections.finish(options.shutdown_timeout) => finished,
        _ = signals.next() => false,
    };
    if !finished {
        tracing::warn!("some requests did not finish in time and are broken off");
    }
    Ok(())
}

/// Starts what runs beside the requests. It can be ended at any point: the next start goes on with it.
fn background(opened: &Opened, compaction: Switch, outbox: Option<Receiver<Key>>) -> JoinSet<()> {
    let mut jobs = JoinSet::new();
    if compaction == Switch::On {
        let (forge, queue) = (Arc::clone(&opened.forge), Arc::clone(&opened.queue));
        jobs.spawn(async move { maintenance::compactions(&forge, &queue).await });
    }
    let forge = Arc::clone(&opened.forge);
    jobs.spawn(async move { maintenance::sweeps(&forge).await });
    let (forge, queue) = (Arc::clone(&opened.forge), Arc::clone(&opened.queue));
    jobs.spawn(async move { pull_requests::follow_pushes(&forge, &queue).await });
    if let Some(outbox) = outbox {
        let (forge, queue) = (Arc::clone(&opened.forge), Arc::clone(&opened.queue));
        jobs.spawn(async move {
            let (forge, queue) = (&*forge, &*queue);
            relay::run(forge, &InProcess { forge, queue }, outbox).await;
        });
        let (forge, queue) = (Arc::clone(&opened.forge), Arc::clone(&opened.queue));
        jobs.spawn(async move { triggers::telling(&forge, &queue).await });
        let (forge, queue) = (Arc::clone(&opened.forge), Arc::clone(&opened.queue));
        jobs.spawn(async move { notifications::delivering(&forge, &queue).await });
    }
    jobs
}

/// The door for clients and, last, one for plain HTTP from this machine, which is the same unless that speaks TLS.
async fn open_doors(listen: SocketAddr, options: &TlsOptions) -> Result<Vec<Door>> {
    let tls = match (&options.tls_cert, &options.tls_key) {
        (Some(certificate), Some(key)) => Some(tls::acceptor(certificate, key)?),
        _ => None,
    };
    let bind = async |address: SocketAddr| {
        TcpListener::bind(address)
            .await
            .with_context(|| format!("cannot listen on {address}"))
    };
    let mut doors = vec![Door {
        listener: bind(listen).await?,
        tls,
    }];
    if doors[0].tls.is_some() {
        let local = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        doors.push(Door {
            listener: bind(local).await?,
            tls: None,
        });
    }
    Ok(doors)
}

/// The address that this machine reaches a listener under.
const fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

fn reachable_url(address: SocketAddr, tls: bool) -> String {
    let scheme = if tls { "https" } else { "http" };
    format!("{scheme}://{}", reachable(address))
}

/// What to know of a URL that is made of the address, where others than this machine may be meant to come.
fn hint(listening: IpAddr, url: &str) -> Option<String> {
    let signatures = if listening.is_unspecified() {
        "which no other machine reaches, and Git takes signatures for any host"
    } else if listening.to_canonical().is_loopback() {
        return None;
    } else {
        "and Git takes signatures for that host only"
    };
    Some(format!(
        "without --public-url clone URLs begin with {url}, {signatures}: give the URL that clients use"
    ))
}

/// Says where the server listens, on a line of its own, and what to do next.
fn greet(listening: &str, url: &str, opened: &Opened) -> Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "listening on {listening}")?;
    if let (Some(data), true) = (opened.folder(), opened.secrets.is_some()) {
        // As it was called, so that the lines work before it is installed anywhere.
        let program = std::env::args().next().unwrap_or_else(|| "packhouse".to_owned());
        let (program, data) = (quoted(&program), quoted(&data.display().to_string()));
        writeln!(
            out,
            "
Paste this into another terminal in the same folder.

  # the administrator's keys, for this shell:
  eval \"$({program} env --data {data})\"
  # create a repository:
  aws codecommit create-repository --repository-name demo
  # clone it:
  git clone -c credential.helper='!f() {{ echo username=$PACKHOUSE_GIT_USERNAME; echo password=$PACKHOUSE_GIT_PASSWORD; }}; f' {url}/v1/repos/demo
  # push to it:
  cd demo && echo hello > README.md && git add . && git commit -m 'first commit' && git push origin HEAD
  # ask the API:
  aws codecommit get-repository --repository-name demo
"
        )?;
    }
    out.flush()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_listens_for_other_machines_without_a_public_url_gets_a_hint() {
        for (address, expect) in [
            ("127.0.0.1:8080", None),
            ("[::1]:8080", None),
            (
                "0.0.0.0:8080",
                Some("http://127.0.0.1:8080, which no other machine reaches"),
            ),
            ("[::]:8080", Some("http://[::1]:8080, which no other machine reaches")),
            (
                "192.0.2.1:8080",
                Some("http://192.0.2.1:8080, and Git takes signatures for that host only"),
            ),
        ] {
            let address: SocketAddr = address.parse().unwrap();
            let told = hint(address.ip(), &reachable_url(address, false));
            match expect {
                Some(text) => assert!(told.as_deref().is_some_and(|told| told.contains(text)), "{told:?}"),
                None => assert_eq!(told, None, "{address}"),
            }
        }
    }
}
