//! OpenID Connect providers: issuers of ID tokens that roles may trust.

mod issuer;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use packhouse_storage::clock;
use packhouse_storage::keys::Identity;
use packhouse_storage::table::{Expect, Write};

pub use self::issuer::Issuer;
use super::given;
use super::paging;
use super::permission::Ask;
use crate::directory::{self, Change, OidcProvider, put, record};
use crate::error::{Error, Result};
use crate::forge::Forge;
use crate::identity::Caller;

/// How many an account may have.
const MAX: usize = 100;
/// How many audiences one may have, and how long each may be.
const MAX_CLIENT_IDS: usize = 100;
const MAX_CLIENT_ID: usize = 255;
/// How many thumbprints one may have, and how many hex digits each has.
const MAX_THUMBPRINTS: usize = 5;
const THUMBPRINT: usize = 40;
/// The longest ARN that a message repeats.
const MAX_SHOWN: usize = 256;

/// A provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provider {
    /// The issuer without its scheme.
    pub url: String,
    /// The audiences that its tokens may be for.
    pub client_ids: Vec<String>,
    /// SHA-1 of certificates. They are kept for those who read them; what certificates are trusted, the system says.
    pub thumbprints: Vec<String>,
    /// When it was made, in milliseconds since the Unix epoch.
    pub created_ms: u64,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
}

/// A provider to be made.
#[derive(Clone, Debug)]
pub struct NewProvider {
    /// The issuer.
    pub issuer: Issuer,
    /// Audiences.
    pub client_ids: Vec<String>,
    /// SHA-1 of certificates, in hex.
    pub thumbprints: Vec<String>,
    /// Tags.
    pub tags: Vec<(String, String)>,
}

/// Makes a provider; its ARN (`CreateOpenIDConnectProvider`).
///
/// # Errors
/// [`Error::EntityAlreadyExists`]; [`Error::LimitExceeded`]; [`Error::InvalidInput`]; [`Error::AccessDenied`]; the store's.
pub async fn create(forge: &Forge, caller: &Caller, new: NewProvider) -> Result<String> {
    let tags = given::tags(new.tags)?;
    let arn = new.issuer.arn(forge);
    Ask::new(forge, caller, "CreateOpenIDConnectProvider", &arn)
        .giving(&tags)
        .permit()?;
    check_client_ids(&new.client_ids)?;
    check_thumbprints(&new.thumbprints)?;
    let mut provider = OidcProvider {
        url: new.issuer.as_str().to_owned(),
        created_ms: clock::now_millis(),
        client_ids: Vec::new(),
        thumbprints: new.thumbprints,
        tags,
    };
    for client_id in new.client_ids {
        if !provider.client_ids.contains(&client_id) {
            provider.client_ids.push(client_id);
        }
    }
    let mut change = Change::of_identities(forge);
    let mut tried = false;
    loop {
        change.read().await?;
        match of_issuer(forge, &new.issuer).await? {
            // An earlier try, whose outcome was unknown, was written; or somebody made the same at the same moment.
            Some(found) if tried && record::encode(&found) == record::encode(&provider) => return Ok(arn),
            Some(found) => {
                return Err(Error::EntityAlreadyExists {
                    what: "Provider",
                    name: found.url,
                });
            }
            None => {}
        }
        if paging::count(forge, Identity::OidcProvider.prefix()).await? >= MAX {
            return Err(Error::LimitExceeded {
                what: "OpenIdConnectProvidersPerAccount",
                limit: MAX,
            });
        }
        if change.write(vec![stored(forge, &provider)]).await? {
            return Ok(arn);
        }
        tried = true;
    }
}

/// A provider (`GetOpenIDConnectProvider`).
///
/// # Errors
/// [`Error::NoSuchEntity`]; [`Error::AccessDenied`]; the store's.
pub async fn get(forge: &Forge, caller: &Caller, arn: &str) -> Result<Provider> {
    let found = permitted(forge, caller, "GetOpenIDConnectProvider", arn).await?;
    Ok(Provider {
        url: found.url,
        client_ids: found.client_ids,
        thumbprints: found.thumbprints,
        created_ms: found.created_ms,
        tags: found.tags,
    })
}

/// The ARNs of all providers (`ListOpenIDConnectProviders`).
///
/// # Errors
/// [`Error::AccessDenied`]; the store's.
pub async fn list(forge: &Forge, caller: &Caller) -> Result<Vec<String>> {
    Ask::new(forge, caller, "ListOpenIDConnectProviders", "*").permit()?;
    let mut arns = Vec::new();
    paging::each(forge, Identity::OidcProvider.prefix(), |item| {
        let provider: OidcProvider = record::decode(item)?;
        arns.push(issuer::arn(forge, &provider.url));
        Ok(())
    })
    .await?;
    Ok(arns)
}

/// Removes a provider (`DeleteOpenIDConnectProvider`). Sessions that its tokens began go on to their end.
///
/// # Errors
/// [`Error::NoSuchEntity`]; [`Error::AccessDenied`]; the store's.
pub async fn delete(forge: &Forge, caller: &Caller, arn: &str) -> Result<()> {
    let provider = permitted(forge, caller, "DeleteOpenIDConnectProvider", arn).await?;
    let mut change = Change::of_identities(forge);
    loop {
        change.read().await?;
        let key = record::key(forge, Identity::OidcProvider, &provider.url);
        if change.write(vec![Write::delete(key, Expect::Any)]).await? {
            return Ok(());
        }
    }
}

