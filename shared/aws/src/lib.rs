//! The adapters on AWS: the table on `DynamoDB`, the blobs on S3, events on `EventBridge`, jobs on Lambda, the master key in
//! the parameter store, keys of KMS, and targets of triggers on SNS, Lambda and S3. And what a client of AWS's has: its access key, and what it signs with it.
//!
//! Knows the AWS SDK, and is the only crate that does. Must not know HTTP, or what the items and blobs mean; the
//! environment it leaves to the SDK. Start with [`sdk_config`] and [`Clients`], which all adapters share:
//!
//! ```no_run
//! # async fn example() {
//! use packhouse_aws::{Clients, DynamoTable, S3Blobs, sdk_config};
//!
//! let clients = Clients::new(sdk_config("eu-central-1").await);
//! let table = DynamoTable::new(&clients, "packhouse");
//! let blobs = S3Blobs::new(&clients, "packhouse-blobs");
//! # drop((table, blobs));
//! # }
//! ```
//!
//! The SDK retries; nothing here does above it, but for what it takes for a success or for final.

mod archives;
mod attempts;
mod blobs;
mod caller_identity;
mod clients;
mod credentials;
mod events;
mod failure;
mod git_password;
mod jobs;
mod keys;
mod master_key;
mod retries;
mod table;
mod targets;

pub use self::archives::AwsArchives;
pub use self::blobs::S3Blobs;
pub use self::caller_identity::caller_identity_url;
pub use self::clients::{Clients, emulator_config, sdk_config};
pub use self::credentials::{AccessKey, NoAccessKey, configured_key, configured_region, key_at_aws};
pub use self::events::{EventBridgeBus, Received};
pub use self::git_password::git_password;
pub use self::jobs::LambdaJobs;
pub use self::keys::KmsKeys;
pub use self::master_key::{Creation, SsmMasterKey};
pub use self::table::DynamoTable;
pub use self::targets::AwsTargets;
