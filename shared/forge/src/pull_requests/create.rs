//! `CreatePullRequest`.

use packhouse_git::hash::ObjectId;
use packhouse_git::ref_name::RefName;
use packhouse_storage::push::Command;
use packhouse_storage::table::{Expect, Write};
use packhouse_storage::{clock, keys};

use super::follow::{follow_from, merge_base, open_ones};
use super::load::load;
use super::pull_request::destination_keeper;
use super::writes::writes;
use super::{Description, Event, PullRequest, PullRequestId, Revision, Shown, Status, Title, What, id, review};
use crate::change::{ATTEMPTS, Change, Made, busy, make};
use crate::error::{Error, Result};
use crate::forge::Forge;
use crate::idempotency::Once;
use crate::identity::{Caller, session_tags};
use crate::names::RepositoryName;
use crate::policy::Action;
use crate::refusal::Refusal;
use crate::repositories::{Opened, opened};

/// How many pull requests of a repository may be open.
const MAX_OPEN: usize = 1000;
const OPERATION: &str = "CreatePullRequest";

/// What a new pull request is to be.
#[derive(Clone, Debug)]
pub struct New {
    /// Its title.
    pub title: Title,
    /// Its description.
    pub description: Description,
    /// Its repository.
    pub repository: RepositoryName,
    /// The branch with the changes, by its short or its full name.
    pub source: String,
    /// The branch that they are for; the default branch where there is none.
    pub destination: Option<String>,
    /// Names the request, so that it is made once.
    pub client_token: Option<String>,
}

/// Makes a pull request. The same request with the same token finds the one that was made before.
///
/// # Errors
/// What is wrong with the branches, as [`Refusal`] has it; [`Refusal::MaximumOpenPullRequestsExceeded`],
/// [`Refusal::IdempotencyParameterMismatch`], and the store's.
pub async fn create(forge: &Forge, caller: &Caller, new: New) -> Result<Shown> {
    let mut opened = opened(forge, caller, Action::CreatePullRequest, &new.repository).await?;
    let parameters = [
        new.title.as_str(),
        new.description.text().unwrap_or_default(),
        new.repository.as_str(),
        new.source.as_str(),
        new.destination.as_deref().unwrap_or_default(),
    ];
    let once = Once::new(forge, caller, OPERATION, new.client_token.as_deref(), &parameters)?;
    let mut id = None;
    for _ in 0..ATTEMPTS {
        let (repository, snapshot) = (&opened.repository, &opened.snapshot);
        follow_from(forge, &repository.id, snapshot.manifest()).await?;
        if let Some(made) = made_before(forge, once.as_ref()).await? {
            return Shown::of(forge, repository, made).await;
        }
        let creation = creation(forge, &opened).await?;
        let branches = Branches::of(&opened, &new)?;
        if open_ones(forge, &repository.id).await?.len() >= MAX_OPEN {
            return Err(Refusal::MaximumOpenPullRequestsExceeded.into());
        }
        let id = match id {
            Some(id) => id,
            None => *id.insert(id::take(forge).await?),
        };
        let (after, events) = branches.asked_for(caller, &opened, &new, id).await?;
        let (made, mut also) = writes(forge, None, after, (&events, events[0].time));
        let destination = (id, &branches.destination.0);
        let (rules, for_rules) = review::from_templates(forge, &repository.id, destination).await?;
        also.extend(for_rules);
        also.push(creation);
        also.extend(once.as_ref().map(|once| once.write(&id.to_string())));
        let change = Change {
            commands: branches.commands(&made),
            also,
            ..Change::default()
        };
        match make(forge, caller, &opened, change).await? {
            Made::Done => return Ok(Shown::with(&opened.repository, made, rules)),
            Made::Moved => opened = opened.again(forge).await?,
            Made::Refused(why) => return Err(Error::corrupt(format!("pull request {id} cannot be made: {why}"))),
        }
    }
    Err(busy())
}

/// What a request with the same token made.
async fn made_before(forge: &Forge, once: Option<&Once>) -> Result<Option<PullRequest>> {
    let Some(once) = once else { return Ok(None) };
    let Some(id) = once.result(forge).await? else {
        return Ok(None);
    };
    let found = load(forge, PullRequestId::new(&id)?).await?;
    let found = found.ok_or_else(|| Error::corrupt(format!("pull request {id} was made, and is not there")))?;
    Ok(Some(found.pull_request))
}

