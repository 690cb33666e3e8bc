//! Comments, as they are and as they are stored.

use std::collections::BTreeMap;

use packhouse_git::hash::{ObjectFormat, ObjectId};
use packhouse_storage::keys;
use packhouse_storage::repository_id::RepositoryId;
use packhouse_storage::table::{Expect, Item, Key, Write};
use serde::{Deserialize, Serialize};

use super::check_id;
use super::location::{FileVersion, Location, Place};
use crate::authorization::Request;
use crate::error::{Error, Result};
use crate::events::note::Note;
use crate::forge::Forge;
use crate::identity::Caller;
use crate::policy::Action;
use crate::pull_requests::PullRequestId;
use crate::refusal::Refusal;
use crate::repositories::led_to;

const SCHEMA: u32 = 1;

/// What a comment is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct About {
    /// The repository.
    pub repository: RepositoryId,
    /// The pull request that it belongs to.
    pub pull_request: Option<PullRequestId>,
    /// The commit before; the first commit of a history has none.
    pub before: Option<ObjectId>,
    /// The commit after.
    pub after: ObjectId,
    /// Where in the difference of the two; absent for what is said of all of it.
    pub place: Option<Place>,
}

/// A comment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comment {
    /// Its id.
    pub id: String,
    /// What it is about.
    pub about: About,
    /// The comment that it replies to.
    pub in_reply_to: Option<String>,
    /// Who wrote it.
    pub author: String,
    /// What it says; `None` once that was deleted.
    pub content: Option<String>,
    /// When it was written, in milliseconds since the Unix epoch.
    pub created_ms: u64,
    /// When it was changed last.
    pub modified_ms: u64,
    /// The token that its author's client gave.
    pub token: Option<String>,
    /// The reaction of each who reacted, by short code, under their ARN.
    pub reactions: BTreeMap<String, String>,
}

#[derive(Serialize, Deserialize)]
struct Record {
    schema: u32,
    id: String,
    repository: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pull_request: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    before: Option<String>,
    after: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    place: Option<PlaceRecord>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    in_reply_to: Option<String>,
    author: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    content: Option<String>,
    created_ms: u64,
    modified_ms: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    token: Option<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    reactions: BTreeMap<String, String>,
}

#[derive(Serialize, Deserialize)]
struct PlaceRecord {
    path: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    position: Option<u64>,
    after: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    before_blob: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    after_blob: Option<String>,
}

/// Where the record of a comment lies.
#[derive(Serialize, Deserialize)]
struct Pointer {
    schema: u32,
    pk: String,
    sk: String,
}

impl Comment {
    /// Where it lies.
    fn key(&self, forge: &Forge) -> Key {
        let (account, region) = forge.place();
        match &self.about.pull_request {
            Some(id) => keys::comment_on_pull_request(account, region, id.number(), self.created_ms, &self.id),
            None => Key::new(compared(&self.about), keys::comment_position(self.created_ms, &self.id)),
        }
    }

    /// Stores a new one, and the way from its id to it.
    pub(super) fn create(&self, forge: &Forge) -> [Write; 2] {
        let key = self.key(forge);
        let pointer = Pointer {
            schema: SCHEMA,
            pk: key.pk.clone(),
            sk: key.sk.clone(),
        };
        let (account, region) = forge.place();
        let pointer = serde_json::to_vec(&pointer).expect("strings always encode");
        [
            Write::put(key, Expect::Absent, self.encode()),
            Write::put(keys::comment(account, region, &self.id), Expect::Absent, pointer),
        ]
    }

    /// Tells what became of it, after it was read like that.
    pub(super) fn tell(&self, note: &Note, seen: Expect) -> Write {
        let number = match seen {
            Expect::Version(version) => version,
            Expect::Absent | Expect::Any => 0,
        };
        note.write(&format!("COMMENT#{}", self.id), number)
    }

    /// Stores a changed one in the place of what was read.
    pub(super) fn replace(&self, forge: &Forge, seen: Expect) -> Write {
        Write::put(self.key(forge), seen, self.encode())
    }

