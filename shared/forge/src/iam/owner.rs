//! The user whose credentials an operation is about.

use packhouse_storage::keys::Identity;
use packhouse_storage::table::Write;

use super::holder::{self, Deed, Held, Holder};
use crate::directory::names::IdentityName;
use crate::directory::{self, User, put, record};
use crate::error::{Error, Result};
use crate::forge::Forge;
use crate::identity::Caller;

/// The user of that name, once the caller may do that to them.
///
/// # Errors
/// [`Error::AccessDenied`], whether there is such a user or not; else [`Error::NoSuchEntity`]; the store's.
pub(super) async fn permitted(forge: &Forge, caller: &Caller, deed: Deed<'_>, user: &IdentityName) -> Result<User> {
    match holder::permitted(forge, caller, deed, (Holder::User, user)).await? {
        Held::User(user) => Ok(user),
        Held::Group(_) | Held::Role(_) => Err(Holder::User.none_of(user)),
    }
}

/// The same user as it is now.
///
/// # Errors
/// [`Error::NoSuchEntity`] once it is gone; the store's.
pub(super) async fn again(forge: &Forge, user: &User) -> Result<User> {
    let found = directory::get::<User>(forge, Identity::User, &user.name).await?;
    let same = found.filter(|found| found.id == user.id);
    same.ok_or_else(|| Error::NoSuchEntity {
        what: "user",
        name: user.name.clone(),
    })
}

/// The write that stores a user.
pub(super) fn stored(forge: &Forge, user: &User) -> Write {
    put(record::key(forge, Identity::User, &user.name), user)
}
