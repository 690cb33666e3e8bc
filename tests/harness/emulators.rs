//! AWS on this machine: dynoxide for DynamoDB, ministack for S3 and the rest, and fresh tables and buckets in them.
//!
//! Tests share one of each ([`Dynamo::shared`], [`Cloud::shared`]); a table and a bucket of one's own ([`AwsStore::fresh`]) are
//! isolation enough. Both keep everything in memory.

mod cloud;
mod dynamo;
pub(crate) mod process;
mod store;

pub use cloud::{Cloud, CloudOptions};
pub use dynamo::Dynamo;
pub use store::AwsStore;

/// The region that everything in the emulators is in.
pub const REGION: &str = "us-east-1";

/// The account that the emulators take a caller with the key `test` for.
pub const ACCOUNT: &str = "000000000000";

/// What every client of the emulators needs, besides the endpoints: the root user's keys, the region, and no look at the
/// machine's own AWS configuration.
pub fn root_variables() -> Vec<(String, String)> {
    let pairs = [
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("AWS_REGION", REGION),
        ("AWS_DEFAULT_REGION", REGION),
        ("AWS_EC2_METADATA_DISABLED", "true"),
        ("AWS_CONFIG_FILE", "/dev/null"),
        ("AWS_SHARED_CREDENTIALS_FILE", "/dev/null"),
    ];
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).into()
}
