//! Keys of identities and of their credentials.

use super::ALONE;
use crate::table::Key;

/// A credential, under what its holder names: the id of an access key or of an SSH key, a Git user name.
#[must_use]
pub fn credential(id: &str) -> Key {
    Key::new(format!("CRED#{id}"), ALONE)
}

/// When and for what a credential was used last.
#[must_use]
pub fn last_used(id: &str) -> Key {
    Key::new(format!("USED#{id}"), ALONE)
}

/// Partition of an account's identities.
#[must_use]
pub fn identities(account: &str) -> String {
    format!("IAM#{account}")
}

/// The item whose version grows with every change of an account's identities and credentials.
#[must_use]
pub fn generation(account: &str) -> Key {
    Key::new(identities(account), "GENERATION")
}

/// That the first administrator was made, and which user is the administrator.
#[must_use]
pub fn administrator(account: &str) -> Key {
    Key::new(identities(account), "ADMINISTRATOR")
}

/// What identities are of one kind: the prefix of their sort keys, which the name follows in small letters, because names
/// that differ in case alone are the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is IAM's entity of that name")]
pub enum Identity {
    User,
    Group,
    Role,
    Policy,
    MfaDevice,
    OidcProvider,
}

impl Identity {
    /// The prefix.
    #[must_use]
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::User => "USER#",
            Self::Group => "GROUP#",
            Self::Role => "ROLE#",
            Self::Policy => "POLICY#",
            Self::MfaDevice => "MFA#",
            Self::OidcProvider => "OIDC#",
        }
    }
}

/// One identity.
#[must_use]
pub fn identity(account: &str, kind: Identity, name: &str) -> Key {
    Key::new(
        identities(account),
        format!("{}{}", kind.prefix(), name.to_ascii_lowercase()),
    )
}

/// Prefix of the members of a group.
#[must_use]
pub fn members_prefix(group: &str) -> String {
    format!("MEMBER#{}#", group.to_ascii_lowercase())
}

/// That a user is a member of a group.
#[must_use]
pub fn member(account: &str, group: &str, user: &str) -> Key {
    let user = user.to_ascii_lowercase();
    Key::new(identities(account), format!("{}{user}", members_prefix(group)))
}

/// Prefix of all that tells to whom managed policies are attached.
pub const ATTACHMENTS_PREFIX: &str = "ATTACHED#";

/// Prefix of those to whom a managed policy is attached.
#[must_use]
pub fn attachments_prefix(policy_arn: &str) -> String {
    format!("{ATTACHMENTS_PREFIX}{policy_arn}#")
}

/// That a managed policy is attached to a user, group or role, or is its permissions boundary.
#[must_use]
pub fn attachment(account: &str, policy_arn: &str, kind: Identity, name: &str, boundary: bool) -> Key {
    let name = name.to_ascii_lowercase();
    let (prefix, how) = (kind.prefix(), if boundary { "#BOUNDARY" } else { "" });
    let policy = attachments_prefix(policy_arn);
    Key::new(identities(account), format!("{policy}{prefix}{name}{how}"))
}

/// What a key was made of by [`attachment`]. Neither ARNs of policies nor names contain a `#`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attachment<'a> {
    /// The policy.
    pub policy_arn: &'a str,
    /// What it is attached to: a user, a group or a role.
    pub kind: Identity,
    /// The name of that, in small letters.
    pub name: &'a str,
    /// Whether it is its permissions boundary.
    pub boundary: bool,
}

/// What a key was made of by [`attachment`]; `None` for any other key.
#[must_use]
pub fn parse_attachment(key: &Key) -> Option<Attachment<'_>> {
    let mut parts = key.sk.strip_prefix(ATTACHMENTS_PREFIX)?.split('#');
    let (policy_arn, kind, name, how) = (parts.next()?, parts.next()?, parts.next()?, parts.next());
    let kinds = [Identity::User, Identity::Group, Identity::Role];
    let kind = kinds
        .into_iter()
        .find(|one| one.prefix().strip_suffix('#') == Some(kind))?;
    let boundary = how.is_some();
    let account = key.pk.strip_prefix(&identities(""))?;
    (attachment(account, policy_arn, kind, name, boundary) == *key).then_some(Attachment {
        policy_arn,
        kind,
        name,
        boundary,
    })
}
