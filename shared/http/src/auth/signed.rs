//! Who signed a request (Signature Version 4), for all protocols that are signed.

#[cfg(test)]
mod tests;

use axum::http::request::Parts;
use axum::http::uri::Authority;
use packhouse_forge::error::Error;
use packhouse_forge::identity::access_keys::{self, AccessKey};
use packhouse_forge::identity::{Caller, Source, last_used};
use packhouse_storage::clock;

use super::gateway::SentPath;
use super::sigv4::{self, Claim, Scope, Signable};
use super::source::{self, Peer};
use super::throttle::{Attempt, Throttled};
use crate::App;
use crate::request::RequestId;
use crate::service::Service;

/// Why nobody knows who signed a request. Each protocol has its own words for it.
#[derive(Debug)]
pub(crate) enum Refused {
    /// The signature is not accepted.
    Signature(sigv4::Refused),
    /// Too many wrong ones came from there.
    Throttled(Throttled),
    /// It could not be checked.
    Failed(Error),
}

impl From<sigv4::Refused> for Refused {
    fn from(refused: sigv4::Refused) -> Self {
        Self::Signature(refused)
    }
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

/// Somebody whose key is known, and whose signature is yet to be verified: that takes the body.
#[must_use]
pub(crate) struct Claimant<'a> {
    app: &'a App,
    parts: &'a Parts,
    claim: Claim,
    key: AccessKey,
    attempt: Attempt<'a>,
    source: Source,
}

/// What a request asks for: the service and the operation.
pub(crate) type Asked<'a> = (Service, &'a str);

/// Who signed a request with this body.
///
/// # Errors
/// [`Refused`].
pub(crate) async fn caller(app: &App, parts: &Parts, body: &[u8], asked: Asked<'_>) -> Result<Caller, Refused> {
    claimant(app, parts, asked).await?.prove(body).await
}

/// Who claims to have signed a request. What can be refused without the body is refused here.
///
/// # Errors
/// [`Refused`].
pub(crate) async fn claimant<'a>(
    app: &'a App,
    parts: &'a Parts,
    (service, operation): Asked<'_>,
) -> Result<Claimant<'a>, Refused> {
    let query = parts.uri.query().unwrap_or_default();
    let claim = Claim::parse(&parts.headers, query)?;
    let ours = &app.forge.installation().region;
    let home = home_of_global_services(ours.partition());
    // Clients sign for services that are the same in all regions as if for one, whichever region they are set to.
    let at_home = service.is_global() && claim.region == home;
    let scope = Scope {
        region: if at_home { home } else { ours.as_str() },
        service: service.signing_name(),
    };
    sigv4::check_scope(&claim, scope, clock::now_secs())?;
    // It is a URL, which stays in histories and logs, and holds for as long as its maker chose.
    if claim.presigned && !service.only_reads(operation) {
        return Err(sigv4::Refused::Incomplete(PRESIGNED.to_owned()).into());
    }
    let source = source(app, parts);
    let throttle = &app.callers.throttle;
    let attempt = throttle.attempt(source.ip, &claim.key_id).map_err(Refused::Throttled)?;
    let Some(key) = access_keys::find(&app.forge, &claim.key_id, claim.token.as_deref()).await? else {
        attempt.failed();
        return Err(sigv4::Refused::UnknownKey.into());
    };
    Ok(Claimant {
        app,
        parts,
        claim,
        key,
        attempt,
        source,
    })
}

/// What is said of presigned requests that are not let in.
const PRESIGNED: &str = "A request that is signed in its query may only read; sign the Authorization header.";

impl Claimant<'_> {
    /// Verifies the signature over a request with this body.
    ///
    /// # Errors
    /// [`Refused`].
    pub(crate) async fn prove(self, body: &[u8]) -> Result<Caller, Refused> {
        let parts = self.parts;
        let signable = |path| Signable {
            method: parts.method.as_str(),
            path,
            query: parts.uri.query().unwrap_or_default(),
            headers: &parts.headers,
            authority: parts.uri.authority().map(Authority::as_str),
        };
        let verify = |path| sigv4::verify(&self.claim, &signable(path), body, &self.key.secret);
        // Some clients sign the path below a gateway's stage, others all of it.
        let sent = parts.extensions.get::<SentPath>();
        let verified = verify(parts.uri.path()).or_else(|refused| sent.map_or(Err(refused), |sent| verify(&sent.0)));
        if let Err(refused) = verified {
            self.attempt.failed();
            return Err(refused.into());
        }
        let principal = self.key.principal(&self.app.forge).await?;
        // Whoever holds the key of somebody who is gone has guessed nothing.
        let principal = principal.ok_or(sigv4::Refused::UnknownKey)?;
        self.attempt.succeeded();
        last_used::note(&self.app.forge, &principal.proven, &self.claim.service).await;
        Ok(Caller {
            principal,
            request_id: RequestId::of(&parts.extensions),
            source: self.source,
        })
    }
}

/// Where a request came from.
pub(crate) fn source(app: &App, parts: &Parts) -> Source {
    let peer = parts.extensions.get::<Peer>().copied();
    source::of(&parts.headers, peer, app.callers.trusted_proxies)
}

/// The region that clients sign for where a service is the same in all regions of a partition.
fn home_of_global_services(partition: &str) -> &'static str {
    match partition {
        "aws-cn" => "cn-north-1",
        "aws-us-gov" => "us-gov-west-1",
        _ => "us-east-1",
    }
}
