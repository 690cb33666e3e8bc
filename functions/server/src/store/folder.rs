//! The store in the data folder, and what lies beside it: the master key, the administrator's secrets, where the server
//! is.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Result, anyhow, bail, ensure};
use packhouse_forge::encryption_keys;
use packhouse_forge::error::Error;
use packhouse_forge::forge::Forge;
use packhouse_forge::identity::administrator::{self, Secrets};
use packhouse_forge::installation;
use packhouse_forge::master_key::MasterKey;
use packhouse_forge::names::{AccountId, Region};
use packhouse_local::{DataFolder, FileBlobs, SqliteTable};
use packhouse_storage::blobs::presigned::Signer;
use packhouse_storage::keys;
use packhouse_storage::limits::{Limits, Reads};
use packhouse_storage::store::Store;
use packhouse_storage::table::watched::Watched;
use serde::{Deserialize, Serialize};

use super::Parts;
use crate::private_file;

const MASTER_KEY: &str = "master.key";
const BLOB_KEY: &str = "blob-urls.key";
const ADMINISTRATOR: &str = "admin.json";
const SERVER: &str = "server.json";

/// The administrator's credentials as the folder keeps them.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Administrator {
    pub(crate) access_key_id: String,
    pub(crate) secret_access_key: String,
    pub(crate) git_username: String,
    pub(crate) git_password: String,
}

impl From<Secrets> for Administrator {
    fn from(secrets: Secrets) -> Self {
        Self {
            access_key_id: secrets.access_key_id,
            secret_access_key: secrets.secret_access_key,
            git_username: secrets.git_username,
            git_password: secrets.git_password,
        }
    }
}

/// Where the server is, or was when it ran last.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Server {
    /// The URL for clients.
    pub(crate) url: String,
    /// An address for plain HTTP from this machine.
    pub(crate) control: std::net::SocketAddr,
    pub(crate) region: String,
}

/// Opens the stores in `folder`, and makes what the first start makes.
pub(super) async fn open(
    folder: &DataFolder,
    account: Option<&AccountId>,
    region: Option<&Region>,
    limits: Limits,
) -> Result<Parts> {
    let key = MasterKey::new(secret_file(&folder.secrets().join(MASTER_KEY), &folder.table())?);
    let blob_key = secret_file(&folder.secrets().join(BLOB_KEY), Path::new(""))?;
    let table = SqliteTable::open(&folder.table())?;
    let signer = Signer::new(&blob_key);
    let blobs = FileBlobs::open(&folder.blobs(), signer.clone()).context("cannot open the blob store")?;
    let installation = installation::open(&table, account, region, &key).await?;
    let (table, outbox) = Watched::new(Arc::new(table), keys::OUTBOX_PREFIX);
    // Packs lie on the disk already.
    let limits = Limits {
        reads: Reads::LOCAL,
        ..limits
    };
    let store = Store::new(Arc::new(table), Arc::new(blobs), folder.spool(), limits);
    Ok(Parts {
        store,
        installation,
        key: Arc::new(key),
        blob_urls: Some(signer),
        encryption_keys: Arc::new(encryption_keys::Unused),
        outbox: Some(outbox),
    })
}

/// The credentials are in their file before they are valid, so that a crash between the two loses nothing.
pub(super) async fn make_administrator(forge: &Forge, folder: &DataFolder) -> Result<Option<Administrator>> {
    let path = &folder.secrets().join(ADMINISTRATOR);
    let kept = match read_json::<Administrator>(path)? {
        Some(kept) => kept,
        None if administrator::exists(forge).await? => return Ok(None),
        None => {
            let fresh = Secrets::fresh(&forge.installation().account);
            let kept = Administrator::from(fresh);
            private_file::write(path, &serde_json::to_vec_pretty(&kept)?)?;
            kept
        }
    };
    let secrets = Secrets {
        access_key_id: kept.access_key_id.clone(),
        secret_access_key: kept.secret_access_key.clone(),
        git_username: kept.git_username.clone(),
        git_password: kept.git_password.clone(),
    };
    // One who was made before may have other credentials by now, or be gone for good; the file's are those to try.
    let _made = administrator::ensure(forge, &secrets).await?;
    Ok(Some(kept))
}

/// Makes the administrator anew, with fresh credentials in the folder; all that the old one had is void. No server works in
/// the folder: this process holds it.
pub(super) async fn replace_administrator(forge: &Forge, folder: &DataFolder) -> Result<Administrator> {
    let secrets = Secrets::fresh(&forge.installation().account);
    let kept = Administrator::from(secrets.clone());
    // First the file, as above: whoever is interrupted between the two does it again.
    let path = folder.secrets().join(ADMINISTRATOR);
    private_file::write(&path, &serde_json::to_vec_pretty(&kept)?)?;
    match administrator::replace(forge, &secrets).await {
        Err(error @ Error::EntityAlreadyExists { .. }) => {
            bail!("{error} It is not the administrator: give it another name first, or delete it")
        }
        replaced => ensure!(replaced?, "there is no administrator yet: start the server once"),
    }
    Ok(kept)
}

/// The 32 bytes in a key file, which is made where there is none, unless the file `needs` is there: what was written
/// under a key cannot be read under a new one.
fn secret_file(path: &Path, needs: &Path) -> Result<[u8; 32]> {
    if let Some(text) = private_file::read(path)? {
        let text = String::from_utf8(text).unwrap_or_default();
        let key = MasterKey::from_hex(&text).map(|key| *key.as_bytes());
        return key.ok_or_else(|| anyhow!("{} does not hold 64 hex digits", path.display()));
    }
    if needs.exists() {
        bail!(
            "{} is missing, under which the data was written; put it back",
            path.display()
        );
    }
    let key = MasterKey::fresh();
    private_file::write(path, format!("{}\n", key.to_hex()).as_bytes())?;
    Ok(*key.as_bytes())
}

/// Notes where the server is, for the other commands.
pub(crate) fn write_server(folder: &Path, server: &Server) -> Result<()> {
    private_file::write(&folder.join(SERVER), &serde_json::to_vec_pretty(server)?)
}

/// Where the server of a folder is, and its administrator's credentials.
pub(crate) fn read_server(folder: &Path) -> Result<(Server, Administrator)> {
    let never = || {
        anyhow!(
            "no server has run on {} yet; start one with `packhouse --data {0}`",
            folder.display()
        )
    };
    let server = read_json(&folder.join(SERVER))?.ok_or_else(never)?;
    let path: PathBuf = folder.join("secrets").join(ADMINISTRATOR);
    let administrator = read_json(&path)?.with_context(|| format!("{} is not there", path.display()))?;
    Ok((server, administrator))
}

fn read_json<T: serde::de::DeserializeOwned>(path: &Path) -> Result<Option<T>> {
    let Some(contents) = private_file::read(path)? else {
        return Ok(None);
    };
    serde_json::from_slice(&contents)
        .map(Some)
        .with_context(|| format!("{} is damaged", path.display()))
}
