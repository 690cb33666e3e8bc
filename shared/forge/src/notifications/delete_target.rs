//! `DeleteTarget`.

use super::list::all;
use super::permission::{self, About, permit};
use super::unsubscribe::take_away;
use crate::error::{Error, Result};
use crate::forge::Forge;
use crate::identity::Caller;

/// Takes a target from all rules, if `force`; else nothing may tell it. A target is there for as long as a rule tells it.
///
/// # Errors
/// [`Error::AccessDenied`], also where the caller may not take it from one of the rules; [`Error::DeleteConflict`] when rules
/// tell it and it is not forced; the store's.
pub async fn delete_target(forge: &Forge, caller: &Caller, address: &str, force: bool) -> Result<()> {
    permit(forge, caller, "DeleteTarget")?;
    let mut telling = all(forge).await?;
    telling.retain(|found| found.rule.target(address).is_some());
    if !telling.is_empty() && !force {
        let why = format!("notification rules tell the target {address}; unsubscribe it first");
        return Err(Error::DeleteConflict(why));
    }
    for found in &telling {
        let about = About {
            rule: Some(&found.rule),
            repository: Some(&found.resource),
            ..About::default()
        };
        permission::permit_on(forge, caller, ("Unsubscribe", &found.rule.id), about)?;
    }
    for found in &telling {
        match take_away(forge, found, address).await {
            // Deleted meanwhile.
            Ok(()) | Err(Error::NoSuchEntity { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
