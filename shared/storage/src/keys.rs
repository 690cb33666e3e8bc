//! Every key string of the table and of the blob store, in one place.

use crate::table::Key;

/// Sort key of items that are alone in their partition.
const ALONE: &str = "-";
/// How many outbox partitions there are.
pub const OUTBOX_SHARDS: u64 = 16;

/// `name -> repository id`: lookup, uniqueness, rename.
#[must_use]
pub fn name(account: &str, region: &str, name: &str) -> Key {
    Key::new(format!("NAME#{account}#{region}#{name}"), ALONE)
}

/// Partition of the listing of repository names.
#[must_use]
pub fn names(account: &str, region: &str) -> String {
    format!("NAMES#{account}#{region}")
}

/// One listed name.
#[must_use]
pub fn listed_name(account: &str, region: &str, name: &str) -> Key {
    Key::new(names(account, region), name)
}

/// Partition of one repository.
#[must_use]
pub fn repository(id: &str) -> String {
    format!("R#{id}")
}

/// A repository's descriptive facts.
#[must_use]
pub fn meta(id: &str) -> Key {
    Key::new(repository(id), "META")
}

/// A repository's triggers.
#[must_use]
pub fn triggers(id: &str) -> Key {
    Key::new(repository(id), "TRIGGERS")
}

/// How far a trigger of a repository has told the repository's log.
#[must_use]
pub fn trigger_progress(id: &str, name: &str) -> Key {
    Key::new(repository(id), format!("TRIGGER#{name}"))
}

/// Partition of the repositories whose triggers still have something to tell.
pub const TELLING: &str = "TELLING";

/// That a repository's triggers have something to tell.
#[must_use]
pub fn telling(id: &str) -> Key {
    Key::new(TELLING, id)
}

/// A repository's manifest.
#[must_use]
pub fn manifest(id: &str) -> Key {
    Key::new(repository(id), "MANIFEST")
}

/// Prefix of a repository's log entries.
pub const LOG_PREFIX: &str = "LOG#";

/// The log entry that made manifest version `version`.
#[must_use]
pub fn log(id: &str, version: u64) -> Key {
    Key::new(repository(id), format!("{LOG_PREFIX}{version:020}"))
}

/// Prefix of a repository's upload records.
pub const UPLOAD_PREFIX: &str = "UPLOAD#";

/// The record of blobs that are being written and that no manifest names yet.
#[must_use]
pub fn upload(id: &str, upload: &str) -> Key {
    Key::new(repository(id), format!("{UPLOAD_PREFIX}{upload}"))
}

/// How far a consumer has read a repository's log.
#[must_use]
pub fn cursor(id: &str, consumer: &str) -> Key {
    Key::new(repository(id), format!("CURSOR#{consumer}"))
}

/// What every creation of a pull request in a repository changes, so that they come one after the other.
#[must_use]
pub fn pull_request_creations(repository: &str) -> Key {
    Key::new(self::repository(repository), "PRCREATIONS")
}

/// Prefix of a repository's open pull requests.
pub const OPEN_PULL_REQUEST_PREFIX: &str = "PROPEN#";

/// That a pull request of a repository is open.
#[must_use]
pub fn open_pull_request(repository: &str, id: u64) -> Key {
    Key::new(self::repository(repository), format!("{OPEN_PULL_REQUEST_PREFIX}{id}"))
}

/// Prefix of all of a repository's listed pull requests.
pub const LISTED_PULL_REQUESTS_PREFIX: &str = "PRLIST#";

/// Prefix of a repository's listed pull requests of one status.
#[must_use]
pub fn listed_pull_requests_prefix(status: &str) -> String {
    format!("{LISTED_PULL_REQUESTS_PREFIX}{status}#")
}

/// A pull request in the listing of its repository: those with the most recent activity are first.
#[must_use]
pub fn listed_pull_request(repository: &str, status: &str, active_ms: u64, id: u64) -> Key {
    let prefix = listed_pull_requests_prefix(status);
    let inverted = LAST_MS.saturating_sub(active_ms);
    Key::new(self::repository(repository), format!("{prefix}{inverted:013}#{id}"))
}

