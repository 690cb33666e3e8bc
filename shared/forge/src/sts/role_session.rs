//! Sessions of roles, whoever begins them.

use std::collections::BTreeMap;

use packhouse_storage::clock;
use packhouse_storage::keys::Identity;

use crate::directory::names::{self, IdentityName};
use crate::directory::{self, ManagedPolicy, Role};
use crate::error::{Error, Result};
use crate::forge::Forge;
use crate::identity::session::{Session, SessionOf, TemporaryKey, issue};
use crate::identity::{Principal, Who};
use crate::policy::{Context, Document, Kind, Trusted, decide_trust, managed};

/// The shortest and the longest session, in seconds, and the usual one.
const SHORTEST: u32 = 900;
const LONGEST: u32 = 43_200;
const USUAL: u32 = 3600;
/// How many managed policies may bound a session.
const MAX_POLICY_ARNS: usize = 10;
/// The longest token that is given out: in Git's user name, in base64 in a header, it must fit the headers of gateways
/// (API Gateway takes 10,240 bytes in all).
const MAX_TOKEN: usize = 5120;

/// What a caller wants of a session.
#[derive(Clone, Debug, Default)]
pub struct RoleRequest {
    /// The role.
    pub role_arn: String,
    /// What the session is called: 2 to 64 letters, digits and `_+=,.@-`.
    pub session_name: String,
    /// How long it is to be, in seconds: 900 to what the role allows, by default 3600.
    pub duration: Option<u32>,
    /// A document that bounds it.
    pub policy: Option<String>,
    /// ARNs of managed policies that bound it.
    pub policy_arns: Vec<String>,
}

/// A session of a role.
#[derive(Clone, Debug)]
pub struct AssumedRole {
    /// Its keys.
    pub key: TemporaryKey,
    /// When it ends, in seconds since the Unix epoch.
    pub expires: u64,
    /// Its ARN.
    pub arn: String,
    /// Its id, such as `AROA…:ci`.
    pub id: String,
    /// How much of the room for policies and tags it takes, in percent.
    pub packed: usize,
}

/// What a session is, besides what the caller wants.
#[derive(Debug, Default)]
pub(super) struct Facts {
    /// Whether the caller gave a one-time password.
    pub(super) mfa: bool,
    /// Tags.
    pub(super) tags: BTreeMap<String, String>,
    /// Who vouches for the caller.
    pub(super) provider: Option<String>,
    /// Condition keys out of what they say.
    pub(super) claims: BTreeMap<String, String>,
    /// How long it may be at most, whatever the role says.
    pub(super) at_most: Option<u32>,
}