/// Adds an audience, unless it is there (`AddClientIDToOpenIDConnectProvider`).
///
/// # Errors
/// [`Error::LimitExceeded`]; [`Error::InvalidInput`]; [`Error::NoSuchEntity`]; [`Error::AccessDenied`]; the store's.
pub async fn add_client_id(forge: &Forge, caller: &Caller, arn: &str, client_id: &str) -> Result<()> {
    permitted(forge, caller, "AddClientIDToOpenIDConnectProvider", arn).await?;
    update(forge, arn, |provider| {
        if !provider.client_ids.iter().any(|known| known == client_id) {
            provider.client_ids.push(client_id.to_owned());
        }
        check_client_ids(&provider.client_ids)
    })
    .await
}

/// Removes an audience, if it is there (`RemoveClientIDFromOpenIDConnectProvider`).
///
/// # Errors
/// [`Error::NoSuchEntity`]; [`Error::AccessDenied`]; the store's.
pub async fn remove_client_id(forge: &Forge, caller: &Caller, arn: &str, client_id: &str) -> Result<()> {
    permitted(forge, caller, "RemoveClientIDFromOpenIDConnectProvider", arn).await?;
    update(forge, arn, |provider| {
        provider.client_ids.retain(|known| known != client_id);
        Ok(())
    })
    .await
}

/// Puts these thumbprints in place of those of before (`UpdateOpenIDConnectProviderThumbprint`).
///
/// # Errors
/// [`Error::InvalidInput`]; [`Error::NoSuchEntity`]; [`Error::AccessDenied`]; the store's.
pub async fn update_thumbprints(forge: &Forge, caller: &Caller, arn: &str, thumbprints: &[String]) -> Result<()> {
    permitted(forge, caller, "UpdateOpenIDConnectProviderThumbprint", arn).await?;
    check_thumbprints(thumbprints)?;
    update(forge, arn, |provider| {
        provider.thumbprints = thumbprints.to_vec();
        Ok(())
    })
    .await
}

/// The provider of an issuer.
///
/// # Errors
/// The store's.
pub(crate) async fn of_issuer(forge: &Forge, issuer: &Issuer) -> Result<Option<OidcProvider>> {
    directory::get(forge, Identity::OidcProvider, issuer.as_str()).await
}

async fn update(forge: &Forge, arn: &str, mut change_it: impl FnMut(&mut OidcProvider) -> Result<()>) -> Result<()> {
    let mut change = Change::of_identities(forge);
    loop {
        change.read().await?;
        let mut provider = of_arn(forge, arn).await?.ok_or_else(|| missing(arn))?;
        change_it(&mut provider)?;
        if change.write(vec![stored(forge, &provider)]).await? {
            return Ok(());
        }
    }
}

async fn permitted(forge: &Forge, caller: &Caller, action: &str, arn: &str) -> Result<OidcProvider> {
    let found = of_arn(forge, arn).await?;
    let mut ask = Ask::new(forge, caller, action, arn);
    if let Some(provider) = &found {
        ask = ask.of(&provider.tags);
    }
    ask.permit()?;
    found.ok_or_else(|| missing(arn))
}

async fn of_arn(forge: &Forge, arn: &str) -> Result<Option<OidcProvider>> {
    let Some(issuer) = Issuer::of_arn(forge, arn) else {
        return Ok(None);
    };
    let found = of_issuer(forge, &issuer).await?;
    Ok(found.filter(|found| found.url == issuer.as_str()))
}

fn stored(forge: &Forge, provider: &OidcProvider) -> Write {
    put(record::key(forge, Identity::OidcProvider, &provider.url), provider)
}

fn check_client_ids(client_ids: &[String]) -> Result<()> {
    if client_ids.len() > MAX_CLIENT_IDS {
        return Err(Error::LimitExceeded {
            what: "ClientIdsPerOpenIdConnectProvider",
            limit: MAX_CLIENT_IDS,
        });
    }
    let good = |id: &String| (1..=MAX_CLIENT_ID).contains(&id.chars().count());
    if client_ids.iter().all(good) {
        return Ok(());
    }
    Err(Error::InvalidInput(format!(
        "A client ID must have 1 to {MAX_CLIENT_ID} characters"
    )))
}

fn check_thumbprints(thumbprints: &[String]) -> Result<()> {
    if thumbprints.len() > MAX_THUMBPRINTS {
        return Err(Error::InvalidInput(format!(
            "Thumbprint list must contain fewer than {} entries.",
            MAX_THUMBPRINTS + 1
        )));
    }
    let good = |print: &String| print.len() == THUMBPRINT && print.bytes().all(|byte| byte.is_ascii_hexdigit());
    if thumbprints.iter().all(good) {
        return Ok(());
    }
    Err(Error::InvalidInput(format!(
        "A thumbprint is the SHA-1 of a certificate in {THUMBPRINT} hex digits"
    )))
}

fn missing(arn: &str) -> Error {
    Error::NoSuchEntity {
        what: "OpenIDConnect Provider",
        name: arn.chars().take(MAX_SHOWN).collect(),
    }
}