/// The last millisecond since the Unix epoch that has 13 digits.
const LAST_MS: u64 = 9_999_999_999_999;

/// Partition of one pull request.
#[must_use]
pub fn pull_request(account: &str, region: &str, id: u64) -> String {
    format!("PR#{account}#{region}#{id}")
}

/// What a pull request is.
#[must_use]
pub fn pull_request_meta(account: &str, region: &str, id: u64) -> Key {
    Key::new(pull_request(account, region, id), "META")
}

/// Prefix of what happened to a pull request.
pub const PULL_REQUEST_EVENT_PREFIX: &str = "EVENT#";

/// One of the things that happened to a pull request, counted from 1.
#[must_use]
pub fn pull_request_event(account: &str, region: &str, id: u64, number: u64) -> Key {
    Key::new(
        pull_request(account, region, id),
        format!("{PULL_REQUEST_EVENT_PREFIX}{number:010}"),
    )
}

/// Prefix of the approval rules of a pull request.
pub const APPROVAL_RULE_PREFIX: &str = "RULE#";

/// One approval rule of a pull request.
#[must_use]
pub fn approval_rule(account: &str, region: &str, id: u64, name: &str) -> Key {
    Key::new(
        pull_request(account, region, id),
        format!("{APPROVAL_RULE_PREFIX}{name}"),
    )
}

/// Prefix of the approvals of one revision of a pull request.
#[must_use]
pub fn approvals_prefix(revision: &str) -> String {
    format!("APPROVAL#{revision}#")
}

/// That the principal of an ARN approves a revision of a pull request.
#[must_use]
pub fn approval(account: &str, region: &str, id: u64, revision: &str, arn: &str) -> Key {
    let prefix = approvals_prefix(revision);
    Key::new(pull_request(account, region, id), format!("{prefix}{arn}"))
}

/// That the approval rules of a pull request are overridden for a revision.
#[must_use]
pub fn approval_override(account: &str, region: &str, id: u64, revision: &str) -> Key {
    Key::new(pull_request(account, region, id), format!("OVERRIDE#{revision}"))
}

/// Counts pull requests: the version of the item is the last number that was taken.
#[must_use]
pub fn pull_request_counter(account: &str, region: &str) -> Key {
    Key::new(format!("COUNTER#{account}#{region}"), "PR")
}

/// What begins the keys of all partitions of the outbox.
pub const OUTBOX_PREFIX: &str = "OUTBOX#";

/// Partition of one shard of the outbox, of which there are [`OUTBOX_SHARDS`].
#[must_use]
pub fn outbox_shard(shard: u64) -> String {
    format!("{OUTBOX_PREFIX}{shard}")
}

/// The pointer to log entry `version` for the relay of events.
#[must_use]
pub fn outbox(id: &str, version: u64) -> Key {
    outbox_item(&outbox_log(id), id, &sequence(version))
}

/// What begins the sort keys of all pointers to entries of a repository's log.
#[must_use]
pub fn outbox_log(id: &str) -> String {
    format!("R#{id}#")
}

/// A note for the relay of events, of those that are told in the order of their sequence.
#[must_use]
pub fn outbox_note(stream: &str, number: u64) -> Key {
    outbox_item(&outbox_notes(stream), stream, &sequence(number))
}

/// What begins the sort keys of all notes of a stream.
#[must_use]
pub fn outbox_notes(stream: &str) -> String {
    format!("N#{stream}#")
}

fn outbox_item(prefix: &str, hashed: &str, sequence: &str) -> Key {
    let shard = hashed
        .bytes()
        .fold(0u64, |sum, byte| sum.wrapping_mul(31).wrapping_add(u64::from(byte)))
        % OUTBOX_SHARDS;
    Key::new(outbox_shard(shard), format!("{prefix}{sequence}"))
}

/// A number that sorts as it counts.
fn sequence(number: u64) -> String {
    format!("{number:020}")
}

