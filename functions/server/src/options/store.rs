//! Where the data lies.

use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};
use clap::{Args, ValueEnum};
use packhouse_forge::names::{AccountId, Region};

/// The stores that the server knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum StoreKind {
    // SQLite and files in the data folder, by one process at a time.
    Local,
    // A DynamoDB table and an S3 bucket, by any number of processes and functions.
    Aws,
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

/// Where an installation on AWS lies, as far as it is given.
#[derive(Clone, Debug, Args)]
pub(crate) struct AwsOptions {
    /// Name of the DynamoDB table
    #[arg(long, env = "PACKHOUSE_TABLE", value_name = "NAME", help_heading = "AWS")]
    table: Option<String>,

    /// Name of the S3 bucket
    #[arg(long, env = "PACKHOUSE_BUCKET", value_name = "NAME", help_heading = "AWS")]
    bucket: Option<String>,

    /// Name of the encrypted parameter (SSM) that holds the master key
    #[arg(
        long,
        env = "PACKHOUSE_MASTER_KEY_PARAMETER",
        value_name = "NAME",
        help_heading = "AWS"
    )]
    master_key_parameter: Option<String>,

    // Read here so that the environment is read in one place. `--region` is the flag.
    #[arg(long, env = "AWS_REGION", hide = true)]
    aws_region: Option<String>,
}

/// Where an installation on AWS lies.
#[derive(Clone, Debug)]
pub(crate) struct AwsPlace {
    pub(crate) table: String,
    pub(crate) bucket: String,
    pub(crate) master_key_parameter: String,
    pub(crate) account: AccountId,
    pub(crate) region: Region,
}

impl AwsOptions {
    /// The whole place, for `who`; otherwise what is missing of it.
    pub(crate) fn place(self, who: &str, account: Option<AccountId>, region: Option<Region>) -> Result<AwsPlace> {
        let region = match (region, given(self.aws_region)) {
            (None, Some(name)) => Some(Region::new(&name).context("AWS_REGION names no region")?),
            (region, _) => region,
        };
        let [table, bucket, parameter] = [self.table, self.bucket, self.master_key_parameter].map(given);
        match (table, bucket, parameter, account, region) {
            (Some(table), Some(bucket), Some(master_key_parameter), Some(account), Some(region)) => Ok(AwsPlace {
                table,
                bucket,
                master_key_parameter,
                account,
                region,
            }),
            (table, bucket, parameter, account, region) => {
                let all = [
                    (table.is_none(), TABLE),
                    (bucket.is_none(), BUCKET),
                    (parameter.is_none(), PARAMETER),
                    (account.is_none(), "--account-id (PACKHOUSE_ACCOUNT_ID)"),
                    (region.is_none(), "--region (PACKHOUSE_REGION or AWS_REGION)"),
                ];
                let missing: Vec<&str> = all
                    .iter()
                    .filter(|(missing, _)| *missing)
                    .map(|(_, name)| *name)
                    .collect();
                bail!("{who} needs {}", missing.join(", "))
            }
        }
    }

    /// Refuses what another store would silently leave aside.
    pub(crate) fn unused(self) -> Result<()> {
        for (value, name) in [
            (self.table, TABLE),
            (self.bucket, BUCKET),
            (self.master_key_parameter, PARAMETER),
        ] {
            if given(value).is_some() {
                bail!("{name} is given, which needs --store aws");
            }
        }
        Ok(())
    }
}

const TABLE: &str = "--table (PACKHOUSE_TABLE)";
const BUCKET: &str = "--bucket (PACKHOUSE_BUCKET)";
const PARAMETER: &str = "--master-key-parameter (PACKHOUSE_MASTER_KEY_PARAMETER)";

/// An empty variable is none.
fn given(value: Option<String>) -> Option<String> {
    value.filter(|value| !value.is_empty())
}
