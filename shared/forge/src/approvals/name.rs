//! Names of approval rules, and of the templates that they are made from.

use std::fmt;

use crate::error::Result;
use crate::refusal::Refusal;

/// The longest name in characters.
const MAX: usize = 100;

/// The name of a rule or of a template: 1 to 100 characters, of which none is a control character. Rules that are made
/// from a template have its name. Case matters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RuleName(String);

impl RuleName {
    /// Takes the name of a rule.
    ///
    /// # Errors
    /// [`Refusal::InvalidApprovalRuleName`].
    pub fn of_rule(name: &str) -> Result<Self> {
        Self::new(name).ok_or_else(|| Refusal::InvalidApprovalRuleName.into())
    }

    /// Takes the name of a template.
    ///
    /// # Errors
    /// [`Refusal::InvalidApprovalRuleTemplateName`].
    pub fn of_template(name: &str) -> Result<Self> {
        Self::new(name).ok_or_else(|| Refusal::InvalidApprovalRuleTemplateName.into())
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn new(name: &str) -> Option<Self> {
        let fits = !name.is_empty() && name.chars().nth(MAX).is_none() && !name.chars().any(char::is_control);
        fits.then(|| Self(name.to_owned()))
    }
}

impl fmt::Display for RuleName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_1_to_100_characters_that_can_be_seen() {
        for name in ["a", "two eyes", " ", "ä#/*", &"ü".repeat(100)] {
            assert_eq!(RuleName::of_rule(name).unwrap().as_str(), name);
            assert_eq!(RuleName::of_template(name).unwrap().to_string(), name);
        }
        for name in ["", "a\n", "\u{0}", "\u{7f}", &"ü".repeat(101)] {
            let rule = RuleName::of_rule(name).unwrap_err();
            assert!(
                matches!(rule, crate::error::Error::Refused(Refusal::InvalidApprovalRuleName, _)),
                "{name:?}"
            );
            let template = RuleName::of_template(name).unwrap_err();
            assert!(
                matches!(
                    template,
                    crate::error::Error::Refused(Refusal::InvalidApprovalRuleTemplateName, _)
                ),
                "{name:?}"
            );
        }
    }
}
