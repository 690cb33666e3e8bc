//! `AssumeRole`: a session of a role for somebody of the account.

use std::sync::Arc;

use super::SecondFactor;
use super::role_session::{self, Asking, AssumedRole, Facts, RoleRequest};
use crate::authorization::context;
use crate::error::{Error, Result};
use crate::forge::Forge;
use crate::iam::{given, mfa_devices};
use crate::identity::Caller;
use crate::identity::session::Session;
use crate::policy::{Document, Kind, Policy, Question, decide};

const ACTION: &str = "sts:AssumeRole";
const TAG: &str = "sts:TagSession";
/// How long a session may be that was begun out of another one, in seconds.
const LONGEST_CHAINED: u32 = 3600;

/// What else a caller may give.
#[derive(Clone, Debug, Default)]
pub struct Extras {
    /// Tags of the session.
    pub tags: Vec<(String, String)>,
    /// What the owner of the role and the caller agreed on (`sts:ExternalId`).
    pub external_id: Option<String>,
    /// A one-time password.
    pub factor: Option<SecondFactor>,
}

/// Begins a session of a role, when its trust policy lets the caller in, by name or together with what the caller's own
/// policies allow.
///
/// # Errors
/// [`Error::AccessDenied`], whether there is such a role or not; [`Error::InvalidInput`];
/// [`Error::MalformedPolicyDocument`]; [`Error::InvalidAuthenticationCode`]; [`Error::SessionTooLarge`]; the store's.
pub async fn assume(forge: &Forge, caller: &Caller, request: &RoleRequest, extras: Extras) -> Result<AssumedRole> {
    request.check()?;
    let tags = given::tags(extras.tags)?;
    let principal = &caller.principal;
    let session = principal.proven.session();
    let mut context = context(forge, caller);
    if let Some(id) = &extras.external_id {
        context.set("sts:ExternalId", id.as_str());
    }
    for (key, value) in &tags {
        context.set(&format!("aws:RequestTag/{key}"), value.as_str());
    }
    let mut actions = vec![ACTION];
    if !tags.is_empty() {
        context.set_many("aws:TagKeys", tags.keys().map(String::as_str));
        actions.push(TAG);
    }
    if let Some(factor) = &extras.factor {
        if session.is_some_and(Session::is_of_role) {
            return Err(Error::InvalidInput(
                "A role has no devices for one-time passwords".to_owned(),
            ));
        }
        mfa_devices::verify(forge, &principal.name, &factor.serial, &factor.password).await?;
        context.set("aws:MultiFactorAuthPresent", "true");
        context.set("aws:MultiFactorAuthAge", "0");
    }
    let denied = || role_session::refused(&principal.arn, ACTION, &request.role_arn);
    let asking = Asking::Member(principal);
    let found = request.trusting(forge, asking, &actions, &mut context).await?;
    let (role, delegated) = found.ok_or_else(denied)?;
    let mut permissions = principal.permissions.clone();
    if !delegated {
        permissions.identity.push(by_name());
    }
    for action in actions {
        let question = Question {
            action,
            resource: &request.role_arn,
            context: &context,
        };
        if !decide(&permissions, &question).allowed() {
            return Err(denied());
        }
    }
    let facts = Facts {
        mfa: extras.factor.is_some(),
        tags,
        at_most: session.filter(|session| session.is_of_role()).map(|_| LONGEST_CHAINED),
        ..Facts::default()
    };
    request.begin(forge, &role, facts).await
}

/// What a trust policy that names the caller stands for: they need no policy of their own that allows it. Yet none may deny
/// it, and what bounds them bounds this too.
fn by_name() -> Policy {
    const ALLOWED: &str = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow",
        "Action": ["sts:AssumeRole", "sts:TagSession"], "Resource": "*"}}"#;
    Policy {
        name: "the role's trust policy".to_owned(),
        document: Arc::new(Document::parse(ALLOWED, Kind::Identity).expect("it is a document")),
    }
}
