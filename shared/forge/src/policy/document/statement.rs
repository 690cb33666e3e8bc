//! One statement of a policy document.

use std::collections::BTreeMap;

use super::Kind;
use super::actions::Actions;
use super::json::Json;
use super::principals::{Match, Principals, Trusted};
use super::resources::Resources;
use crate::policy::condition::{Condition, Operator};
use crate::policy::context::Context;
use crate::policy::invalid::{InvalidDocument, quoted};

/// What lets in who AWS vouches for, and what only a wildcard includes; both in lower case.
const WITH_AWS: &str = "packhouse:assumerolewithaws";
const UNNAMED: &str = "packhouse:assumerolebywildcard";

/// What a statement does where it applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::policy) enum Effect {
    Allow,
    Deny,
}

/// A statement, compiled.
#[derive(Clone, Debug)]
pub(in crate::policy) struct Statement {
    sid: Option<String>,
    effect: Effect,
    actions: Actions,
    subject: Subject,
    conditions: Vec<Condition>,
}

/// What the statement is about besides its actions.
#[derive(Clone, Debug)]
enum Subject {
    Resources(Resources),
    Principals(Principals),
}

impl Statement {
    /// Reads the statement of that number; `variables` says whether the document's version knows policy variables.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn parse(json: Json, number: usize, kind: Kind, variables: bool) -> Result<Self, InvalidDocument> {
        let place = format!("Statement {number}");
        let Json::Object(mut elements) = json else {
            return Err(InvalidDocument::at(&place, "it has to be an object"));
        };
        let in_element = |element: &str| {
            let place = format!("{place}, {element}");
            move |problem: String| InvalidDocument::at(&place, problem)
        };
        let in_statement = |problem: String| InvalidDocument::at(&place, problem);

        let sid = sid(elements.remove("Sid")).map_err(in_element("Sid"))?;
        let effect = effect(elements.remove("Effect")).map_err(in_element("Effect"))?;

        let (element, negated, json) = either(&mut elements, ["Action", "NotAction"]).map_err(in_statement)?;
        let actions = json
            .into_texts()
            .and_then(|texts| Actions::parse(&texts, negated, kind));
        let actions = actions.map_err(in_element(element))?;

        let (present, absent) = match kind {
            Kind::Identity => (["Resource", "NotResource"], ["Principal", "NotPrincipal"]),
            Kind::Trust => (["Principal", "NotPrincipal"], ["Resource", "NotResource"]),
        };
        if let Some(element) = absent.iter().find(|element| elements.contains_key(**element)) {
            let problem = match kind {
                Kind::Identity => {
                    "a policy of a user, group or role speaks of whom it is attached to, and cannot have this"
                }
                Kind::Trust => "a trust policy speaks of the role that it belongs to, and cannot have this",
            };
            return Err(in_element(element)(problem.into()));
        }
        let (element, negated, json) = either(&mut elements, present).map_err(in_statement)?;
        let subject = match kind {
            Kind::Identity => json
                .into_texts()
                .and_then(|texts| Resources::parse(&texts, negated, variables))
                .map(Subject::Resources),
            Kind::Trust => Principals::parse(json, negated).map(Subject::Principals),
        };
        let subject = subject.map_err(in_element(element))?;

