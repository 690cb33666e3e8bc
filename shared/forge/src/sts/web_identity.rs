//! `AssumeRoleWithWebIdentity`: a session of a role for who has an ID token of an issuer that the account knows.

#[cfg(test)]
pub(super) mod testing;
mod token;

use std::collections::BTreeMap;

use self::token::Token;
use super::role_session::{self, Asking, AssumedRole, Facts, RoleRequest};
use crate::authorization;
use crate::error::{Error, Result};
use crate::forge::Forge;
use crate::iam::oidc_providers::{Issuer, of_issuer};
use crate::identity::Source;
use crate::policy::{Context, Trusted};

const ACTION: &str = "sts:AssumeRoleWithWebIdentity";
/// What of the token later requests of the session are judged by, besides the trust policy.
const KEPT: [&str; 3] = ["aud", "sub", "email"];

/// A session of somebody whom an issuer vouches for.
#[derive(Clone, Debug)]
pub struct WebIdentity {
    /// The session.
    pub role: AssumedRole,
    /// Whom the token is about.
    pub subject: String,
    /// The issuer.
    pub provider: String,
    /// For whom the token is.
    pub audience: String,
}

/// Begins a session of a role, when its trust policy lets in who the token is about, and names the provider: whoever else it
/// means by anybody, it does not mean everybody with an account at some issuer. Nobody has to sign the call: the token is
/// the proof. The token's claims are condition keys, such as `idp.example.com:sub`.
///
/// # Errors
/// [`Error::InvalidIdentityToken`], [`Error::ExpiredToken`]; [`Error::IdentityProviderUnreachable`];
/// [`Error::AccessDenied`], whether there is such a role or not; [`Error::InvalidInput`];
/// [`Error::MalformedPolicyDocument`]; [`Error::SessionTooLarge`]; the store's.
pub async fn assume(forge: &Forge, source: &Source, request: &RoleRequest, token: &str) -> Result<WebIdentity> {
    request.check()?;
    let token = Token::parse(token)?;
    let unknown = || {
        Error::InvalidIdentityToken(
            "No OpenIDConnect provider found in your account for the issuer of the token".to_owned(),
        )
    };
    let issuer = Issuer::new(token.issuer()).map_err(|_| unknown())?;
    let provider = of_issuer(forge, &issuer).await?;
    let provider = provider
        .filter(|provider| provider.url == issuer.as_str())
        .ok_or_else(unknown)?;
    let federation = &forge.federation;
    let keys = federation
        .known_keys
        .of(&*federation.keys, &issuer.url(), token.key_id())
        .await?;
    let claims = token.verify(&keys)?;
    let audience = claims.audience(&provider.client_ids)?.to_owned();
    let arn = issuer.arn(forge);

    let mut context = authorization::of_source(forge, source);
    context.set("aws:FederatedProvider", arn.as_str());
    let mut kept = BTreeMap::new();
    for (name, values) in claims.as_condition_keys(&audience) {
        let key = format!("{issuer}:{name}");
        if let ([value], true) = (values.as_slice(), KEPT.contains(&name)) {
            kept.insert(key.clone(), value.clone());
        }
        set(&mut context, &key, values);
    }
    let subject = claims.subject().to_owned();
    let asking = Asking::Stranger(Trusted::Federated(&arn));
    let found = request.trusting(forge, asking, &[ACTION], &mut context).await?;
    let named = found.filter(|(_, delegated)| !delegated);
    let (role, _) = named.ok_or_else(|| {
        let who: String = subject.chars().take(256).collect();
        role_session::refused(&format!("{issuer}:{who}"), ACTION, &request.role_arn)
    })?;
    let facts = Facts {
        provider: Some(arn),
        claims: kept,
        ..Facts::default()
    };
    Ok(WebIdentity {
        role: request.begin(forge, &role, facts).await?,
        subject,
        provider: issuer.url(),
        audience,
    })
}

fn set(context: &mut Context, key: &str, mut values: Vec<String>) {
    if values.len() == 1 {
        context.set(key, values.remove(0));
    } else {
        context.set_many(key, values);
    }
}