/// The repository's id and the version that a key was made of by [`outbox`]; `None` for any other key.
#[must_use]
pub fn parse_outbox(key: &Key) -> Option<(&str, u64)> {
    let (id, version) = key.sk.strip_prefix("R#")?.rsplit_once('#')?;
    let version = version.parse().ok()?;
    (outbox(id, version) == *key).then_some((id, version))
}

/// The stream and the number that a key was made of by [`outbox_note`]; `None` for any other key.
#[must_use]
pub fn parse_outbox_note(key: &Key) -> Option<(&str, u64)> {
    let (stream, number) = key.sk.strip_prefix("N#")?.rsplit_once('#')?;
    let number = number.parse().ok()?;
    (outbox_note(stream, number) == *key).then_some((stream, number))
}

/// Partition of what could not be told, and is not tried any more.
pub const DEAD_LETTERS: &str = "DEADLETTERS";

/// What could not be told, under what names it.
#[must_use]
pub fn dead_letter(id: &str) -> Key {
    Key::new(DEAD_LETTERS, id)
}

/// A credential, under what its holder names: the id of an access key or of an SSH key, a Git user name.
#[must_use]
pub fn credential(id: &str) -> Key {
    Key::new(format!("CRED#{id}"), ALONE)
}

/// When and for what a credential was used last.
#[must_use]
pub fn last_used(id: &str) -> Key {
    Key::new(format!("USED#{id}"), ALONE)
}

/// Which commit was made of a merge: of what, into what, and how.
#[must_use]
pub fn merge(repository: &str, what: &str) -> Key {
    Key::new(self::repository(repository), format!("MERGE#{what}"))
}

/// Prefix of the comments in a pull request's partition.
pub const PULL_REQUEST_COMMENT_PREFIX: &str = "COMMENT#";

/// A comment on a pull request.
#[must_use]
pub fn comment_on_pull_request(account: &str, region: &str, pull_request: u64, created_ms: u64, id: &str) -> Key {
    let position = comment_position(created_ms, id);
    Key::new(
        self::pull_request(account, region, pull_request),
        format!("{PULL_REQUEST_COMMENT_PREFIX}{position}"),
    )
}

/// What leads to a comment, by its id.
#[must_use]
pub fn comment(account: &str, region: &str, id: &str) -> Key {
    Key::new(format!("COMMENT#{account}#{region}#{id}"), ALONE)
}

/// Partition of the comments on two commits of a repository.
#[must_use]
pub fn comments_on_commits(repository: &str, before: &str, after: &str) -> String {
    format!("COMMENTED#{repository}#{before}#{after}")
}

/// Where a comment stands among others: by time.
#[must_use]
pub fn comment_position(created_ms: u64, id: &str) -> String {
    format!("{created_ms:013}#{id}")
}

/// What a request made that had a token of its client's; `digest` is of caller, operation and token.
#[must_use]
pub fn token(account: &str, region: &str, digest: &str) -> Key {
    Key::new(format!("TOKEN#{account}#{region}#{digest}"), ALONE)
}

/// Partition of an account's identities.
#[must_use]
pub fn identities(account: &str) -> String {
    format!("IAM#{account}")
}

/// The item whose version grows with every change of an account's identities and credentials.
#[must_use]
pub fn generation(account: &str) -> Key {
    Key::new(identities(account), "GENERATION")
}

/// That the first administrator was made, and which user is the administrator.
#[must_use]
pub fn administrator(account: &str) -> Key {
    Key::new(identities(account), "ADMINISTRATOR")
}

/// What identities are of one kind: the prefix of their sort keys, which the name follows in small letters, because names
/// that differ in case alone are the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is IAM's entity of that name")]
pub enum Identity {
    User,
    Group,
    Role,
    Policy,
    MfaDevice,
    OidcProvider,
}

impl Identity {
    /// The prefix.
    #[must_use]
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::User => "USER#",
            Self::Group => "GROUP#",
            Self::Role => "ROLE#",
            Self::Policy => "POLICY#",
            Self::MfaDevice => "MFA#",
            Self::OidcProvider => "OIDC#",
        }
    }
}

