//! The HTTP client.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::Semaphore;
use ureq::Agent;
use ureq::config::Config;
use ureq::tls::{RootCerts, TlsConfig, TlsProvider};

/// How long an answer may take, from looking up the name to the last byte.
const TIME: Duration = Duration::from_secs(5);
/// How many requests are under way at once. Those who are not known yet cause them.
const AT_ONCE: usize = 8;
/// How long others wait for their turn.
const TURN: Duration = Duration::from_secs(5);
const AGENT: &str = concat!("packhouse/", env!("CARGO_PKG_VERSION"));

/// How requests are made, which may take that long.
pub(crate) fn config(time: Duration) -> Config {
    let tls = TlsConfig::builder()
        .provider(TlsProvider::Rustls)
        .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
        .root_certs(RootCerts::PlatformVerifier);
    Agent::config_builder()
        .http_status_as_error(false)
        // Where a redirect leads, nobody has checked.
        .max_redirects(0)
        .max_redirects_will_error(false)
        // The environment, which it would come from, is the business of programs alone.
        .proxy(None)
        .user_agent(AGENT)
        .timeout_global(Some(time))
        .tls_config(tls.build())
        .build()
}

/// Fetches small things. Clones share everything.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    agent: Agent,
    turns: Arc<Semaphore>,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Bytes,
}

impl Client {
    pub(crate) fn new() -> Self {
        Self {
            agent: config(TIME).new_agent(),
            turns: Arc::new(Semaphore::new(AT_ONCE)),
        }
    }

    /// Gets what is at `url`, of at most `limit` bytes, with one header more.
    ///
    /// # Errors
    /// Why there is none, in words for the caller.
    pub(crate) async fn get(
        &self,
        url: &str,
        header: Option<(&'static str, String)>,
        limit: u64,
    ) -> Result<Answer, String> {
        let turn = tokio::time::timeout(TURN, Arc::clone(&self.turns).acquire_owned()).await;
        let Ok(Ok(turn)) = turn else {
            return Err("too many requests are under way; try again".to_owned());
        };
        let (agent, url) = (self.agent.clone(), url.to_owned());
        let fetched = tokio::task::spawn_blocking(move || {
            let answer = get(&agent, &url, header, limit);
            drop(turn);
            answer
        });
        fetched
            .await
            .unwrap_or_else(|_| Err("the request broke off".to_owned()))
    }
}

fn get(agent: &Agent, url: &str, header: Option<(&str, String)>, limit: u64) -> Result<Answer, String> {
    let mut request = agent.get(url);
    if let Some((name, value)) = header {
        request = request.header(name, value);
    }
    let mut answer = request.call().map_err(|error| error.to_string())?;
    let body = answer.body_mut().with_config().limit(limit).read_to_vec();
    Ok(Answer {
        status: answer.status().as_u16(),
        body: body.map_err(|error| error.to_string())?.into(),
    })
}
