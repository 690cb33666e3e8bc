//! [`SsmMasterKey`].

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_ssm::error::ProvideErrorMetadata as _;
use aws_sdk_ssm::types::ParameterType;
use packhouse_forge::master_key::{MasterKey, MasterKeySource};
use packhouse_storage::error::Error;
use tokio::sync::OnceCell;

use crate::clients::Clients;
use crate::failure::describe;

/// The master key in an encrypted parameter (a `SecureString`) of the parameter store, as 64 hex digits. It is read once,
/// when it is first asked for; clones share it.
#[derive(Clone, Debug)]
pub struct SsmMasterKey {
    clients: Clients,
    parameter: String,
    key: Arc<OnceCell<MasterKey>>,
}

/// What came of [`SsmMasterKey::create`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Creation {
    /// There is a fresh master key.
    Created,
    /// There was a parameter of that name; it is unchanged.
    ThereAlready,
}

impl SsmMasterKey {
    /// The key in the parameter called `parameter`. Whether there is one shows when it is used.
    #[must_use]
    pub fn new(clients: &Clients, parameter: impl Into<String>) -> Self {
        Self {
            clients: clients.clone(),
            parameter: parameter.into(),
            key: Arc::default(),
        }
    }

    /// Makes the parameter, with a fresh key, unless there is one. `kms_key` encrypts it in place of the account's own key
    /// for parameters.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when that cannot be done now, or not by this caller.
    pub async fn create(&self, kms_key: Option<&str>) -> Result<Creation, Error> {
        let digits = MasterKey::fresh().to_hex();
        let call = self.clients.ssm().put_parameter().name(&self.parameter).value(digits);
        let call = call
            .r#type(ParameterType::SecureString)
            .overwrite(false)
            .set_key_id(kms_key.map(Into::into));
        match call
            .description("The master key of Packhouse. Without it, nobody can sign in.")
            .send()
            .await
        {
            Ok(_) => Ok(Creation::Created),
            Err(error) if error.code() == Some("ParameterAlreadyExists") => Ok(Creation::ThereAlready),
            Err(error) => Err(self.unavailable(&describe(&error))),
        }
    }

    async fn read(&self) -> Result<MasterKey, Error> {
        let call = self
            .clients
            .ssm()
            .get_parameter()
            .name(&self.parameter)
            .with_decryption(true);
        let answer = call.send().await.map_err(|error| match error.code() {
            Some("ParameterNotFound") => self.unavailable("there is none; `packhouse admin bootstrap` makes it"),
            _ => self.unavailable(&describe(&error)),
        })?;
        let value = answer
            .parameter
            .and_then(|parameter| parameter.value)
            .unwrap_or_default();
        MasterKey::from_hex(&value).ok_or_else(|| {
            Error::Corrupt(format!(
                "the parameter {} holds no master key of 64 hex digits",
                self.parameter
            ))
        })
    }

    fn unavailable(&self, why: &str) -> Error {
        Error::Unavailable(format!("the master key, parameter {}: {why}", self.parameter))
    }
}

#[async_trait]
impl MasterKeySource for SsmMasterKey {
    async fn master_key(&self) -> Result<MasterKey, Error> {
        self.key.get_or_try_init(|| self.read()).await.cloned()
    }
}
