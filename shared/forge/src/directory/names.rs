//! Names, paths, ids and ARNs of identities.

use std::fmt;

use packhouse_storage::keys::Identity;

use crate::error::Error;
use crate::forge::Forge;

/// The longest name of a user or a role.
const MAX_SHORT: usize = 64;
/// The longest name of any other identity.
const MAX_LONG: usize = 128;
/// The longest path.
const MAX_PATH: usize = 512;

/// The name of a user, group, role, policy or device: letters, digits and `_+=,.@-`. Those that differ in case alone are
/// the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdentityName(String);

impl IdentityName {
    /// Takes a name.
    ///
    /// # Errors
    /// [`Error::InvalidInput`].
    pub fn new(kind: Identity, name: &str) -> Result<Self, Error> {
        let max = match kind {
            Identity::User | Identity::Role => MAX_SHORT,
            Identity::Group | Identity::Policy | Identity::MfaDevice | Identity::OidcProvider => MAX_LONG,
        };
        let letter = |byte: u8| byte.is_ascii_alphanumeric() || b"_+=,.@-".contains(&byte);
        if (1..=max).contains(&name.len()) && name.bytes().all(letter) {
            return Ok(Self(name.to_owned()));
        }
        Err(Error::InvalidInput(format!(
            "The specified value for a name is invalid. It must contain only alphanumeric characters and/or the \
             following: +=,.@_- and have 1 to {max} of them"
        )))
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for IdentityName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A path of an identity, such as `/` or `/team/build/`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdentityPath(String);

impl IdentityPath {
    /// Takes a path.
    ///
    /// # Errors
    /// [`Error::InvalidInput`].
    pub fn new(path: &str) -> Result<Self, Error> {
        let whole = path == "/" || (path.len() > 2 && path.starts_with('/') && path.ends_with('/'));
        if whole && path.len() <= MAX_PATH && path.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Ok(Self(path.to_owned()));
        }
        Err(Error::InvalidInput(
            "The specified value for path is invalid. It must begin and end with / and contain only alphanumeric \
             characters and/or / characters."
                .to_owned(),
        ))
    }

    /// The path as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for IdentityPath {
    fn default() -> Self {
        Self("/".to_owned())
    }
}

/// The ARN of an identity of the installation's account.
#[must_use]
pub fn arn(forge: &Forge, kind: Identity, path: &str, name: &str) -> String {
    let installation = forge.installation();
    let word = match kind {
        Identity::User => "user",
        Identity::Group => "group",
        Identity::Role => "role",
        Identity::Policy => "policy",
        Identity::MfaDevice => "mfa",
        Identity::OidcProvider => "oidc-provider",
    };
    let (partition, account) = (installation.region.partition(), &installation.account);
    format!("arn:{partition}:iam::{account}:{word}{path}{name}")
}

/// The name at the end of an ARN of that kind in the installation's account.
pub(crate) fn name_in_arn<'a>(forge: &Forge, kind: Identity, of: &'a str) -> Option<&'a str> {
    let start = arn(forge, kind, "/", "");
    of.strip_prefix(&start)?.rsplit('/').next()
}
