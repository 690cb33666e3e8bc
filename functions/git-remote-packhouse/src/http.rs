//! HTTP as git's configuration wants it.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow};
use ureq::tls::{PemItem, RootCerts, TlsConfig, TlsProvider, parse_pem};
use ureq::{Agent, Proxy};

use crate::config;
use crate::remote::origin;

/// What we call ourselves.
pub(crate) const AGENT: &str = concat!("git-remote-packhouse/", env!("CARGO_PKG_VERSION"));
const CONNECT_TIME: Duration = Duration::from_secs(30);
/// How long a connection may be silent. A server that works on a push says so every few seconds.
const SILENCE: Duration = Duration::from_secs(120);

/// Clients by scheme, host and port: each server can have settings of its own.
#[derive(Default)]
pub(crate) struct Agents(Mutex<HashMap<String, Agent>>);

impl Agents {
    pub(crate) fn of(&self, url: &str) -> Result<Agent> {
        let mut agents = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let origin = origin(url);
        if let Some(agent) = agents.get(origin) {
            return Ok(agent.clone());
        }
        let agent = agent(url)?;
        agents.insert(origin.to_owned(), agent.clone());
        Ok(agent)
    }
}

fn agent(url: &str) -> Result<Agent> {
    let settings = config::http(url)?;
    let mut builder = Agent::config_builder()
        .http_status_as_error(false)
        // A redirect is told to the user: what is sent here is too much to be sent twice.
        .max_redirects(0)
        .max_redirects_will_error(false)
        .user_agent(AGENT)
        .timeout_connect(Some(CONNECT_TIME))
        .timeout_per_read(Some(SILENCE))
        .timeout_per_write(Some(SILENCE));
    if let Some(proxy) = settings.get("proxy") {
        let proxy = Some(proxy).filter(|proxy| !proxy.is_empty());
        let proxy = proxy.map(|proxy| Proxy::new(proxy).context("http.proxy is not a proxy that can be used"));
        builder = builder.proxy(proxy.transpose()?);
    }
    if url.starts_with("https:") {
        let no_verify = std::env::var_os("GIT_SSL_NO_VERIFY").is_some();
        let authorities = std::env::var_os("GIT_SSL_CAINFO").map(PathBuf::from);
        let authorities = authorities.or_else(|| settings.get("sslcainfo").map(PathBuf::from));
        let tls = TlsConfig::builder()
            .provider(TlsProvider::Rustls)
            .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
            .disable_verification(no_verify || config::is_off(settings.get("sslverify")))
            .root_certs(match authorities {
                Some(file) => RootCerts::Specific(Arc::new(certificates(file)?)),
                None => RootCerts::PlatformVerifier,
            });
        builder = builder.tls_config(tls.build());
    }
    Ok(builder.build().new_agent())
}

/// The certificates in a PEM file.
fn certificates(file: PathBuf) -> Result<Vec<ureq::tls::Certificate<'static>>> {
    let file = match file.strip_prefix("~") {
        Ok(below) => PathBuf::from(std::env::var_os("HOME").unwrap_or_default()).join(below),
        Err(_) => file,
    };
    let pem = std::fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?;
    let mut found = Vec::new();
    for item in parse_pem(&pem) {
        if let PemItem::Certificate(certificate) = item.with_context(|| format!("cannot read {}", file.display()))? {
            found.push(certificate);
        }
    }
    if found.is_empty() {
        return Err(anyhow!("there is no certificate in {}", file.display()));
    }
    Ok(found)
}
