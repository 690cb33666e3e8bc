//! The ports to those who vouch for callers from elsewhere.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;

use super::web_keys::KnownKeys;
use crate::error::{Error, Result};

/// Where the keys of issuers of ID tokens come from.
#[async_trait]
pub trait WebKeys: Send + Sync + fmt::Debug {
    /// The keys (a JSON Web Key Set, RFC 7517) with which `issuer`, an `https` URL, signs tokens now.
    ///
    /// # Errors
    /// Why there are none, in words for the caller.
    async fn fetch(&self, issuer: &str) -> Result<Bytes, Unreachable>;
}

/// Who AWS says that somebody is.
#[async_trait]
pub trait AwsIdentity: Send + Sync + fmt::Debug {
    /// Who signed `url`, a presigned request for STS's `GetCallerIdentity`, for the server that is called `server`.
    ///
    /// # Errors
    /// [`NotIdentified`].
    async fn identify(&self, url: &str, server: &str) -> Result<AwsCaller, NotIdentified>;
}

/// An issuer cannot be asked, or what it answers is of no use.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{0}")]
pub struct Unreachable(pub String);

/// Why nobody is known.
#[derive(Clone, Debug, thiserror::Error)]
pub enum NotIdentified {
    /// The request is not one that is sent on, or AWS refuses it.
    #[error("{0}")]
    Refused(String),
    /// AWS could not be asked.
    #[error("{0}")]
    Unreachable(String),
}

/// Somebody at AWS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AwsCaller {
    /// The ARN, such as `arn:aws:sts::123456789012:assumed-role/deploy/i-0123`.
    pub arn: String,
    /// The account.
    pub account: String,
    /// The unique id.
    pub user_id: String,
}

/// The ports, and what was learned through them.
#[derive(Debug)]
pub(crate) struct Federation {
    pub(super) keys: Arc<dyn WebKeys>,
    pub(super) known_keys: KnownKeys,
    pub(super) aws: Arc<dyn AwsIdentity>,
}

impl Federation {
    pub(crate) fn new(keys: Arc<dyn WebKeys>, aws: Arc<dyn AwsIdentity>) -> Self {
        Self {
            keys,
            known_keys: KnownKeys::default(),
            aws,
        }
    }
}

impl Default for Federation {
    fn default() -> Self {
        Self::new(Arc::new(Nobody), Arc::new(Nobody))
    }
}

/// Nobody is asked.
#[derive(Debug)]
struct Nobody;

const NOBODY: &str = "This server asks nobody outside who somebody is";

#[async_trait]
impl WebKeys for Nobody {
    async fn fetch(&self, _issuer: &str) -> Result<Bytes, Unreachable> {
        Err(Unreachable(NOBODY.to_owned()))
    }
}

#[async_trait]
impl AwsIdentity for Nobody {
    async fn identify(&self, _url: &str, _server: &str) -> Result<AwsCaller, NotIdentified> {
        Err(NotIdentified::Unreachable(NOBODY.to_owned()))
    }
}

impl From<Unreachable> for Error {
    fn from(unreachable: Unreachable) -> Self {
        Self::IdentityProviderUnreachable(unreachable.0)
    }
}

impl From<NotIdentified> for Error {
    fn from(why: NotIdentified) -> Self {
        match why {
            NotIdentified::Refused(why) => Self::InvalidIdentityToken(why),
            NotIdentified::Unreachable(why) => Self::IdentityProviderUnreachable(why),
        }
    }
}
