//! The command line, and the environment variables that stand for its flags.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{ArgGroup, Args, Parser, Subcommand, ValueEnum};
use packhouse_forge::names::{AccountId, Region};
use packhouse_storage::store::Limits;

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

const SERVE_EXAMPLES: &str = "\
Examples:
  packhouse serve --listen 127.0.0.1:0 --data /tmp/try
      on a free port, which the first line that it prints names
  packhouse serve --listen 0.0.0.0:443 --data /srv/packhouse --public-url https://git.example.com \\
      --tls-cert /etc/ssl/git.pem --tls-key /etc/ssl/git.key --account-id 210987654321 --region eu-west-1
      for an office
  PACKHOUSE_LISTEN=127.0.0.1:9000 PACKHOUSE_LOG_FORMAT=json packhouse
      each flag has an environment variable

The first start creates the data folder and an administrator, whose keys it keeps in DATA/secrets (mode 0600).
`packhouse env --data DATA` prints them as shell exports. Account and region are fixed at the first start.
";

const RELAX_FSCK_EXAMPLES: &str = "\
Examples:
  packhouse admin relax-fsck linux --rule missingSpaceBeforeDate --rule badTimezone
  packhouse admin relax-fsck linux --none
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

#[derive(Clone, Debug, Args)]
pub(crate) struct DataOption {
    /// The folder that holds everything
    #[arg(
        long,
        env = "PACKHOUSE_DATA",
        default_value = "packhouse-data",
        value_name = "FOLDER",
        global = true
    )]
    pub(crate) data: PathBuf,
}

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

    #[command(flatten)]
    pub(crate) data: DataOption,

    /// URL that clients reach the server under, for clone URLs [default: made of the address]
    #[arg(long, env = "PACKHOUSE_PUBLIC_URL", value_name = "URL", value_parser = public_url)]
    pub(crate) public_url: Option<String>,

    /// Twelve digits; fixed at the first start [default there: 000000000000]
    #[arg(long, env = "PACKHOUSE_ACCOUNT_ID", value_name = "DIGITS", value_parser = AccountId::new)]
    pub(crate) account_id: Option<AccountId>,

    /// AWS region to answer as; fixed at the first start [default there: us-east-1]
    #[arg(long, env = "PACKHOUSE_REGION", value_name = "NAME", value_parser = Region::new)]
    pub(crate) region: Option<Region>,

    #[command(flatten)]
    pub(crate) tls: TlsOptions,

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

/// Bounds on what clients may bring, and on what that may use.
#[derive(Debug, Args)]
#[command(next_help_heading = "Limits")]
pub(crate) struct LimitOptions {
    /// The longest pack of one push
    #[arg(long, env = "PACKHOUSE_MAX_PACK_BYTES", default_value_t = Limits::default().pack_bytes, value_name = "BYTES")]
    max_pack_bytes: u64,

    /// The most objects in the pack of one push
    #[arg(long, env = "PACKHOUSE_MAX_PACK_OBJECTS", default_value_t = Limits::default().pack_objects, value_name = "COUNT")]
    max_pack_objects: u32,

    /// The largest file
    #[arg(long, env = "PACKHOUSE_MAX_OBJECT_BYTES", default_value_t = Limits::default().object_bytes, value_name = "BYTES")]
    max_object_bytes: u64,

    /// The largest object that is held in memory: commits, trees, tags, and both ends of a delta
    #[arg(long, env = "PACKHOUSE_MAX_MEMORY_OBJECT_BYTES", default_value_t = Limits::default().in_memory_bytes, value_name = "BYTES")]
    max_memory_object_bytes: u64,

    /// How much of a pushed pack stays in memory before the rest goes to a temporary file
    #[arg(long, env = "PACKHOUSE_SPOOL_MEMORY_BYTES", default_value_t = Limits::default().spool_memory, value_name = "BYTES")]
    spool_memory_bytes: usize,

    /// Cached pieces of packs, over all requests
    #[arg(long, env = "PACKHOUSE_CACHE_BYTES", default_value_t = Limits::default().cache_bytes, value_name = "BYTES")]
    cache_bytes: usize,

    /// Threads that one push may use
    #[arg(long, env = "PACKHOUSE_INDEX_THREADS", default_value_t = Limits::default().index_threads, value_name = "COUNT")]
    index_threads: usize,
}

impl LimitOptions {
    pub(crate) fn limits(&self, compaction: Switch) -> Limits {
        let defaults = Limits::default();
        let inline_merge_packs = if compaction == Switch::On {
            defaults.inline_merge_packs
        } else {
            0
        };
        Limits {
            pack_bytes: self.max_pack_bytes,
            pack_objects: self.max_pack_objects,
            object_bytes: self.max_object_bytes,
            in_memory_bytes: self.max_memory_object_bytes,
            spool_memory: self.spool_memory_bytes,
            cache_bytes: self.cache_bytes,
            index_threads: self.index_threads.max(1),
            inline_merge_packs,
            ..defaults
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct AdminOptions {
    #[command(flatten)]
    pub(crate) data: DataOption,

    #[command(subcommand)]
    pub(crate) command: AdminCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum AdminCommand {
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

fn seconds(text: &str) -> Result<Duration, String> {
    text.parse()
        .map(Duration::from_secs)
        .map_err(|error: std::num::ParseIntError| error.to_string())
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

#[cfg(test)]
mod tests {
    use packhouse_git::fsck::{Policy, Rule};

    use super::*;

    #[test]
    fn command_lines_are_taken_or_refused() {
        let rows = [
            ("serve --listen [::1]:0 --compaction off", true),
            ("serve --sparse-filter on --max-pack-objects 5", true),
            ("serve --sparse-filter", false),
            ("serve --tls-cert x", false),
            ("serve --public-url ftp://x", false),
            ("admin --data x show demo", true),
            ("admin show demo --data x", true),
            (
                "admin relax-fsck demo --rule missingEmail --rule badDate,badEmail",
                true,
            ),
            ("admin relax-fsck demo --none", true),
            ("admin relax-fsck demo", false),
            ("admin relax-fsck demo --none --rule missingEmail", false),
        ];
        for (line, taken) in rows {
            let parsed = Cli::try_parse_from(std::iter::once("packhouse").chain(line.split(' ')));
            assert_eq!(parsed.is_ok(), taken, "{line}");
        }
    }

    #[test]
    fn every_rule_named_in_the_examples_is_enforced_and_can_be_relaxed() {
        let after_rule = RELAX_FSCK_EXAMPLES.split("--rule ").skip(1);
        let names: Vec<&str> = after_rule.filter_map(|rest| rest.split_whitespace().next()).collect();
        assert_eq!(names.len(), 2);
        let relaxing = Policy::relaxing(&names).unwrap();
        for name in names {
            let rule = Rule::from_name(name).unwrap();
            assert!(Policy::strict().enforces(rule) && !relaxing.enforces(rule), "{name}");
        }
    }
}