    fn encode(&self) -> Vec<u8> {
        let hex = |id: &ObjectId| id.to_string();
        let place = self.about.place.as_ref().map(|place| PlaceRecord {
            path: place.location.path.clone(),
            position: place.location.position,
            after: place.location.version == FileVersion::After,
            before_blob: place.before_blob.as_ref().map(hex),
            after_blob: place.after_blob.as_ref().map(hex),
        });
        let record = Record {
            schema: SCHEMA,
            id: self.id.clone(),
            repository: self.about.repository.to_string(),
            pull_request: self.about.pull_request.map(|id| id.to_string()),
            before: self.about.before.as_ref().map(hex),
            after: hex(&self.about.after),
            place,
            in_reply_to: self.in_reply_to.clone(),
            author: self.author.clone(),
            content: self.content.clone(),
            created_ms: self.created_ms,
            modified_ms: self.modified_ms,
            token: self.token.clone(),
            reactions: self.reactions.clone(),
        };
        serde_json::to_vec(&record).expect("strings and numbers always encode")
    }

    /// Reads a stored one.
    pub(super) fn decode(item: &Item) -> Result<Self> {
        let bad = |why: String| Error::corrupt(format!("{:?}: {why}", item.key));
        let record: Record = serde_json::from_slice(&item.body).map_err(|error| bad(error.to_string()))?;
        if record.schema != SCHEMA {
            return Err(bad(format!("schema {} is newer than this program", record.schema)));
        }
        let id = |hex: &str| ObjectId::from_hex(hex.as_bytes()).map_err(|_| bad(format!("{hex} is no id")));
        let maybe = |hex: &Option<String>| hex.as_deref().map(id).transpose();
        let place = record.place.map(|place| -> Result<Place> {
            Ok(Place {
                before_blob: maybe(&place.before_blob)?,
                after_blob: maybe(&place.after_blob)?,
                location: Location {
                    path: place.path,
                    position: place.position,
                    version: if place.after {
                        FileVersion::After
                    } else {
                        FileVersion::Before
                    },
                },
            })
        });
        Ok(Self {
            about: About {
                repository: RepositoryId::parse(&record.repository).ok_or_else(|| bad("a bad repository".into()))?,
                pull_request: record.pull_request.as_deref().map(PullRequestId::new).transpose()?,
                before: maybe(&record.before)?,
                after: id(&record.after)?,
                place: place.transpose()?,
            },
            id: record.id,
            in_reply_to: record.in_reply_to,
            author: record.author,
            content: record.content,
            created_ms: record.created_ms,
            modified_ms: record.modified_ms,
            token: record.token,
            reactions: record.reactions,
        })
    }
}

/// What tells the comparisons of a repository apart: its id and those of the commits.
fn compared(about: &About) -> String {
    comparison(&about.repository, about.before.as_ref(), &about.after)
}

/// The partition of the comments on a comparison of commits.
pub(super) fn comparison(repository: &RepositoryId, before: Option<&ObjectId>, after: &ObjectId) -> String {
    let before = before.map_or_else(|| ObjectFormat::Sha1.null().to_string(), ToString::to_string);
    keys::comments_on_commits(repository.as_str(), &before, &after.to_string())
}

/// The comment of an id, for somebody who may do `action` with its repository; with the condition that it is still what was
/// read.
///
/// # Errors
/// [`Error::AccessDenied`], [`Refusal::InvalidCommentId`], [`Refusal::CommentDoesNotExist`], and the store's.
pub(super) async fn authorised(forge: &Forge, caller: &Caller, action: Action, id: &str) -> Result<(Comment, Expect)> {
    let found = load(forge, id).await?;
    let repository = found.as_ref().map(|(comment, _)| &comment.about.repository);
    let repository = led_to(forge, caller, Request::anywhere(action), repository).await?;
    found
        .filter(|_| repository.is_some())
        .ok_or_else(|| Refusal::CommentDoesNotExist.into())
}

/// The comment of an id.
///
/// # Errors
/// [`Refusal::InvalidCommentId`], and the store's.
pub(crate) async fn load(forge: &Forge, id: &str) -> Result<Option<(Comment, Expect)>> {
    check_id(id)?;
    let (account, region) = forge.place();
    let table = forge.store().table();
    let key = keys::comment(account, region, id);
    let Some(pointer) = table.get(&key).await? else {
        return Ok(None);
    };
    let pointer: Pointer =
        serde_json::from_slice(&pointer.body).map_err(|error| Error::corrupt(format!("{key:?}: {error}")))?;
    let Some(item) = table.get(&Key::new(pointer.pk, pointer.sk)).await? else {
        return Ok(None);
    };
    Ok(Some((Comment::decode(&item)?, Expect::Version(item.version))))
}
