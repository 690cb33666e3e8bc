//! One line of a statement's `Condition`: an operator, a condition key, and values.

mod date;
mod decimal;
mod network;
mod operator;
#[cfg(test)]
mod tests;
mod values;

pub(super) use self::operator::Operator;
use self::operator::{Comparison, Qualifier};
use self::values::Values;
use super::context::Context;
use super::variables::is_key;

/// A condition, compiled.
#[derive(Clone, Debug)]
pub(super) struct Condition {
    /// In lower case.
    key: String,
    test: Test,
}

#[derive(Clone, Debug)]
enum Test {
    /// Whether the key is absent has to be among these.
    Absent(Vec<bool>),
    Compare {
        qualifier: Qualifier,
        if_exists: bool,
        negated: bool,
        values: Values,
    },
}

impl Condition {
    /// Reads `"operator": {"key": values}`; `variables` says whether the document's version knows policy variables.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn parse(operator: Operator, key: &str, values: &[String], variables: bool) -> Result<Self, String> {
        if !is_key(key) {
            return Err("a condition key is the name of a service, a colon and a name, such as aws:SourceIp".into());
        }
        let test = if operator.comparison == Comparison::Null {
            Test::Absent(
                values
                    .iter()
                    .map(|value| values::boolean(value))
                    .collect::<Result<_, _>>()?,
            )
        } else {
            Test::Compare {
                qualifier: operator.qualifier,
                if_exists: operator.if_exists,
                negated: operator.negated,
                values: Values::parse(operator.comparison, values, variables)?,
            }
        };
        Ok(Self {
            key: key.to_lowercase(),
            test,
        })
    }

    /// Whether the condition is met; `None` if that cannot be told, for either of two reasons. A negated operator is to
    /// compare with a policy variable that has no value in this request. Or the key has several values, some of which
    /// meet the condition, and the operator does not say how many have to.
    pub(super) fn holds(&self, context: &Context) -> Option<bool> {
        let found = context.values(&self.key);
        match &self.test {
            Test::Absent(expected) => Some(expected.contains(&found.is_empty())),
            Test::Compare {
                qualifier,
                if_exists,
                negated,
                values,
            } => {
                if found.is_empty() {
                    return Some(*if_exists || qualifier.of_nothing(*negated));
                }
                // A negated operator asks for a value that is none of those of the policy.
                let verdict = |found: &String| match values.contain(found, context) {
                    Some(contained) => Some(contained != *negated),
                    None if *negated => None,
                    None => Some(false),
                };
                // The set operators take the empty text for an empty set.
                let members = found.iter().filter(|value| !value.is_empty());
                match qualifier {
                    Qualifier::None => agreed(found.iter().map(verdict)),
                    Qualifier::ForAllValues => all(members.map(verdict)),
                    Qualifier::ForAnyValue => not(all(members.map(verdict).map(not))),
                }
            }
        }
    }
}

/// What all verdicts say, if they say the same.
fn agreed(mut verdicts: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let first = verdicts.next()?;
    verdicts.all(|verdict| verdict == first).then_some(first).flatten()
}

/// Whether all verdicts are yes; `None` if none is no, but some cannot be told.
fn all(verdicts: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let mut all = Some(true);
    for verdict in verdicts {
        match verdict {
            Some(true) => {}
            Some(false) => return Some(false),
            None => all = None,
        }
    }
    all
}

fn not(verdict: Option<bool>) -> Option<bool> {
    verdict.map(|met| !met)
}
