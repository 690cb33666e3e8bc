//! The SDK's clients: how long they wait, and when they are made.

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_dynamodb::config::retry::RetryPartition;

use crate::retries::{InTheWay, Throttled, retries};

/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(2);
/// How long a small call may take, from its sending to the head of its answer.
const SMALL_CALL: Duration = Duration::from_secs(5);
/// As [`SMALL_CALL`], of S3, which answers more slowly.
const OBJECT_CALL: Duration = Duration::from_secs(15);

/// What the SDK reads from the machine: credentials (the environment's first, an instance's metadata last), endpoints
/// (`AWS_ENDPOINT_URL` and its like), proxies. Nothing is asked of the network before the first call.
pub async fn sdk_config(region: impl Into<String>) -> SdkConfig {
    let loader = aws_config::defaults(BehaviorVersion::latest());
    loader.region(Region::new(region.into())).load().await
}

/// An emulator of AWS at `endpoint`, with credentials that emulators take. Nothing is read from the machine.
#[must_use]
pub fn emulator_config(endpoint: &str, region: impl Into<String>) -> SdkConfig {
    let credentials = Credentials::new("test", "test", None, None, "emulator");
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(region.into()))
        .endpoint_url(endpoint)
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .build()
}

/// One client of each service, made when it is first used: a cold start does not pay for what a request does not need.
/// Clones share them.
#[derive(Clone)]
pub struct Clients(Arc<Inner>);

struct Inner {
    config: SdkConfig,
    dynamodb: OnceLock<aws_sdk_dynamodb::Client>,
    s3: OnceLock<aws_sdk_s3::Client>,
    eventbridge: OnceLock<aws_sdk_eventbridge::Client>,
    kms: OnceLock<aws_sdk_kms::Client>,
    lambda: OnceLock<aws_sdk_lambda::Client>,
    sns: OnceLock<aws_sdk_sns::Client>,
    ssm: OnceLock<aws_sdk_ssm::Client>,
}

impl fmt::Debug for Clients {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clients")
    }
}

impl Clients {
    /// Clients that find credentials, region and endpoints in `config`. Time-outs and retries are these clients' own.
    #[must_use]
    pub fn new(config: SdkConfig) -> Self {
        Self(Arc::new(Inner {
            config,
            dynamodb: OnceLock::new(),
            s3: OnceLock::new(),
            eventbridge: OnceLock::new(),
            kms: OnceLock::new(),
            lambda: OnceLock::new(),
            sns: OnceLock::new(),
            ssm: OnceLock::new(),
        }))
    }

    pub(crate) fn dynamodb(&self) -> &aws_sdk_dynamodb::Client {
        self.0.dynamodb.get_or_init(|| {
            let config = aws_sdk_dynamodb::config::Builder::from(&self.0.config)
                .retry_config(retries())
                .retry_partition(RetryPartition::custom("dynamodb").build())
                .retry_classifier(Throttled)
                .timeout_config(timeouts(SMALL_CALL))
                .build();
            aws_sdk_dynamodb::Client::from_conf(config)
        })
    }

    pub(crate) fn s3(&self) -> &aws_sdk_s3::Client {
        self.0.s3.get_or_init(|| {
            let config = aws_sdk_s3::config::Builder::from(&self.0.config)
                .retry_config(retries())
                .retry_partition(RetryPartition::custom("s3").build())
                .retry_classifier(InTheWay)
                .timeout_config(timeouts(OBJECT_CALL))
                .build();
            aws_sdk_s3::Client::from_conf(config)
        })
    }

    pub(crate) fn eventbridge(&self) -> &aws_sdk_eventbridge::Client {
        self.0.eventbridge.get_or_init(|| {
            let config = aws_sdk_eventbridge::config::Builder::from(&self.0.config)
                .retry_config(retries())
                .retry_partition(RetryPartition::custom("eventbridge").build())
                .timeout_config(timeouts(SMALL_CALL))
                .build();
            aws_sdk_eventbridge::Client::from_conf(config)
        })
    }

    pub(crate) fn kms(&self) -> &aws_sdk_kms::Client {
        self.0.kms.get_or_init(|| {
            let config = aws_sdk_kms::config::Builder::from(&self.0.config)
                .retry_config(retries())
                .retry_partition(RetryPartition::custom("kms").build())
                .timeout_config(timeouts(SMALL_CALL))
                .build();
            aws_sdk_kms::Client::from_conf(config)
        })
    }

    pub(crate) fn lambda(&self) -> &aws_sdk_lambda::Client {
        self.0.lambda.get_or_init(|| {
            let config = aws_sdk_lambda::config::Builder::from(&self.0.config)
                .retry_config(retries())
                .retry_partition(RetryPartition::custom("lambda").build())
                .timeout_config(timeouts(SMALL_CALL))
                .build();
            aws_sdk_lambda::Client::from_conf(config)
        })
    }

    pub(crate) fn sns(&self) -> &aws_sdk_sns::Client {
        self.0.sns.get_or_init(|| {
            let config = aws_sdk_sns::config::Builder::from(&self.0.config)
                .retry_config(retries())
                .retry_partition(RetryPartition::custom("sns").build())
                .timeout_config(timeouts(SMALL_CALL))
                .build();
            aws_sdk_sns::Client::from_conf(config)
        })
    }

    pub(crate) fn ssm(&self) -> &aws_sdk_ssm::Client {
        self.0.ssm.get_or_init(|| {
            let config = aws_sdk_ssm::config::Builder::from(&self.0.config)
                .retry_config(retries())
                .retry_partition(RetryPartition::custom("ssm").build())
                .timeout_config(timeouts(SMALL_CALL))
                .build();
            aws_sdk_ssm::Client::from_conf(config)
        })
    }
}

/// Time-outs of calls whose every attempt may take `attempt`. The body of a blob that is read is not counted.
pub(crate) fn timeouts(attempt: Duration) -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(CONNECT)
        .operation_attempt_timeout(attempt)
        .build()
}
