//! What a push does to refs, and what that leaves behind.

use packhouse_git::hash::ObjectId;
use packhouse_git::ref_name::RefName;

use super::request::{Request, Verdict};
use super::rules;
use crate::error::Result;
use crate::manifest::Target;
use crate::odb::{Odb, Peeled};
use crate::snapshot::Snapshot;

/// What accepted commands come to.
pub(super) struct Changes {
    /// What each ref is to be, annotated tags peeled.
    pub(super) refs: Vec<(RefName, Option<Target>)>,
    /// Something is taken off a ref.
    pub(super) give_up: bool,
    /// And the default branch does not reach it, so that it may be reachable from no ref afterwards. (Most branches are
    /// merged before they are deleted.)
    pub(super) lose: bool,
}

/// What accepted commands come to in a repository as it is in `snapshot`.
pub(super) async fn changes(
    snapshot: &Snapshot,
    odb: &Odb,
    request: &Request,
    verdicts: &[Verdict],
) -> Result<Changes> {
    let (mut wanted, mut given_up) = (Vec::new(), Vec::new());
    for (command, verdict) in request.commands.iter().zip(verdicts) {
        let Verdict::Done { forced } = verdict else {
            continue;
        };
        wanted.push((command.name.clone(), command.new));
        let taken_off = *forced || command.new.is_none();
        given_up.extend(
            snapshot
                .refs()
                .get(&command.name)
                .filter(|_| taken_off)
                .map(|target| target.id),
        );
    }
    let head = &snapshot.manifest().head;
    let set = wanted.iter().find(|(name, _)| name == head).map(|(_, new)| *new);
    let tip = set.unwrap_or_else(|| snapshot.refs().get(head).map(|target| target.id));
    odb.walk(move |odb| {
        let mut peeled = Peeled::default();
        let mut target = |id: ObjectId| -> Result<Target> {
            let (behind, _) = peeled.of(odb, &id)?;
            let peeled = (behind != id).then_some(behind);
            Ok(Target { id, peeled })
        };
        let named = wanted
            .into_iter()
            .map(|(name, new)| Ok((name, new.map(&mut target).transpose()?)));
        let refs = named.collect::<Result<Vec<_>>>()?;
        let kept = given_up.is_empty() || tip.map_or(Ok(false), |tip| rules::keeps(odb, &tip, &given_up))?;
        Ok(Changes {
            refs,
            give_up: !given_up.is_empty(),
            lose: !kept,
        })
    })
    .await
}
