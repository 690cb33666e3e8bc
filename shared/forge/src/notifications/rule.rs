//! What a rule is, and what it may be.

use std::collections::BTreeMap;

use sha2::{Digest as _, Sha256};

use super::event_type::EventType;
use crate::error::{Error, Result};
use crate::forge::Forge;
use crate::tags;
use crate::triggers;

/// The most rules of an account.
pub(super) const MAX_RULES: usize = 1000;
/// The most rules of a repository.
pub(super) const MAX_RULES_OF_REPOSITORY: usize = 10;
/// The most targets of a rule.
const MAX_TARGETS: usize = 10;
/// The most tags of a rule.
const MAX_TAGS: usize = 50;
/// The longest name.
const MAX_NAME: usize = 64;
/// The most characters before the `@` of an address, and behind it. Source: RFC 5321, section 4.5.3.1.
const MAX_MAILBOX: (usize, usize) = (64, 255);

/// A rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Its id.
    pub id: String,
    /// Its name, which no other rule of the account has.
    pub name: String,
    /// What it asks for, each once.
    pub event_types: Vec<EventType>,
    /// Whom it tells, each once.
    pub targets: Vec<Target>,
    /// How much it tells.
    pub detail: Detail,
    /// Whether it tells anything.
    pub enabled: bool,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
    /// ARN of who made it.
    pub created_by: String,
    /// When it was made, in milliseconds since the Unix epoch.
    pub created_ms: u64,
    /// When it was changed last.
    pub modified_ms: u64,
}

/// How much a rule tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// The event.
    Basic,
    /// Also what was said, and what changed.
    Full,
}

/// What a target is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A topic of SNS.
    Topic,
    /// A person, by e-mail.
    Email,
}

/// Whom a rule tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The ARN of a topic, or an e-mail address.
    pub address: String,
    /// Why it did not take what it was sent last; none when it did.
    pub failure: Option<String>,
}

/// A target as somebody gives it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GivenTarget {
    /// The name of its [`Kind`]; a topic without.
    pub kind: Option<String>,
    /// The ARN of a topic, or an e-mail address.
    pub address: Option<String>,
}

/// A rule as somebody gives it.
#[derive(Clone, Debug)]
pub struct Given {
    /// Its name.
    pub name: String,
    /// The ids of what it asks for.
    pub event_types: Vec<String>,
    /// The ARN of the repository.
    pub resource: String,
    /// Whom it tells.
    pub targets: Vec<GivenTarget>,
    /// How much it tells.
    pub detail: Detail,
    /// Whether it tells anything.
    pub enabled: bool,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
    /// Names the request.
    pub token: Option<String>,
}

/// What is to change of a rule; what is absent stays.
#[derive(Clone, Debug, Default)]
#[expect(missing_docs, reason = "each is what `Given` has under that name")]
pub struct Changes {
    pub name: Option<String>,
    pub event_types: Option<Vec<String>>,
    pub targets: Option<Vec<GivenTarget>>,
    pub detail: Option<Detail>,
    pub enabled: Option<bool>,
}

impl Detail {
    /// The name in the API, which is also the stored one.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Basic => "BASIC",
            Self::Full => "FULL",
        }
    }

    /// The one of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Basic, Self::Full].into_iter().find(|one| one.name() == name)
    }
}

impl Kind {
    /// That of the target of that address. No ARN of a topic has an `@`.
    pub(super) fn of(address: &str) -> Self {
        if address.contains('@') {
            Self::Email
        } else {
            Self::Topic
        }
    }

    /// The name in the API.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Topic => "SNS",
            Self::Email => "Email",
        }
    }
}

impl Rule {
    /// Its target of that address.
    pub(super) fn target(&self, address: &str) -> Option<&Target> {
        self.targets.iter().find(|target| target.address == address)
    }
}

impl Target {
    /// One of which nothing is known.
    pub(super) const fn new(address: String) -> Self {
        Self { address, failure: None }
    }

    /// What stands for it in keys.
    pub(super) fn digest(&self) -> String {
        let mut hex = crate::hex::encode(&Sha256::digest(&self.address));
        hex.truncate(32);
        hex
    }

    /// What it is.
    #[must_use]
    pub fn kind(&self) -> Kind {
        Kind::of(&self.address)
    }

    /// `ACTIVE` or `UNREACHABLE`.
    #[must_use]
    pub const fn status(&self) -> &'static str {
        match self.failure {
            None => "ACTIVE",
            Some(_) => "UNREACHABLE",
        }
    }
}

