//! The keys that repositories are encrypted with.

use std::fmt;

use async_trait::async_trait;
use packhouse_storage::blobs::KeyFault;

use crate::error::{Error, Result};
use crate::forge::Forge;
use crate::refusal::Refusal;

/// The alias that stands for no key of a customer's.
pub const DEFAULT: &str = "alias/aws/codecommit";
/// The longest name of a key: IAM's longest ARN.
const MAX_KEY: usize = 2048;

/// Keys that a customer may choose for a repository.
#[async_trait]
pub trait EncryptionKeys: Send + Sync + fmt::Debug {
    /// Returns when blobs can be stored under a key, which is named by its id, its ARN or an alias, and read again.
    ///
    /// # Errors
    /// [`UselessKey`].
    async fn check(&self, key: &str) -> Result<(), UselessKey>;
}

/// A key is of no use.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{why}")]
pub struct UselessKey {
    /// Why.
    pub fault: KeyFault,
    /// What is known of it, for the log.
    pub why: String,
}

/// The keys of a store that encrypts with none of them: any will do.
#[derive(Clone, Copy, Debug)]
pub struct Unused;

#[async_trait]
impl EncryptionKeys for Unused {
    async fn check(&self, _key: &str) -> Result<(), UselessKey> {
        Ok(())
    }
}

/// The key that somebody chose for a repository, if it is of use; `None` for the default.
///
/// # Errors
/// The refusals that `CodeCommit` has for keys.
pub(crate) async fn chosen(forge: &Forge, key: String) -> Result<Option<String>> {
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || b":/_-".contains(&byte);
    if !(1..=MAX_KEY).contains(&key.len()) || !key.bytes().all(letter) {
        return Err(Error::InvalidKmsKeyId);
    }
    let is_default = key == DEFAULT || (key.starts_with("arn:") && key.ends_with(&format!(":{DEFAULT}")));
    if is_default {
        return Ok(None);
    }
    match forge.encryption_keys.check(&key).await {
        Ok(()) => Ok(Some(key)),
        Err(useless) => {
            tracing::info!(key, %useless, "a key was chosen that is of no use");
            Err(refused(useless.fault))
        }
    }
}

fn refused(fault: KeyFault) -> Error {
    match fault {
        KeyFault::AccessDenied => {
            let why = "The server may not use that encryption key. Its policy must permit kms:GenerateDataKey and kms:Decrypt.";
            Refusal::EncryptionKeyAccessDenied.saying(why)
        }
        KeyFault::Disabled => Refusal::EncryptionKeyDisabled.into(),
        KeyFault::InvalidId => Error::InvalidKmsKeyId,
        KeyFault::InvalidUsage => Refusal::EncryptionKeyInvalidUsage.into(),
        KeyFault::NotFound => Refusal::EncryptionKeyNotFound.into(),
        KeyFault::Unavailable => Refusal::EncryptionKeyUnavailable.into(),
    }
}
