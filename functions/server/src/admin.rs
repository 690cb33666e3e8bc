//! `packhouse admin`.

use std::io::Write as _;

use anyhow::Result;
use packhouse_local::DataFolder;
use serde_json::{Value, json};

use crate::options::{AdminCommand, AdminOptions, DataOption, Operation, RemoteOptions};
use crate::{bootstrap, control, runtime};

/// Carries out one command and prints what it did.
pub(crate) fn run(options: AdminOptions) -> Result<()> {
    runtime::run(async {
        match options.command {
            AdminCommand::Bootstrap(options) => bootstrap::run(options).await,
            AdminCommand::ReplaceAdministrator => replace_administrator(&options.data).await,
            AdminCommand::Operation(operation) => carry_out(&options.data, options.remote, operation).await,
        }
    })
}

async fn replace_administrator(options: &DataOption) -> Result<()> {
    let folder = DataFolder::open(&options.data)?;
    let opened = control::open(folder, &options.data).await?;
    let administrator = opened.replace_administrator().await?;
    let printed = json!({ "accessKeyId": administrator.access_key_id, "gitUserName": administrator.git_username });
    writeln!(std::io::stdout().lock(), "{}", serde_json::to_string_pretty(&printed)?)?;
    Ok(())
}

async fn carry_out(data: &DataOption, remote: RemoteOptions, operation: Operation) -> Result<()> {
    let control = control::reach(data, remote).await?;
    let (target, input) = request(operation);
    let answer = control.call(target, &input).await?;
    let printed = serde_json::to_string_pretty(&answer)?;
    writeln!(std::io::stdout().lock(), "{printed}")?;
    Ok(())
}

/// The operation that carries out a command, and its input.
fn request(command: Operation) -> (&'static str, Value) {
    match command {
        Operation::CreateRepository {
            name,
            description,
            object_format,
        } => {
            let tags = json!({ packhouse_forge::tags::OBJECT_FORMAT: object_format.name() });
            let input = json!({ "repositoryName": name, "repositoryDescription": description, "tags": tags });
            ("CodeCommit_20150413.CreateRepository", input)
        }
        Operation::Undelete { repository, name } => (
            "Packhouse_20260101.UndeleteRepository",
            json!({ "repository": repository, "newName": name }),
        ),
        Operation::Show { name } => (
            "Packhouse_20260101.InspectRepository",
            json!({ "repositoryName": name }),
        ),
        Operation::Repack {
            name,
            forget_unreachable,
        } => (
            "Packhouse_20260101.RepackRepository",
            json!({ "repositoryName": name, "forgetUnreachable": forget_unreachable }),
        ),
        // `--none` comes without rules.
        Operation::RelaxFsck { name, rules, none: _ } => (
            "Packhouse_20260101.RelaxFsck",
            json!({ "repositoryName": name, "rules": rules }),
        ),
        Operation::ListDeleted => ("Packhouse_20260101.ListDeletedRepositories", json!({})),
    }
}