/// One identity.
#[must_use]
pub fn identity(account: &str, kind: Identity, name: &str) -> Key {
    Key::new(
        identities(account),
        format!("{}{}", kind.prefix(), name.to_ascii_lowercase()),
    )
}

/// Prefix of the members of a group.
#[must_use]
pub fn members_prefix(group: &str) -> String {
    format!("MEMBER#{}#", group.to_ascii_lowercase())
}

/// That a user is a member of a group.
#[must_use]
pub fn member(account: &str, group: &str, user: &str) -> Key {
    let user = user.to_ascii_lowercase();
    Key::new(identities(account), format!("{}{user}", members_prefix(group)))
}

/// Prefix of all that tells to whom managed policies are attached.
pub const ATTACHMENTS_PREFIX: &str = "ATTACHED#";

/// Prefix of those to whom a managed policy is attached.
#[must_use]
pub fn attachments_prefix(policy_arn: &str) -> String {
    format!("{ATTACHMENTS_PREFIX}{policy_arn}#")
}

/// That a managed policy is attached to a user, group or role, or is its permissions boundary.
#[must_use]
pub fn attachment(account: &str, policy_arn: &str, kind: Identity, name: &str, boundary: bool) -> Key {
    let name = name.to_ascii_lowercase();
    let (prefix, how) = (kind.prefix(), if boundary { "#BOUNDARY" } else { "" });
    let policy = attachments_prefix(policy_arn);
    Key::new(identities(account), format!("{policy}{prefix}{name}{how}"))
}

/// What a key was made of by [`attachment`]. Neither ARNs of policies nor names contain a `#`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attachment<'a> {
    /// The policy.
    pub policy_arn: &'a str,
    /// What it is attached to: a user, a group or a role.
    pub kind: Identity,
    /// The name of that, in small letters.
    pub name: &'a str,
    /// Whether it is its permissions boundary.
    pub boundary: bool,
}

/// What a key was made of by [`attachment`]; `None` for any other key.
#[must_use]
pub fn parse_attachment(key: &Key) -> Option<Attachment<'_>> {
    let mut parts = key.sk.strip_prefix(ATTACHMENTS_PREFIX)?.split('#');
    let (policy_arn, kind, name, how) = (parts.next()?, parts.next()?, parts.next()?, parts.next());
    let kinds = [Identity::User, Identity::Group, Identity::Role];
    let kind = kinds
        .into_iter()
        .find(|one| one.prefix().strip_suffix('#') == Some(kind))?;
    let boundary = how.is_some();
    let account = key.pk.strip_prefix(&identities(""))?;
    (attachment(account, policy_arn, kind, name, boundary) == *key).then_some(Attachment {
        policy_arn,
        kind,
        name,
        boundary,
    })
}

/// Partition of the audit records of one day, counted from the Unix epoch.
#[must_use]
pub fn audit_day(account: &str, day: u64) -> String {
    format!("AUDIT#{account}#{day}")
}

/// Milliseconds of a day, of which each has a partition of audit records.
pub const AUDIT_DAY_MS: u64 = 24 * 60 * 60 * 1000;

/// One audit record, of a time in milliseconds since the Unix epoch.
#[must_use]
pub fn audit(account: &str, time_ms: u64, id: &str) -> Key {
    Key::new(
        audit_day(account, time_ms / AUDIT_DAY_MS),
        format!("{time_ms:013}#{id}"),
    )
}

/// What stands in the audit log for log entry `version`.
#[must_use]
pub fn audited_log(account: &str, time_ms: u64, id: &str, version: u64) -> Key {
    audit(account, time_ms, &format!("R#{id}#{version:020}"))
}

/// The repository's id and the version that a sort key was made of by [`audited_log`]; `None` for any other.
#[must_use]
pub fn parse_audited_log(sk: &str) -> Option<(&str, u64)> {
    let (_, rest) = sk.split_once("#R#")?;
    let (id, version) = rest.rsplit_once('#')?;
    Some((id, version.parse().ok()?))
}

