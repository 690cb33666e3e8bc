//! `packhouse admin`.

use clap::{ArgGroup, Args, Subcommand, ValueEnum};
use packhouse_forge::names::{AccountId, Region};

use super::{AwsOptions, DataOption, public_url};

pub(super) const RELAX_FSCK_EXAMPLES: &str = "\
Examples:
  packhouse admin relax-fsck linux --rule missingSpaceBeforeDate --rule badTimezone
  packhouse admin relax-fsck linux --none
";

const BOOTSTRAP_EXAMPLES: &str = "\
Examples:
  packhouse admin bootstrap --table packhouse --bucket packhouse-210987654321 --account-id 210987654321 \\
      --region eu-west-1 --master-key-parameter /packhouse/packhouse/master-key \\
      --public-url https://abc.execute-api.eu-west-1.amazonaws.com/prod > credentials.sh
      with your own AWS credentials; the stack's outputs hold the whole line
  . ./credentials.sh
      in another shell: the administrator's keys take the place of your own there

It can be run again whenever it was interrupted. Credentials that are lost are replaced by --replace-administrator.
";

const REPLACE_EXAMPLES: &str = "\
The user, under whatever name, goes with its credentials, sessions, groups and policies; `admin` is made anew, with fresh keys in
DATA/secrets. Save trust policies that name it again. On AWS: packhouse admin bootstrap --replace-administrator.

Examples:
  packhouse admin replace-administrator --data packhouse-data
";

#[derive(Debug, Args)]
pub(crate) struct AdminOptions {
    #[command(flatten)]
    pub(crate) data: DataOption,

    #[command(flatten)]
    pub(crate) remote: RemoteOptions,

    #[command(subcommand)]
    pub(crate) command: AdminCommand,
}

/// An installation that is reached over its API.
#[derive(Debug, Args)]
pub(crate) struct RemoteOptions {
    /// URL of an installation to speak to, instead of the data folder, with keys and region as the AWS CLI finds them: in
    /// the environment, else in the profile
    #[arg(long, value_name = "URL", value_parser = public_url, global = true)]
    pub(crate) url: Option<String>,

    /// With --url: the profile in ~/.aws/config or ~/.aws/credentials, whatever the environment has
    #[arg(long, value_name = "NAME", global = true)]
    pub(crate) profile: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum AdminCommand {
    /// Finish a fresh deployment on AWS: make the master key and the administrator, and print the credentials once
    #[command(after_help = BOOTSTRAP_EXAMPLES)]
    Bootstrap(BootstrapOptions),
    /// Make the administrator of a data folder anew, when keys or permissions are lost. Stop the server first
    #[command(after_help = REPLACE_EXAMPLES)]
    ReplaceAdministrator,
    #[command(flatten)]
    Operation(Operation),
}

/// What the API carries out, of the running server or of the data folder.
#[derive(Debug, Subcommand)]
pub(crate) enum Operation {
    /// Create a repository
    CreateRepository {
        /// Its name
        name: String,
        /// What to say about it
        #[arg(long, value_name = "TEXT")]
        description: Option<String>,
        /// The hash of its object ids
        #[arg(long, default_value = "sha1")]
        object_format: ObjectFormatOption,
    },
    /// Bring a deleted repository back, within 30 days
    Undelete {
        /// Its id, or the name that it had
        #[arg(value_name = "ID_OR_NAME")]
        repository: String,
        /// The name that it is to have [default: the one that it had]
        #[arg(long, value_name = "NAME")]
        name: Option<String>,
    },
    /// List the deleted repositories whose data is still kept
    ListDeleted,
    /// Show a repository from within: packs, refs, relaxed rules
    Show {
        /// Its name
        name: String,
    },
    /// Make one pack of all that a repository has, small and sorted. The server does that now and then by itself, and in the
    /// background in any case
    Repack {
        /// The repository's name
        name: String,
        /// Drop what no branch and no tag reaches, a secret that was pushed by mistake, say, without keeping it for the usual
        /// time. Nobody can bring it back; the bytes go a day later
        #[arg(long)]
        forget_unreachable: bool,
    },
    /// Make pushes to a repository accept objects that break rules of git fsck, for histories older than the rules
    #[command(after_help = RELAX_FSCK_EXAMPLES, group(ArgGroup::new("which").required(true).args(["rules", "none"])))]
    RelaxFsck {
        /// The repository's name
        name: String,
        /// A rule to relax, under its name in git-fsck(1); replaces those relaxed before
        #[arg(long = "rule", value_name = "RULE", value_delimiter = ',')]
        rules: Vec<String>,
        /// Relax none: enforce every rule again
        #[arg(long)]
        none: bool,
    },
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum ObjectFormatOption {
    Sha1,
    Sha256,
}

impl ObjectFormatOption {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Sha1 => "sha1",
            Self::Sha256 => "sha256",
        }
    }
}

#[derive(Clone, Debug, Args)]
pub(crate) struct BootstrapOptions {
    #[command(flatten)]
    pub(crate) aws: AwsOptions,

    /// The AWS account, twelve digits; fixed from now on
    #[arg(long, env = "PACKHOUSE_ACCOUNT_ID", value_name = "DIGITS", value_parser = AccountId::new)]
    pub(crate) account_id: Option<AccountId>,

    /// The AWS region; fixed from now on [default: `AWS_REGION`]
    #[arg(long, env = "PACKHOUSE_REGION", value_name = "NAME", value_parser = Region::new)]
    pub(crate) region: Option<Region>,

    /// URL that clients reach the installation under, to be printed with the credentials
    #[arg(long, env = "PACKHOUSE_PUBLIC_URL", value_name = "URL", value_parser = public_url)]
    pub(crate) public_url: Option<String>,

    /// KMS key that encrypts the parameter of the master key [default: aws/ssm, which costs nothing]
    #[arg(long, value_name = "KEY")]
    pub(crate) kms_key: Option<String>,

    /// How to print the credentials: as shell exports, or as one JSON object
    #[arg(long, default_value = "env", value_name = "FORM")]
    pub(crate) output: Output,

    /// Give the administrator new credentials; the old ones, which somebody lost, prove nobody from then on
    #[arg(long)]
    pub(crate) replace_administrator: bool,
}

/// How credentials are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Output {
    // One `export NAME='value'` a line.
    Env,
    // One object.
    Json,
}
