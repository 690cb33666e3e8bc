//! Every key string of the table and of the blob store, in one place.

mod identities;
mod notifications;
mod review;

pub use self::identities::*;
pub use self::notifications::*;
pub use self::review::*;

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

/// Whose turn it is to let a repository's triggers tell.
#[must_use]
pub fn telling_turn(id: &str) -> Key {
    Key::new(repository(id), "TELLER")
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

/// Who makes one pack of all packs of a repository.
#[must_use]
pub fn repacking(id: &str) -> Key {
    Key::new(repository(id), "REPACKING")
}

/// How far a consumer has read a repository's log.
#[must_use]
pub fn cursor(id: &str, consumer: &str) -> Key {
    Key::new(repository(id), format!("CURSOR#{consumer}"))
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

/// Which commit was made of a merge: of what, into what, and how.
#[must_use]
pub fn merge(repository: &str, what: &str) -> Key {
    Key::new(self::repository(repository), format!("MERGE#{what}"))
}

/// What a request made that had a token of its client's; `digest` is of caller, operation and token.
#[must_use]
pub fn token(account: &str, region: &str, digest: &str) -> Key {
    Key::new(format!("TOKEN#{account}#{region}#{digest}"), ALONE)
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

/// The blobs of a pack: itself, its index, and its sidecar where it has one.
#[must_use]
pub fn pack_blobs(id: &str, pack: &str) -> [String; 3] {
    [self::pack(id, pack), pack_index(id, pack), pack_sidecar(id, pack)]
}

/// A pack's sidecar.
#[must_use]
pub fn pack_sidecar(id: &str, pack: &str) -> String {
    format!("repos/{id}/packs/{pack}.side")
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
