//! What a trigger is, and what it may be.

use packhouse_git::ref_name::RefName;

use crate::error::Result;
use crate::installation::Installation;
use crate::refusal::Refusal;

/// The most triggers that a repository may have.
const MAX_TRIGGERS: usize = 10;
/// The longest name.
const MAX_NAME: usize = 100;
/// The longest data, in characters.
const MAX_CUSTOM_DATA: usize = 1000;
/// The most branches that a trigger may name.
const MAX_BRANCHES: usize = 10;
/// The longest key of an object.
const MAX_KEY: usize = 1024;
/// The longest URL.
const MAX_URL: usize = 2000;
/// The event that stands for all others, and alone.
const ALL: &str = "all";
/// What can happen to a ref.
const EVENTS: &[&str] = &["updateReference", "createReference", "deleteReference"];

/// A trigger as somebody gives it.
#[derive(Clone, Debug, Default)]
pub struct Given {
    /// Its name.
    pub name: Option<String>,
    /// Whom it tells.
    pub destination_arn: Option<String>,
    /// What it tells besides.
    pub custom_data: Option<String>,
    /// The branches that it is about.
    pub branches: Option<Vec<String>>,
    /// The events that it is about.
    pub events: Option<Vec<String>>,
}

/// A trigger of a repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trigger {
    /// Its name: 1 to 100 letters, digits, periods, underscores and dashes.
    pub name: String,
    /// Whom it tells.
    pub target: Target,
    /// What it tells besides.
    pub custom_data: Option<String>,
    /// Short names of the branches that it is about; none for all of them.
    pub branches: Vec<String>,
    /// The version of the repository's log behind which it begins to tell.
    pub since: u64,
    /// `all`, or those of `updateReference`, `createReference` and `deleteReference` that it is about.
    pub events: Vec<String>,
}

/// Whom a trigger tells, by ARN or URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A topic of SNS.
    Topic(String),
    /// A function of Lambda.
    Function(String),
    /// A URL.
    Webhook(String),
    /// An object of S3 that becomes an archive of the branch.
    Archive(String),
}

impl Target {
    /// The ARN, or the URL.
    #[must_use]
    pub fn arn(&self) -> &str {
        match self {
            Self::Topic(arn) | Self::Function(arn) | Self::Webhook(arn) | Self::Archive(arn) => arn,
        }
    }

    /// What `https://` leads to; `None` for what is no URL that can be posted to.
    fn webhook(url: &str) -> Option<Self> {
        let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"))?;
        let authority = rest.split(['/', '?']).next()?;
        let is_plain = url.len() <= MAX_URL && url.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'#');
        let is_host = !authority.is_empty() && !authority.contains(['@', '\\']);
        (is_plain && is_host).then(|| Self::Webhook(url.to_owned()))
    }

    /// The object that an ARN names: `arn:<partition>:s3:::<bucket>/<key>`.
    fn archive(arn: &str, partition: &str) -> Option<Self> {
        let (bucket, key) = split_object(arn)?;
        let of_partition = arn.strip_prefix("arn:")?.strip_prefix(partition)?.starts_with(':');
        let letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'.' | b'-');
        let is_bucket = (3..=63).contains(&bucket.len()) && bucket.bytes().all(letter);
        let is_key = (1..=MAX_KEY).contains(&key.len()) && !key.chars().any(|one| one.is_control() || one == '*');
        (of_partition && is_bucket && is_key).then(|| Self::Archive(arn.to_owned()))
    }

    /// What an ARN names; `None` for what cannot be told, such as a FIFO topic. Also its region.
    pub(crate) fn parse(arn: &str, partition: &str) -> Option<(Self, String)> {
        let mut parts = arn.splitn(6, ':');
        if parts.next()? != "arn" || parts.next()? != partition {
            return None;
        }
        let (service, region, account, resource) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        if region.is_empty() || account.len() != 12 || !account.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let is_name = |name: &str| {
            let letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
            (1..=256).contains(&name.len()) && name.bytes().all(letter)
        };
        let target = match service {
            "sns" if is_name(resource) => Self::Topic(arn.to_owned()),
            "lambda" => {
                let (name, qualifier) = match resource.strip_prefix("function:")?.split_once(':') {
                    Some((name, qualifier)) => (name, Some(qualifier)),
                    None => (resource.strip_prefix("function:")?, None),
                };
                let latest = |qualifier: &str| qualifier == "$LATEST" || is_name(qualifier);
                if !is_name(name) || !qualifier.is_none_or(latest) {
                    return None;
                }
                Self::Function(arn.to_owned())
            }
            _ => return None,
        };
        Some((target, region.to_owned()))
    }
}

