//! [`HttpWebhooks`].

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use packhouse_forge::triggers::{Post, Undelivered, Webhooks};
use tokio::sync::Semaphore;
use ureq::Agent;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{DefaultConnector, NextTimeout};

use crate::client;

/// How long a receiver may take, from looking up its name to the end of its headers.
const TIME: Duration = Duration::from_secs(10);
/// How many are posted to at once. The others wait.
const AT_ONCE: usize = 64;

/// Where webhooks may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// At addresses of the public Internet, by HTTPS.
    Public,
    /// Anywhere, by HTTP too: whoever may change triggers reaches what this machine reaches.
    Any,
}

/// Webhooks on the network. No redirect is followed.
#[derive(Clone, Debug)]
pub struct HttpWebhooks {
    agent: Agent,
    reach: Reach,
    turns: Arc<Semaphore>,
}

impl HttpWebhooks {
    /// Webhooks within that reach.
    #[must_use]
    pub fn new(reach: Reach) -> Self {
        let resolver = Within {
            reach,
            resolver: DefaultResolver::default(),
        };
        Self {
            agent: Agent::with_parts(client::config(TIME), DefaultConnector::default(), resolver),
            reach,
            turns: Arc::new(Semaphore::new(AT_ONCE)),
        }
    }
}

#[async_trait]
impl Webhooks for HttpWebhooks {
    async fn post(&self, post: Post) -> Result<(), Undelivered> {
        if self.reach == Reach::Public && !post.url.starts_with("https://") {
            let why = "Only HTTPS is allowed for webhooks here.";
            return Err(Undelivered::Refused(why.to_owned()));
        }
        let Ok(turn) = Arc::clone(&self.turns).acquire_owned().await else {
            return Err(Undelivered::Unreachable("the server stops".to_owned()));
        };
        let agent = self.agent.clone();
        let posted = tokio::task::spawn_blocking(move || {
            let answered = send(&agent, &post);
            drop(turn);
            answered
        });
        posted
            .await
            .unwrap_or_else(|_| Err(Undelivered::Unreachable("the request broke off".to_owned())))
    }
}

fn send(agent: &Agent, post: &Post) -> Result<(), Undelivered> {
    let request = agent
        .post(&post.url)
        .header("content-type", "application/json")
        .header("webhook-id", &post.id)
        .header("webhook-timestamp", post.timestamp.to_string())
        .header("webhook-signature", &post.signature);
    let answer = request.send(&post.body).map_err(|error| match error {
        ureq::Error::Io(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            Undelivered::Refused(PRIVATE.to_owned())
        }
        error => Undelivered::Refused(format!("The webhook was not reached: {error}.")),
    })?;
    let status = answer.status();
    if status.is_success() {
        return Ok(());
    }
    Err(Undelivered::Refused(format!(
        "The webhook answered with status {status}."
    )))
}

const PRIVATE: &str = "The webhook's address is not one of the public Internet, which is not allowed here.";

/// Finds the addresses of a host, and refuses it where one of them is out of reach. The connection goes to what was looked at,
/// so a name that leads elsewhere the next moment leads nobody astray.
#[derive(Debug)]
struct Within {
    reach: Reach,
    resolver: DefaultResolver,
}

impl Resolver for Within {
    fn resolve(&self, uri: &Uri, config: &Config, timeout: NextTimeout) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let found = self.resolver.resolve(uri, config, timeout)?;
        let is_outside = |address: &SocketAddr| !is_public(address.ip());
        if self.reach == Reach::Public && found.iter().any(is_outside) {
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, PRIVATE).into());
        }
        Ok(found)
    }
}

/// Whether an address belongs to the public Internet, by the registries of special-purpose addresses.
fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let is_shared = a == 100 && (64..128).contains(&b);
    let is_protocol = a == 192 && b == 0 && c == 0;
    let is_benchmark = a == 198 && (18..20).contains(&b);
    !(a == 0
        || a >= 240
        || is_shared
        || is_protocol
        || is_benchmark
        || address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_documentation()
        || address.is_multicast())
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let segments = address.segments();
    // 2000::/3 is all that is given out.
    let is_global = segments[0] & 0xe000 == 0x2000;
    let is_documentation = (segments[0] == 0x2001 && segments[1] == 0x0db8) || segments[0] & 0xfff0 == 0x3ff0;
    let is_protocol = segments[0] == 0x2001 && segments[1] < 0x0200;
    // 6to4 carries an address of the older kind.
    let embedded = (segments[0] == 0x2002).then(|| {
        let [a, b] = segments[1].to_be_bytes();
        let [c, d] = segments[2].to_be_bytes();
        Ipv4Addr::new(a, b, c, d)
    });
    is_global && !is_documentation && !is_protocol && embedded.is_none_or(is_public_v4)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_the_internet_are_public() {
        for (address, expect) in [
            ("8.8.8.8", true),
            ("100.128.0.1", true),
            ("172.32.0.1", true),
            ("2606:4700::1111", true),
            ("2002:0808:0808::1", true),
            ("::ffff:8.8.8.8", true),
            ("0.0.0.0", false),
            ("10.0.0.1", false),
            ("100.64.0.1", false),
            ("127.0.0.1", false),
            ("169.254.169.254", false),
            ("172.16.0.1", false),
            ("192.0.0.1", false),
            ("192.0.2.1", false),
            ("192.168.1.1", false),
            ("198.18.0.1", false),
            ("203.0.113.1", false),
            ("224.0.0.1", false),
            ("255.255.255.255", false),
            ("::", false),
            ("::1", false),
            ("::ffff:169.254.169.254", false),
            ("64:ff9b::a00:1", false),
            ("fc00::1", false),
            ("fd00:ec2::254", false),
            ("fe80::1", false),
            ("ff02::1", false),
            ("2001:db8::1", false),
            ("2001::1", false),
            ("2002:0a00:0001::1", false),
        ] {
            assert_eq!(is_public(address.parse().unwrap()), expect, "{address}");
        }
    }

    fn post(url: String) -> Post {
        Post {
            url,
            id: "a".into(),
            timestamp: 1,
            signature: "v1,x".into(),
            body: "{}".into(),
        }
    }

    #[tokio::test]
    async fn what_is_not_public_is_not_connected_to() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let port = listener.local_addr().unwrap().port();
        for host in ["127.0.0.1", "localhost", "[::1]", "2130706433"] {
            let refused = HttpWebhooks::new(Reach::Public)
                .post(post(format!("https://{host}:{port}/")))
                .await;
            assert!(matches!(refused, Err(Undelivered::Refused(_))), "{host}: {refused:?}");
        }
        let refused = HttpWebhooks::new(Reach::Public)
            .post(post(format!("http://127.0.0.1:{port}/")))
            .await;
        assert_eq!(
            refused,
            Err(Undelivered::Refused("Only HTTPS is allowed for webhooks here.".into()))
        );
        assert!(listener.accept().is_err(), "nobody connected");
    }
}
