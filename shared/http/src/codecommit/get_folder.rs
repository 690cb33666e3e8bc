//! `GetFolder`.

use packhouse_forge::contents::{self, Member};
use packhouse_forge::forge::Forge;
use packhouse_forge::identity::Caller;
use packhouse_forge::refusal::Refusal;
use packhouse_git::tree::Mode;
use serde::{Deserialize, Serialize};

use super::file_mode;
use crate::aws_json::Answer;
use crate::aws_json::input::{answer, needed, parse, repository_name};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Input {
    repository_name: Option<String>,
    commit_specifier: Option<String>,
    folder_path: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Output {
    commit_id: String,
    folder_path: String,
    tree_id: String,
    sub_folders: Vec<Folder>,
    files: Vec<File>,
    symbolic_links: Vec<File>,
    sub_modules: Vec<SubModule>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Folder {
    tree_id: String,
    absolute_path: String,
    relative_path: String,
}

/// A file, or a symbolic link.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct File {
    blob_id: String,
    absolute_path: String,
    relative_path: String,
    file_mode: Option<&'static str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SubModule {
    commit_id: String,
    absolute_path: String,
    relative_path: String,
}

pub(super) async fn serve(forge: &Forge, caller: &Caller, body: &[u8]) -> Answer {
    let input: Input = parse(body)?;
    let name = repository_name(input.repository_name.as_deref())?;
    let path = needed(input.folder_path, Refusal::PathRequired)?;
    let specifier = input.commit_specifier.as_deref();
    let folder = contents::get_folder(forge, caller, &name, (specifier, &path)).await?;
    let mut output = Output {
        commit_id: folder.commit.to_string(),
        folder_path: folder.path,
        tree_id: folder.tree.to_string(),
        sub_folders: Vec::new(),
        files: Vec::new(),
        symbolic_links: Vec::new(),
        sub_modules: Vec::new(),
    };
    for member in folder.members {
        output.add(member);
    }
    answer(&output)
}

impl Output {
    fn add(&mut self, member: Member) {
        let (id, absolute_path, relative_path) = (member.id.to_string(), member.path, member.name);
        match member.mode {
            Mode::Tree => self.sub_folders.push(Folder {
                tree_id: id,
                absolute_path,
                relative_path,
            }),
            Mode::Gitlink => self.sub_modules.push(SubModule {
                commit_id: id,
                absolute_path,
                relative_path,
            }),
            mode @ (Mode::Normal | Mode::Executable | Mode::Symlink) => {
                let list = if mode == Mode::Symlink {
                    &mut self.symbolic_links
                } else {
                    &mut self.files
                };
                list.push(File {
                    blob_id: id,
                    absolute_path,
                    relative_path,
                    file_mode: file_mode::word(mode),
                });
            }
        }
    }
}
