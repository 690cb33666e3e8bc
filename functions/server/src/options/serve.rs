//! `packhouse serve`.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};
use packhouse_forge::names::{AccountId, Region};

use super::callers::CallerOptions;
use super::limits::LimitOptions;
use super::mail::MailOptions;
use super::{AwsOptions, DataOption, StoreKind, public_url};

const SERVE_EXAMPLES: &str = "\
Examples:
  packhouse serve --listen 127.0.0.1:0 --data /tmp/try
      on a free port, which the first line that it prints names
  packhouse serve --listen 0.0.0.0:443 --data /srv/packhouse --public-url https://git.example.com \\
      --tls-cert /etc/ssl/git.pem --tls-key /etc/ssl/git.key --account-id 210987654321 --region eu-west-1
      for an office
  packhouse serve --store aws --table packhouse --bucket packhouse-210987654321 --account-id 210987654321 \\
      --region eu-west-1 --master-key-parameter /packhouse/packhouse/master-key --public-url https://git.example.com
      on the table and the bucket of a deployed installation, beside its functions and others of its kind
  PACKHOUSE_LISTEN=127.0.0.1:9000 PACKHOUSE_LOG_FORMAT=json packhouse
      each flag has an environment variable

The first start creates the data folder and an administrator, whose keys it keeps in DATA/secrets (mode 0600).
`packhouse env --data DATA` prints them as shell exports. Account and region are fixed at the first start.
";

#[derive(Debug, Args)]
#[command(after_help = SERVE_EXAMPLES)]
pub(crate) struct ServeOptions {
    /// Address and port to listen on; port 0 picks a free one and prints it
    #[arg(
        long,
        env = "PACKHOUSE_LISTEN",
        default_value = "127.0.0.1:8080",
        value_name = "ADDRESS"
    )]
    pub(crate) listen: SocketAddr,

    /// Where the data lies: in the data folder, or in a DynamoDB table and an S3 bucket
    #[arg(long, env = "PACKHOUSE_STORE", default_value = "local", value_name = "STORE")]
    pub(crate) store: StoreKind,

    #[command(flatten)]
    pub(crate) data: DataOption,

    #[command(flatten)]
    pub(crate) aws: AwsOptions,

    /// Folder for temporary files, with --store aws [default: packhouse in the system's folder for them]
    #[arg(long, env = "PACKHOUSE_SPOOL", value_name = "FOLDER", help_heading = "AWS")]
    pub(crate) spool: Option<PathBuf>,

    /// URL that clients reach the server under, for clone URLs and for whose host they sign [default: made of the address]
    #[arg(long, env = "PACKHOUSE_PUBLIC_URL", value_name = "URL", value_parser = public_url)]
    pub(crate) public_url: Option<String>,

    /// Twelve digits; fixed at the first start [default there: 000000000000, and none with --store aws]
    #[arg(long, env = "PACKHOUSE_ACCOUNT_ID", value_name = "DIGITS", value_parser = AccountId::new)]
    pub(crate) account_id: Option<AccountId>,

    /// AWS region to answer as; fixed at the first start [default there: us-east-1, and with --store aws `AWS_REGION`]
    #[arg(long, env = "PACKHOUSE_REGION", value_name = "NAME", value_parser = Region::new)]
    pub(crate) region: Option<Region>,

    #[command(flatten)]
    pub(crate) tls: TlsOptions,

    #[command(flatten)]
    pub(crate) callers: CallerOptions,

    /// Where the topics (SNS) and functions (Lambda) of triggers are: `aws`, or the URL of an emulator [default: nowhere, and with --store aws `aws`]
    ///
    /// With `aws`, credentials and endpoints are found as the AWS SDKs find them.
    #[arg(long, env = "PACKHOUSE_DELIVER_TO", value_name = "aws|URL", value_parser = deliver_to)]
    pub(crate) deliver_to: Option<DeliverTo>,

    /// Where webhooks may be: at `public` addresses by HTTPS, or at `any`, this machine and its network included, by HTTP too
    #[arg(long, env = "PACKHOUSE_WEBHOOKS", default_value = "public", value_name = "REACH")]
    pub(crate) webhooks: WebhookReach,

    #[command(flatten)]
    pub(crate) mail: MailOptions,

    /// How to write the log, which goes to stderr: for people, or one JSON object a line
    #[arg(long, env = "PACKHOUSE_LOG_FORMAT", default_value = "text", value_name = "FORMAT")]
    pub(crate) log_format: LogFormat,

    /// What to log: a level, or targets with levels
    #[arg(long, env = "PACKHOUSE_LOG", default_value = "info", value_name = "FILTER")]
    pub(crate) log: String,

    /// How many seconds running requests get after SIGTERM or SIGINT
    #[arg(long, env = "PACKHOUSE_SHUTDOWN_TIMEOUT", default_value = "25", value_name = "SECONDS", value_parser = seconds)]
    pub(crate) shutdown_timeout: Duration,

    /// Whether to merge packs in the background
    #[arg(long, env = "PACKHOUSE_COMPACTION", default_value = "on", value_name = "SWITCH")]
    pub(crate) compaction: Switch,

    /// Whether clients may filter by the sparse-checkout patterns in a blob (`--filter=sparse:oid=BLOB`)
    #[arg(long, env = "PACKHOUSE_SPARSE_FILTER", default_value = "off", value_name = "SWITCH")]
    pub(crate) sparse_filter: Switch,

    #[command(flatten)]
    pub(crate) limits: LimitOptions,
}

#[derive(Debug, Args)]
pub(crate) struct TlsOptions {
    /// File with the certificate chain (PEM); makes the server speak HTTPS
    #[arg(long, env = "PACKHOUSE_TLS_CERT", value_name = "FILE", requires = "tls_key")]
    pub(crate) tls_cert: Option<PathBuf>,

    /// File with the certificate's private key (PEM)
    #[arg(long, env = "PACKHOUSE_TLS_KEY", value_name = "FILE", requires = "tls_cert")]
    pub(crate) tls_key: Option<PathBuf>,
}

/// Where triggers deliver to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum DeliverTo {
    /// To AWS itself.
    Aws,
    /// To an emulator at that URL.
    Emulator(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum WebhookReach {
    // The Internet.
    Public,
    // Whatever this machine reaches.
    Any,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    // One line for a person.
    Text,
    // One JSON object a line.
    Json,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Switch {
    On,
    Off,
}

fn seconds(text: &str) -> Result<Duration, String> {
    text.parse()
        .map(Duration::from_secs)
        .map_err(|error: std::num::ParseIntError| error.to_string())
}

fn deliver_to(text: &str) -> Result<DeliverTo, String> {
    match text {
        "aws" => Ok(DeliverTo::Aws),
        url => public_url(url).map(DeliverTo::Emulator),
    }
}
