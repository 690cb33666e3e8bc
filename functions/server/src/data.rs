//! What lies in the data folder besides the stores: the master key, the administrator's secrets, where the server is.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Result, anyhow, bail};
use packhouse_forge::forge::Forge;
use packhouse_forge::identity::administrator::{self, Secrets};
use packhouse_forge::installation;
use packhouse_forge::jobs::{Jobs, Queue};
use packhouse_forge::master_key::MasterKey;
use packhouse_forge::names::{AccountId, Region};
use packhouse_local::{DataFolder, FileBlobs, SqliteTable};
use packhouse_storage::blobs::presigned::Signer;
use packhouse_storage::store::{Limits, Store};
use serde::{Deserialize, Serialize};

use crate::private_file;

const MASTER_KEY: &str = "master.key";
const BLOB_KEY: &str = "blob-urls.key";
const ADMINISTRATOR: &str = "admin.json";
const SERVER: &str = "server.json";

/// What an installation is to be; what is absent stays as it is.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wanted {
    pub(crate) account: Option<AccountId>,
    pub(crate) region: Option<Region>,
    pub(crate) limits: Limits,
}

/// The data folder, open for this process alone.
pub(crate) struct Opened {
    pub(crate) forge: Arc<Forge>,
    /// The compactions that it asks for.
    pub(crate) queue: Arc<Queue>,
    /// The administrator's credentials, unless somebody took them out of the folder.
    pub(crate) secrets: Option<Administrator>,
    _folder: DataFolder,
}

/// The administrator's credentials as the folder keeps them.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Administrator {
    pub(crate) access_key_id: String,
    pub(crate) secret_access_key: String,
    pub(crate) git_username: String,
    pub(crate) git_password: String,
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
pub(crate) async fn open(folder: DataFolder, wanted: &Wanted, url: &str) -> Result<Opened> {
    let key = MasterKey::new(secret_file(&folder.secrets().join(MASTER_KEY), &folder.table())?);
    let blob_key = secret_file(&folder.secrets().join(BLOB_KEY), Path::new(""))?;
    let table = SqliteTable::open(&folder.table())?;
    let blobs = FileBlobs::open(&folder.blobs(), Signer::new(&blob_key)).context("cannot open the blob store")?;
    let account = wanted.account.as_ref();
    let installation = installation::open(&table, account, wanted.region.as_ref(), &key).await?;
    let store = Store::new(Arc::new(table), Arc::new(blobs), folder.spool(), wanted.limits.clone());
    let queue = Arc::new(Queue::default());
    let jobs: Arc<dyn Jobs> = Arc::clone(&queue) as _;
    let forge = Forge::new(store, installation, Arc::new(key), jobs, url);
    let secrets = make_administrator(&forge, &folder.secrets().join(ADMINISTRATOR)).await?;
    Ok(Opened {
        forge: Arc::new(forge),
        queue,
        secrets,
        _folder: folder,
    })
}

/// The credentials are in their file before they are valid, so that a crash between the two loses nothing.
async fn make_administrator(forge: &Forge, path: &Path) -> Result<Option<Administrator>> {
    let kept = match read_json::<Administrator>(path)? {
        Some(kept) => kept,
        None if administrator::exists(forge).await? => return Ok(None),
        None => {
            let fresh = Secrets::fresh(&forge.installation().account);
            let kept = Administrator {
                access_key_id: fresh.access_key_id,
                secret_access_key: fresh.secret_access_key,
                git_username: fresh.git_username,
                git_password: fresh.git_password,
            };
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
    administrator::ensure(forge, &secrets).await?;
    Ok(Some(kept))
}

/// The 32 bytes in a key file, which is made where there is none, unless the file `needs` is there: what was written
/// under a key cannot be read under a new one.
fn secret_file(path: &Path, needs: &Path) -> Result<[u8; 32]> {
    if let Some(text) = private_file::read(path)? {
        let text = String::from_utf8(text).unwrap_or_default();
        let key = packhouse_forge::hex::decode(text.trim()).and_then(|bytes| bytes.try_into().ok());
        return key.ok_or_else(|| anyhow!("{} does not hold 64 hex digits", path.display()));
    }
    if needs.exists() {
        bail!(
            "{} is missing, under which the data was written; put it back",
            path.display()
        );
    }
    let key = *MasterKey::fresh().as_bytes();
    private_file::write(path, format!("{}\n", packhouse_forge::hex::encode(&key)).as_bytes())?;
    Ok(key)
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