        let conditions = match elements.remove("Condition") {
            Some(json) => conditions(json, variables, &place)?,
            None => Vec::new(),
        };
        match elements.keys().next() {
            Some(unknown) => Err(in_statement(format!("it has an unknown element, {}", quoted(unknown)))),
            None => Ok(Self {
                sid,
                effect,
                actions,
                subject,
                conditions,
            }),
        }
    }

    /// The statement's id, if it has one.
    pub(in crate::policy) fn sid(&self) -> Option<&str> {
        self.sid.as_deref()
    }

    /// What the statement does where it applies.
    pub(in crate::policy) const fn effect(&self) -> Effect {
        self.effect
    }

    /// Whether the statement applies to what somebody asks for; `action` is in lower case. Never, if it is of a trust
    /// policy.
    pub(in crate::policy) fn applies(&self, action: &str, resource: &str, context: &Context) -> bool {
        match &self.subject {
            Subject::Resources(resources) => {
                self.actions.include(action)
                    && self.decided(resources.include(resource, context))
                    && self.conditions_hold(context)
            }
            Subject::Principals(_) => false,
        }
    }

    /// How the statement of a trust policy applies to a caller, if it does; `action` is in lower case.
    pub(in crate::policy) fn trusts(&self, caller: Trusted<'_>, action: &str, context: &Context) -> Option<Match> {
        match &self.subject {
            Subject::Principals(principals) if self.actions.include(action) && self.conditions_hold(context) => {
                principals.include(caller)
            }
            Subject::Principals(_) | Subject::Resources(_) => None,
        }
    }

    /// The ARNs that a trust policy's statement names as principals, with whether it may mean somebody at AWS.
    pub(super) fn principal_arns(&self) -> impl Iterator<Item = (&str, bool)> {
        let at_aws = self.actions.include(WITH_AWS) && !self.actions.include(UNNAMED);
        let principals = match &self.subject {
            Subject::Principals(principals) => Some(principals),
            Subject::Resources(_) => None,
        };
        let arns = principals.into_iter().flat_map(Principals::arns);
        arns.map(move |arn| (arn, at_aws))
    }

    fn conditions_hold(&self, context: &Context) -> bool {
        self.conditions
            .iter()
            .all(|condition| self.decided(condition.holds(context)))
    }

    /// What cannot be told counts against the caller: it lets a denial apply, and an allowance not.
    fn decided(&self, verdict: Option<bool>) -> bool {
        verdict.unwrap_or(self.effect == Effect::Deny)
    }
}

fn sid(json: Option<Json>) -> Result<Option<String>, String> {
    match json {
        Some(Json::Text(sid)) if sid.chars().all(|c| c.is_ascii_alphanumeric()) => {
            Ok(Some(sid).filter(|sid| !sid.is_empty()))
        }
        Some(_) => Err("it has to be text of letters A to Z, a to z and digits only".into()),
        None => Ok(None),
    }
}

fn effect(json: Option<Json>) -> Result<Effect, String> {
    match json {
        Some(Json::Text(effect)) if effect == "Allow" => Ok(Effect::Allow),
        Some(Json::Text(effect)) if effect == "Deny" => Ok(Effect::Deny),
        Some(_) => Err(r#"it has to be "Allow" or "Deny""#.into()),
        None => Err(r#"it is missing, and has to be "Allow" or "Deny""#.into()),
    }
}

/// Takes the element that is there, of one and its opposite, and says whether that is the opposite.
fn either(
    elements: &mut BTreeMap<String, Json>,
    [one, opposite]: [&'static str; 2],
) -> Result<(&'static str, bool, Json), String> {
    match (elements.remove(one), elements.remove(opposite)) {
        (Some(json), None) => Ok((one, false, json)),
        (None, Some(json)) => Ok((opposite, true, json)),
        (Some(_), Some(_)) => Err(format!("it has {one} and {opposite}, and can have only one of them")),
        (None, None) => Err(format!("it needs {one} or {opposite}")),
    }
}

fn conditions(json: Json, variables: bool, place: &str) -> Result<Vec<Condition>, InvalidDocument> {
    let place = format!("{place}, Condition");
    let Json::Object(operators) = json else {
        return Err(InvalidDocument::at(&place, "it has to be an object"));
    };
    let mut conditions = Vec::new();
    for (name, keys) in operators {
        let place = format!("{place} {}", quoted(&name));
        let operator = Operator::parse(&name).map_err(|problem| InvalidDocument::at(&place, problem))?;
        let Json::Object(keys) = keys else {
            return Err(InvalidDocument::at(&place, "it has to be an object of condition keys"));
        };
        for (key, values) in keys {
            let condition = values
                .into_scalars()
                .and_then(|values| Condition::parse(operator, &key, &values, variables));
            conditions.push(condition.map_err(|problem| {
                let place = format!("{place}, key {}", quoted(&key));
                InvalidDocument::at(&place, problem)
            })?);
        }
    }
    Ok(conditions)
}
