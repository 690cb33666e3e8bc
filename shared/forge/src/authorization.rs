//! Whether a caller may do something: what is asked for, and what is known of the request, put to the policies.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use packhouse_git::ref_name::RefName;
use packhouse_storage::clock;
use packhouse_storage::manifest::Manifest;

use crate::error::{Error, Result};
use crate::forge::Forge;
use crate::identity::{Caller, Source};
use crate::iso8601;
use crate::names::RepositoryName;
use crate::policy::{Action, Context, Decision, Question, decide};

/// The condition key of the ref that a request changes.
const REFERENCES: &str = "codecommit:References";
/// The permission for what `CodeCommit` has no operation for.
const ADMINISTER: &str = "packhouse:Administer";
/// How many refs of a push are judged without a pause.
const REFS_IN_A_ROW: usize = 256;

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The action, with its service.
    action: &'static str,
    /// The repository that it is about; absent where it is about all of them.
    repository: Option<&'a RepositoryName>,
    /// The tags of that repository, where there is one of that name.
    resource_tags: Option<&'a BTreeMap<String, String>>,
    /// The tags that the request gives.
    request_tags: Option<&'a BTreeMap<String, String>>,
    /// The keys of tags that the request names, without values.
    tag_keys: &'a [String],
    /// The ref that it changes.
    reference: Option<&'a RefName>,
}

impl<'a> Request<'a> {
    /// Asks for an action on one repository.
    #[must_use]
    pub const fn on(action: Action, repository: &'a RepositoryName) -> Self {
        Self {
            repository: Some(repository),
            ..Self::anywhere(action)
        }
    }

    /// Asks for an action that concerns no single repository.
    #[must_use]
    pub const fn anywhere(action: Action) -> Self {
        Self {
            action: action.full_name(),
            repository: None,
            resource_tags: None,
            request_tags: None,
            tag_keys: &[],
            reference: None,
        }
    }

    /// Asks for administration, of one repository or of all.
    #[must_use]
    pub const fn administer(repository: Option<&'a RepositoryName>) -> Self {
        Self {
            action: ADMINISTER,
            repository,
            resource_tags: None,
            request_tags: None,
            tag_keys: &[],
            reference: None,
        }
    }

    /// Asks for the same about one repository.
    #[must_use]
    pub const fn about(self, repository: &'a RepositoryName) -> Self {
        Self {
            repository: Some(repository),
            ..self
        }
    }

    /// The repository is there, and is this.
    #[must_use]
    pub const fn of(self, manifest: &'a Manifest) -> Self {
        Self {
            resource_tags: Some(&manifest.tags),
            ..self
        }
    }

    /// The request gives these tags.
    #[must_use]
    pub const fn tagging(self, tags: &'a BTreeMap<String, String>) -> Self {
        Self {
            request_tags: Some(tags),
            ..self
        }
    }

    /// The request names these keys of tags.
    #[must_use]
    pub const fn naming(self, tag_keys: &'a [String]) -> Self {
        Self { tag_keys, ..self }
    }

    /// Asks for a change of one ref.
    #[must_use]
    pub const fn of_ref(self, reference: &'a RefName) -> Self {
        Self {
            reference: Some(reference),
            ..self
        }
    }
}

/// Returns when `caller` may do what is asked.
///
/// # Errors
/// [`Error::AccessDenied`].
pub fn authorise(forge: &Forge, caller: &Caller, request: Request<'_>) -> Result<()> {
    let mut context = context(forge, caller);
    describe(&mut context, &request);
    let resource = resource(forge, request.repository);
    judge(caller, request.action, &resource, &context)
}

/// Returns when `caller` may do what is asked with every repository.
///
/// # Errors
/// [`Error::AccessDenied`].
pub(crate) fn authorise_everywhere(forge: &Forge, caller: &Caller, request: Request<'_>) -> Result<()> {
    let mut context = context(forge, caller);
    describe(&mut context, &request);
    judge(caller, request.action, &forge.every_repository_arn(), &context)
}

/// Whether `caller` may push each of `refs`, in their order.
pub async fn each_pushed(
    forge: &Forge,
    caller: &Caller,
    (name, manifest): (&RepositoryName, &Manifest),
    refs: &[&RefName],
) -> Vec<Result<()>> {
    let mut context = context(forge, caller);
    describe(&mut context, &Request::on(Action::GitPush, name).of(manifest));
    let resource = resource(forge, Some(name));
    let mut judged = Vec::with_capacity(refs.len());
    for some in refs.chunks(REFS_IN_A_ROW) {
        judged.extend(some.iter().map(|name| {
            context.set(REFERENCES, name.as_str());
            judge(caller, Action::GitPush.full_name(), &resource, &context)
        }));
        // A push of very many refs does not hold up everybody else.
        tokio::task::yield_now().await;
    }
    judged
}

