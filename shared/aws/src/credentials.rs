//! The credentials and the region of whoever runs a command, found as the AWS CLI finds them.

use std::error::Error as StdError;
use std::fmt;
use std::time::UNIX_EPOCH;

use aws_config::default_provider::credentials::DefaultCredentialsChain;
use aws_config::environment::{EnvironmentVariableCredentialsProvider, EnvironmentVariableRegionProvider};
use aws_config::meta::region::ProvideRegion as _;
use aws_config::profile::{ProfileFileCredentialsProvider, ProfileFileRegionProvider};
use aws_config::provider_config::ProviderConfig;
use aws_config::{BehaviorVersion, Region};
use aws_credential_types::provider::ProvideCredentials as _;
use aws_credential_types::provider::error::CredentialsError;
use aws_types::service_config::ServiceConfigKey;

use crate::failure::chain;

/// An access key, with a session's token if it is a temporary one.
#[derive(Clone)]
pub struct AccessKey {
    /// Its id, `AKIA…` or `ASIA…`.
    pub id: String,
    /// What signatures are made with.
    pub secret: String,
    /// The session's token.
    pub token: Option<String>,
    /// When it ends, in seconds since the Unix epoch, where that is known.
    pub expires: Option<u64>,
}

impl fmt::Debug for AccessKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessKey")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// Nobody gave an access key. The text is for whoever runs the command.
#[derive(Debug)]
pub struct NoAccessKey(String);

impl fmt::Display for NoAccessKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl StdError for NoAccessKey {}

/// The access key in the environment, else in the profile that `AWS_PROFILE` names (a `credential_process` included); of a
/// `profile` that is named, that one's alone. Nothing is asked of the network, but what the profile itself asks for.
///
/// # Errors
/// There is none, or a profile cannot be read.
pub async fn configured_key(profile: Option<&str>) -> Result<AccessKey, NoAccessKey> {
    let environment = EnvironmentVariableCredentialsProvider::new();
    let found = match profile {
        None => match environment.provide_credentials().await {
            Err(CredentialsError::CredentialsNotLoaded(_)) => of_profile(None).await,
            found => found,
        },
        named => of_profile(named).await,
    };
    let place = match profile {
        Some(profile) => format!("in the profile {profile} of ~/.aws/config and ~/.aws/credentials"),
        None => "in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, nor in the profile (AWS_PROFILE)".to_owned(),
    };
    key(found, &place)
}

/// The access key of the account at AWS that this machine or its user has: that of `profile`, which is read alone if it is
/// named, else of the environment, the profile `default`, a web identity, a container, an instance. `AWS_PROFILE` is not
/// looked at: it may name the profile whose `credential_process` this is.
///
/// # Errors
/// There is none, a profile cannot be read, or it asks for a command with the words `own`, which would be asked for ever.
pub async fn key_at_aws(profile: Option<&str>, own: &[&str]) -> Result<AccessKey, NoAccessKey> {
    let name = profile.unwrap_or("default");
    if let Some(process) = credential_process(name).await
        && own
            .iter()
            .all(|word| process.split_whitespace().any(|part| part.ends_with(word)))
    {
        return Err(NoAccessKey(format!(
            "the profile {name} gets its keys from this very command; name the profile that has your keys at AWS with \
             --profile"
        )));
    }
    let found = match profile {
        Some(_) => of_profile(profile).await,
        None => {
            let chain = DefaultCredentialsChain::builder().profile_name(name);
            // Asking the instance for a region takes long where there is none.
            let region = Region::new(
                configured_region(Some(name))
                    .await
                    .unwrap_or_else(|| "us-east-1".to_owned()),
            );
            chain.region(region).build().await.provide_credentials().await
        }
    };
    let place = match profile {
        Some(profile) => format!("in the profile {profile} of ~/.aws/config and ~/.aws/credentials"),
        None => {
            "in the environment or the profile default, and neither a container nor an instance gives one".to_owned()
        }
    };
    key(found, &place)
}

/// The region in the environment, else in the profile.
pub async fn configured_region(profile: Option<&str>) -> Option<String> {
    let of_environment = EnvironmentVariableRegionProvider::new().region().await;
    let found = match of_environment.filter(|region| !region.as_ref().is_empty()) {
        None => {
            let mut of_profile = ProfileFileRegionProvider::builder();
            if let Some(profile) = profile {
                of_profile = of_profile.profile_name(profile);
            }
            of_profile.build().region().await
        }
        found => found,
    };
    found.map(|region| region.as_ref().to_owned())
}

async fn of_profile(profile: Option<&str>) -> Result<aws_credential_types::Credentials, CredentialsError> {
    // A role that the profile assumes is asked for in the region that the profile names.
    let region = configured_region(profile).await.map(Region::new);
    let config = ProviderConfig::without_region().with_region(region);
    let mut provider = ProfileFileCredentialsProvider::builder().configure(&config);
    if let Some(profile) = profile {
        provider = provider.profile_name(profile);
    }
    provider.build().provide_credentials().await
}

/// The command that a profile asks for keys.
async fn credential_process(profile: &str) -> Option<String> {
    let loader = aws_config::defaults(BehaviorVersion::latest()).profile_name(profile);
    let config = loader.region(Region::from_static("us-east-1")).load().await;
    let key = ServiceConfigKey::builder()
        .service_id("packhouse")
        .profile("credential_process")
        .env("PACKHOUSE_NO_SUCH_VARIABLE");
    config.service_config()?.load_config(key.build().ok()?)
}

fn key(
    found: Result<aws_credential_types::Credentials, CredentialsError>,
    place: &str,
) -> Result<AccessKey, NoAccessKey> {
    match found {
        Ok(found) => Ok(AccessKey {
            id: found.access_key_id().to_owned(),
            secret: found.secret_access_key().to_owned(),
            token: found.session_token().map(str::to_owned),
            expires: found
                .expiry()
                .map(|at| at.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()),
        }),
        Err(CredentialsError::CredentialsNotLoaded(_)) => {
            Err(NoAccessKey(format!("there is no AWS access key {place}")))
        }
        Err(error) => Err(NoAccessKey(format!("no AWS access key is found: {}", chain(&error)))),
    }
}
