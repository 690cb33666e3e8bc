//! What logs keep of a caller.

use packhouse_storage::log::Actor;
use serde_json::{Value, json};

use super::principal::{Caller, Principal, Who};
use super::session::SessionOf;
use super::session_tags;
use crate::iso8601;

impl Caller {
    /// How the caller stands in a repository's log.
    #[must_use]
    pub fn actor(&self) -> Actor {
        Actor {
            arn: self.principal.arn.clone(),
            request: self.request_id.clone(),
            details: Some(details(self).to_string()),
        }
    }
}

/// What is kept of a caller: who, from where, with what.
pub(crate) fn details(caller: &Caller) -> Value {
    let mut details = json!({
        "userIdentity": identity(&caller.principal),
        "sourceIPAddress": caller.source.ip.map(|ip| ip.to_canonical().to_string()),
        "userAgent": caller.source.user_agent.as_deref(),
    });
    let tags = session_tags::of_caller(&caller.principal);
    if !tags.is_empty() {
        details[session_tags::IN_DETAILS] = tags.into();
    }
    details
}

/// CloudTrail's `userIdentity`.
fn identity(principal: &Principal) -> Value {
    let proven = &principal.proven;
    let mut identity = json!({
        "type": proven.who.kind(),
        "principalId": principal.user_id,
        "arn": principal.arn,
        "accountId": principal.account.as_str(),
        "accessKeyId": proven.credential,
    });
    match &proven.who {
        Who::User { .. } => identity["userName"] = principal.name.as_str().into(),
        Who::Session(session) => {
            identity["sessionContext"] = json!({ "attributes": {
                "creationDate": iso8601::format(session.issued),
                "mfaAuthenticated": session.mfa.to_string(),
            } });
            match &session.of {
                SessionOf::User { name, .. } => identity["userName"] = name.as_str().into(),
                SessionOf::Role { name, id, .. } => {
                    identity["sessionContext"]["sessionIssuer"] = json!({
                        "type": "Role",
                        "principalId": id,
                        "arn": principal.principal_arn,
                        "accountId": principal.account.as_str(),
                        "userName": name,
                    });
                }
            }
            if let Some(provider) = &session.provider {
                identity["sessionContext"]["webIdFederationData"] = json!({ "federatedProvider": provider });
            }
        }
    }
    identity
}
