//! Callers, and what was proven of them.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::session::Session;
use crate::names::AccountId;
use crate::policy::Permissions;

/// Somebody who may call, with what they are allowed.
#[derive(Clone, Debug)]
pub struct Principal {
    /// The ARN, such as `arn:aws:iam::210987654321:user/ana`, or `arn:aws:sts::210987654321:assumed-role/deploy/ci`.
    pub arn: String,
    /// The id that stays when the name changes, such as `AIDA…`, or `AROA…:ci`.
    pub user_id: String,
    /// The user's name, or the role's.
    pub name: String,
    /// The account that they belong to.
    pub account: AccountId,
    /// What was proven of them.
    pub proven: Proven,
    /// ARN of the role whose session this is, or the same as `arn`: what policies compare with `aws:PrincipalArn`.
    pub principal_arn: String,
    /// Tags of the user, or of the role and its session.
    pub tags: BTreeMap<String, String>,
    /// What policies say about them.
    pub permissions: Permissions,
}

/// What credentials have proven, without secrets: enough to know the principal again. It travels between processes of one
/// installation that trust each other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proven {
    /// Id of the access key, or the Git user name.
    pub credential: String,
    /// Whose it is.
    pub who: Who,
}

/// Whose credential it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Who {
    /// A user's own.
    User {
        /// The user's name.
        name: String,
        /// The user's id, which a later user of the same name does not have.
        id: String,
    },
    /// Temporary.
    Session(Box<Session>),
}

impl Proven {
    /// The session, where the credential is a temporary one.
    #[must_use]
    pub fn session(&self) -> Option<&Session> {
        match &self.who {
            Who::Session(session) => Some(session),
            Who::User { .. } => None,
        }
    }
}

/// A principal in the midst of one request.
#[derive(Clone, Debug)]
pub struct Caller {
    /// Who calls.
    pub principal: Arc<Principal>,
    /// The request's id, which the log of every change repeats.
    pub request_id: String,
    /// Where the request came from.
    pub source: Source,
}

/// Where a request came from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Source {
    /// The client's address.
    pub ip: Option<IpAddr>,
    /// Whether it came over TLS.
    pub secure: bool,
    /// What the client calls itself.
    pub user_agent: Option<String>,
}

impl Who {
    /// What CloudTrail calls the kind of identity.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Session(session) if session.is_of_role() => "AssumedRole",
            Self::User { .. } | Self::Session(_) => "IAMUser",
        }
    }
}
