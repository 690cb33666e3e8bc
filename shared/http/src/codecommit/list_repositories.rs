//! `ListRepositories`.

use packhouse_forge::forge::Forge;
use packhouse_forge::identity::Caller;
use packhouse_forge::repositories::{self, Order, SortBy};
use serde::{Deserialize, Serialize};

use crate::aws_json::Answer;
use crate::aws_json::failure::Failure;
use crate::aws_json::input::{answer, next_token, parse};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Input {
    next_token: Option<String>,
    sort_by: Option<String>,
    order: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Output {
    repositories: Vec<RepositoryNameIdPair>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RepositoryNameIdPair {
    repository_name: String,
    repository_id: String,
}

pub(super) async fn serve(forge: &Forge, caller: &Caller, body: &[u8]) -> Answer {
    let input: Input = parse(body)?;
    let sort_by = match input.sort_by.as_deref() {
        None | Some("repositoryName") => SortBy::Name,
        Some("lastModifiedDate") => SortBy::LastModified,
        Some(_) => {
            return Err(Failure::invalid(
                "InvalidSortByException",
                "The specified sort by value is not valid.",
            ));
        }
    };
    let order = match input.order.as_deref() {
        None | Some("ascending") => Order::Ascending,
        Some("descending") => Order::Descending,
        Some(_) => {
            return Err(Failure::invalid(
                "InvalidOrderException",
                "The specified sort order is not valid.",
            ));
        }
    };
    let token = next_token(input.next_token);
    let page = repositories::list(forge, caller, sort_by, order, token.as_deref()).await?;
    let pairs = page.repositories.into_iter().map(|listed| RepositoryNameIdPair {
        repository_name: listed.name.to_string(),
        repository_id: listed.id.to_string(),
    });
    answer(&Output {
        repositories: pairs.collect(),
        next_token: page.next,
    })
}
