//! `packhouse audit`.

use clap::Args;

use super::{DataOption, RemoteOptions};
use crate::audit::since::Since;

const AUDIT_EXAMPLES: &str = "\
Examples:
  packhouse audit --since 1h
  packhouse audit --since 7d --denied
  packhouse audit --since 2026-11-01 --repository demo --event GitPush --json

It asks the server (cloudtrail:LookupEvents); the newest comes first. The table keeps what changed something and what was
denied, for 90 days. Reads are in the server's log only.
";

#[derive(Debug, Args)]
#[command(after_help = AUDIT_EXAMPLES)]
pub(crate) struct AuditOptions {
    #[command(flatten)]
    pub(crate) data: DataOption,

    #[command(flatten)]
    pub(crate) remote: RemoteOptions,

    /// How far to look back: a number with s, m, h, d or w; or a date or time such as 2026-11-01 or 2026-11-01T08:00:00Z
    #[arg(long, value_name = "TIME", default_value = "24h")]
    pub(crate) since: Since,

    /// Only of this user, session of a role, or ARN
    #[arg(long, value_name = "NAME")]
    pub(crate) user: Option<String>,

    /// Only these events, such as `GitPush` or `CreateAccessKey`
    #[arg(long, value_name = "NAME")]
    pub(crate) event: Option<String>,

    /// Only about this repository
    #[arg(long, value_name = "NAME")]
    pub(crate) repository: Option<String>,

    /// Only what was denied
    #[arg(long)]
    pub(crate) denied: bool,

    /// Print CloudTrail's records, one JSON object a line
    #[arg(long)]
    pub(crate) json: bool,
}