/// Keeps creations apart: two at the same time would count the same open ones.
async fn creation(forge: &Forge, opened: &Opened) -> Result<Write> {
    let key = keys::pull_request_creations(opened.repository.id.as_str());
    let found = forge.store().table().get(&key).await?;
    let expect = found.map_or(Expect::Absent, |item| Expect::Version(item.version));
    Ok(Write::put(key, expect, "{}"))
}

/// The two branches with their tips.
struct Branches {
    source: (RefName, ObjectId),
    destination: (RefName, ObjectId),
}

impl Branches {
    fn of(opened: &Opened, new: &New) -> Result<Self> {
        let source = branch(opened, &new.source)?;
        let destination = match &new.destination {
            Some(name) => branch(opened, name)?,
            None => {
                let none = || Refusal::ReferenceDoesNotExist.saying("The repository has no default branch.");
                let head = opened.default_branch().ok_or_else(none)?;
                let tip = opened.tip(head).ok_or_else(none)?;
                (head.clone(), tip)
            }
        };
        if source.0 == destination.0 {
            return Err(Refusal::SourceAndDestinationAreSame.into());
        }
        Ok(Self { source, destination })
    }

    /// The pull request of them, and what happened to it.
    async fn asked_for(
        &self,
        caller: &Caller,
        opened: &Opened,
        new: &New,
        id: PullRequestId,
    ) -> Result<(PullRequest, Vec<Event>)> {
        let (source, destination) = (self.source.1, self.destination.1);
        let merge_base = opened.odb.walk(move |odb| merge_base(odb, source, destination)).await?;
        let seen = opened.snapshot.manifest().version;
        let time = clock::now();
        let asked_for = PullRequest {
            id,
            repository: opened.repository.id.clone(),
            title: new.title.as_str().to_owned(),
            description: new.description.text().map(ToOwned::to_owned),
            status: Status::Open,
            created: time,
            active: time,
            author: caller.principal.arn.clone(),
            client_token: new.client_token.clone(),
            source: self.source.0.clone(),
            destination: self.destination.0.clone(),
            source_commit: source,
            destination_commit: destination,
            merge_base,
            revision: Revision::first(id, source, seen),
            // Whatever moves the branches from here on is applied later, even what comes before this is written.
            applied: seen,
            merged: None,
            events: 0,
            change: String::new(),
        };
        let created = Event {
            time,
            actor: caller.principal.arn.clone(),
            session_tags: session_tags::of_caller(&caller.principal),
            what: What::Created {
                source,
                destination,
                merge_base,
            },
        };
        Ok((asked_for, vec![created]))
    }

    /// Both branches are still there, and what they show is kept.
    fn commands(&self, made: &PullRequest) -> Vec<Command> {
        let still = |(name, tip): &(RefName, ObjectId)| Command {
            name: name.clone(),
            old: Some(*tip),
            new: Some(*tip),
        };
        let kept = |name, tip| Command {
            name,
            old: None,
            new: Some(tip),
        };
        vec![
            still(&self.source),
            still(&self.destination),
            kept(made.revision.keeper(made.id), made.source_commit),
            kept(destination_keeper(made.id), made.destination_commit),
        ]
    }
}

/// The branch of a short or a full name.
fn branch(opened: &Opened, text: &str) -> Result<(RefName, ObjectId)> {
    let missing = || Refusal::ReferenceDoesNotExist.saying(format!("Reference {text} does not exist"));
    let invalid = |why: &dyn std::fmt::Display| Refusal::InvalidReferenceName.saying(format!("{why}."));
    if text.starts_with("refs/") {
        let name = RefName::new(text.as_bytes()).map_err(|error| invalid(&error))?;
        if !name.is_branch() {
            return Err(Refusal::ReferenceTypeNotSupported.into());
        }
        let tip = opened.tip(&name).ok_or_else(missing)?;
        return Ok((name, tip));
    }
    let name = RefName::branch(text).map_err(|error| invalid(&error))?;
    if let Some(tip) = opened.tip(&name) {
        return Ok((name, tip));
    }
    let tag = RefName::new(format!("refs/tags/{text}").as_bytes());
    if tag.is_ok_and(|tag| opened.tip(&tag).is_some()) {
        return Err(Refusal::ReferenceTypeNotSupported.into());
    }
    Err(missing())
}
