//! Requests that are made once, however often they are sent: by the token that the client chose for them.

use std::time::Duration;

use packhouse_storage::clock;
use packhouse_storage::keys;
use packhouse_storage::table::{Action as WriteAction, Expect, Key, Write};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::error::{Error, Result};
use crate::forge::Forge;
use crate::identity::Caller;
use crate::refusal::Refusal;

/// How long a token is remembered.
const KEPT: Duration = Duration::from_secs(24 * 60 * 60);
/// The longest token in characters.
const MAX_TOKEN: usize = 64;

/// What a token led to.
#[derive(Serialize, Deserialize)]
struct Record {
    schema: u32,
    /// What distinguishes the parameters.
    parameters: String,
    /// What was made.
    result: String,
}

/// A request under its token.
#[derive(Debug)]
pub(crate) struct Once {
    key: Key,
    parameters: String,
}

impl Once {
    /// A request of that operation, by that caller, with all parameters that count. Without a token it is like no other:
    /// `None`.
    ///
    /// # Errors
    /// [`Refusal::InvalidClientRequestToken`].
    pub(crate) fn new(
        forge: &Forge,
        caller: &Caller,
        operation: &str,
        token: Option<&str>,
        parameters: &[&str],
    ) -> Result<Option<Self>> {
        let Some(token) = token else { return Ok(None) };
        if token.is_empty() || token.chars().count() > MAX_TOKEN || token.chars().any(char::is_control) {
            return Err(Refusal::InvalidClientRequestToken.into());
        }
        let installation = forge.installation();
        let whose = digest(&[&caller.principal.arn, operation, token]);
        Ok(Some(Self {
            key: keys::token(installation.account.as_str(), installation.region.as_str(), &whose),
            parameters: digest(parameters),
        }))
    }

    /// What an earlier request with the same token made.
    ///
    /// # Errors
    /// [`Refusal::IdempotencyParameterMismatch`] when it had other parameters; the store's.
    pub(crate) async fn result(&self, forge: &Forge) -> Result<Option<String>> {
        let Some(item) = forge.store().table().get(&self.key).await? else {
            return Ok(None);
        };
        let record: Record =
            serde_json::from_slice(&item.body).map_err(|error| Error::corrupt(format!("{:?}: {error}", self.key)))?;
        if record.parameters == self.parameters {
            Ok(Some(record.result))
        } else {
            Err(Refusal::IdempotencyParameterMismatch.into())
        }
    }

    /// Remembers what is made, in the transaction that makes it; which fails if another request with the token was first.
    pub(crate) fn write(&self, result: &str) -> Write {
        let record = Record {
            schema: 1,
            parameters: self.parameters.clone(),
            result: result.to_owned(),
        };
        Write {
            key: self.key.clone(),
            expect: Expect::Absent,
            action: WriteAction::Put {
                body: serde_json::to_vec(&record).expect("strings always encode").into(),
                expires: Some(clock::now_secs() + KEPT.as_secs()),
            },
        }
    }
}

/// A digest of texts, each with its length, so that no two lists of them come to the same.
fn digest(texts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for text in texts {
        hash.update((text.len() as u64).to_be_bytes());
        hash.update(text.as_bytes());
    }
    crate::hex::encode(&hash.finalize())
}
