//! One change of identities.

use packhouse_storage::keys;

use super::account;
use crate::forge::Forge;
pub(crate) use crate::serial::Change;

impl<'a> Change<'a> {
    /// A change of identities in the making; all of the account's change with one generation.
    pub(crate) fn of_identities(forge: &'a Forge) -> Self {
        Self::of(forge, keys::generation(account(forge)))
    }
}