/// Who wants to begin a session.
#[derive(Clone, Copy, Debug)]
pub(super) enum Asking<'a> {
    /// Somebody of this account.
    Member(&'a Principal),
    /// Somebody from elsewhere.
    Stranger(Trusted<'a>),
}

impl RoleRequest {
    /// Whether it can be asked for at all, before anybody looks what there is.
    ///
    /// # Errors
    /// [`Error::InvalidInput`], [`Error::MalformedPolicyDocument`].
    pub(super) fn check(&self) -> Result<()> {
        let letter = |byte: u8| byte.is_ascii_alphanumeric() || b"_+=,.@-".contains(&byte);
        if !(2..=64).contains(&self.session_name.len()) || !self.session_name.bytes().all(letter) {
            return Err(Error::InvalidInput(
                "RoleSessionName must have 2 to 64 letters, digits and characters of _+=,.@-".to_owned(),
            ));
        }
        if self
            .duration
            .is_some_and(|seconds| !(SHORTEST..=LONGEST).contains(&seconds))
        {
            return Err(Error::InvalidInput(format!(
                "DurationSeconds must be {SHORTEST} to {LONGEST}"
            )));
        }
        if let Some(policy) = &self.policy {
            if Document::characters(policy) > Document::MAXIMUM_SESSION {
                return Err(Error::InvalidInput(format!(
                    "Policy must have at most {} characters",
                    Document::MAXIMUM_SESSION
                )));
            }
            Document::parse(policy, Kind::Identity).map_err(|why| Error::MalformedPolicyDocument(why.to_string()))?;
        }
        if self.policy_arns.len() > MAX_POLICY_ARNS {
            return Err(Error::InvalidInput(format!(
                "PolicyArns must have at most {MAX_POLICY_ARNS} members"
            )));
        }
        Ok(())
    }

    /// The role, if there is one of that ARN and its trust policy lets `caller` do `action`; with whether the caller's own
    /// policies have to allow it too.
    ///
    /// # Errors
    /// The store's.
    pub(super) async fn trusting(
        &self,
        forge: &Forge,
        asking: Asking<'_>,
        actions: &[&str],
        context: &mut Context,
    ) -> Result<Option<(Role, bool)>> {
        let Some(role) = find(forge, &self.role_arn).await? else {
            return Ok(None);
        };
        for (key, value) in &role.tags {
            context.set(&format!("aws:ResourceTag/{key}"), value.as_str());
            context.set(&format!("iam:ResourceTag/{key}"), value.as_str());
        }
        context.set("sts:RoleSessionName", self.session_name.as_str());
        let trust = Document::parse(&role.trust, Kind::Trust)
            .map_err(|why| Error::corrupt(format!("the trust policy of role {} cannot be read: {why}", role.name)))?;
        let named = match asking {
            Asking::Member(principal) => named(&role, principal),
            Asking::Stranger(_) => Vec::new(),
        };
        let caller = match asking {
            Asking::Member(principal) => Trusted::Member {
                named: &named,
                account: principal.account.as_str(),
            },
            Asking::Stranger(trusted) => trusted,
        };
        let mut delegated = false;
        for action in actions {
            let decision = decide_trust(&trust, caller, action, context);
            if !decision.allowed() {
                return Ok(None);
            }
            delegated |= decision.by.is_none_or(|by| by.delegated);
        }
        Ok(Some((role, delegated)))
    }

    /// Begins the session, for somebody who may: only they learn which policies there are.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] when it would be too long, or a policy does not exist; [`Error::SessionTooLarge`]; the
    /// store's.
    pub(super) async fn begin(&self, forge: &Forge, role: &Role, facts: Facts) -> Result<AssumedRole> {
        for arn in &self.policy_arns {
            if !is_policy(forge, arn).await? {
                return Err(Error::InvalidInput(format!("Policy {} does not exist", cut(arn))));
            }
        }
        let duration = self.duration(role.max_session, facts.at_most)?;
        let issued = clock::now_secs();
        let expires = issued + u64::from(duration);
        let session = Session {
            of: SessionOf::Role {
                name: role.name.clone(),
                id: role.id.clone(),
                session: self.session_name.clone(),
            },
            issued,
            expires,
            mfa: facts.mfa,
            policies: self.policy.iter().cloned().collect(),
            policy_arns: self.policy_arns.clone(),
            tags: facts.tags,
            provider: facts.provider,
            claims: facts.claims,
        };
        let key = issue(&forge.key().await?, &session);
        let packed = (key.token.len() * 100).div_ceil(MAX_TOKEN);
        if packed > 100 {
            return Err(Error::SessionTooLarge(packed));
        }
        let installation = forge.installation();
        let (partition, account) = (installation.region.partition(), &installation.account);
        Ok(AssumedRole {
            key,
            expires,
            arn: format!(
                "arn:{partition}:sts::{account}:assumed-role/{}/{}",
                role.name, self.session_name
            ),
            id: format!("{}:{}", role.id, self.session_name),
            packed,
        })
    }

    fn duration(&self, role: u32, at_most: Option<u32>) -> Result<u32> {
        let Some(wanted) = self.duration else {
            return Ok(USUAL.min(role));
        };
        if at_most.is_some_and(|most| wanted > most) {
            return Err(Error::InvalidInput(
                "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining."
                    .to_owned(),
            ));
        }
        if wanted > role {
            return Err(Error::InvalidInput(
                "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.".to_owned(),
            ));
        }
        Ok(wanted)
    }
}

/// That `who` may not do it: in the same words whatever the reason is, as they would else tell which roles there are.
pub(super) fn refused(who: &str, action: &str, role_arn: &str) -> Error {
    Error::AccessDenied {
        principal: who.to_owned(),
        action: action.to_owned(),
        resource: cut(role_arn),
        because: "because there is no such role, or its trust policy or the policies of the caller do not allow it"
            .to_owned(),
    }
}

/// The ARNs in the trust policy of a role by which it means a principal of this account.
fn named<'a>(role: &'a Role, principal: &Principal) -> Vec<&'a str> {
    let (id, session) = match &principal.proven.who {
        Who::User { id, .. } => (id, None),
        Who::Session(session) => match &session.of {
            SessionOf::User { id, .. } => (id, None),
            SessionOf::Role { id, session, .. } => (id, Some(session.as_str())),
        },
    };
    let is_meant = |arn: &str| {
        // The role itself is meant in any session, and one session only in that.
        let of_session = arn.split(':').nth(2) == Some("sts");
        !of_session || session.is_some_and(|session| arn.rsplit('/').next() == Some(session))
    };
    let meant = role.trusted.iter().filter(|(arn, of)| *of == id && is_meant(arn));
    meant.map(|(arn, _)| arn.as_str()).collect()
}

/// The role of that ARN.
async fn find(forge: &Forge, arn: &str) -> Result<Option<Role>> {
    let name = names::name_in_arn(forge, Identity::Role, arn);
    let Some(name) = name.and_then(|name| IdentityName::new(Identity::Role, name).ok()) else {
        return Ok(None);
    };
    let found = directory::get::<Role>(forge, Identity::Role, name.as_str()).await?;
    Ok(found.filter(|role| names::arn(forge, Identity::Role, &role.path, &role.name) == arn))
}

async fn is_policy(forge: &Forge, arn: &str) -> Result<bool> {
    let partition = forge.installation().region.partition();
    if managed::all().iter().any(|ours| ours.arn(partition) == arn) {
        return Ok(true);
    }
    let name = names::name_in_arn(forge, Identity::Policy, arn);
    let Some(name) = name.and_then(|name| IdentityName::new(Identity::Policy, name).ok()) else {
        return Ok(false);
    };
    let found = directory::get::<ManagedPolicy>(forge, Identity::Policy, name.as_str()).await?;
    Ok(found.is_some_and(|policy| names::arn(forge, Identity::Policy, &policy.path, &policy.name) == arn))
}

/// A text from outside, cut to what a message may carry.
fn cut(text: &str) -> String {
    text.chars().take(256).collect()
}
