//! `CreatePullRequest`.

use packhouse_forge::error::Error;
use packhouse_forge::forge::Forge;
use packhouse_forge::identity::Caller;
use packhouse_forge::pull_requests::{self, Description, New, Title};
use packhouse_forge::refusal::Refusal;
use serde::Deserialize;

use super::pull_request::shown;
use crate::aws_json::Answer;
use crate::aws_json::failure::Failure;
use crate::aws_json::input::{needed, parse, repository_name};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Input {
    title: Option<String>,
    description: Option<String>,
    targets: Option<Vec<Option<Target>>>,
    client_request_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Target {
    repository_name: Option<String>,
    source_reference: Option<String>,
    destination_reference: Option<String>,
}

pub(super) async fn serve(forge: &Forge, caller: &Caller, body: &[u8]) -> Answer {
    let input: Input = parse(body)?;
    let title = Title::new(needed(input.title, Refusal::TitleRequired)?)?;
    let description = Description::new(input.description.unwrap_or_default())?;
    let target = one_target(input.targets)?;
    let name = |name: Option<String>| name.filter(|name| !name.is_empty());
    let new = New {
        title,
        description,
        repository: repository_name(target.repository_name.as_deref())?,
        source: needed(name(target.source_reference), Refusal::ReferenceNameRequired)?,
        destination: name(target.destination_reference),
        client_token: input.client_request_token,
    };
    shown(pull_requests::create(forge, caller, new).await?)
}

/// The only target that a pull request has, though it is a list.
fn one_target(targets: Option<Vec<Option<Target>>>) -> Result<Target, Failure> {
    let targets = needed(targets.filter(|list| !list.is_empty()), Refusal::TargetsRequired)?;
    let targets = targets
        .into_iter()
        .map(|target| needed(target, Refusal::TargetRequired));
    let mut targets = targets.collect::<Result<Vec<Target>, Failure>>()?;
    let elsewhere = |pair: &[Target]| pair[0].repository_name != pair[1].repository_name;
    if targets.windows(2).any(elsewhere) {
        return Err(Error::from(Refusal::MultipleRepositoriesInPullRequest).into());
    }
    if targets.len() > 1 {
        return Err(Refusal::InvalidTargets.saying("A pull request has one target.").into());
    }
    needed(targets.pop(), Refusal::TargetsRequired)
}
