//! Reading one pull request.

use packhouse_storage::keys;
use packhouse_storage::table::{Item, Key};

use super::{PullRequest, PullRequestId, record};
use crate::error::Result;
use crate::forge::Forge;

/// A pull request that was read, with the version of its item.
#[derive(Clone, Debug)]
pub(crate) struct Loaded {
    pub(crate) pull_request: PullRequest,
    pub(crate) version: u64,
}

/// The item that says what a pull request is.
pub(crate) fn meta_key(forge: &Forge, id: PullRequestId) -> Key {
    let installation = forge.installation();
    let (account, region) = (installation.account.as_str(), installation.region.as_str());
    keys::pull_request_meta(account, region, id.number())
}

/// Reads a pull request as it was last written, which may be behind its branches; `None` where there is none.
///
/// # Errors
/// The store's, and when it cannot be read.
pub(crate) async fn load(forge: &Forge, id: PullRequestId) -> Result<Option<Loaded>> {
    let item = forge.store().table().get(&meta_key(forge, id)).await?;
    item.as_ref().map(decode).transpose()
}

/// Reads a pull request from its item.
///
/// # Errors
/// When it cannot be read.
pub(crate) fn decode(item: &Item) -> Result<Loaded> {
    Ok(Loaded {
        pull_request: record::decode(item)?,
        version: item.version,
    })
}
