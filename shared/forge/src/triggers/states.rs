//! How the triggers of a repository fare.

use super::get;
use super::progress::{Progress, Stored};
use super::trigger::Trigger;
use crate::error::Result;
use crate::forge::Forge;
use crate::identity::Caller;
use crate::names::RepositoryName;
use crate::policy::Action;
use crate::repositories::authorised;

/// A trigger, and how far it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    /// The trigger.
    pub trigger: Trigger,
    /// How far it has told the log.
    pub progress: Progress,
    /// How many versions of the log are behind that.
    pub behind: u64,
}

/// How the triggers of a repository fare, for whoever may read them.
///
/// # Errors
/// [`AccessDenied`](crate::error::Error::AccessDenied),
/// [`RepositoryDoesNotExist`](crate::error::Error::RepositoryDoesNotExist), and the store's.
pub async fn states(forge: &Forge, caller: &Caller, name: &RepositoryName) -> Result<Vec<State>> {
    let found = authorised(forge, caller, Action::GetRepositoryTriggers, name).await?;
    let mut states = Vec::new();
    let configuration = get::read(forge, &found.id).await?;
    for trigger in configuration.map_or_else(Vec::new, |found| found.triggers) {
        let progress = Stored::read(forge, &found.id, &trigger).await?.progress;
        states.push(State {
            trigger,
            behind: found.manifest.version.saturating_sub(progress.told),
            progress,
        });
    }
    Ok(states)
}
