//! Members of an approval pool, and who is one.

use std::borrow::Cow;

use crate::policy::Pattern;

/// What stands in front of an account and a name.
const SHORT: &str = "CodeCommitApprovers";
/// How many digits an account id has.
const ACCOUNT: usize = 12;

/// One member, which may stand for many by stars.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Member {
    /// `CodeCommitApprovers:<account>:<name>`.
    Name { account: String, name: Pattern },
    /// The ARN of a user, of a federated user, of sessions of a role, or of a role, which means all of its sessions.
    Arn(Pattern),
}

impl Member {
    /// Reads a member.
    ///
    /// # Errors
    /// That it is none.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let invalid = || {
            format!(
                "{text:?} is not a member of an approval pool, such as {SHORT}:111111111111:ana or \
                 arn:aws:sts::111111111111:assumed-role/review/*"
            )
        };
        Self::read(text).ok_or_else(invalid)
    }

    fn read(text: &str) -> Option<Self> {
        if let Some(rest) = text.strip_prefix(SHORT) {
            let (account, name) = rest.strip_prefix(':')?.split_once(':')?;
            return (is_account(account) && is_resource(name)).then(|| Self::Name {
                account: account.to_owned(),
                name: Pattern::of_stars(name),
            });
        }
        let named = Principal::read(text).filter(|named| is_account(named.account))?;
        let (kind, name) = named.resource.split_once('/').filter(|(_, name)| is_resource(name))?;
        let text = match (named.service, kind) {
            ("iam", "user") | ("sts", "federated-user" | "assumed-role") => text.to_owned(),
            ("iam", "role") => sessions(&named, name),
            _ => return None,
        };
        Some(Self::Arn(Pattern::of_stars(&text)))
    }

    /// Whether the principal of that ARN is a member.
    pub(super) fn is(&self, arn: &str) -> bool {
        match self {
            Self::Arn(pattern) => pattern.matches(arn),
            Self::Name { account, name } => {
                let principal = Principal::read(arn).filter(|principal| principal.account == account);
                principal.is_some_and(|principal| principal.names().iter().any(|known| name.matches(known)))
            }
        }
    }
}

/// The parts of a principal's ARN.
#[derive(Clone, Copy)]
struct Principal<'a> {
    partition: &'a str,
    service: &'a str,
    account: &'a str,
    resource: &'a str,
}

impl<'a> Principal<'a> {
    fn read(arn: &'a str) -> Option<Self> {
        let mut parts = arn.splitn(6, ':');
        let (scheme, partition, service) = (parts.next()?, parts.next()?, parts.next()?);
        let (region, account, resource) = (parts.next()?, parts.next()?, parts.next()?);
        let fits = scheme == "arn" && matches!(partition, "aws" | "aws-cn" | "aws-us-gov") && region.is_empty();
        fits.then_some(Self {
            partition,
            service,
            account,
            resource,
        })
    }

    /// What a member may call it: a user by the name, whatever the path; a session by the names of role and session; each
    /// with or without the kind.
    fn names(&self) -> Vec<Cow<'a, str>> {
        let resource = Cow::Borrowed(self.resource);
        match self.resource.split_once('/') {
            Some(("user", path)) => {
                let name = path.rsplit('/').next().unwrap_or(path);
                vec![name.into(), format!("user/{name}").into(), resource]
            }
            Some((_, name)) => vec![name.into(), resource],
            None => vec![resource],
        }
    }
}

/// The pattern of all sessions of a role. Their ARNs tell its name, but not its path.
fn sessions(role: &Principal<'_>, path: &str) -> String {
    let (partition, account) = (role.partition, role.account);
    let name = path.rsplit('/').next().unwrap_or(path);
    format!("arn:{partition}:sts::{account}:assumed-role/{name}/*")
}

fn is_account(text: &str) -> bool {
    text.len() == ACCOUNT && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether it is a name, or names with slashes between, or a pattern of those.
fn is_resource(text: &str) -> bool {
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || b"_+=,.@-*/".contains(&byte);
    let bounded = |byte: Option<&u8>| byte.is_some_and(|byte| *byte != b'/');
    let bytes = text.as_bytes();
    bytes.iter().all(|byte| letter(*byte)) && bounded(bytes.first()) && bounded(bytes.last())
}