/// Bucket and key of `arn:<partition>:s3:::<bucket>/<key>`.
#[must_use]
pub fn split_object(arn: &str) -> Option<(&str, &str)> {
    let mut parts = arn.splitn(6, ':');
    let (prefix, _, service) = (parts.next()?, parts.next()?, parts.next()?);
    let (region, account, object) = (parts.next()?, parts.next()?, parts.next()?);
    if (prefix, service, region, account) != ("arn", "s3", "", "") {
        return None;
    }
    object.split_once('/')
}

/// The triggers that somebody gives, if a repository of that installation may have them.
///
/// # Errors
/// The refusals that the operations have for each rule.
pub(super) fn check(installation: &Installation, given: Vec<Given>) -> Result<Vec<Trigger>> {
    if given.len() > MAX_TRIGGERS {
        return Err(Refusal::MaximumRepositoryTriggersExceeded.into());
    }
    let mut triggers: Vec<Trigger> = Vec::with_capacity(given.len());
    for one in given {
        let trigger = check_one(installation, one)?;
        if triggers.iter().any(|other| other.name == trigger.name) {
            let why = format!("Two triggers are called {}.", trigger.name);
            return Err(Refusal::InvalidRepositoryTriggerName.saying(why));
        }
        triggers.push(trigger);
    }
    Ok(triggers)
}

fn check_one(installation: &Installation, given: Given) -> Result<Trigger> {
    let present = |text: Option<String>| text.filter(|text| !text.is_empty());
    let name = present(given.name).ok_or(Refusal::RepositoryTriggerNameRequired)?;
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    if name.len() > MAX_NAME || !name.bytes().all(letter) {
        return Err(Refusal::InvalidRepositoryTriggerName.into());
    }
    let arn = present(given.destination_arn).ok_or(Refusal::RepositoryTriggerDestinationArnRequired)?;
    let region = &installation.region;
    let (target, of_region) = match Target::webhook(&arn).or_else(|| Target::archive(&arn, region.partition())) {
        Some(anywhere) => (anywhere, region.to_string()),
        None => Target::parse(&arn, region.partition()).ok_or(Refusal::InvalidRepositoryTriggerDestinationArn)?,
    };
    if of_region != region.as_str() {
        let why = format!("The target of a trigger must be in the region of the repository, {region}.");
        return Err(Refusal::InvalidRepositoryTriggerRegion.saying(why));
    }
    let is_long = |data: &String| data.chars().nth(MAX_CUSTOM_DATA).is_some();
    if given.custom_data.as_ref().is_some_and(is_long) {
        return Err(Refusal::InvalidRepositoryTriggerCustomData.into());
    }
    let branches = given.branches.ok_or(Refusal::RepositoryTriggerBranchNameListRequired)?;
    if branches.len() > MAX_BRANCHES {
        return Err(Refusal::MaximumBranchesExceeded.into());
    }
    if branches.iter().any(|branch| RefName::branch(branch).is_err()) {
        return Err(Refusal::InvalidRepositoryTriggerBranchName.into());
    }
    if matches!(target, Target::Archive(_)) && branches.len() != 1 {
        let why = "A trigger whose target is an object names the one branch that the object is an archive of.";
        return Err(Refusal::InvalidRepositoryTriggerBranchName.saying(why.to_owned()));
    }
    let events = given.events.filter(|events| !events.is_empty());
    let events = events.ok_or(Refusal::RepositoryTriggerEventsListRequired)?;
    let known = |event: &String| EVENTS.contains(&event.as_str());
    let each_once = events
        .iter()
        .enumerate()
        .all(|(at, event)| !events[..at].contains(event));
    if events != [ALL] && !(each_once && events.iter().all(known)) {
        return Err(Refusal::InvalidRepositoryTriggerEvents.into());
    }
    Ok(Trigger {
        name,
        target,
        custom_data: given.custom_data,
        branches,
        since: 0,
        events,
    })
}
