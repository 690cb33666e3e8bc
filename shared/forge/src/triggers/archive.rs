//! Triggers that write `archive.zip` of their branch instead of telling, for those who watch an object, as `CodePipeline` does.

use std::time::Duration;

use packhouse_git::archive::Format;
use packhouse_git::ref_name::RefName;
use packhouse_git::tree::TreePath;
use packhouse_storage::error::Error as StorageError;
use packhouse_storage::repository_id::RepositoryId;
use packhouse_storage::snapshot::Snapshot;
use tokio::time::timeout;

use super::targets::{Label, NewObject, Undelivered};
use super::trigger::Trigger;
use crate::error::{Error, Result};
use crate::forge::Forge;
use crate::git::Archived;

/// How long the writing of an archive may take: less than a function has time.
const TIME: Duration = Duration::from_secs(240);
/// How often it is looked anew when somebody else writes at the same time.
const ATTEMPTS: usize = 5;

/// Sees to it that the object at an ARN is the archive of a trigger's branch as it is now, or newer. Where the branch is gone,
/// the last archive stays.
///
/// The object says of which version of the repository's log it is, and is only replaced where that is older. So a tip never
/// replaces a newer one, whoever is late, and of many changes that wait only the last is written.
pub(super) async fn write(
    forge: &Forge,
    repository: &RepositoryId,
    (arn, trigger): (&str, &Trigger),
) -> Result<(), Undelivered> {
    let Some(branch) = trigger.branches.first() else {
        return Err(Undelivered::Refused("An archive is of one branch.".to_owned()));
    };
    for _ in 0..ATTEMPTS {
        let Some(tip) = tip(forge, repository, branch).await.map_err(|error| failed(&error))? else {
            return Ok(());
        };
        let found = forge.archives.find(arn).await?;
        if let Some(found) = &found {
            match &found.label {
                Some(label) if label.repository == repository.as_str() => {
                    let is_same = label.version == tip.label.version && label.branch == tip.label.branch;
                    if is_same || label.version > tip.label.version {
                        return Ok(());
                    }
                }
                // Whoever may set triggers of one repository shall not forge archives of another.
                Some(_) => {
                    let why = "The object is an archive of another repository. Remove it, or choose another key.";
                    return Err(Undelivered::Refused(why.to_owned()));
                }
                None => {
                    let why = "There is an object that no trigger has written. Remove it, or choose another key.";
                    return Err(Undelivered::Refused(why.to_owned()));
                }
            }
        }
        let object = NewObject {
            arn: arn.to_owned(),
            replaces: found.map(|found| found.etag),
            summary: tip.archived.commit.to_string(),
            label: tip.label,
            bytes: tip.archived.stream(Format::Zip, String::new()),
        };
        let Ok(put) = timeout(TIME, forge.archives.put(object)).await else {
            let why = format!("The archive takes longer to write than {} seconds.", TIME.as_secs());
            return Err(Undelivered::Refused(why));
        };
        if put? {
            return Ok(());
        }
    }
    Err(Undelivered::Unreachable(
        "others write the object all the time".to_owned(),
    ))
}

/// A branch as it is now.
struct Tip {
    archived: Archived,
    label: Label,
}

async fn tip(forge: &Forge, repository: &RepositoryId, branch: &str) -> Result<Option<Tip>> {
    let snapshot = match Snapshot::open(forge.store(), repository).await {
        Ok(snapshot) => snapshot,
        Err(StorageError::NoRepository) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let name = RefName::branch(branch).ok();
    let Some(commit) = name.and_then(|name| snapshot.refs().get(&name).map(|target| target.id)) else {
        return Ok(None);
    };
    let odb = snapshot.odb().await?;
    let label = Label {
        repository: repository.to_string(),
        branch: branch.to_owned(),
        version: snapshot.manifest().version,
    };
    let archived = Archived::of(repository.clone(), odb, commit, TreePath::root()).await?;
    Ok(Some(Tip { archived, label }))
}

fn failed(error: &Error) -> Undelivered {
    Undelivered::Unreachable(format!("the repository: {error}"))
}
