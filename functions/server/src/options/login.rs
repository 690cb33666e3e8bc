//! `packhouse login`.

use std::path::PathBuf;

use clap::{ArgGroup, Args};

use super::{DataOption, public_url};

const LOGIN_EXAMPLES: &str = "\
Examples:
  [profile packhouse]
  region = eu-west-1
  endpoint_url = https://git.example.com
  credential_process = packhouse login --aws --profile work --url https://git.example.com --role-arn ROLE
      in ~/.aws/config, with ROLE such as arn:aws:iam::210987654321:role/developers: whoever has the keys at AWS that are
      in the profile `work` gets temporary keys of the role
  packhouse login --oidc-token-file token.jwt --url https://git.example.com \\
      --role-arn arn:aws:iam::210987654321:role/ci
      for a job whose CI system signs ID tokens

It prints what a credential_process prints: one JSON object with the keys, a session token and when they end. It stores nothing.
";

#[derive(Debug, Args)]
#[command(after_help = LOGIN_EXAMPLES)]
#[command(group(ArgGroup::new("proof").required(true).args(["aws", "oidc_token_file", "oidc_token_env"])))]
pub(crate) struct LoginOptions {
    /// Prove who you are at AWS: by a signed STS `GetCallerIdentity` request, which the installation sends to AWS. No key is sent
    #[arg(long)]
    pub(crate) aws: bool,

    /// Profile of your keys at AWS [default: the environment's keys, the profile `default`, a container's, an instance's;
    /// `AWS_PROFILE` is not looked at, as it may name the profile that runs this]
    #[arg(long, value_name = "NAME", conflicts_with_all = ["oidc_token_file", "oidc_token_env"])]
    pub(crate) profile: Option<String>,

    /// AWS STS to be asked [default: that of the profile's region; us-east-1 without one]
    #[arg(long, env = "AWS_ENDPOINT_URL_STS", value_name = "URL", value_parser = public_url)]
    pub(crate) sts_url: Option<String>,

    /// File with an OpenID Connect ID token
    #[arg(long, value_name = "FILE")]
    pub(crate) oidc_token_file: Option<PathBuf>,

    /// Environment variable with an OpenID Connect ID token
    #[arg(long, value_name = "VARIABLE")]
    pub(crate) oidc_token_env: Option<String>,

    /// ARN of the role to be
    #[arg(long, value_name = "ARN")]
    pub(crate) role_arn: String,

    /// URL of the installation [default: that of the server that works in the data folder]
    #[arg(long, env = "PACKHOUSE_URL", value_name = "URL", value_parser = public_url)]
    pub(crate) url: Option<String>,

    #[command(flatten)]
    pub(crate) data: DataOption,

    /// Name of the session, which the audit log shows: 2 to 64 letters, digits and `_+=,.@-`
    #[arg(long, value_name = "NAME", default_value = "packhouse")]
    pub(crate) session_name: String,

    /// How long the keys shall be good, from 900 seconds to what the role allows
    #[arg(long, value_name = "SECONDS", default_value_t = 3600, value_parser = clap::value_parser!(u32).range(900..=43_200))]
    pub(crate) duration: u32,
}
