//! `packhouse admin bootstrap`: what a fresh deployment on AWS lacks, the master key and the first administrator.
//!
//! Each step looks for what an interrupted run has left: a parameter without an installation, an installation without
//! an administrator. Credentials are printed once, so a run that was cut off between making and printing them is
//! followed by one with `--replace-administrator`.

use std::io::Write as _;
use std::sync::Arc;

use anyhow::{Context as _, Result, bail, ensure};
use packhouse_aws::Creation;
use packhouse_forge::error::Error;
use packhouse_forge::forge::Forge;
use packhouse_forge::identity::administrator::{self, Secrets};
use packhouse_forge::installation;
use packhouse_forge::jobs::Queue;
use packhouse_forge::master_key::MasterKeySource as _;
use packhouse_storage::limits::Limits;
use packhouse_storage::store::Store;

use crate::env::Exports;
use crate::options::{AwsPlace, BootstrapOptions, Output};
use crate::store::aws::Adapters;

/// Makes what is missing, and prints the administrator's credentials.
pub(crate) async fn run(options: BootstrapOptions) -> Result<()> {
    let place = options.aws.place("bootstrap", options.account_id, options.region)?;
    let adapters = Adapters::new(&place).await;
    adapters.check_bucket().await?;
    make_master_key(&adapters, &place, options.kms_key.as_deref()).await?;
    let forge = open(adapters, &place).await?;
    let secrets = Secrets::fresh(&place.account);
    if options.replace_administrator {
        let replaced = match administrator::replace(&forge, &secrets).await {
            Err(error @ Error::EntityAlreadyExists { .. }) => {
                bail!("{error} It is not the administrator: give it another name first, or delete it")
            }
            replaced => replaced?,
        };
        ensure!(
            replaced,
            "there is no administrator yet: run this without --replace-administrator"
        );
        tell("the administrator is made anew; all credentials and sessions of before are void")?;
    } else {
        ensure!(
            administrator::ensure(&forge, &secrets).await?,
            "an administrator was made already, whose credentials were printed then. If they are lost, or the user is \
             gone, run this with --replace-administrator: it makes the user anew, and all that the old one had is void"
        );
        tell("the administrator is made; the credentials are printed this once, so keep them")?;
    }
    let exports = Exports {
        administrator: &secrets.into(),
        region: place.region.as_str(),
        url: options.public_url.as_deref(),
    };
    let printed = match options.output {
        Output::Env => exports.print(),
        Output::Json => exports.print_json(),
    };
    printed.context("the credentials could not be printed and are lost: run this again with --replace-administrator")
}

/// Makes the parameter, but not where an installation is: what was written under a key cannot be read under a new one.
async fn make_master_key(adapters: &Adapters, place: &AwsPlace, kms_key: Option<&str>) -> Result<()> {
    if installation::exists(&adapters.table).await? {
        return Ok(());
    }
    let name = &place.master_key_parameter;
    match adapters.key.create(kms_key).await? {
        Creation::Created => tell(&format!("the master key is in the parameter {name}")),
        Creation::ThereAlready => tell(&format!("the master key that is in the parameter {name} is used")),
    }
}

/// Opens the installation, which is made where there is none.
async fn open(adapters: Adapters, place: &AwsPlace) -> Result<Forge> {
    let Adapters { table, blobs, key, .. } = adapters;
    let master = match key.master_key().await {
        Ok(master) => master,
        Err(error) if installation::exists(&table).await? => {
            bail!(
                "the table {} holds an installation, which only its own master key opens: put that back ({error})",
                place.table
            )
        }
        Err(error) => return Err(error.into()),
    };
    let (account, region) = (Some(&place.account), Some(&place.region));
    let installation = installation::open(&table, account, region, &master).await?;
    // Nothing is pushed and nothing is compacted here, so there are no temporary files and no jobs.
    let store = Store::new(
        Arc::new(table),
        Arc::new(blobs),
        std::env::temp_dir(),
        Limits::default(),
    );
    Ok(Forge::new(
        store,
        installation,
        Arc::new(key),
        Arc::new(Queue::default()),
        "",
    ))
}

/// Says something beside the credentials.
fn tell(what: &str) -> Result<()> {
    Ok(writeln!(std::io::stderr(), "packhouse: {what}")?)
}
