//! `CreateCommit`.

use packhouse_forge::authorship::Authorship;
use packhouse_forge::contents::{self, Changes, Content, FileAt, Put};
use packhouse_forge::error::Error;
use packhouse_forge::forge::Forge;
use packhouse_forge::identity::Caller;
use packhouse_forge::refusal::Refusal;
use packhouse_git::tree::Mode;
use serde::{Deserialize, Serialize};

use super::file_metadata::FileMetadata;
use super::file_mode;
use crate::aws_json::Answer;
use crate::aws_json::failure::Failure;
use crate::aws_json::input::{Blob, answer, needed, parse, repository_name};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Input {
    repository_name: Option<String>,
    branch_name: Option<String>,
    parent_commit_id: Option<String>,
    author_name: Option<String>,
    email: Option<String>,
    commit_message: Option<String>,
    keep_empty_folders: Option<bool>,
    put_files: Option<Vec<PutFileEntry>>,
    delete_files: Option<Vec<DeleteFileEntry>>,
    set_file_modes: Option<Vec<SetFileModeEntry>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PutFileEntry {
    file_path: Option<String>,
    file_mode: Option<String>,
    file_content: Option<Blob>,
    source_file: Option<SourceFile>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SourceFile {
    file_path: Option<String>,
    is_move: Option<bool>,
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

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Output {
    commit_id: String,
    tree_id: String,
    files_added: Vec<FileMetadata>,
    files_updated: Vec<FileMetadata>,
    files_deleted: Vec<FileMetadata>,
}

pub(super) async fn serve(forge: &Forge, caller: &Caller, body: &[u8]) -> Answer {
    let input: Input = parse(body)?;
    let name = repository_name(input.repository_name.as_deref())?;
    let branch = needed(input.branch_name, Refusal::BranchNameRequired)?;
    let puts = input.put_files.unwrap_or_default().into_iter();
    let deletes = input.delete_files.unwrap_or_default().into_iter();
    let modes = input.set_file_modes.unwrap_or_default().into_iter();
    let changes = Changes {
        branch,
        parent: input.parent_commit_id,
        puts: puts.map(put).collect::<Result<_, _>>()?,
        deletes: deletes
            .map(|entry| needed(entry.file_path, Refusal::PathRequired))
            .collect::<Result<_, _>>()?,
        modes: modes.map(mode).collect::<Result<_, _>>()?,
        keep_folders: input.keep_empty_folders.unwrap_or_default(),
        authorship: Authorship {
            name: input.author_name,
            email: input.email,
            message: input.commit_message,
        },
    };
    let made = contents::create_commit(forge, caller, &name, changes).await?;
    let files = |files: Vec<FileAt>| files.into_iter().map(FileMetadata::from).collect();
    answer(&Output {
        commit_id: made.commit.to_string(),
        tree_id: made.tree.to_string(),
        files_added: files(made.added),
        files_updated: files(made.updated),
        files_deleted: files(made.deleted),
    })
}

fn put(entry: PutFileEntry) -> Result<Put, Failure> {
    let path = needed(entry.file_path, Refusal::PathRequired)?;
    let content = match (entry.file_content, entry.source_file) {
        (Some(content), None) => Content::Given(content.0),
        (None, Some(source)) => Content::Source {
            path: needed(source.file_path, Refusal::PathRequired)?,
            is_move: source.is_move.unwrap_or_default(),
        },
        (Some(_), Some(_)) => return Err(Error::from(Refusal::FileContentAndSourceFileSpecified).into()),
        (None, None) => return Err(Error::from(Refusal::SourceFileOrContentRequired).into()),
    };
    let mode = entry.file_mode.as_deref().map(file_mode::of_word).transpose()?;
    Ok(Put { path, mode, content })
}

fn mode(entry: SetFileModeEntry) -> Result<(String, Mode), Failure> {
    let path = needed(entry.file_path, Refusal::PathRequired)?;
    let word = needed(entry.file_mode, Refusal::FileModeRequired)?;
    Ok((path, file_mode::of_word(&word)?))
}
