//! `packhouse events`.

use clap::{ArgGroup, Args, Subcommand};

use super::{DataOption, RemoteOptions};

const EVENTS_EXAMPLES: &str = "\
Examples:
  packhouse events lag
  packhouse events dead-letters --json
  packhouse events replay --all

Dead letters are what could not be told: an event that the bus refuses, a change that cannot be read, a message of a trigger
whose target did not take it within half a day. They keep nothing else, and are kept until they are replayed.
";

#[derive(Debug, Args)]
#[command(after_help = EVENTS_EXAMPLES)]
pub(crate) struct EventsOptions {
    #[command(flatten)]
    pub(crate) data: DataOption,

    #[command(flatten)]
    pub(crate) remote: RemoteOptions,

    #[command(subcommand)]
    pub(crate) command: EventsCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum EventsCommand {
    /// Show how many changes wait to be told, for how long, and the repositories whose triggers are behind
    Lag {
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
    /// List what could not be told: id, when it was given up, why, and what it is
    DeadLetters {
        /// Print one JSON object a line
        #[arg(long)]
        json: bool,
    },
    /// Try once more what could not be told, under the ids that it had. Fails when a target still does not take it
    #[command(group(ArgGroup::new("which").required(true).args(["id", "all"])))]
    Replay {
        /// The id of a dead letter
        id: Option<String>,
        /// All of them
        #[arg(long)]
        all: bool,
    },
}
