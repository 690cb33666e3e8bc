//! An HTTP server that answers calls: on this machine, or anywhere.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, ensure};
use axum::body::{Body, Bytes};
use axum::http::uri::{Scheme, Uri};
use axum::http::{Request, StatusCode};
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// How long a connection may take to be made, and a call to be answered.
const PATIENCE: Duration = Duration::from_secs(60);

/// Where a server is.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Remote {
    /// Host and port as a `Host` header has them.
    pub(super) authority: String,
    /// The path of calls, with the stage of a gateway where there is one.
    pub(super) path: String,
    host: String,
    port: u16,
    tls: bool,
}

impl Remote {
    /// A server that speaks plain HTTP at an address.
    pub(super) fn at(address: SocketAddr) -> Self {
        Self {
            authority: address.to_string(),
            path: "/".to_owned(),
            host: address.ip().to_string(),
            port: address.port(),
            tls: false,
        }
    }

    /// The server under a URL.
    pub(super) fn parse(url: &str) -> Result<Self> {
        let uri: Uri = url.parse().with_context(|| format!("{url} is no URL"))?;
        let authority = uri.authority().with_context(|| format!("{url} names no host"))?;
        let tls = uri.scheme() == Some(&Scheme::HTTPS);
        Ok(Self {
            authority: authority.as_str().to_owned(),
            path: format!("{}/", uri.path().trim_end_matches('/')),
            host: authority.host().trim_matches(['[', ']']).to_owned(),
            port: authority.port_u16().unwrap_or(if tls { 443 } else { 80 }),
            tls,
        })
    }

    /// Sends one request and reads all of its answer.
    pub(super) async fn call(&self, request: Request<Body>) -> Result<(StatusCode, Bytes)> {
        let unreachable = || format!("cannot reach the server at {}", self.authority);
        let exchange = async {
            let stream = TcpStream::connect((self.host.as_str(), self.port)).await?;
            if !self.tls {
                return exchange(stream, request).await;
            }
            let name = ServerName::try_from(self.host.clone())?;
            exchange(TlsConnector::from(trust()?).connect(name, stream).await?, request).await
        };
        let answered = tokio::time::timeout(PATIENCE, exchange).await;
        answered
            .map_err(|_| anyhow!("no answer within {} s", PATIENCE.as_secs()))
            .and_then(|answer| answer)
            .with_context(unreachable)
    }
}

async fn exchange(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    request: Request<Body>,
) -> Result<(StatusCode, Bytes)> {
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    let driving = tokio::spawn(connection);
    let answer = sender.send_request(request).await?;
    let answer = super::whole(answer.map(Body::new)).await;
    driving.abort();
    answer
}

/// Trusts whom this machine trusts.
fn trust() -> Result<Arc<ClientConfig>> {
    let mut roots = RootCertStore::empty();
    let (found, _damaged) = roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    ensure!(found > 0, "this machine has no certificates of authorities");
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_lead_to_servers() {
        let check = |url: &str, authority: &str, host: &str, port: u16, path: &str, tls: bool| {
            let (authority, host, path) = (authority.to_owned(), host.to_owned(), path.to_owned());
            let expect = Remote {
                authority,
                path,
                host,
                port,
                tls,
            };
            assert_eq!(Remote::parse(url).unwrap(), expect, "{url}");
        };
        check("http://127.0.0.1:8080", "127.0.0.1:8080", "127.0.0.1", 8080, "/", false);
        check(
            "https://git.example.com",
            "git.example.com",
            "git.example.com",
            443,
            "/",
            true,
        );
        check(
            "https://abc.execute-api.eu-west-1.amazonaws.com/prod",
            "abc.execute-api.eu-west-1.amazonaws.com",
            "abc.execute-api.eu-west-1.amazonaws.com",
            443,
            "/prod/",
            true,
        );
        check("http://[::1]:80/", "[::1]:80", "::1", 80, "/", false);
        assert!(Remote::parse("/only/a/path").is_err());
    }
}
