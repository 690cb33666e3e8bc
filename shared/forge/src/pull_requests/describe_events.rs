//! `DescribePullRequestEvents`.

use packhouse_storage::keys;

use super::authorised::authorised_pull_request;
use super::scan::{USUAL, scan};
use super::{Event, EventType, PullRequest, PullRequestId, record};
use crate::error::Result;
use crate::forge::Forge;
use crate::identity::Caller;
use crate::names::RepositoryName;
use crate::page_token;
use crate::policy::Action;
use crate::refusal::Refusal;

/// The longest page.
const MAX_PAGE: usize = 100;

/// Which events a caller wants.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Only these.
    pub event_type: Option<EventType>,
    /// Only what the one of this ARN did.
    pub actor: Option<String>,
    /// How many on a page.
    pub max_results: Option<i64>,
    /// Goes on where another page ended.
    pub token: Option<String>,
}

/// One page of events, oldest first.
#[derive(Clone, Debug)]
pub struct Events {
    /// The pull request.
    pub pull_request: PullRequest,
    /// The name that its repository has now.
    pub repository: RepositoryName,
    /// What happened to it.
    pub events: Vec<Event>,
    /// Resumes behind them; `None` at the end.
    pub next: Option<String>,
}

/// Tells what happened to a pull request.
///
/// # Errors
/// [`Refusal::PullRequestDoesNotExist`], [`Refusal::InvalidActorArn`], [`Refusal::ActorDoesNotExist`],
/// [`Refusal::InvalidMaxResults`], [`InvalidContinuationToken`](crate::error::Error::InvalidContinuationToken), and the
/// store's.
pub async fn describe_events(forge: &Forge, caller: &Caller, id: PullRequestId, filter: &Filter) -> Result<Events> {
    let found = authorised_pull_request(forge, caller, Action::DescribePullRequestEvents, id).await?;
    let size = page_token::page_size(filter.max_results, (USUAL, MAX_PAGE), Refusal::InvalidMaxResults)?;
    let actor = filter.actor.as_deref();
    let key = forge.key().await?;
    let event_type = filter.event_type.map(EventType::name);
    let listing = format!("DescribePullRequestEvents {id} {event_type:?} {actor:?}");
    let after = filter.token.as_deref();
    let after = after
        .map(|token| page_token::decode(&key, &listing, token))
        .transpose()?;
    if let Some(actor) = actor {
        crate::identity::whose::check(forge, actor, (Refusal::InvalidActorArn, Refusal::ActorDoesNotExist)).await?;
    }
    let installation = forge.installation();
    let (account, region) = (installation.account.as_str(), installation.region.as_str());
    let partition = keys::pull_request(account, region, id.number());
    let is_filtered = filter.event_type.is_some() || actor.is_some();
    let wanted = |event: &Event| {
        filter.event_type.is_none_or(|one| event.what.event_type() == one)
            && actor.is_none_or(|actor| event.actor == actor)
    };
    let (events, next) = scan(
        forge,
        (&partition, keys::PULL_REQUEST_EVENT_PREFIX),
        (after, size, is_filtered),
        |item| Ok(Some(record::event::decode(item)?).filter(|event| wanted(event))),
    )
    .await?;
    Ok(Events {
        pull_request: found.loaded.pull_request,
        repository: found.repository.name,
        events,
        next: next.map(|position| page_token::encode(&key, &listing, &position)),
    })
}
