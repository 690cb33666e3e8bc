//! `packhouse credential`.

use clap::Args;

const CREDENTIAL_EXAMPLES: &str = "\
Examples:
  git config --global credential.https://git.example.com.helper '!packhouse credential'
  git config --global credential.https://git.example.com.useHttpPath true
      git asks it for this host; the signature covers the repository, so git has to tell the path
  ln -s \"$(command -v packhouse)\" ~/.local/bin/git-credential-packhouse
  git config --global credential.https://git.example.com.helper packhouse
      the same by a name that git finds itself
  git config --global credential.https://git.example.com.helper '!packhouse credential --profile work'
      with the keys and the region of one profile of ~/.aws/config

The access key is that in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (AWS_SESSION_TOKEN), else that of the profile in
AWS_PROFILE, which may get it by a credential_process such as `packhouse login`. Nothing is stored.
";

#[derive(Debug, Args)]
#[command(after_help = CREDENTIAL_EXAMPLES)]
pub(crate) struct CredentialOptions {
    /// Profile in ~/.aws/config or ~/.aws/credentials whose access key is used, whatever the environment has
    #[arg(long, value_name = "NAME")]
    pub(crate) profile: Option<String>,

    /// Region that the installation answers as [default: `AWS_REGION`, `AWS_DEFAULT_REGION`, or the profile's]
    #[arg(long, value_name = "NAME")]
    pub(crate) region: Option<String>,

    /// What git asks for: `get` makes credentials; there is nothing to `store` and to `erase`
    #[arg(value_name = "get|store|erase")]
    pub(crate) operation: String,
}
