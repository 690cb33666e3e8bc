//! What operations on merges take.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use packhouse_forge::authorship::Authorship;
use packhouse_forge::error::Error;
use packhouse_forge::merges::{Commitment, Handling, MergeOption, Specifiers};
use packhouse_forge::refusal::Refusal;
use packhouse_git::merge::{Level, Resolution, Strategy, Which};
use packhouse_git::tree::{Mode, TreePath};
use serde::Deserialize;

use super::file_mode;
use crate::aws_json::failure::Failure;
use crate::aws_json::input::needed;

/// The most resolutions of a call.
const MAX_ENTRIES: usize = 1000;
/// The largest new content.
const MAX_CONTENT: usize = 6 << 20;

/// The members that name the commits.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Commits {
    source_commit_specifier: Option<String>,
    destination_commit_specifier: Option<String>,
}

impl Commits {
    pub(super) fn parse(self) -> Result<Specifiers, Failure> {
        Ok(Specifiers {
            source: needed(self.source_commit_specifier, Refusal::CommitRequired)?,
            destination: needed(self.destination_commit_specifier, Refusal::CommitRequired)?,
        })
    }
}

/// The members that say how conflicts are seen.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Conflicts {
    conflict_detail_level: Option<String>,
    conflict_resolution_strategy: Option<String>,
}

impl Conflicts {
    pub(super) fn parse(self) -> Result<Handling, Failure> {
        self.resolved_by(None)
    }

    fn resolved_by(self, resolutions: Option<ConflictResolution>) -> Result<Handling, Failure> {
        let level = match self.conflict_detail_level.as_deref() {
            None | Some("FILE_LEVEL") => Level::File,
            Some("LINE_LEVEL") => Level::Line,
            Some(_) => return Err(refused(Refusal::InvalidConflictDetailLevel)),
        };
        let strategy = match self.conflict_resolution_strategy.as_deref() {
            None | Some("NONE") => Strategy::Nothing,
            Some("ACCEPT_SOURCE") => Strategy::AcceptSource,
            Some("ACCEPT_DESTINATION") => Strategy::AcceptDestination,
            Some("AUTOMERGE") => Strategy::Resolve(BTreeMap::new()),
            Some(_) => return Err(refused(Refusal::InvalidConflictResolutionStrategy)),
        };
        let strategy = match (resolutions, strategy) {
            (None, strategy) => strategy,
            (Some(resolutions), Strategy::Resolve(_)) => Strategy::Resolve(resolutions.parse()?),
            (Some(_), _) => {
                let why = "Conflict resolutions go together with the strategy AUTOMERGE only.";
                return Err(Refusal::InvalidConflictResolution.saying(why).into());
            }
        };
        Ok(Handling { level, strategy })
    }
}

/// The members that say what commit is made.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct MergeCommit {
    #[serde(flatten)]
    conflicts: Conflicts,
    author_name: Option<String>,
    email: Option<String>,
    commit_message: Option<String>,
    keep_empty_folders: Option<bool>,
    conflict_resolution: Option<ConflictResolution>,
}

impl MergeCommit {
    pub(super) fn parse(self) -> Result<Commitment, Failure> {
        Ok(Commitment {
            handling: self.conflicts.resolved_by(self.conflict_resolution)?,
            authorship: Authorship {
                name: self.author_name,
                email: self.email,
                message: self.commit_message,
            },
            keep_empty_folders: self.keep_empty_folders.unwrap_or_default(),
        })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ConflictResolution {
    #[serde(default)]
    replace_contents: Vec<ReplaceContentEntry>,
    #[serde(default)]
    delete_files: Vec<DeleteFileEntry>,
    #[serde(default)]
    set_file_modes: Vec<SetFileModeEntry>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ReplaceContentEntry {
    file_path: Option<String>,
    replacement_type: Option<String>,
    content: Option<String>,
    file_mode: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DeleteFileEntry {
    file_path: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SetFileModeEntry {
    file_path: Option<String>,
    file_mode: Option<String>,
}

impl ConflictResolution {
    fn parse(self) -> Result<BTreeMap<Vec<u8>, Resolution>, Failure> {
        let all = self.replace_contents.len() + self.delete_files.len() + self.set_file_modes.len();
        if all > MAX_ENTRIES {
            return Err(refused(Refusal::MaximumConflictResolutionEntriesExceeded));
        }
        let mut entries = Vec::with_capacity(all);
        for entry in self.replace_contents {
            entries.push((entry.file_path.clone(), entry.parse()?));
        }
        for entry in self.delete_files {
            entries.push((entry.file_path, Resolution::Delete));
        }
        for entry in self.set_file_modes {
            let mode = needed(mode(entry.file_mode.as_deref())?, Refusal::FileModeRequired)?;
            entries.push((entry.file_path, Resolution::SetMode(mode)));
        }
        let mut resolutions = BTreeMap::new();
        for (path, resolution) in entries {
            let path = needed(path, Refusal::PathRequired)?;
            let path = TreePath::file(&path).map_err(|error| Refusal::InvalidPath.saying(format!("{error}.")))?;
            let path = path.as_str().as_bytes().to_vec();
            if resolutions.insert(path, resolution).is_some() {
                return Err(refused(Refusal::MultipleConflictResolutionEntries));
            }
        }
        Ok(resolutions)
    }
}

impl ReplaceContentEntry {
    fn parse(self) -> Result<Resolution, Failure> {
        let kind = needed(self.replacement_type, Refusal::ReplacementTypeRequired)?;
        let mode = mode(self.file_mode.as_deref())?;
        let version = match kind.as_str() {
            "KEEP_BASE" => Which::Base,
            "KEEP_SOURCE" => Which::Source,
            "KEEP_DESTINATION" => Which::Destination,
            "USE_NEW_CONTENT" => {
                let content = needed(self.content, Refusal::ReplacementContentRequired)?;
                let content = STANDARD.decode(content);
                let data = content.map_err(|error| Failure::serialization(&error.to_string()))?;
                if data.len() > MAX_CONTENT {
                    return Err(refused(Refusal::FileContentSizeLimitExceeded));
                }
                return Ok(Resolution::Content {
                    data: data.into(),
                    mode,
                });
            }
            _ => return Err(refused(Refusal::InvalidReplacementType)),
        };
        if self.content.is_some() {
            let why = "Content goes together with USE_NEW_CONTENT only.";
            return Err(Refusal::InvalidReplacementContent.saying(why).into());
        }
        Ok(Resolution::Keep { version, mode })
    }
}

fn mode(word: Option<&str>) -> Result<Option<Mode>, Failure> {
    word.map(file_mode::of_word).transpose()
}

/// The way of merging that a word means.
pub(super) fn option(word: Option<&str>) -> Result<MergeOption, Failure> {
    let word = needed(word, Refusal::MergeOptionRequired)?;
    MergeOption::from_name(word).ok_or_else(|| refused(Refusal::InvalidMergeOption))
}

fn refused(refusal: Refusal) -> Failure {
    Error::from(refusal).into()
}
