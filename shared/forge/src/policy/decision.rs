//! Whether policies allow something, and which statement decided.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use super::context::Context;
pub use super::document::Trusted;
use super::document::{Document, Effect, Match, Statement};

/// A document, and what an explanation calls it.
#[derive(Clone, Debug)]
pub struct Policy {
    /// Such as `the inline policy x of group y`.
    pub name: String,
    /// What it says.
    pub document: Arc<Document>,
}

/// All policies that speak about a principal. The default allows nothing.
#[derive(Clone, Debug, Default)]
pub struct Permissions {
    /// What the user and its groups, or the role, may do.
    pub identity: Vec<Policy>,
    /// What they may do at most, if that is bounded.
    pub boundary: Option<Policy>,
    /// What this session may do at most, if that is bounded. One of them has to allow it; an empty list allows nothing.
    pub session: Option<Vec<Policy>>,
}

/// What somebody asks for.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// The action, such as `codecommit:GitPush`, in any case.
    pub action: &'a str,
    /// The ARN of what it is done to, or `*` where the action concerns nothing in particular.
    pub resource: &'a str,
    /// What is known of the request.
    pub context: &'a Context,
}

/// What the policies say, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// What they say.
    pub outcome: Outcome,
    /// The statement that allows or denies it. Where a boundary or session lacks it, the statement of the identity that
    /// would allow it; where the identity lacks it, none.
    pub by: Option<Reason>,
}

/// What policies say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is allowed, and nothing denies it.
    Allowed,
    /// Nothing denies it, but this layer does not allow it.
    ImplicitlyDenied(Layer),
    /// A statement of this layer denies it.
    ExplicitlyDenied(Layer),
}

/// The kinds of policies, each of which has to allow what somebody does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layer {
    /// Those of the user and its groups, or of the role.
    Identity,
    /// The permissions boundary.
    Boundary,
    /// Those of the session.
    Session,
    /// The trust policy of a role that somebody wants to take on.
    Trust,
}

/// A statement that decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// The name of the policy.
    pub policy: String,
    /// Which of its statements, counted from 1.
    pub statement: usize,
    /// The statement's id, if it has one.
    pub sid: Option<String>,
    /// What kind of policy it is.
    pub layer: Layer,
    /// Whether a trust policy lets in the caller's whole account, or anybody, and not the caller by name. Then the
    /// caller's own policies have to allow `sts:AssumeRole` too.
    pub delegated: bool,
}

/// Decides whether `permissions` allow what is asked: nothing denies it, and each layer that there is allows it.
#[must_use]
pub fn decide(permissions: &Permissions, question: &Question<'_>) -> Decision {
    let action = question.action.to_ascii_lowercase();
    let applies = |statement: &Statement| {
        statement
            .applies(&action, question.resource, question.context)
            .then_some(Match::Named)
    };
    let Permissions {
        identity,
        boundary,
        session,
    } = permissions;
    let layers = [
        Some((Layer::Identity, identity.as_slice())),
        boundary
            .as_ref()
            .map(|boundary| (Layer::Boundary, std::slice::from_ref(boundary))),
        session.as_ref().map(|session| (Layer::Session, session.as_slice())),
    ];
    let mut missing = None;
    let mut allowed_by = None;
    for (layer, policies) in layers.into_iter().flatten() {
        let policies = policies.iter().map(|policy| (policy.name.as_str(), &*policy.document));
        match look(policies, applies) {
            Found::Denied(at) => return Decision::denied(layer, &at),
            Found::Allowed(at) if layer == Layer::Identity => allowed_by = Some(at.reason(layer)),
            Found::Allowed(_) => {}
            Found::Nothing => missing = missing.or(Some(layer)),
        }
    }
    Decision {
        outcome: missing.map_or(Outcome::Allowed, Outcome::ImplicitlyDenied),
        by: allowed_by,
    }
}

/// Decides whether the trust policy of a role lets `caller` take it on; `action` is such as `sts:AssumeRole`. The policies
/// of the caller are not looked at: see [`Reason::delegated`].
#[must_use]
pub fn decide_trust(trust: &Document, caller: Trusted<'_>, action: &str, context: &Context) -> Decision {
    let action = action.to_ascii_lowercase();
    let policy = std::iter::once(("the role's trust policy", trust));
    match look(policy, |statement| statement.trusts(caller, &action, context)) {
        Found::Denied(at) => Decision::denied(Layer::Trust, &at),
        Found::Allowed(at) => Decision {
            outcome: Outcome::Allowed,
            by: Some(at.reason(Layer::Trust)),
        },
        Found::Nothing => Decision {
            outcome: Outcome::ImplicitlyDenied(Layer::Trust),
            by: None,
        },
    }
}

