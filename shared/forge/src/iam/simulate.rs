//! What policies would decide: `SimulatePrincipalPolicy`, `SimulateCustomPolicy`.

use std::collections::HashMap;
use std::sync::Arc;

use packhouse_storage::clock;
use packhouse_storage::keys::Identity;

use super::holder::{Held, Holder};
use super::paging::{self, Page, Paging};
use super::permission::Ask;
use crate::directory::names::{self, IdentityName};
use crate::error::{Error, Result};
use crate::forge::Forge;
use crate::identity::{Caller, managed_policy, policy};
use crate::iso8601;
use crate::policy::managed;
use crate::policy::{Context, Document, Kind, Layer, Outcome, Permissions, Policy, Question, decide};

/// The most questions of one simulation, over all its pages.
const MAX_QUESTIONS: usize = 10_000;

/// What is to be decided: each of `actions` on each of `resources`.
#[derive(Clone, Debug, Default)]
pub struct Simulation {
    /// Actions, such as `codecommit:GitPush`.
    pub actions: Vec<String>,
    /// ARNs; `*` where there are none.
    pub resources: Vec<String>,
    /// Condition keys and their values. A key with several values is a set.
    pub context: Vec<(String, Vec<String>)>,
    /// Documents that count besides those that are stored.
    pub policies: Vec<String>,
    /// Documents of a permissions boundary, in place of the one that is stored; IAM takes at most one.
    pub boundaries: Vec<String>,
}

/// What is decided about one action on one resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evaluation {
    /// The action.
    pub action: String,
    /// The resource.
    pub resource: String,
    /// What is decided.
    pub outcome: Outcome,
    /// The policy with the statement that decided.
    pub matched: Option<Source>,
    /// Whether the permissions boundary allows it; `None` where there is none.
    pub within_boundary: Option<bool>,
    /// A sentence that says why.
    pub explanation: String,
}

/// Where a policy stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// IAM's `SourcePolicyId`.
    pub id: String,
    /// IAM's `SourcePolicyType`.
    pub kind: &'static str,
}

/// Policies, and where each stands.
#[derive(Debug, Default)]
struct Sources {
    permissions: Permissions,
    by_name: HashMap<String, Source>,
}

/// `SimulateCustomPolicy`: of documents that are given.
///
/// # Errors
/// [`Error::AccessDenied`], [`Error::InvalidInput`], [`Error::InvalidContinuationToken`], and the store's.
pub async fn custom(forge: &Forge, caller: &Caller, asked: &Simulation, paging: &Paging) -> Result<Page<Evaluation>> {
    Ask::new(forge, caller, "SimulateCustomPolicy", "*").permit()?;
    let mut sources = Sources::default();
    sources.add_given(asked)?;
    run(forge, "SimulateCustomPolicy", (asked, Context::new()), &sources, paging).await
}

/// `SimulatePrincipalPolicy`: of a user with its groups, a group, or a role. What is known of them and of now counts, unless
/// the simulation says otherwise.
///
/// # Errors
/// [`Error::AccessDenied`], [`Error::NoSuchEntity`], [`Error::InvalidInput`], [`Error::InvalidContinuationToken`], and the
/// store's.
pub async fn principal(
    forge: &Forge,
    caller: &Caller,
    arn: &str,
    asked: &Simulation,
    paging: &Paging,
) -> Result<Page<Evaluation>> {
    Ask::new(forge, caller, "SimulatePrincipalPolicy", arn).permit()?;
    let held = find(forge, arn).await?;
    let mut sources = Sources::default();
    sources.add(forge, &held).await?;
    if let Held::User(user) = &held {
        for group in &user.groups {
            let name = IdentityName::new(Identity::Group, group)?;
            if let Some(group) = Held::get(forge, Holder::Group, &name).await? {
                sources.add(forge, &group).await?;
            }
        }
    }
    if let Some(boundary) = held.boundary() {
        sources.permissions.boundary = Some(sources.managed(forge, boundary).await?);
    }
    sources.add_given(asked)?;
    let listing = format!("SimulatePrincipalPolicy {arn}");
    run(forge, &listing, (asked, known(forge, &held)), &sources, paging).await
}

/// The user, group or role with that ARN.
async fn find(forge: &Forge, arn: &str) -> Result<Held> {
    for holder in [Holder::User, Holder::Group, Holder::Role] {
        let Some(name) = names::name_in_arn(forge, holder.kind(), arn) else {
            continue;
        };
        let name = IdentityName::new(holder.kind(), name)?;
        let held = Held::get(forge, holder, &name).await?;
        let held = held.filter(|held| held.arn(forge).eq_ignore_ascii_case(arn));
        return held.ok_or_else(|| holder.none_of(&name));
    }
    let shown: String = arn.chars().take(128).collect();
    Err(Error::InvalidInput(format!(
        "Invalid Entity Arn: {shown} does not clearly define entity type and name."
    )))
}