/// Prefix of every blob of a repository.
#[must_use]
pub fn blobs(id: &str) -> String {
    format!("repos/{id}/")
}

/// A pack's bytes.
#[must_use]
pub fn pack(id: &str, pack: &str) -> String {
    format!("repos/{id}/packs/{pack}.pack")
}

/// A pack's index.
#[must_use]
pub fn pack_index(id: &str, pack: &str) -> String {
    format!("repos/{id}/packs/{pack}.idx")
}

/// A ref segment.
#[must_use]
pub fn ref_segment(id: &str, segment: &str) -> String {
    format!("repos/{id}/refs/{segment}")
}

/// A segment of the pack list.
#[must_use]
pub fn pack_list(id: &str, segment: &str) -> String {
    format!("repos/{id}/lists/{segment}")
}

/// The ref list of a log entry that is too large for its item.
#[must_use]
pub fn log_blob(id: &str, blob: &str) -> String {
    format!("repos/{id}/log/{blob}")
}

/// Prefix of what is uploaded directly, for all repositories.
pub const INCOMING_PREFIX: &str = "incoming/";

/// Prefix of the parts of one upload.
#[must_use]
pub fn incoming_upload(id: &str, upload: &str) -> String {
    format!("{INCOMING_PREFIX}{id}/{upload}/")
}

/// One part of an upload.
#[must_use]
pub fn incoming_part(id: &str, upload: &str, part: u32) -> String {
    format!("{INCOMING_PREFIX}{id}/{upload}/{part:05}")
}

/// The upload and the number of the part that a key was made of by [`incoming_part`]; `None` for any other key.
#[must_use]
pub fn parse_incoming(key: &str) -> Option<(&str, u32)> {
    let mut segments = key.strip_prefix(INCOMING_PREFIX)?.split('/');
    let (id, upload, part) = (segments.next()?, segments.next()?, segments.next()?.parse().ok()?);
    (incoming_part(id, upload, part) == key).then_some((upload, part))
}

/// What the installation is: account, region, and under which master key.
#[must_use]
pub fn installation() -> Key {
    Key::new("INSTALLATION", ALONE)
}

/// Partition of the listing of deleted repositories, by id.
#[must_use]
pub fn deleted(account: &str, region: &str) -> String {
    format!("DELETED#{account}#{region}")
}

/// Partition of the approval rule templates of an account and region.
#[must_use]
pub fn templates(account: &str, region: &str) -> String {
    format!("TEMPLATES#{account}#{region}")
}

/// The item whose version grows with every change of templates and of what they are associated with.
#[must_use]
pub fn templates_generation(account: &str, region: &str) -> Key {
    Key::new(templates(account, region), "GENERATION")
}

/// Prefix of the names of templates, each of which leads to an id.
pub const TEMPLATE_NAME_PREFIX: &str = "NAME#";

/// `template name -> template id`.
#[must_use]
pub fn template_name(account: &str, region: &str, name: &str) -> Key {
    Key::new(templates(account, region), format!("{TEMPLATE_NAME_PREFIX}{name}"))
}

/// One template.
#[must_use]
pub fn template(account: &str, region: &str, id: &str) -> Key {
    Key::new(templates(account, region), format!("TEMPLATE#{id}"))
}

/// Prefix of the ids of repositories that a template is associated with.
#[must_use]
pub fn template_repositories_prefix(template: &str) -> String {
    format!("REPOSITORY#{template}#")
}

/// That a template is associated with a repository, on the template's side.
#[must_use]
pub fn template_repository(account: &str, region: &str, template: &str, repository: &str) -> Key {
    let prefix = template_repositories_prefix(template);
    Key::new(templates(account, region), format!("{prefix}{repository}"))
}

/// Prefix of the ids of templates that a repository is associated with.
pub const REPOSITORY_TEMPLATE_PREFIX: &str = "TEMPLATE#";

/// That a template is associated with a repository, on the repository's side.
#[must_use]
pub fn repository_template(id: &str, template: &str) -> Key {
    Key::new(repository(id), format!("{REPOSITORY_TEMPLATE_PREFIX}{template}"))
}
