//! [`AwsArchives`].

use async_trait::async_trait;
use packhouse_forge::triggers::{ArchiveTargets, FoundObject, Label, NewObject, Undelivered, split_object};
use packhouse_storage::blobs::BlobError;
use packhouse_storage::error::Error as StorageError;
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use crate::blobs::{S3Blobs, Terms, failure, put};
use crate::clients::Clients;
use crate::failure::describe;

const REPOSITORY: &str = "packhouse-repository";
const BRANCH: &str = "packhouse-branch";
const VERSION: &str = "packhouse-version";
/// What `CodePipeline` shows beside a revision of the object.
const SUMMARY: &str = "codepipeline-artifact-revision-summary";

/// Objects of any bucket of S3 that the account of the clients can write to, but for one.
#[derive(Clone, Debug)]
pub struct AwsArchives {
    clients: Clients,
    own_bucket: Option<String>,
}

impl AwsArchives {
    /// The buckets that the account of `clients` can reach, without that of the installation's own blobs.
    #[must_use]
    pub fn new(clients: &Clients, own_bucket: Option<&str>) -> Self {
        Self {
            clients: clients.clone(),
            own_bucket: own_bucket.map(ToOwned::to_owned),
        }
    }

    fn place<'a>(&self, arn: &'a str) -> Result<(S3Blobs, &'a str), Undelivered> {
        let refused = |why: &str| Undelivered::Refused(why.to_owned());
        let (bucket, key) = split_object(arn).ok_or_else(|| refused("The ARN names no object."))?;
        if self.own_bucket.as_deref() == Some(bucket) {
            return Err(refused("The bucket is the one that holds the repositories."));
        }
        Ok((S3Blobs::new(&self.clients, bucket), key))
    }
}

#[async_trait]
impl ArchiveTargets for AwsArchives {
    async fn find(&self, arn: &str) -> Result<Option<FoundObject>, Undelivered> {
        let (place, key) = self.place(arn)?;
        let call = self.clients.s3().head_object().bucket(&place.bucket).key(key);
        let found = match call.send().await {
            Ok(found) => found,
            // Who may not list a bucket is not told that an object is missing. Then nothing is replaced.
            Err(error) if matches!(failure::status(&error), Some(403 | 404)) => return Ok(None),
            Err(error) => return Err(Undelivered::Unreachable(describe(&error))),
        };
        let of = |name: &str| found.metadata().and_then(|all| all.get(name)).cloned();
        let label = || {
            Some(Label {
                repository: of(REPOSITORY)?,
                branch: percent_decode_str(&of(BRANCH)?).decode_utf8().ok()?.into_owned(),
                version: of(VERSION)?.parse().ok()?,
            })
        };
        Ok(Some(FoundObject {
            label: label(),
            etag: found.e_tag().unwrap_or_default().to_owned(),
        }))
    }

    async fn put(&self, object: NewObject) -> Result<bool, Undelivered> {
        let (place, key) = self.place(&object.arn)?;
        let terms = Terms {
            replaces: object.replaces,
            labels: vec![
                (REPOSITORY, object.label.repository),
                // Metadata are ASCII.
                (
                    BRANCH,
                    utf8_percent_encode(&object.label.branch, NON_ALPHANUMERIC).to_string(),
                ),
                (VERSION, object.label.version.to_string()),
                (SUMMARY, object.summary),
            ],
            ..Terms::default()
        };
        match put::stream(&place, key, object.bytes, &terms).await {
            Ok(_) => Ok(true),
            // A missing object cannot be replaced, either.
            Err(BlobError::Exists(_) | BlobError::NotFound(_)) => Ok(false),
            Err(error) => Err(undelivered(&error)),
        }
    }
}

/// What an owner of the bucket or of the repository can change is told; what else goes wrong on the way may pass.
fn undelivered(error: &BlobError) -> Undelivered {
    match error {
        BlobError::Unavailable(why) if why.starts_with("AccessDenied") => {
            Undelivered::Refused("AccessDenied: this installation may not write the object.".to_owned())
        }
        BlobError::Unavailable(why) if why.starts_with("there is no bucket") => {
            Undelivered::Refused("NoSuchBucket: there is no bucket of that name.".to_owned())
        }
        BlobError::Key { fault, .. } => Undelivered::Refused(fault.to_string()),
        BlobError::Source(source) => match source.get_ref().and_then(|error| error.downcast_ref()) {
            Some(StorageError::TooLarge(why)) => Undelivered::Refused(why.clone()),
            _ => Undelivered::Unreachable(error.to_string()),
        },
        _ => Undelivered::Unreachable(error.to_string()),
    }
}
