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
/// The most statements of policies that a page may put questions to, counted once for each question.
const MAX_STATEMENTS: usize = 1_000_000;
/// How many of them are looked at without a pause.
const STATEMENTS_IN_A_ROW: usize = 4_096;
/// The longest action, resource, condition key and value of one, in characters.
const MAX_ACTION: usize = 128;
const MAX_RESOURCE: usize = 2_048;
const MAX_KEY: usize = 256;
const MAX_VALUE: usize = 2_048;
/// The most values of all condition keys together.
const MAX_VALUES: usize = 1_000;
/// The most documents that may be given. Each has at most the characters of a managed policy.
const MAX_DOCUMENTS: usize = 20;

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
        // Names are found whatever their case is. What the caller may do was asked of this ARN.
        let held = held.filter(|held| held.arn(forge) == arn);
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
    check_lengths(asked)?;
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
    let statements = sources.statements().max(1);
    if page.items.len().saturating_mul(statements) > MAX_STATEMENTS {
        return Err(Error::InvalidInput(format!(
            "A page of a simulation can put questions to up to {MAX_STATEMENTS} statements, and these policies have \
             {statements}: ask for fewer at once by MaxItems"
        )));
    }
    let mut evaluations = Vec::with_capacity(page.items.len());
    for some in page.items.chunks((STATEMENTS_IN_A_ROW / statements).max(1)) {
        evaluations.extend(some.iter().map(evaluate));
        // A long simulation does not hold up everybody else.
        tokio::task::yield_now().await;
    }
    Ok(page.with(evaluations))
}

fn check_lengths(asked: &Simulation) -> Result<()> {
    let (keys, values) = (
        asked.context.iter().map(|(key, _)| key),
        asked.context.iter().flat_map(|(_, values)| values),
    );
    check_each("ActionNames", asked.actions.iter(), MAX_ACTION)?;
    check_each("ResourceArns", asked.resources.iter(), MAX_RESOURCE)?;
    check_each("ContextKeyName", keys, MAX_KEY)?;
    check_each("ContextKeyValues", values.clone(), MAX_VALUE)?;
    if values.count() > MAX_VALUES {
        return Err(Error::InvalidInput(format!(
            "A simulation can have up to {MAX_VALUES} values of condition keys"
        )));
    }
    Ok(())
}

fn check_each<'a>(what: &str, mut texts: impl Iterator<Item = &'a String>, most: usize) -> Result<()> {
    if texts.all(|text| text.chars().count() <= most) {
        return Ok(());
    }
    Err(Error::InvalidInput(format!(
        "A member of {what} can have up to {most} characters"
    )))
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
        if asked.policies.len() > MAX_DOCUMENTS {
            return Err(Error::InvalidInput(format!(
                "PolicyInputList can have up to {MAX_DOCUMENTS} documents"
            )));
        }
        let lists = [
            ("PolicyInputList", &asked.policies),
            ("PermissionsBoundaryPolicyInputList", &asked.boundaries),
        ];
        for (list, documents) in lists {
            for (number, text) in (1..).zip(documents) {
                let id = format!("{list}.{number}");
                if Document::characters(text) > Document::MAXIMUM_MANAGED {
                    return Err(Error::InvalidInput(format!(
                        "Invalid policy {id}: it can have up to {} characters without white space",
                        Document::MAXIMUM_MANAGED
                    )));
                }
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

    /// How many statements each question is put to; those of the boundary twice.
    fn statements(&self) -> usize {
        let Permissions { identity, boundary, .. } = &self.permissions;
        let identity: usize = identity.iter().map(|policy| policy.document.len()).sum();
        identity + 2 * boundary.as_ref().map_or(0, |boundary| boundary.document.len())
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
