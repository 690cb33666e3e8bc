//! Accepting connections and serving HTTP on them, with bounds on what a slow or greedy client can hold.

mod deadlines;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::Request;
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use hyper_util::service::TowerToHyperService;
use packhouse_http::auth::source::Peer;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt as _;

use self::deadlines::{GreetingDeadline, WriteDeadline};

/// How many connections are served at once; more wait to be accepted.
const MAX_CONNECTIONS: usize = 1000;
/// How long a client may take to shake hands, then to show which HTTP it speaks, then to send the head of a request.
const HEAD_TIME: Duration = Duration::from_secs(30);
/// How long a client may take none of what it is sent.
const WRITE_TIME: Duration = Duration::from_secs(60);
/// How long the head of a request may be, in bytes.
const MAX_HEAD: usize = 64 << 10;
/// How many requests one HTTP/2 connection may have open.
const MAX_STREAMS: u32 = 64;
/// How often a silent HTTP/2 connection is asked whether it is still there.
const PING: Duration = Duration::from_secs(30);
/// How long to wait after accepting failed, mostly for want of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// One address that is listened on.
pub(crate) struct Door {
    pub(crate) listener: TcpListener,
    pub(crate) tls: Option<TlsAcceptor>,
}

/// All connections, of every door.
pub(crate) struct Connections {
    http: Builder<TokioExecutor>,
    router: Router,
    graceful: GracefulShutdown,
    places: Arc<Semaphore>,
}

impl Connections {
    pub(crate) fn new(router: Router) -> Self {
        let mut http = Builder::new(TokioExecutor::new());
        http.http1()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD_TIME)
            .max_buf_size(MAX_HEAD);
        http.http2()
            .timer(TokioTimer::new())
            .max_header_list_size(u32::try_from(MAX_HEAD).unwrap_or(u32::MAX))
            .max_concurrent_streams(MAX_STREAMS)
            .keep_alive_interval(PING)
            .adaptive_window(true);
        let places = Arc::new(Semaphore::new(MAX_CONNECTIONS));
        Self {
            http,
            router,
            graceful: GracefulShutdown::new(),
            places,
        }
    }

    /// Accepts for ever.
    pub(crate) async fn accept(&self, door: &Door) {
        loop {
            let Ok(place) = Arc::clone(&self.places).acquire_owned().await else {
                return;
            };
            let (stream, peer) = match door.listener.accept().await {
                Ok(accepted) => accepted,
                Err(error) => {
                    tracing::warn!(%error, "cannot accept a connection");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                    continue;
                }
            };
            // Answers are written in pieces; none of them may wait for the one before it to be acknowledged.
            if let Err(error) = stream.set_nodelay(true) {
                tracing::debug!(%error, %peer, "cannot set TCP_NODELAY");
            }
            let (http, router, watcher) = (self.http.clone(), self.router.clone(), self.graceful.watcher());
            let tls = door.tls.clone();
            tokio::spawn(async move {
                serve(stream, peer, tls, http, router, watcher).await;
                drop(place);
            });
        }
    }

    /// Tells every connection to end after the request that it is in, and waits for that; whether all did in time.
    pub(crate) async fn finish(self, within: Duration) -> bool {
        tokio::time::timeout(within, self.graceful.shutdown()).await.is_ok()
    }
}

async fn serve(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    peer: SocketAddr,
    tls: Option<TlsAcceptor>,
    http: Builder<TokioExecutor>,
    router: Router,
    watcher: Watcher,
) {
    let stream = WriteDeadline::new(stream, WRITE_TIME);
    let Some(tls) = tls else {
        return speak(stream, (peer, false), http, router, watcher).await;
    };
    match tokio::time::timeout(HEAD_TIME, tls.accept(stream)).await {
        Ok(Ok(stream)) => speak(stream, (peer, true), http, router, watcher).await,
        Ok(Err(error)) => tracing::debug!(%error, %peer, "no TLS handshake"),
        Err(_) => tracing::debug!(%peer, "the TLS handshake took too long"),
    }
}

async fn speak(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    (peer, secure): (SocketAddr, bool),
    http: Builder<TokioExecutor>,
    router: Router,
    watcher: Watcher,
) {
    let stream = GreetingDeadline::new(stream, HEAD_TIME);
    let tell = Peer { ip: peer.ip(), secure };
    let told = router.map_request(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(tell);
        request
    });
    let connection = http.serve_connection(TokioIo::new(stream), TowerToHyperService::new(told));
    if let Err(error) = watcher.watch(connection).await {
        tracing::debug!(%error, %peer, "a connection broke");
    }
}

#[cfg(test)]
mod tests;
