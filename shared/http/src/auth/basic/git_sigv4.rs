//! The signature that AWS's Git clients send in the place of a user name and a password: `<key id>[%<session token>]` and
//! `<time>Z<signature>`, as `aws codecommit credential-helper` and `git-remote-codecommit` make them.
//!
//! It is Signature Version 4 over `GIT`, the path of the repository and the host, and says neither what it signs for nor
//! which form of path and host it took. So all that a client can have taken are tried. What differs between them is the
//! spelling only: each names the repository that is asked for, on this installation. What was signed for another server is
//! good here by no header: whoever has it writes the headers.

#[cfg(test)]
mod tests;

use std::net::IpAddr;

use packhouse_forge::error::Result;
use packhouse_forge::hex;
use packhouse_forge::identity::{Proven, access_keys};
use sha2::{Digest as _, Sha256};
use subtle::{Choice, ConstantTimeEq as _};

use super::Presented;
use crate::App;
use crate::auth::sigv4::{self, ALGORITHM, SKEW, TERMINATOR};
use crate::auth::source::listed;
use crate::smart::path;

/// How long a signature holds, in seconds. Git may keep it in between.
const AGE: u64 = 15 * 60;
/// The longest host that is tried.
const MAX_HOST: usize = 255;
/// How many hosts are tried.
const MAX_HOSTS: usize = 8;
const SERVICE: &str = "codecommit";

/// A signature as it stands in a user name and a password, not verified.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Claim<'a> {
    /// The access key's id.
    pub(super) key_id: &'a str,
    token: Option<&'a str>,
    /// `YYYYMMDDTHHMMSS`.
    time: &'a str,
    seconds: u64,
    signature: [u8; 32],
}

impl<'a> Claim<'a> {
    /// Reads one; `None` when a password is no signature.
    pub(super) fn parse(user: &'a str, password: &'a str) -> Option<Self> {
        let (key_id, token) = match user.split_once('%') {
            Some((key_id, token)) => (key_id, Some(token)),
            None => (user, None),
        };
        let (time, signature) = password.split_once('Z')?;
        let seconds = sigv4::parse_time(password.get(..=time.len())?)?;
        let signature = hex::decode(signature)?.try_into().ok()?;
        Some(Self {
            key_id,
            token,
            time,
            seconds,
            signature,
        })
    }

    /// Whether it is of this time, as clocks go.
    pub(super) const fn is_current(&self, now: u64) -> bool {
        self.seconds <= now.saturating_add(SKEW) && now <= self.seconds.saturating_add(AGE)
    }

    fn verifies(&self, secret: &str, signed: &Signed<'_>) -> bool {
        let date = &self.time[..8];
        signed.regions.iter().any(|region| {
            let key = sigv4::signing_key(secret, date, region, SERVICE);
            let any = signed
                .paths
                .iter()
                .flat_map(|path| signed.hosts.iter().map(move |host| (path, host)));
            let same = |(path, host): (&String, &String)| -> Choice {
                let expected = sigv4::hmac(&key, self.to_sign(region, path, host).as_bytes());
                expected.ct_eq(&self.signature)
            };
            any.map(same).any(bool::from)
        })
    }

    fn to_sign(&self, region: &str, path: &str, host: &str) -> String {
        // The hash of the body is empty.
        let canonical = format!("GIT\n{path}\n\nhost:{host}\n\nhost\n");
        let hash = hex::encode(&Sha256::digest(canonical));
        let (time, date) = (self.time, &self.time[..8]);
        format!("{ALGORITHM}\n{time}\n{date}/{region}/{SERVICE}/{TERMINATOR}\n{hash}")
    }
}

/// What a claim proves; `None` where it proves nothing.
///
/// # Errors
/// The store's.
pub(super) async fn proven(app: &App, presented: Presented<'_>, claim: &Claim<'_>) -> Result<Option<Proven>> {
    let Some(signed) = Signed::of(app, presented) else {
        return Ok(None);
    };
    let key = access_keys::find(&app.forge, claim.key_id, claim.token).await?;
    // A key that nobody has costs the same computation as one that somebody has.
    let secret = key.as_ref().map_or("", |key| key.secret.as_str());
    let verified = claim.verifies(secret, &signed);
    Ok(key.filter(|_| verified).map(|key| key.proven().clone()))
}

