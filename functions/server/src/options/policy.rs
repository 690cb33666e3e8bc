//! `packhouse policy`.

use std::path::PathBuf;

use clap::{ArgGroup, Args, Subcommand};

use super::{DataOption, RemoteOptions};

const SIMULATE_EXAMPLES: &str = "\
Examples:
  packhouse policy simulate --user ana --action GitPush --repository demo --ref refs/heads/main
  packhouse policy simulate --principal-arn arn:aws:iam::210987654321:role/ci --action codecommit:DeleteRepository \\
      --resource 'arn:aws:codecommit:eu-west-1:210987654321:demo' --context aws:MultiFactorAuthPresent=true

It asks the server (iam:SimulatePrincipalPolicy), and changes nothing.
Exit code: 0 if every action is allowed, 3 if one is denied, 1 if there is no telling.
";

const CHECK_EXAMPLES: &str = "\
Examples:
  packhouse policy check protect-main.json
  packhouse policy check --trust role.json
  jq .PolicyDocument answer.json | packhouse policy check -

Exit code: 0 if it can be read as a policy, 1 if not.
";

#[derive(Debug, Args)]
pub(crate) struct PolicyOptions {
    #[command(subcommand)]
    pub(crate) command: PolicyCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum PolicyCommand {
    /// Say whether somebody may do something, and which statement of which policy decides
    #[command(after_help = SIMULATE_EXAMPLES)]
    Simulate(Box<SimulateOptions>),
    /// Read a policy document, and say what is wrong with it
    #[command(after_help = CHECK_EXAMPLES)]
    Check(CheckOptions),
}

#[derive(Debug, Args)]
#[command(group(ArgGroup::new("who").required(true).args(["principal_arn", "user"])))]
pub(crate) struct SimulateOptions {
    #[command(flatten)]
    pub(crate) data: DataOption,

    #[command(flatten)]
    pub(crate) remote: RemoteOptions,

    /// ARN of a user, group or role
    #[arg(long, value_name = "ARN")]
    pub(crate) principal_arn: Option<String>,

    /// Name of a user
    #[arg(long, value_name = "NAME")]
    pub(crate) user: Option<String>,

    /// An action, such as `codecommit:GitPush`; without a service it is one of CodeCommit
    #[arg(long = "action", value_name = "ACTION", required = true)]
    pub(crate) actions: Vec<String>,

    /// ARN of what it is done to [default: `*`]
    #[arg(long = "resource", value_name = "ARN")]
    pub(crate) resources: Vec<String>,

    /// Name of a repository that it is done to
    #[arg(long = "repository", value_name = "NAME")]
    pub(crate) repositories: Vec<String>,

    /// Ref that it changes: the condition key `codecommit:References`. Without `refs/` it is a branch
    #[arg(long = "ref", value_name = "REF")]
    pub(crate) reference: Option<String>,

    /// A condition key with its value, such as `aws:SourceIp=192.0.2.1`; a key that comes again has several
    #[arg(long = "context", value_name = "KEY=VALUE", value_parser = key_value)]
    pub(crate) context: Vec<(String, String)>,
}

#[derive(Debug, Args)]
pub(crate) struct CheckOptions {
    /// File with the document; `-` is standard input
    pub(crate) file: PathBuf,

    /// It says who may be a role: a trust policy
    #[arg(long)]
    pub(crate) trust: bool,
}

fn key_value(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("give a condition key, an equals sign and a value".to_owned()),
    }
}
