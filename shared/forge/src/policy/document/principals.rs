//! A trust policy's `Principal` or `NotPrincipal`.

use super::json::Json;
use crate::policy::invalid::quoted;
use crate::policy::pattern::arn::is_arn;

/// Somebody who asks to take on a role.
#[derive(Clone, Copy, Debug)]
pub enum Trusted<'a> {
    /// A user, or the session of a role.
    Aws {
        /// The ARN of the user or session.
        arn: &'a str,
        /// The account.
        account: &'a str,
        /// Other ARNs under which the same caller may be let in: the role of a session.
        also: &'a [String],
    },
    /// The same, of the account that the role belongs to. Who is meant by an ARN was found out when the trust policy was
    /// saved: whoever has the ARN later is somebody else.
    Member {
        /// The ARNs in the trust policy that mean the caller.
        named: &'a [&'a str],
        /// The account.
        account: &'a str,
    },
    /// Somebody whom an identity provider vouches for: its ARN, or a name such as `accounts.google.com`.
    Federated(&'a str),
    /// A service, such as `lambda.amazonaws.com`.
    Service(&'a str),
}

/// How a principal element includes a caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::policy) enum Match {
    /// By name.
    Named,
    /// As one of a whole account, or as anybody.
    Delegated,
}

/// The callers that a statement is about.
#[derive(Clone, Debug)]
pub(super) struct Principals {
    /// All but these.
    negated: bool,
    principals: Vec<Principal>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Principal {
    Anybody,
    Account(String),
    Arn(String),
    Federated(String),
    Service(String),
}

impl Principals {
    /// Reads principals.
    ///
    /// # Errors
    /// What is wrong with one of them.
    pub(super) fn parse(json: Json, negated: bool) -> Result<Self, String> {
        let principals = match json {
            Json::Text(text) if text == "*" => vec![Principal::Anybody],
            Json::Object(kinds) if !kinds.is_empty() => {
                let mut principals = Vec::new();
                for (kind, values) in kinds {
                    let values = values
                        .into_texts()
                        .map_err(|problem| format!("{}: {problem}", quoted(&kind)))?;
                    for value in values {
                        principals.push(Principal::parse(&kind, value)?);
                    }
                }
                principals
            }
            _ => return Err(r#"it has to be "*", or an object with AWS, Federated or Service"#.into()),
        };
        Ok(Self { negated, principals })
    }

    /// The ARNs among them.
    pub(super) fn arns(&self) -> impl Iterator<Item = &str> {
        self.principals.iter().filter_map(|principal| match principal {
            Principal::Arn(arn) => Some(arn.as_str()),
            Principal::Anybody | Principal::Account(_) | Principal::Federated(_) | Principal::Service(_) => None,
        })
    }

    /// How the statement includes `caller`; `None` if it does not.
    pub(super) fn include(&self, caller: Trusted<'_>) -> Option<Match> {
        let mut found = None;
        for principal in &self.principals {
            match principal.include(caller) {
                Some(Match::Named) => {
                    found = Some(Match::Named);
                    break;
                }
                Some(Match::Delegated) => found = Some(Match::Delegated),
                None => {}
            }
        }
        match (self.negated, found) {
            (false, found) => found,
            (true, None) => Some(Match::Delegated),
            (true, Some(_)) => None,
        }
    }
}

impl Principal {
    fn parse(kind: &str, value: String) -> Result<Self, String> {
        if kind == "AWS" && value == "*" {
            return Ok(Self::Anybody);
        }
        if value.contains(['*', '?']) || value.contains("${") {
            let value = quoted(&value);
            return Err(format!(
                "{value}: a principal cannot have wildcards or policy variables"
            ));
        }
        let valid = !value.is_empty() && !value.chars().any(char::is_whitespace);
        match kind {
            "AWS" if is_account(&value) => Ok(Self::Account(value)),
            "AWS" if is_arn(&value) => Ok(match account_of_root(&value) {
                Some(account) => Self::Account(account),
                None => Self::Arn(value),
            }),
            "AWS" => Err(format!(
                "{} is not a principal: write an account of 12 digits, an ARN, or *",
                quoted(&value)
            )),
            "Federated" if valid => Ok(Self::Federated(value)),
            "Service" if valid => Ok(Self::Service(value)),
            "Federated" | "Service" => Err(format!("{} is not the name of a principal", quoted(&value))),
            _ => Err(format!(
                "{} is not a kind of principal: write AWS, Federated or Service",
                quoted(kind)
            )),
        }
    }

    fn include(&self, caller: Trusted<'_>) -> Option<Match> {
        let named = |named: bool| named.then_some(Match::Named);
        match (self, caller) {
            (Self::Anybody, _) => Some(Match::Delegated),
            (Self::Account(trusted), Trusted::Aws { account, .. } | Trusted::Member { account, .. }) => {
                (trusted == account).then_some(Match::Delegated)
            }
            (Self::Arn(trusted), Trusted::Aws { arn, also, .. }) => named(trusted == arn || also.contains(trusted)),
            (Self::Arn(trusted), Trusted::Member { named: arns, .. }) => named(arns.contains(&trusted.as_str())),
            (Self::Federated(trusted), Trusted::Federated(provider)) => named(trusted == provider),
            (Self::Service(trusted), Trusted::Service(service)) => named(trusted == service),
            (
                Self::Account(_) | Self::Arn(_) | Self::Federated(_) | Self::Service(_),
                Trusted::Aws { .. } | Trusted::Member { .. } | Trusted::Federated(_) | Trusted::Service(_),
            ) => None,
        }
    }
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The account that `arn:aws:iam::<account>:root` stands for.
fn account_of_root(arn: &str) -> Option<String> {
    let parts: Vec<&str> = arn.split(':').collect();
    match parts.as_slice() {
        [_, _, "iam", "", account, "root"] if is_account(account) => Some((*account).to_owned()),
        _ => None,
    }
}
