//! All that a commit says, for those who show it, and the writing of new ones.

#![cfg_attr(not(test), deny(clippy::indexing_slicing, clippy::arithmetic_side_effects))]

use memchr::{memchr, memrchr};

use crate::hash::{ObjectFormat, ObjectId};
use crate::object::{self, Commit, Malformed};

#[cfg(test)]
mod tests;

/// Who made a commit and when.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Identity {
    /// The name, which may be empty.
    pub name: String,
    /// The email address, without brackets, which may be empty.
    pub email: String,
    /// Seconds since 1970; 0 where there is no date.
    pub seconds: i64,
    /// The time zone as the commit says it: a sign and digits, usually four, such as `+0130`; `+0000` where it says
    /// none.
    pub zone: String,
}

/// Nobody, at the start of 1970.
impl Default for Identity {
    fn default() -> Self {
        Self {
            name: String::new(),
            email: String::new(),
            seconds: 0,
            zone: UTC.to_owned(),
        }
    }
}

const UTC: &str = "+0000";

/// All that a commit says. What is not UTF-8 has replacement characters, whatever encoding the commit claims.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommitDetails {
    /// Its tree.
    pub tree: ObjectId,
    /// Its parents, in order.
    pub parents: Vec<ObjectId>,
    /// Who made the change.
    pub author: Identity,
    /// Who made the commit.
    pub committer: Identity,
    /// The message, with the newline that ends it.
    pub message: String,
    /// The other headers, such as `encoding`, `gpgsig` and `mergetag`, as they lie in the commit, with newlines and
    /// the spaces that continue a line.
    pub extra: String,
}

/// A commit to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewCommit {
    /// Its tree.
    pub tree: ObjectId,
    /// Its parents, in order.
    pub parents: Vec<ObjectId>,
    /// Who made the change.
    pub author: Identity,
    /// Who made the commit.
    pub committer: Identity,
    /// The message.
    pub message: String,
}

/// Parses a commit, as tolerantly as git: a header that is missing or cannot be understood reads as empty, and of
/// repeated ones the first counts.
///
/// # Errors
/// When its tree or a parent cannot be read.
pub fn parse_details(format: ObjectFormat, data: &[u8]) -> Result<CommitDetails, Malformed> {
    let Commit { tree, parents, .. } = object::parse_commit(format, data)?;
    let (mut author, mut committer) = (None, None);
    let mut extra = Vec::new();
    let mut rest = data;
    while let Some((line, tail)) = split_line(rest) {
        rest = tail;
        if line == b"\n" {
            break;
        } else if let (Some(value), None) = (line.strip_prefix(b"author "), &author) {
            author = Some(parse_identity(value));
        } else if let (Some(value), None) = (line.strip_prefix(b"committer "), &committer) {
            committer = Some(parse_identity(value));
        } else if !line.starts_with(b"tree ") && !line.starts_with(b"parent ") {
            extra.extend_from_slice(line);
        }
    }
    Ok(CommitDetails {
        tree,
        parents,
        author: author.unwrap_or_default(),
        committer: committer.unwrap_or_default(),
        message: lossy(rest),
        extra: lossy(&extra),
    })
}

/// The first line, with its newline if it has one, and what follows.
fn split_line(data: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = memchr(b'\n', data).map_or(data.len(), |at| at.saturating_add(1));
    data.split_at_checked(end).filter(|(line, _)| !line.is_empty())
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Parses `name <email> seconds zone`; whatever is missing is empty, or 0.
fn parse_identity(line: &[u8]) -> Identity {
    let line = line.trim_ascii();
    let Some((name, rest)) = split_at_byte(line, b'<') else {
        return Identity {
            name: lossy(line),
            ..Identity::default()
        };
    };
    let (email, _) = split_at_byte(rest, b'>').unwrap_or((rest, &[]));
    // An address may have brackets too many, a date has none.
    let date = memrchr(b'>', rest).and_then(|at| rest.get(at.saturating_add(1)..));
    let (seconds, zone) = date.and_then(parse_date).unwrap_or((0, UTC.to_owned()));
    Identity {
        name: lossy(name.trim_ascii()),
        email: lossy(email.trim_ascii()),
        seconds,
        zone,
    }
}

fn split_at_byte(data: &[u8], byte: u8) -> Option<(&[u8], &[u8])> {
    let (start, rest) = data.split_at_checked(memchr(byte, data)?)?;
    Some((start, rest.get(1..)?))
}

/// Parses `seconds zone`. Without a zone git does not trust the seconds either.
fn parse_date(date: &[u8]) -> Option<(i64, String)> {
    let text = std::str::from_utf8(date).ok()?.trim_ascii();
    let (seconds, zone) = text.split_once(|character: char| character.is_ascii_whitespace())?;
    let zone = zone.trim_ascii_start();
    let digits = zone.strip_prefix(['+', '-'])?;
    let length = digits.bytes().take_while(u8::is_ascii_digit).count();
    if length == 0 {
        return None;
    }
    Some((seconds.parse().ok()?, zone.get(..length.saturating_add(1))?.to_owned()))
}

/// Writes a commit that [`crate::fsck`] accepts and [`parse_details`] reads back.
///
/// Of identities it leaves out what git leaves out, a time before 1970 becomes 1970 and a zone that is none becomes
/// UTC. NULs of the message are left out, and a message that is not empty ends in a newline.
#[must_use]
pub fn write_commit(commit: &NewCommit) -> Vec<u8> {
    let mut out = format!("tree {}\n", commit.tree);
    for parent in &commit.parents {
        out.push_str(&format!("parent {parent}\n"));
    }
    write_identity(&mut out, "author", &commit.author);
    write_identity(&mut out, "committer", &commit.committer);
    out.push('\n');
    out.extend(commit.message.chars().filter(|&character| character != '\0'));
    if !out.ends_with('\n') {
        out.push('\n');
    }
    out.into_bytes()
}

fn write_identity(out: &mut String, header: &str, identity: &Identity) {
    let (name, email) = (without_crud(&identity.name), without_crud(&identity.email));
    let seconds = identity.seconds.max(0);
    let zone = match identity.zone.as_bytes() {
        [b'+' | b'-', digits @ ..] if digits.len() == 4 && digits.iter().all(u8::is_ascii_digit) => &identity.zone,
        _ => UTC,
    };
    out.push_str(&format!("{header} {name} <{email}> {seconds} {zone}\n"));
}

/// What git leaves of a name or an address.
fn without_crud(text: &str) -> String {
    let is_crud = |character| matches!(character, '\0'..=' ' | ',' | ':' | ';' | '<' | '>' | '"' | '\\' | '\'');
    text.trim_matches(is_crud)
        .chars()
        .filter(|character| !matches!(character, '\0' | '\n' | '<' | '>'))
        .collect()
}
