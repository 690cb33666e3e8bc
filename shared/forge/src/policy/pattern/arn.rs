//! Patterns of ARNs, which are matched part by part.

use super::{Part, Pattern};
use crate::policy::variables::{FromPieces, Piece};

/// The parts of an ARN that stand before its resource.
const PARTS_BEFORE_RESOURCE: usize = 5;

/// A pattern of ARNs. A wildcard of one of the first five parts never matches a colon; one of the resource does, and so
/// does one that ends the pattern early, as in `arn:aws:codecommit:*`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::policy) struct ArnPattern {
    /// The leading parts that have no wildcard, each with its colon.
    prefix: Part,
    /// The other parts that have a colon behind them.
    parts: Vec<Pattern>,
    rest: Pattern,
}

impl ArnPattern {
    /// Whether `text` fits. The pattern `*` fits any text.
    pub(in crate::policy) fn matches(&self, text: &str) -> bool {
        let Some(mut text) = self.prefix.strip_from_start(text) else {
            return false;
        };
        for part in &self.parts {
            match text.split_once(':') {
                Some((found, behind)) if part.matches(found) => text = behind,
                _ => return false,
            }
        }
        self.rest.matches(text)
    }
}

impl FromPieces for ArnPattern {
    fn from_pieces(pieces: Vec<Piece>) -> Self {
        let mut prefix = String::new();
        let mut parts: Vec<Pattern> = Vec::new();
        let mut current = Vec::new();
        let mut complete = 0;
        for piece in pieces {
            let Piece::Literal(text) = piece else {
                current.push(piece);
                continue;
            };
            let mut text = text.as_str();
            while complete < PARTS_BEFORE_RESOURCE
                && let Some((before, behind)) = text.split_once(':')
            {
                current.push(Piece::Literal(before.to_owned()));
                let part = Pattern::from_pieces(std::mem::take(&mut current));
                match part.literal() {
                    Some(literal) if parts.is_empty() => {
                        prefix.push_str(literal);
                        prefix.push(':');
                    }
                    _ => parts.push(part),
                }
                complete += 1;
                text = behind;
            }
            current.push(Piece::Literal(text.to_owned()));
        }
        Self {
            prefix: Part::new(&[Piece::Literal(prefix)]),
            parts,
            rest: Pattern::from_pieces(current),
        }
    }
}

/// Whether `text` has all parts of an ARN.
pub(in crate::policy) fn is_arn(text: &str) -> bool {
    text.starts_with("arn:") && text.splitn(PARTS_BEFORE_RESOURCE + 1, ':').count() > PARTS_BEFORE_RESOURCE
}

/// Looks whether `text` can be a pattern of ARNs in a statement's `Resource`.
///
/// # Errors
/// What is wrong with it.
pub(in crate::policy) fn check_resource(text: &str, variables: bool) -> Result<(), String> {
    if text == "*" {
        return Ok(());
    }
    let parts: Vec<&str> = text.splitn(PARTS_BEFORE_RESOURCE + 1, ':').collect();
    let before: &[&str] = parts.get(..PARTS_BEFORE_RESOURCE).unwrap_or(&parts);
    if variables && before.iter().any(|part| part.contains("${")) {
        return Err("policy variables may stand only behind the fifth colon of an ARN".into());
    }
    let [scheme, partition, service, _, ..] = parts.as_slice() else {
        return Err(EXPECTED.into());
    };
    if *scheme != "arn" || partition.is_empty() || service.is_empty() {
        return Err(EXPECTED.into());
    }
    if service.contains(['*', '?']) {
        return Err("the service of an ARN, its third part, cannot have a wildcard".into());
    }
    let complete = parts.len() > PARTS_BEFORE_RESOURCE && parts.last().is_some_and(|last| !last.is_empty());
    if complete || text.ends_with('*') {
        return Ok(());
    }
    Err(EXPECTED.into())
}

const EXPECTED: &str =
    "a resource is * or an ARN of six parts, such as arn:aws:codecommit:us-east-1:111122223333:my-repository";
