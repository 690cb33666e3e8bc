//! [`KmsKeys`].

use async_trait::async_trait;
use aws_sdk_kms::config::http::HttpResponse;
use aws_sdk_kms::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_kms::types::DataKeySpec;
use packhouse_forge::encryption_keys::{EncryptionKeys, UselessKey};
use packhouse_storage::blobs::KeyFault;

use crate::clients::Clients;
use crate::failure::describe;

/// Keys of KMS.
///
/// They are checked by doing what S3 does for us with each blob: to make a data key, and to decrypt it again. So whoever
/// runs this needs exactly the two permissions that the blobs need, and nobody has to look at states and kinds of keys.
#[derive(Clone, Debug)]
pub struct KmsKeys {
    clients: Clients,
}

impl KmsKeys {
    /// The keys that the account of `clients` can reach.
    #[must_use]
    pub fn new(clients: &Clients) -> Self {
        Self {
            clients: clients.clone(),
        }
    }
}

#[async_trait]
impl EncryptionKeys for KmsKeys {
    async fn check(&self, key: &str) -> Result<(), UselessKey> {
        let kms = self.clients.kms();
        let made = kms.generate_data_key().key_id(key).key_spec(DataKeySpec::Aes256);
        let made = made.send().await.map_err(|error| useless(&error))?;
        let again = kms.decrypt().key_id(key).set_ciphertext_blob(made.ciphertext_blob);
        again.send().await.map_err(|error| useless(&error))?;
        Ok(())
    }
}

fn useless<E>(error: &SdkError<E, HttpResponse>) -> UselessKey
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    UselessKey {
        fault: error.code().and_then(fault).unwrap_or(KeyFault::Unavailable),
        why: describe(error),
    }
}

/// What KMS says by an error; `None` where it says nothing of the key.
pub(crate) fn fault(code: &str) -> Option<KeyFault> {
    Some(match code {
        "AccessDeniedException" => KeyFault::AccessDenied,
        "DisabledException" => KeyFault::Disabled,
        "InvalidArnException" | "ValidationException" => KeyFault::InvalidId,
        "InvalidKeyUsageException" | "UnsupportedOperationException" => KeyFault::InvalidUsage,
        "NotFoundException" => KeyFault::NotFound,
        "KMSInvalidStateException" | "KeyUnavailableException" => KeyFault::Unavailable,
        _ => return None,
    })
}
