//! Where a server's data lies: in a folder, or in a table and a bucket of the emulators.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::json;
use tempfile::TempDir;

use crate::{
    Boto3, Credentials, binary,
    emulators::{ACCOUNT, AwsStore},
};

/// The data of one installation. It outlives the servers that work on it.
#[derive(Debug)]
pub(crate) struct Place {
    scratch: TempDir,
    aws: Option<Aws>,
}

/// An installation on AWS, with its administrator.
#[derive(Debug)]
struct Aws {
    store: AwsStore,
    parameter: String,
    administrator: BTreeMap<String, String>,
}

impl Place {
    /// A new folder.
    pub(crate) fn folder() -> Self {
        let scratch = TempDir::new().expect("a temporary folder");
        Self { scratch, aws: None }
    }

    /// A new installation in `store`, made as a person makes one, with `packhouse admin bootstrap`.
    pub(crate) fn on_aws(store: AwsStore) -> Self {
        let parameter = format!("/{}/master-key", store.table);
        Self::on_aws_under(store, parameter)
    }

    /// The same, with the name of the master key's parameter.
    pub(crate) fn on_aws_under(store: AwsStore, parameter: String) -> Self {
        let mut place = Self::folder();
        let ran = Command::new(binary::packhouse())
            .args(["admin", "bootstrap", "--output", "json"])
            .env_clear()
            .envs(store.variables())
            .envs(identity(&parameter))
            .output()
            .expect("packhouse runs");
        let told = String::from_utf8_lossy(&ran.stderr);
        assert!(ran.status.success(), "packhouse admin bootstrap: {told}");
        let administrator = serde_json::from_slice(&ran.stdout).expect("bootstrap prints an object of strings");
        place.aws = Some(Aws {
            store,
            parameter,
            administrator,
        });
        place
    }

    /// The folder that the server runs in, and all of its data where it is not on AWS.
    pub(crate) fn folder_of(&self) -> &Path {
        self.scratch.path()
    }

    /// The folder given to `--data`.
    pub(crate) fn data(&self) -> PathBuf {
        self.scratch.path().join("data")
    }

    /// Tells `command`, a `packhouse serve`, where the data lies.
    pub(crate) fn name_to(&self, command: &mut Command) {
        match &self.aws {
            None => {
                command.arg("--data").arg(self.data());
            }
            Some(aws) => {
                command.args(["--store", "aws", "--spool"]).arg(self.scratch.path());
                command.envs(aws.store.variables()).envs(identity(&aws.parameter));
            }
        }
    }

    /// The administrator's credentials for the server at `url`.
    pub(crate) fn credentials(&self, url: &str) -> Credentials {
        let Some(aws) = &self.aws else {
            return Credentials::of(binary::packhouse(), &self.data());
        };
        let mut pairs = aws.administrator.clone();
        for name in ["AWS_ENDPOINT_URL", "PACKHOUSE_URL"] {
            pairs.insert(name.to_owned(), url.to_owned());
        }
        Credentials::given(pairs)
    }

    /// What names the installation to a process, besides its table and bucket; nothing where it is a folder.
    pub(crate) fn identity(&self) -> Vec<(String, String)> {
        let pairs = self.aws.iter().flat_map(|aws| identity(&aws.parameter));
        pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }

    /// Runs `packhouse <arguments>` for the server at `url`: on its data folder, or over its API.
    pub(crate) fn command(&self, arguments: &[&str], url: &str) -> Command {
        let mut command = Command::new(binary::packhouse());
        command.args(arguments).env_clear();
        if self.aws.is_some() {
            command.args(["--url", url]).envs(self.credentials(url).variables());
        } else {
            command.arg("--data").arg(self.data());
        }
        command
    }

    /// Copies every pack and index out of the store into the folder `to`; answers the number of packs.
    pub(crate) fn copy_packs(&self, to: &Path) -> usize {
        match &self.aws {
            None => copy_packs(&self.data(), to),
            Some(aws) => download_packs(&aws.store, to),
        }
    }
}

/// What names an installation on AWS, besides its table and bucket.
fn identity(parameter: &str) -> [(&'static str, &str); 2] {
    [
        ("PACKHOUSE_MASTER_KEY_PARAMETER", parameter),
        ("PACKHOUSE_ACCOUNT_ID", ACCOUNT),
    ]
}

/// Copies packs and indexes out of a data folder, wherever in it the store keeps them.
fn copy_packs(from: &Path, to: &Path) -> usize {
    let mut packs = 0;
    for entry in std::fs::read_dir(from).expect("the data folder is readable").flatten() {
        let path = entry.path();
        let name = entry.file_name();
        if path.is_dir() {
            packs += copy_packs(&path, to);
        } else if let Some(name) = name.to_str().and_then(pack_name) {
            std::fs::copy(&path, to.join(&name)).expect("the folder is writable");
            packs += usize::from(name.ends_with(".pack"));
        }
    }
    packs
}

fn download_packs(store: &AwsStore, to: &Path) -> usize {
    let s3 = store.client("s3");
    let listed = s3.call("ListObjectsV2", &json!({ "Bucket": store.bucket, "Prefix": "repos/" }));
    let listed = listed.expect("the bucket can be listed");
    let keys = listed["Contents"].as_array().into_iter().flatten();
    let mut packs = 0;
    for key in keys.filter_map(|object| object["Key"].as_str()) {
        let Some(name) = key.rsplit('/').next().and_then(pack_name) else {
            continue;
        };
        std::fs::write(to.join(&name), object(&s3, &store.bucket, key)).expect("the folder is writable");
        packs += usize::from(name.ends_with(".pack"));
    }
    packs
}

fn object(s3: &Boto3, bucket: &str, key: &str) -> Vec<u8> {
    use base64::{Engine as _, prelude::BASE64_STANDARD};
    let found = s3.call("GetObject", &json!({ "Bucket": bucket, "Key": key }));
    let found = found.expect("what is listed is there");
    let encoded = found["Body"]["base64"].as_str().expect("a body");
    BASE64_STANDARD.decode(encoded).expect("the worker encodes bodies")
}

/// The name that git gives what the store calls `<id>.pack` or `<id>.idx`.
fn pack_name(name: &str) -> Option<String> {
    let is_pack = name.ends_with(".pack") || name.ends_with(".idx");
    is_pack.then(|| format!("pack-{name}"))
}
