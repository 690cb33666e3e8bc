//! Who calls, and how they prove it.

pub mod access_keys;
pub mod administrator;
pub mod git_credentials;
mod record;
#[cfg(test)]
mod tests;

use packhouse_storage::keys;
use packhouse_storage::log::Actor;

use crate::error::Result;
use crate::forge::Forge;
use crate::names::AccountId;

/// Somebody who may call: today an IAM user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    /// The ARN, such as `arn:aws:iam::210987654321:user/ana`.
    pub arn: String,
    /// The id that stays when the name changes, such as `AIDA…`.
    pub user_id: String,
    /// The user's name.
    pub name: String,
    /// The account that the user belongs to.
    pub account: AccountId,
    /// Whether the user may do everything.
    pub administrator: bool,
}

/// A principal in the midst of one request.
#[derive(Clone, Debug)]
pub struct Caller {
    /// Who calls.
    pub principal: Principal,
    /// The request's id, which the log of every change repeats.
    pub request_id: String,
}

impl Caller {
    /// How the caller stands in a repository's log.
    #[must_use]
    pub fn actor(&self) -> Actor {
        Actor {
            arn: self.principal.arn.clone(),
            request: self.request_id.clone(),
        }
    }
}

/// The principal with that id; `None` once it is gone.
async fn principal(forge: &Forge, user_id: &str) -> Result<Option<Principal>> {
    let key = keys::principal(forge.installation().account.as_str(), user_id);
    let item = forge.store().table().get(&key).await?;
    item.map(|item| record::decode_principal(forge, &item)).transpose()
}
