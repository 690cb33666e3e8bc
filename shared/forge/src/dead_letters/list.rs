//! The dead letters, for administrators.

use super::{DeadLetter, page};
use crate::authorization::{Request, authorise};
use crate::error::Result;
use crate::forge::Forge;
use crate::identity::Caller;

/// One page of the dead letters, each with its id, in the order of these, and where the next page starts.
///
/// # Errors
/// [`AccessDenied`](crate::error::Error::AccessDenied), and the store's.
pub async fn list(
    forge: &Forge,
    caller: &Caller,
    after: Option<String>,
) -> Result<(Vec<(String, DeadLetter)>, Option<String>)> {
    authorise(forge, caller, Request::administer(None))?;
    page(forge, after).await
}

/// How many there are.
///
/// # Errors
/// The store's.
pub(crate) async fn count(forge: &Forge) -> Result<usize> {
    let (mut count, mut after) = (0, None);
    loop {
        let (letters, next) = page(forge, after).await?;
        count += letters.len();
        after = next;
        if after.is_none() {
            return Ok(count);
        }
    }
}
