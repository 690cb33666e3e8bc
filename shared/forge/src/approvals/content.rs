//! What an approval rule says: how many of whom have to approve, and of templates also for which branches.
//!
//! Pure. It comes as a text in JSON, which is kept as it was given, because callers compare its hash.

mod json;
mod member;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use packhouse_git::ref_name::RefName;
use sha2::{Digest as _, Sha256};

use self::member::Member;
use crate::error::{Error, Result};
use crate::policy::Pattern;
use crate::refusal::Refusal;

/// The longest text in characters.
const MAX: usize = 3000;
/// How the full name of a branch begins.
const BRANCHES: &str = "refs/heads/";
/// The only version.
const VERSION: &str = "2018-11-08";
/// The only type of statement.
const APPROVERS: &str = "Approvers";
/// How many approvals a statement may need: as many as a pull request can have.
const MAX_NEEDED: u64 = 200;
/// How many members a pool may have.
const MAX_POOL: usize = 50;
/// How many branches a template may name.
const MAX_DESTINATIONS: usize = 100;

/// What a rule says, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    text: String,
    /// Which branches it is for; absent where it is for all of them.
    destinations: Option<Vec<Pattern>>,
    statements: Vec<Statement>,
}

/// One condition of a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Statement {
    needed: usize,
    /// Whose approvals count; absent where everybody's do.
    pool: Option<Vec<Member>>,
}

impl Content {
    /// Reads what a template says.
    ///
    /// # Errors
    /// [`Refusal::InvalidApprovalRuleTemplateContent`] with the reason.
    pub fn of_template(text: &str) -> Result<Self> {
        let invalid = |why| Refusal::InvalidApprovalRuleTemplateContent.saying(sentence(why));
        Self::parse(text).map_err(invalid)
    }

    /// Reads what a rule of a pull request says, which has no use for branches.
    ///
    /// # Errors
    /// [`Refusal::InvalidApprovalRuleContent`] with the reason.
    pub fn of_rule(text: &str) -> Result<Self> {
        let read = Self::parse(text).and_then(|content| match content.destinations {
            None => Ok(content),
            Some(_) => Err("DestinationReferences are for approval rule templates only".to_owned()),
        });
        read.map_err(|why| Refusal::InvalidApprovalRuleContent.saying(sentence(why)))
    }

    /// Reads what was stored.
    ///
    /// # Errors
    /// [`StorageError::Corrupt`](packhouse_storage::error::Error::Corrupt).
    pub fn stored(text: &str) -> Result<Self> {
        Self::parse(text).map_err(|why| Error::corrupt(format!("the content of an approval rule: {why}")))
    }

    /// The text that it was read from.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether it is for pull requests to that branch.
    #[must_use]
    pub fn is_for(&self, destination: &RefName) -> bool {
        let fits = |pattern: &Pattern| pattern.matches(destination.as_str());
        self.destinations
            .as_ref()
            .is_none_or(|patterns| patterns.iter().any(fits))
    }

    /// Whether the approvals of those whose ARNs these are suffice. Each counts once.
    #[must_use]
    pub fn is_satisfied_by(&self, approvers: &BTreeSet<&str>) -> bool {
        self.statements
            .iter()
            .all(|statement| statement.count(approvers) >= statement.needed)
    }

    fn parse(text: &str) -> Result<Self, String> {
        if text.chars().nth(MAX).is_some() {
            return Err(format!("it has more than {MAX} characters"));
        }
        let read = json::parse(text)?;
        if read.version != VERSION {
            return Err(format!("the Version has to be {VERSION}"));
        }
        let destinations = read.destination_references.filter(|named| !named.is_empty());
        if destinations
            .as_ref()
            .is_some_and(|named| named.len() > MAX_DESTINATIONS)
        {
            return Err(format!("there can be at most {MAX_DESTINATIONS} DestinationReferences"));
        }
        let destinations = destinations.map(|named| named.iter().map(|named| destination(named)).collect());
        if read.statements.is_empty() {
            return Err("there has to be a statement".to_owned());
        }
        let statements = read.statements.into_iter().map(Statement::new);
        Ok(Self {
            text: text.to_owned(),
            destinations: destinations.transpose()?,
            statements: statements.collect::<Result<_, _>>()?,
        })
    }
}

impl Statement {
    fn new(read: json::Statement) -> Result<Self, String> {
        if read.kind != APPROVERS {
            return Err(format!("the Type of a statement has to be {APPROVERS}"));
        }
        let needed = read.number_of_approvals_needed;
        if !(1..=MAX_NEEDED).contains(&needed) {
            return Err(format!("NumberOfApprovalsNeeded has to be 1 to {MAX_NEEDED}"));
        }
        let needed = usize::try_from(needed).map_err(|error| error.to_string())?;
        let Some(named) = read.approval_pool_members else {
            return Ok(Self { needed, pool: None });
        };
        if named.is_empty() {
            return Err("ApprovalPoolMembers cannot be empty; without them everybody can approve".to_owned());
        }
        if named.len() > MAX_POOL {
            return Err(format!("there can be at most {MAX_POOL} ApprovalPoolMembers"));
        }
        let pool: Result<Vec<Member>, _> = named.iter().map(|named| Member::parse(named)).collect();
        Ok(Self {
            needed,
            pool: Some(pool?),
        })
    }

    fn count(&self, approvers: &BTreeSet<&str>) -> usize {
        let counts = |arn: &&&str| {
            let is_meant = |member: &Member| member.is(arn);
            self.pool.as_ref().is_none_or(|pool| pool.iter().any(is_meant))
        };
        approvers.iter().filter(counts).count()
    }
}

/// The hex SHA-256 of a text, by which callers say which content they mean.
#[must_use]
pub fn sha256(text: &str) -> String {
    crate::hex::encode(&Sha256::digest(text))
}

/// The pattern of a branch: its full name, in which stars are wildcards.
fn destination(named: &str) -> Result<Pattern, String> {
    let invalid = || format!("{named:?} is not the full name of a branch, such as refs/heads/main or refs/heads/rel/*");
    let branch = named.strip_prefix(BRANCHES).ok_or_else(invalid)?;
    if branch.starts_with('*') {
        return Err(format!("the name of a branch cannot start with a wildcard: {named:?}"));
    }
    // Any letter stands for what a star leaves open.
    RefName::new(named.replace('*', "x").as_bytes()).map_err(|_| invalid())?;
    Ok(Pattern::of_stars(named))
}

fn sentence(why: impl std::fmt::Display) -> String {
    format!("The content of the approval rule is not valid: {why}.")
}