/// What a client may have signed, likely forms first.
#[derive(Debug)]
struct Signed<'a> {
    regions: Vec<&'a str>,
    paths: Vec<String>,
    hosts: Vec<String>,
}

impl<'a> Signed<'a> {
    /// `None` when the path names no repository.
    fn of(app: &'a App, presented: Presented<'_>) -> Option<Self> {
        let spelled = path::Spelled::of(presented.path)?;
        let url = app.forge.clone_url_http(&spelled.name);
        let (scheme, url) = url.split_once("://")?;
        let (public_host, public_path) = url.split_at(url.find('/')?);
        let mut regions = vec![app.forge.installation().region.as_str()];
        regions.extend(
            app.callers
                .signing_regions
                .iter()
                .map(packhouse_forge::names::Region::as_str),
        );
        Some(Self {
            regions,
            paths: paths(&spelled, [Some(presented.path), presented.sent_path, Some(public_path)]),
            hosts: hosts(&presented, scheme, public_host),
        })
    }
}

/// The repository's path: below each prefix that one of `seen` has, in all its spellings.
fn paths(spelled: &path::Spelled<'_>, seen: [Option<&str>; 3]) -> Vec<String> {
    let mut prefixes: Vec<&str> = Vec::new();
    for path in seen.into_iter().flatten() {
        let prefix = path.find(path::ROOT).map(|at| &path[..at]);
        if let Some(prefix) = prefix.filter(|prefix| !prefixes.contains(prefix)) {
            prefixes.push(prefix);
        }
    }
    let name = spelled.name.as_str();
    let mut names = vec![name.to_owned(), format!("{name}.git")];
    if !names.iter().any(|name| name == spelled.raw) {
        names.push(spelled.raw.to_owned());
    }
    let mut paths = Vec::new();
    for prefix in prefixes {
        for name in &names {
            let path = format!("{prefix}{}{name}", path::ROOT);
            // What git hands to a helper has no leading slash, and helpers put one before it; a user's own has two.
            paths.extend([format!("{path}/"), format!("/{path}"), format!("/{path}/"), path]);
        }
    }
    // The plain ones first.
    paths.sort_by_key(|path| path.ends_with('/') || path.starts_with("//"));
    paths
}

/// The installation's host: one helper signs it without its port, the other one as its user wrote it, in whatever case. One
/// that is reached as this very machine has no name of its own, so there it is each host that the request names, too.
fn hosts(presented: &Presented<'_>, scheme: &str, public: &str) -> Vec<String> {
    let mut named: Vec<&str> = listed(presented.headers, "host");
    named.extend(presented.authority);
    named.retain(|host| !host.is_empty() && host.len() <= MAX_HOST);
    named.truncate(MAX_HOSTS - 1);
    let own = forms(public, if scheme == "http" { 80 } else { 443 });
    let is_own = |host: &str| own.iter().any(|own| own.eq_ignore_ascii_case(host));
    let anywhere = is_this_machine(without_port(public).0);
    let mut hosts = Vec::new();
    for form in named.into_iter().flat_map(|host| forms(host, 443)).chain(own.clone()) {
        if (anywhere || is_own(&form)) && !hosts.contains(&form) {
            hosts.push(form);
        }
    }
    hosts
}

/// A host as it is, and with its port taken away or the usual one added: clients leave that one out, but may have signed it.
fn forms(host: &str, usual_port: u16) -> [String; 2] {
    let (bare, has_port) = without_port(host);
    let other = if has_port {
        bare.to_owned()
    } else {
        format!("{bare}:{usual_port}")
    };
    [host.to_owned(), other]
}

/// Whether a host, without its port, is no other machine's than the one that asks for it.
fn is_this_machine(host: &str) -> bool {
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    let address = bare.unwrap_or(host).parse().ok().map(|ip: IpAddr| ip.to_canonical());
    let name = host.to_ascii_lowercase();
    address.map_or_else(
        || name == "localhost" || name.ends_with(".localhost"),
        |ip| ip.is_loopback() || ip.is_unspecified(),
    )
}

/// A host without its port. The colons of an IPv6 address stand inside of brackets.
fn without_port(host: &str) -> (&str, bool) {
    match host.rsplit_once(':') {
        Some((bare, port)) if !port.contains(']') => (bare, true),
        _ => (host, false),
    }
}
