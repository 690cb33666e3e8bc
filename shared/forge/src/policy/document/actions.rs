//! A statement's `Action` or `NotAction`.

use super::Kind;
use crate::policy::invalid::quoted;
use crate::policy::pattern::Pattern;
use crate::policy::variables::{FromPieces as _, Piece};

/// The actions that a statement is about.
#[derive(Clone, Debug)]
pub(super) struct Actions {
    /// All but these.
    negated: bool,
    /// In lower case.
    patterns: Vec<Pattern>,
}

impl Actions {
    /// Reads actions.
    ///
    /// # Errors
    /// What is wrong with one of them.
    pub(super) fn parse(texts: &[String], negated: bool, kind: Kind) -> Result<Self, String> {
        let patterns = texts.iter().map(|text| parse(text, kind));
        Ok(Self {
            negated,
            patterns: patterns.collect::<Result<_, _>>()?,
        })
    }

    /// Whether the statement is about `action`, which is in lower case.
    pub(super) fn include(&self, action: &str) -> bool {
        self.patterns.iter().any(|pattern| pattern.matches(action)) != self.negated
    }
}

fn parse(text: &str, kind: Kind) -> Result<Pattern, String> {
    if text != "*" {
        let in_service = |c: char| c.is_ascii_alphanumeric() || c == '-';
        let in_name = |c: char| in_service(c) || matches!(c, '_' | '*' | '?');
        let (service, name) = text.split_once(':').unwrap_or_default();
        let any_service = service == "*" && name == "*";
        let well_formed = !service.is_empty() && service.chars().all(in_service) || any_service;
        if !well_formed || name.is_empty() || !name.chars().all(in_name) {
            return Err(format!(
                "{} is not an action: write *, or the name of a service, a colon and a name in which * and ? are \
                 wildcards, such as codecommit:Get*",
                quoted(text)
            ));
        }
        let takes_on_roles = ["sts", "packhouse", "*"]
            .iter()
            .any(|known| service.eq_ignore_ascii_case(known));
        if kind == Kind::Trust && !takes_on_roles {
            return Err(format!(
                "{} is not an action of sts or packhouse, and a trust policy is about no others",
                quoted(text)
            ));
        }
    }
    Ok(Pattern::from_pieces(Piece::all_of(&text.to_ascii_lowercase())))
}
