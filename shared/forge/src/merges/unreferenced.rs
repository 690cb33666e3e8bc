//! `CreateUnreferencedMergeCommit`.

use packhouse_git::hash::ObjectId;
use packhouse_git::ref_name::RefName;
use packhouse_storage::push::{Command, HIDDEN};

use super::branches::about;
use super::{Commitment, MergeOption, Specifiers, Tips, carry_out, remember};
use crate::change::{ATTEMPTS, Change, Made as Changed, busy, make};
use crate::error::{Error, Result};
use crate::forge::Forge;
use crate::identity::Caller;
use crate::names::RepositoryName;
use crate::policy::Action;
use crate::refusal::Refusal;
use crate::repositories::opened;

/// Makes the commit of a merge that no branch points to. It can be read and fetched by its id, and stays. Commit and tree.
///
/// # Errors
/// [`Refusal::InvalidMergeOption`] for a fast-forward, which makes no commit; as [`carry_out`].
pub async fn create_unreferenced(
    forge: &Forge,
    caller: &Caller,
    (name, named, option): (&RepositoryName, &Specifiers, MergeOption),
    commitment: &Commitment,
) -> Result<(ObjectId, ObjectId)> {
    let mut opened = opened(forge, caller, Action::CreateUnreferencedMergeCommit, name).await?;
    if option == MergeOption::FastForward {
        return Err(Refusal::InvalidMergeOption.into());
    }
    let tips = Tips::find(&opened, named).await?;
    let called = (named.source.as_str(), named.destination.as_str());
    let made = carry_out(&opened, caller, (option, &tips, called), commitment).await?;
    let keeper = RefName::new(format!("{HIDDEN}merge/{}", made.commit).as_bytes()).expect("hex makes a valid name");
    for _ in 0..ATTEMPTS {
        let old = opened.snapshot.refs().get(&keeper).map(|target| target.id);
        let change = Change {
            commands: vec![Command {
                name: keeper.clone(),
                old,
                new: Some(made.commit),
            }],
            objects: made.objects.clone(),
            also: vec![remember(&opened, &tips, &commitment.handling, made.commit)],
            about: Some(("unreferencedMerge", about(option, &tips, &commitment.handling))),
        };
        match make(forge, caller, &opened, change).await? {
            Changed::Done => return Ok((made.commit, made.tree)),
            Changed::Moved => opened = opened.again(forge).await?,
            Changed::Refused(why) => return Err(Error::corrupt(format!("a merge cannot be kept: {why}"))),
        }
    }
    Err(busy())
}