/// Returns when `caller` may do `action` to `resource`, which is not a repository; `keys` are condition keys of the
/// request.
///
/// # Errors
/// [`Error::AccessDenied`].
pub fn permit(forge: &Forge, caller: &Caller, action: &str, resource: &str, keys: &[(&str, &str)]) -> Result<()> {
    let mut context = context(forge, caller);
    for (key, value) in keys {
        context.set(key, *value);
    }
    judge(caller, action, resource, &context)
}

/// What is known of every request of a caller.
#[must_use]
pub fn context(forge: &Forge, caller: &Caller) -> Context {
    let (principal, now) = (&caller.principal, clock::now_secs());
    let mut context = of_source(forge, &caller.source);
    context.set("aws:PrincipalArn", principal.principal_arn.as_str());
    context.set("aws:PrincipalAccount", principal.account.as_str());
    context.set("aws:userid", principal.user_id.as_str());
    for (key, value) in &principal.tags {
        context.set(&format!("aws:PrincipalTag/{key}"), value.as_str());
    }
    let session = principal.proven.session();
    let of_role = session.is_some_and(crate::identity::session::Session::is_of_role);
    context.set("aws:PrincipalType", if of_role { "AssumedRole" } else { "User" });
    if !of_role {
        context.set("aws:username", principal.name.as_str());
    }
    if let Some(session) = session {
        context.set("aws:TokenIssueTime", iso8601::format(session.issued));
        context.set("aws:MultiFactorAuthPresent", session.mfa.to_string());
        if session.mfa {
            context.set("aws:MultiFactorAuthAge", now.saturating_sub(session.issued).to_string());
        }
        if let Some(provider) = &session.provider {
            context.set("aws:FederatedProvider", provider.as_str());
        }
        for (key, value) in &session.claims {
            context.set(key, value.as_str());
        }
    }
    context
}

/// What is known of every request, whoever calls.
pub(crate) fn of_source(forge: &Forge, source: &Source) -> Context {
    let now = clock::now_secs();
    let mut context = Context::new();
    context.set("aws:CurrentTime", iso8601::format(now));
    context.set("aws:EpochTime", now.to_string());
    context.set("aws:RequestedRegion", forge.installation().region.as_str());
    context.set("aws:SecureTransport", source.secure.to_string());
    if let Some(ip) = source.ip {
        context.set("aws:SourceIp", ip.to_canonical().to_string());
    }
    if let Some(agent) = &source.user_agent {
        context.set("aws:UserAgent", agent.as_str());
    }
    context
}

/// Adds what is known of the thing that is asked about.
fn describe(context: &mut Context, request: &Request<'_>) {
    for (key, value) in request.resource_tags.into_iter().flatten() {
        context.set(&format!("aws:ResourceTag/{key}"), value.as_str());
    }
    if let Some(tags) = request.request_tags {
        for (key, value) in tags {
            context.set(&format!("aws:RequestTag/{key}"), value.as_str());
        }
        if !tags.is_empty() {
            context.set_many("aws:TagKeys", tags.keys().map(String::as_str));
        }
    }
    if !request.tag_keys.is_empty() {
        context.set_many("aws:TagKeys", request.tag_keys.iter().map(String::as_str));
    }
    if let Some(reference) = request.reference {
        context.set(REFERENCES, reference.as_str());
    }
}

fn resource(forge: &Forge, repository: Option<&RepositoryName>) -> String {
    repository.map_or_else(|| "*".to_owned(), |name| forge.repository_arn(name))
}

/// Returns when the policies of `caller` allow that.
///
/// # Errors
/// [`Error::AccessDenied`].
pub(crate) fn judge(caller: &Caller, action: &str, resource: &str, context: &Context) -> Result<()> {
    let question = Question {
        action,
        resource,
        context,
    };
    let decision: Decision = decide(&caller.principal.permissions, &question);
    if decision.allowed() {
        return Ok(());
    }
    Err(Error::AccessDenied {
        principal: caller.principal.arn.clone(),
        action: action.to_owned(),
        resource: resource.to_owned(),
        because: decision.because(action),
    })
}
