//! The command line, and the environment variables that stand for its flags.

mod admin;
mod audit;
mod callers;
mod credential;
mod events;
mod limits;
mod login;
mod mail;
mod policy;
mod serve;
mod store;
#[cfg(test)]
mod tests;
mod triggers;

use std::ffi::OsString;
use std::path::Path;

use clap::{Parser, Subcommand};

pub(crate) use self::admin::{AdminCommand, AdminOptions, BootstrapOptions, Operation, Output, RemoteOptions};
pub(crate) use self::audit::AuditOptions;
pub(crate) use self::credential::CredentialOptions;
pub(crate) use self::events::{EventsCommand, EventsOptions};
pub(crate) use self::login::LoginOptions;
pub(crate) use self::policy::{CheckOptions, PolicyCommand, PolicyOptions, SimulateOptions};
pub(crate) use self::serve::{DeliverTo, LogFormat, ServeOptions, Switch, TlsOptions, WebhookReach};
pub(crate) use self::store::{AwsOptions, AwsPlace, DataOption, StoreKind};
pub(crate) use self::triggers::{TriggersCommand, TriggersOptions};

/// Private Git hosting that speaks AWS CodeCommit's interfaces.
#[derive(Debug, Parser)]
#[command(name = "packhouse", version, after_help = EXAMPLES)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXAMPLES: &str = "\
Examples:
  packhouse                                  serve on 127.0.0.1:8080, with the data in ./packhouse-data
  eval \"$(packhouse env)\"                    make the AWS CLI and git speak to it
  aws codecommit create-repository --repository-name demo
  git clone \"$PACKHOUSE_URL/v1/repos/demo\"
";

/// What to do; `serve` when nothing is said.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Serve Git and the API (what `packhouse` alone does)
    Serve(Box<ServeOptions>),
    /// Print shell exports that make the AWS CLI, the AWS SDKs and git speak to the server
    Env(DataOption),
    /// Administrate, with the server running or not
    Admin(AdminOptions),
    /// Tell git who you are: a credential helper that signs with your access key (gitcredentials(7))
    Credential(CredentialOptions),
    /// Exchange a proof of AWS's or of an OpenID Connect provider for temporary keys (a `credential_process`)
    Login(LoginOptions),
    /// Try policies
    Policy(PolicyOptions),
    /// Look up who did what
    Audit(AuditOptions),
    /// Look after events: how many wait, and what could not be told
    Events(EventsOptions),
    /// Look after the triggers of repositories: how they fare, their secrets, and delivering once more
    Triggers(TriggersOptions),
}

/// The name under which git finds the credential helper.
const HELPER: &str = "git-credential-packhouse";

impl Command {
    /// Reads a command line, its first word being the name that the program was called by: `packhouse` alone, and
    /// `packhouse --flags`, serve, and what is called `git-credential-packhouse` is `packhouse credential`. Ends the process
    /// where there is nothing to do but to print.
    pub(crate) fn parse(arguments: impl Iterator<Item = OsString>) -> Self {
        Cli::parse_from(with_command(arguments.collect())).command
    }
}

fn with_command(mut arguments: Vec<OsString>) -> Vec<OsString> {
    let asks_for_more = |first: &OsString| {
        let first = first.to_string_lossy();
        !first.starts_with('-') || matches!(&*first, "-h" | "--help" | "-V" | "--version")
    };
    let is_helper = arguments
        .first()
        .is_some_and(|name| Path::new(name).file_name().is_some_and(|name| name == HELPER));
    let at = arguments.len().min(1);
    if is_helper {
        arguments.insert(at, "credential".into());
    } else if !arguments.get(1).is_some_and(asks_for_more) {
        arguments.insert(at, "serve".into());
    }
    arguments
}

fn public_url(text: &str) -> Result<String, String> {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    match rest {
        Some(rest) if !rest.is_empty() && !rest.contains(['?', '#', '@', ' ']) => {
            Ok(text.trim_end_matches('/').to_owned())
        }
        _ => Err("give an http:// or https:// URL without credentials and query".to_owned()),
    }
}
