//! `ListTargets`.

use std::collections::BTreeMap;

use super::Page;
use super::list::{all, paged};
use super::permission::permit;
use super::rule::Target;
use crate::error::Result;
use crate::forge::Forge;
use crate::identity::Caller;

/// Which targets are listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TargetFilter {
    /// Those of this type.
    Kind(String),
    /// The one of this ARN.
    Address(String),
    /// Those of this status.
    Status(String),
}

/// A target that rules tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedTarget {
    /// Its ARN.
    pub address: String,
    /// Its type.
    pub kind: &'static str,
    /// Its status.
    pub status: &'static str,
}

/// Lists the targets of all rules of the account, each once. All filters have to fit.
///
/// # Errors
/// As those of `ListNotificationRules`.
pub async fn list_targets(
    forge: &Forge,
    caller: &Caller,
    filters: &[TargetFilter],
    page: (Option<i64>, Option<&str>),
) -> Result<Page<ListedTarget>> {
    permit(forge, caller, "ListTargets")?;
    let mut targets: BTreeMap<String, Target> = BTreeMap::new();
    for target in all(forge).await?.into_iter().flat_map(|found| found.rule.targets) {
        // Where one of the rules failed, all will.
        let known = targets.entry(target.address.clone()).or_insert_with(|| target.clone());
        known.failure = known.failure.take().or(target.failure);
    }
    let listed = targets.into_iter().map(|(address, target)| ListedTarget {
        address,
        kind: target.kind().name(),
        status: target.status(),
    });
    let fits = |target: &ListedTarget| {
        filters.iter().all(|filter| match filter {
            TargetFilter::Kind(kind) => target.kind == kind,
            TargetFilter::Address(address) => target.address == *address,
            TargetFilter::Status(status) => target.status == status,
        })
    };
    let listing = format!("ListTargets {filters:?}");
    let listed = listed.filter(fits).map(|target| (target.address.clone(), target));
    paged(forge, (&listing, page), listed).await
}