/// The condition keys that a request of them would have now.
fn known(forge: &Forge, held: &Held) -> Context {
    let (mut context, now) = (Context::new(), clock::now_secs());
    context.set("aws:CurrentTime", iso8601::format(now));
    context.set("aws:EpochTime", now.to_string());
    context.set("aws:RequestedRegion", forge.installation().region.as_str());
    context.set("aws:PrincipalAccount", forge.installation().account.as_str());
    context.set("aws:PrincipalArn", held.arn(forge));
    match held {
        Held::User(user) => {
            context.set("aws:PrincipalType", "User");
            context.set("aws:username", user.name.as_str());
            context.set("aws:userid", user.id.as_str());
        }
        Held::Role(_) => context.set("aws:PrincipalType", "AssumedRole"),
        Held::Group(_) => {}
    }
    for (key, value) in held.tags().into_iter().flatten() {
        context.set(&format!("aws:PrincipalTag/{key}"), value.as_str());
    }
    context
}

async fn run(
    forge: &Forge,
    listing: &str,
    (asked, mut context): (&Simulation, Context),
    sources: &Sources,
    paging: &Paging,
) -> Result<Page<Evaluation>> {
    let everything = ["*".to_owned()];
    let resources = if asked.resources.is_empty() {
        &everything[..]
    } else {
        &asked.resources
    };
    let questions = asked.actions.len().saturating_mul(resources.len());
    if questions > MAX_QUESTIONS {
        return Err(Error::InvalidInput(format!(
            "A simulation can have up to {MAX_QUESTIONS} pairs of an action and a resource"
        )));
    }
    if let Some(bad) = asked.actions.iter().find(|action| !action.contains(':')) {
        let shown: String = bad.chars().take(128).collect();
        return Err(Error::InvalidInput(format!(
            "Invalid Action: {shown} is not a service, a colon and a name"
        )));
    }
    for (key, values) in &asked.context {
        match values.as_slice() {
            [value] => context.set(key, value.as_str()),
            several => context.set_many(key, several.iter().map(String::as_str)),
        }
    }
    // Only what is on the page is evaluated.
    let numbered = (0..questions).map(|at| (format!("{at:05}"), at));
    let page = paging::slice(forge, paging, listing, numbered).await?;
    let evaluate = |at: &usize| {
        sources.evaluate(&Question {
            action: &asked.actions[at / resources.len()],
            resource: &resources[at % resources.len()],
            context: &context,
        })
    };
    let evaluations = page.items.iter().map(evaluate).collect();
    Ok(page.with(evaluations))
}

impl Sources {
    /// Adds the policies of one of those that a principal is made of.
    async fn add(&mut self, forge: &Forge, held: &Held) -> Result<()> {
        let (kind, of) = (held.holder().noun(), held.name());
        for (name, text) in held.inline() {
            let source = Source {
                id: format!("{kind}_{of}_{name}"),
                kind,
            };
            let policy = policy(format!("the inline policy {name} of {kind} {of}"), text)?;
            self.by_name.insert(policy.name.clone(), source);
            self.permissions.identity.push(policy);
        }
        for arn in held.attached() {
            let policy = self.managed(forge, arn).await?;
            self.permissions.identity.push(policy);
        }
        Ok(())
    }

    async fn managed(&mut self, forge: &Forge, arn: &str) -> Result<Policy> {
        let policy = managed_policy(forge, arn).await?;
        let ours = managed::find(arn).is_some();
        let source = Source {
            id: arn.rsplit('/').next().unwrap_or_default().to_owned(),
            kind: if ours { "aws-managed" } else { "user-managed" },
        };
        self.by_name.insert(policy.name.clone(), source);
        Ok(policy)
    }

    /// Adds the documents that the simulation gives.
    fn add_given(&mut self, asked: &Simulation) -> Result<()> {
        if asked.boundaries.len() > 1 {
            return Err(Error::InvalidInput(
                "There can be one permissions boundary only".to_owned(),
            ));
        }
        let lists = [
            ("PolicyInputList", &asked.policies),
            ("PermissionsBoundaryPolicyInputList", &asked.boundaries),
        ];
        for (list, documents) in lists {
            for (number, text) in (1..).zip(documents) {
                let id = format!("{list}.{number}");
                let document = Document::parse(text, Kind::Identity)
                    .map_err(|error| Error::InvalidInput(format!("Invalid policy {id}: {error}")))?;
                let policy = Policy {
                    name: id.clone(),
                    document: Arc::new(document),
                };
                self.by_name.insert(id.clone(), Source { id, kind: "none" });
                if list == "PolicyInputList" {
                    self.permissions.identity.push(policy);
                } else {
                    self.permissions.boundary = Some(policy);
                }
            }
        }
        Ok(())
    }

    fn evaluate(&self, question: &Question<'_>) -> Evaluation {
        let decision = decide(&self.permissions, question);
        let boundary = self.permissions.boundary.clone().map(|boundary| Permissions {
            identity: vec![boundary],
            ..Permissions::default()
        });
        let decided_otherwise = decision.outcome == Outcome::ImplicitlyDenied(Layer::Boundary);
        let matched = decision.by.as_ref().filter(|_| !decided_otherwise);
        Evaluation {
            action: question.action.to_owned(),
            resource: question.resource.to_owned(),
            outcome: decision.outcome,
            matched: matched.and_then(|by| self.by_name.get(&by.policy)).cloned(),
            within_boundary: boundary.map(|boundary| decide(&boundary, question).allowed()),
            explanation: decision.explain(),
        }
    }
}
