//! Whether a pull request is approved.

use std::collections::BTreeSet;

use super::Rule;
use crate::error::Result;

/// What the rules of a pull request come to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Evaluation {
    /// Whether the rules are no longer in the way.
    pub approved: bool,
    /// Whether that is because they are overridden.
    pub overridden: bool,
    /// The names of rules that have enough approvals.
    pub satisfied: Vec<String>,
    /// The names of the others.
    pub not_satisfied: Vec<String>,
}

impl Evaluation {
    /// What the approvals by these ARNs of the current revision come to. Without a rule nothing is in the way.
    ///
    /// # Errors
    /// [`StorageError::Corrupt`](packhouse_storage::error::Error::Corrupt) when a rule cannot be read.
    pub(super) fn of(rules: &[Rule], approvers: &[String], overridden: bool) -> Result<Self> {
        let approvers: BTreeSet<&str> = approvers.iter().map(String::as_str).collect();
        let mut evaluation = Self {
            overridden,
            ..Self::default()
        };
        for rule in rules {
            let is_satisfied = rule.read()?.is_satisfied_by(&approvers);
            let names = match is_satisfied {
                true => &mut evaluation.satisfied,
                false => &mut evaluation.not_satisfied,
            };
            names.push(rule.name.clone());
        }
        evaluation.approved = overridden || evaluation.not_satisfied.is_empty();
        Ok(evaluation)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn rule(name: &str, needed: usize, member: &str) -> Rule {
        Rule {
            id: name.to_owned(),
            name: name.to_owned(),
            content: format!(
                r#"{{"Version":"2018-11-08","Statements":[{{"Type":"Approvers","NumberOfApprovalsNeeded":{needed},"ApprovalPoolMembers":["CodeCommitApprovers:111111111111:{member}"]}}]}}"#
            ),
            created: Duration::ZERO,
            modified: Duration::ZERO,
            modified_by: String::new(),
            origin: None,
            change_id: String::new(),
        }
    }

    #[test]
    fn all_rules_have_to_be_satisfied_unless_they_are_overridden() {
        let rules = [rule("a", 1, "ana"), rule("b", 2, "*")];
        let arns = |names: &[&str]| -> Vec<String> {
            names
                .iter()
                .map(|name| format!("arn:aws:iam::111111111111:user/{name}"))
                .collect()
        };
        for (rules, approvers, satisfied, not_satisfied) in [
            (&rules[..0], &[][..], &[][..], &[][..]),
            (&rules, &[], &[], &["a", "b"]),
            (&rules, &["ana"], &["a"], &["b"]),
            (&rules, &["ana", "ana"], &["a"], &["b"]),
            (&rules, &["bob", "eve"], &["b"], &["a"]),
            (&rules, &["ana", "bob"], &["a", "b"], &[]),
        ] {
            for overridden in [false, true] {
                let got = Evaluation::of(rules, &arns(approvers), overridden).unwrap();
                assert_eq!(got.satisfied, satisfied, "{approvers:?}");
                assert_eq!(got.not_satisfied, not_satisfied, "{approvers:?}");
                assert_eq!(got.approved, overridden || not_satisfied.is_empty(), "{approvers:?}");
                assert_eq!(got.overridden, overridden);
            }
        }
    }
}
