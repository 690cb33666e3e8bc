//! A statement's `Resource` or `NotResource`.

use crate::policy::context::Context;
use crate::policy::invalid::quoted;
use crate::policy::pattern::arn::{ArnPattern, check_resource};
use crate::policy::variables::{Syntax, Template, any};

/// The resources that a statement is about.
#[derive(Clone, Debug)]
pub(super) struct Resources {
    /// All but these.
    negated: bool,
    patterns: Vec<Template<ArnPattern>>,
}

impl Resources {
    /// Reads resources.
    ///
    /// # Errors
    /// What is wrong with one of them.
    pub(super) fn parse(texts: &[String], negated: bool, variables: bool) -> Result<Self, String> {
        let syntax = Syntax {
            variables,
            wildcards: true,
        };
        let patterns = texts.iter().map(|text| {
            check_resource(text, variables)
                .and_then(|()| Template::parse(text, syntax))
                .map_err(|problem| format!("{} is not a resource: {problem}", quoted(text)))
        });
        Ok(Self {
            negated,
            patterns: patterns.collect::<Result<_, _>>()?,
        })
    }

    /// Whether the statement is about `resource`; `None` if it is about all but something that a policy variable names
    /// which has no value in this request.
    pub(super) fn include(&self, resource: &str, context: &Context) -> Option<bool> {
        let listed = any(&self.patterns, context, |pattern| pattern.matches(resource));
        match (listed, self.negated) {
            (Some(listed), negated) => Some(listed != negated),
            (None, false) => Some(false),
            (None, true) => None,
        }
    }
}
