//! The counter that tells whether anything of the identities changed.

use packhouse_storage::keys;

use super::account;
use crate::error::Result;
use crate::forge::Forge;

/// A state of all identities and credentials. What was read at or after a generation was read holds as long as it is
/// the newest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Generation(u64);

/// The newest generation.
///
/// # Errors
/// The store's.
pub(crate) async fn generation(forge: &Forge) -> Result<Generation> {
    let item = forge.store().table().get(&keys::generation(account(forge))).await?;
    Ok(Generation(item.map_or(0, |item| item.version)))
}
