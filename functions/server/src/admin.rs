//! `packhouse admin`.

use std::io::Write as _;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use crate::control;
use crate::options::{AdminCommand, AdminOptions};

/// Carries out one command and prints what it did.
pub(crate) fn run(options: AdminOptions) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("cannot start threads")?;
    let printed = runtime.block_on(async {
        let control = control::reach(&options.data).await?;
        let (target, input) = request(options.command);
        let answer = control.call(target, &input).await?;
        Ok::<_, anyhow::Error>(serde_json::to_string_pretty(&answer)?)
    })?;
    writeln!(std::io::stdout().lock(), "{printed}")?;
    Ok(())
}

/// The operation that carries out a command, and its input.
fn request(command: AdminCommand) -> (&'static str, Value) {
    match command {
        AdminCommand::CreateRepository {
            name,
            description,
            object_format,
        } => {
            let tags = json!({ packhouse_forge::tags::OBJECT_FORMAT: object_format.name() });
            let input = json!({ "repositoryName": name, "repositoryDescription": description, "tags": tags });
            ("CodeCommit_20150413.CreateRepository", input)
        }
        AdminCommand::Undelete { repository, name } => (
            "Packhouse_20260101.UndeleteRepository",
            json!({ "repository": repository, "newName": name }),
        ),
        AdminCommand::Show { name } => (
            "Packhouse_20260101.InspectRepository",
            json!({ "repositoryName": name }),
        ),
        // `--none` comes without rules.
        AdminCommand::RelaxFsck { name, rules, none: _ } => (
            "Packhouse_20260101.RelaxFsck",
            json!({ "repositoryName": name, "rules": rules }),
        ),
        AdminCommand::ListDeleted => ("Packhouse_20260101.ListDeletedRepositories", json!({})),
    }
}
