//! `DescribeNotificationRule`.

use super::amend::missing;
use super::permission::{self, About};
use super::record::{Found, find};
use super::rule::Rule;
use crate::error::Result;
use crate::forge::Forge;
use crate::identity::Caller;

/// A rule, with what it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Described {
    /// Its ARN.
    pub arn: String,
    /// The ARN that its repository has now.
    pub resource: String,
    /// The rule.
    pub rule: Rule,
}

/// Tells what a rule is.
///
/// # Errors
/// [`NoSuchEntity`](crate::error::Error::NoSuchEntity), and the store's.
pub async fn describe(forge: &Forge, caller: &Caller, arn: &str) -> Result<Described> {
    let found = permitted(forge, caller, "DescribeNotificationRule", arn).await?;
    Ok(Described {
        arn: permission::arn(forge, &found.rule.id),
        resource: found.resource,
        rule: found.rule,
    })
}

/// The rule of an ARN, for somebody who may do `action` with it.
///
/// # Errors
/// [`AccessDenied`](crate::error::Error::AccessDenied), [`NoSuchEntity`](crate::error::Error::NoSuchEntity), and the store's.
pub(super) async fn permitted(forge: &Forge, caller: &Caller, action: &str, arn: &str) -> Result<Found> {
    permitted_about(forge, caller, (action, arn), About::default()).await
}

/// The same with more that policies may ask for.
///
/// # Errors
/// As [`permitted`].
pub(super) async fn permitted_about(
    forge: &Forge,
    caller: &Caller,
    (action, arn): (&str, &str),
    about: About<'_>,
) -> Result<Found> {
    let found = find(forge, arn).await?;
    let id = permission::id_in_arn(forge, arn).unwrap_or("*");
    let about = About {
        rule: found.as_ref().map(|found| &found.rule),
        repository: found.as_ref().map(|found| found.resource.as_str()),
        ..about
    };
    permission::permit_on(forge, caller, (action, id), about)?;
    found.ok_or_else(|| missing(arn))
}
