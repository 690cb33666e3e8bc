//! IAM's JSON documents, read and compiled.

mod actions;
mod json;
mod principals;
mod resources;
mod statement;
#[cfg(test)]
mod tests;

use std::collections::HashSet;

use self::json::Json;
pub(super) use self::principals::Match;
pub use self::principals::Trusted;
pub(super) use self::statement::{Effect, Statement};
pub use super::invalid::InvalidDocument;
use super::invalid::quoted;

/// A policy document, compiled. The default one has no statement, and so allows nothing.
#[derive(Clone, Debug, Default)]
pub struct Document {
    statements: Vec<Statement>,
}

/// What a document is for, which decides what its statements must and must not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// What somebody may do: statements have `Resource` or `NotResource`, and no principal.
    Identity,
    /// Who may take on a role: statements have `Principal` or `NotPrincipal`, no resource, and no actions but
    /// those of STS and `packhouse:AssumeRoleWithAws`.
    Trust,
}

impl Document {
    /// The most bytes that [`Self::parse`] reads.
    pub const MAXIMUM_BYTES: usize = 20_480;
    /// IAM's quota of all inline policies of a user together, in [characters](Self::characters).
    pub const MAXIMUM_USER: usize = 2_048;
    /// The same of a group.
    pub const MAXIMUM_GROUP: usize = 5_120;
    /// The same of a role.
    pub const MAXIMUM_ROLE: usize = 10_240;
    /// IAM's quota of a managed policy, in [characters](Self::characters).
    pub const MAXIMUM_MANAGED: usize = 6_144;
    /// The most that IAM's quota of a trust policy can be raised to, in [characters](Self::characters).
    pub const MAXIMUM_TRUST: usize = 4_096;
    /// STS's limit of a session policy, in [characters](Self::characters).
    pub const MAXIMUM_SESSION: usize = 2_048;

    /// Reads a document of at most [`Self::MAXIMUM_BYTES`]. IAM's own, lower limits are the caller's to check.
    ///
    /// # Errors
    /// [`InvalidDocument`] for whatever IAM would refuse, and for unknown elements, keys that occur twice and empty
    /// lists, which would make a policy say something else than it seems to.
    pub fn parse(text: &str, kind: Kind) -> Result<Self, InvalidDocument> {
        if text.len() > Self::MAXIMUM_BYTES {
            let problem = format!("the policy document is longer than {} bytes", Self::MAXIMUM_BYTES);
            return Err(InvalidDocument::whole(problem));
        }
        let json = serde_json::from_str(text)
            .map_err(|error| InvalidDocument::whole(format!("the policy document is not valid JSON: {error}")))?;
        let Json::Object(mut elements) = json else {
            return Err(InvalidDocument::whole("the policy document has to be a JSON object"));
        };
        let variables = match elements.remove("Version") {
            Some(Json::Text(version)) if version == "2012-10-17" => true,
            Some(Json::Text(version)) if version == "2008-10-17" => false,
            None => false,
            Some(_) => {
                return Err(InvalidDocument::at(
                    "Version",
                    "it has to be \"2012-10-17\" or \"2008-10-17\"",
                ));
            }
        };
        if !matches!(elements.remove("Id"), None | Some(Json::Text(_))) {
            return Err(InvalidDocument::at("Id", "it has to be text"));
        }
        let statements = match elements.remove("Statement") {
            Some(Json::List(statements)) if statements.is_empty() => {
                return Err(InvalidDocument::at("Statement", "there has to be at least one"));
            }
            Some(Json::List(statements)) => statements,
            Some(statement @ Json::Object(_)) => vec![statement],
            Some(_) => {
                return Err(InvalidDocument::at(
                    "Statement",
                    "it has to be an object, or a list of objects",
                ));
            }
            None => return Err(InvalidDocument::whole("the policy document has no Statement")),
        };
        if let Some(unknown) = elements.keys().next() {
            let problem = format!("the policy document has an unknown element, {}", quoted(unknown));
            return Err(InvalidDocument::whole(problem));
        }
        let statements: Vec<Statement> = statements
            .into_iter()
            .zip(1..)
            .map(|(json, number)| Statement::parse(json, number, kind, variables))
            .collect::<Result<_, _>>()?;
        let mut sids = HashSet::new();
        for (statement, number) in statements.iter().zip(1..) {
            if let Some(sid) = statement.sid()
                && !sids.insert(sid)
            {
                let problem = format!("the Sid {} is taken by an earlier statement", quoted(sid));
                return Err(InvalidDocument::at(&format!("Statement {number}"), problem));
            }
        }
        Ok(Self { statements })
    }

    /// The length of a document as IAM's quotas count it: characters other than white space.
    #[must_use]
    pub fn characters(text: &str) -> usize {
        text.chars().filter(|character| !character.is_whitespace()).count()
    }

    /// How many statements it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.statements.len()
    }

    /// Whether it says nothing, as the default one.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.statements.is_empty()
    }

    /// The ARNs that a trust policy names as principals. Each comes with whether its statement names
    /// `packhouse:AssumeRoleWithAws`, and so may mean somebody at AWS.
    pub fn principal_arns(&self) -> impl Iterator<Item = (&str, bool)> {
        self.statements.iter().flat_map(Statement::principal_arns)
    }

    /// The statements, with the numbers that [`super::Reason`] calls them.
    pub(super) fn statements(&self) -> impl Iterator<Item = (usize, &Statement)> {
        (1..).zip(&self.statements)
    }
}
