//! `packhouse triggers`.

use clap::{Args, Subcommand};

use super::{DataOption, RemoteOptions};

const TRIGGERS_EXAMPLES: &str = "\
Examples:
  packhouse triggers list demo
  packhouse triggers secret demo on-push
      what the receiver of a webhook checks signatures with (Standard Webhooks)
  packhouse triggers redeliver demo on-push
  packhouse triggers redeliver demo on-push --from 17
";

#[derive(Debug, Args)]
#[command(after_help = TRIGGERS_EXAMPLES)]
pub(crate) struct TriggersOptions {
    #[command(flatten)]
    pub(crate) data: DataOption,

    #[command(flatten)]
    pub(crate) remote: RemoteOptions,

    #[command(subcommand)]
    pub(crate) command: TriggersCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum TriggersCommand {
    /// List the triggers of a repository: their targets, how far each has told, what came of the last try, and the next one
    List {
        /// The repository's name
        repository: String,
        /// Print one JSON object a line
        #[arg(long)]
        json: bool,
    },
    /// Print the secret that the messages of a webhook are signed with
    Secret {
        /// The repository's name
        repository: String,
        /// The trigger's name
        trigger: String,
    },
    /// Let a trigger try now what it waits with
    Redeliver {
        /// The repository's name
        repository: String,
        /// The trigger's name
        trigger: String,
        /// And tell once more, under the ids that they had, all changes from this version of the repository on
        #[arg(long, value_name = "VERSION", value_parser = clap::value_parser!(u64).range(1..))]
        from: Option<u64>,
    },
}