impl Decision {
    /// Whether it is allowed.
    #[must_use]
    pub fn allowed(&self) -> bool {
        self.outcome == Outcome::Allowed
    }

    /// The end of the sentence in which AWS denies `action`, such as `because no identity-based policy allows the
    /// codecommit:GetBranch action`. Empty if it is allowed.
    #[must_use]
    pub fn because(&self, action: &str) -> String {
        match self.outcome {
            Outcome::Allowed => String::new(),
            Outcome::ImplicitlyDenied(layer) => format!("because no {} allows the {action} action", layer.name()),
            Outcome::ExplicitlyDenied(layer) => {
                format!("with an explicit deny in {} {}", layer.article(), layer.name())
            }
        }
    }

    /// A sentence for who writes policies, which names the policy and the statement that decided.
    #[must_use]
    pub fn explain(&self) -> String {
        let by = self.by.as_ref();
        match (self.outcome, by) {
            (Outcome::Allowed, Some(by)) => format!("{} allows it.", by.describe()),
            (Outcome::ExplicitlyDenied(_), Some(by)) => format!("{} denies it.", by.describe()),
            (Outcome::ImplicitlyDenied(layer), Some(by)) => {
                format!("{} allows it, but no {} does.", by.describe(), layer.name())
            }
            (Outcome::ImplicitlyDenied(layer), None) => {
                format!("No statement of any {} allows it, and none denies it.", layer.name())
            }
            (Outcome::Allowed, None) => "It is allowed.".to_owned(),
            (Outcome::ExplicitlyDenied(layer), None) => {
                format!("It is denied by {} {}.", layer.article(), layer.name())
            }
        }
    }

    fn denied(layer: Layer, at: &Place<'_>) -> Self {
        Self {
            outcome: Outcome::ExplicitlyDenied(layer),
            by: Some(at.reason(layer)),
        }
    }
}

impl Layer {
    /// What AWS calls it in a message.
    const fn name(self) -> &'static str {
        match self {
            Self::Identity => "identity-based policy",
            Self::Boundary => "permissions boundary",
            Self::Session => "session policy",
            Self::Trust => "role trust policy",
        }
    }

    const fn article(self) -> &'static str {
        match self {
            Self::Identity => "an",
            Self::Boundary | Self::Session => "a",
            Self::Trust => "the",
        }
    }
}

impl Reason {
    fn describe(&self) -> String {
        let Self { policy, statement, .. } = self;
        let sid = self.sid.as_ref().map(|sid| format!(" ({sid})")).unwrap_or_default();
        match self.layer {
            Layer::Boundary => format!("Statement {statement}{sid} of {policy}, the permissions boundary,"),
            Layer::Session => format!("Statement {statement}{sid} of {policy}, which bounds the session,"),
            Layer::Identity | Layer::Trust => format!("Statement {statement}{sid} of {policy}"),
        }
    }
}

/// What the policies of one layer say.
enum Found<'p> {
    Denied(Place<'p>),
    Allowed(Place<'p>),
    Nothing,
}

/// Where a statement stands.
struct Place<'p> {
    policy: &'p str,
    number: usize,
    statement: &'p Statement,
    by: Match,
}

impl Place<'_> {
    fn reason(&self, layer: Layer) -> Reason {
        Reason {
            policy: self.policy.to_owned(),
            statement: self.number,
            sid: self.statement.sid().map(str::to_owned),
            layer,
            delegated: self.by == Match::Delegated,
        }
    }
}

/// Looks for a statement that denies; else for one that allows, by name if there is one.
fn look<'p>(
    policies: impl Iterator<Item = (&'p str, &'p Document)>,
    applies: impl Fn(&Statement) -> Option<Match>,
) -> Found<'p> {
    let mut found = Found::Nothing;
    for (policy, document) in policies {
        for (number, statement) in document.statements() {
            let Some(by) = applies(statement) else {
                continue;
            };
            let place = Place {
                policy,
                number,
                statement,
                by,
            };
            found = match (statement.effect(), found) {
                (Effect::Deny, _) => return Found::Denied(place),
                (Effect::Allow, Found::Allowed(earlier)) if earlier.by == Match::Named || by == Match::Delegated => {
                    Found::Allowed(earlier)
                }
                (Effect::Allow, _) => Found::Allowed(place),
            };
        }
    }
    found
}