/// Whether that can be the name of a rule.
///
/// # Errors
/// [`Error::InvalidInput`].
pub(super) fn check_name(name: &str) -> Result<()> {
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b' ');
    if (1..=MAX_NAME).contains(&name.len()) && name.bytes().all(letter) {
        return Ok(());
    }
    let why = "The name of a notification rule has 1 to 64 letters, digits, spaces, dashes and underscores.";
    Err(Error::InvalidInput(why.to_owned()))
}

/// The kinds of events of these ids, each once.
///
/// # Errors
/// [`Error::InvalidInput`].
pub(super) fn event_types(ids: &[String]) -> Result<Vec<EventType>> {
    let mut found = Vec::new();
    for id in ids {
        let one = EventType::from_id(id).ok_or_else(|| {
            let shown: String = id.chars().take(200).collect();
            Error::InvalidInput(format!("There is no event type {shown:?} of repositories."))
        })?;
        if !found.contains(&one) {
            found.push(one);
        }
    }
    if found.is_empty() {
        let why = "A notification rule needs at least one event type.";
        return Err(Error::InvalidInput(why.to_owned()));
    }
    Ok(found)
}

/// The target that somebody gives.
///
/// # Errors
/// [`Error::InvalidInput`].
pub(super) fn target(forge: &Forge, given: &GivenTarget) -> Result<Target> {
    let address = given.address.as_deref().unwrap_or_default();
    match given.kind.as_deref() {
        None => topic(forge, address),
        Some(kind) if kind == Kind::Topic.name() => topic(forge, address),
        Some(kind) if kind == Kind::Email.name() => mailbox(address),
        Some(_) => {
            let why = "Only targets of the types SNS and Email can be notified.";
            Err(Error::InvalidInput(why.to_owned()))
        }
    }
}

fn mailbox(address: &str) -> Result<Target> {
    let of_name = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~.".contains(&byte);
    let of_host = |byte: u8| byte.is_ascii_alphanumeric() || b"-.".contains(&byte);
    let fits = address.split_once('@').is_some_and(|(name, host)| {
        (1..=MAX_MAILBOX.0).contains(&name.len())
            && (1..=MAX_MAILBOX.1).contains(&host.len())
            && name.bytes().all(of_name)
            && host.bytes().all(of_host)
    });
    if fits {
        return Ok(Target::new(address.to_owned()));
    }
    let why = "The address of a target of the type Email must be an e-mail address, such as ana@example.com.";
    Err(Error::InvalidInput(why.to_owned()))
}

fn topic(forge: &Forge, address: &str) -> Result<Target> {
    let region = &forge.installation().region;
    let parsed = triggers::Target::parse(address, region.partition());
    match parsed {
        Some((triggers::Target::Topic(arn), of_region)) if of_region == region.as_str() => Ok(Target::new(arn)),
        _ => {
            let why = format!("The address of a target must be the ARN of a standard topic of SNS in {region}.");
            Err(Error::InvalidInput(why))
        }
    }
}

/// The targets that somebody gives, each once.
///
/// # Errors
/// [`Error::InvalidInput`], and [`Error::LimitExceeded`].
pub(super) fn targets(forge: &Forge, given: &[GivenTarget]) -> Result<Vec<Target>> {
    let mut targets: Vec<Target> = Vec::new();
    for one in given {
        add_target(&mut targets, target(forge, one)?)?;
    }
    Ok(targets)
}

/// Adds a target, if it is not there.
///
/// # Errors
/// [`Error::LimitExceeded`].
pub(super) fn add_target(targets: &mut Vec<Target>, target: Target) -> Result<()> {
    if targets.iter().any(|other| other.address == target.address) {
        return Ok(());
    }
    if targets.len() == MAX_TARGETS {
        return Err(limit("TargetsPerNotificationRule", MAX_TARGETS));
    }
    targets.push(target);
    Ok(())
}

/// Whether a rule may have these tags.
///
/// # Errors
/// [`Error::LimitExceeded`], and [`Error::InvalidTags`].
pub(super) fn check_tags(given: &BTreeMap<String, String>) -> Result<()> {
    if given.len() > MAX_TAGS {
        return Err(limit("TagsPerNotificationRule", MAX_TAGS));
    }
    for (key, value) in given {
        if key.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("aws:")) {
            return Err(Error::SystemTag(key.chars().take(128).collect()));
        }
        if let Some(fault) = tags::fault(key, value) {
            return Err(Error::InvalidTags(fault));
        }
    }
    Ok(())
}

pub(super) const fn limit(what: &'static str, limit: usize) -> Error {
    Error::LimitExceeded { what, limit }
}
