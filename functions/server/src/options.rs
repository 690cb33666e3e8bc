//! The command line, and the environment variables that stand for its flags.

mod admin;
mod limits;
mod serve;
mod store;
#[cfg(test)]
mod tests;

use clap::{Parser, Subcommand};

pub(crate) use self::admin::{AdminCommand, AdminOptions, BootstrapOptions, Operation, Output, RemoteOptions};
pub(crate) use self::serve::{LogFormat, ServeOptions, Switch, TlsOptions};
pub(crate) use self::store::{AwsOptions, AwsPlace, DataOption, StoreKind};

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
    Serve(ServeOptions),
    /// Print shell exports that make the AWS CLI, the AWS SDKs and git speak to the server
    Env(DataOption),
    /// Administrate, with the server running or not
    Admin(AdminOptions),
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
