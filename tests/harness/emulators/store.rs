//! A table and a bucket such as a deployment has, under names that nobody else uses.

use serde_json::json;

use super::{Cloud, Dynamo, root_variables};
use crate::Boto3;

/// The table and the bucket of one installation, and where they are reached.
#[derive(Debug, Clone)]
pub struct AwsStore {
    /// The name of the DynamoDB table.
    pub table: String,
    /// The name of the S3 bucket.
    pub bucket: String,
    dynamo: String,
    s3: String,
    cloud: String,
}

impl AwsStore {
    /// A new table and a new bucket in the emulators that the tests of this process share.
    pub fn fresh() -> Self {
        Self::create(&Dynamo::shared().url(), &Cloud::shared().url())
    }

    /// A new table at the first endpoint, and a new bucket at the second, which is also that of all other services.
    pub fn create(dynamo: &str, cloud: &str) -> Self {
        let name = format!("packhouse-{:016x}", rand::random::<u64>());
        let store = Self {
            table: name.clone(),
            bucket: name,
            dynamo: dynamo.to_owned(),
            s3: cloud.to_owned(),
            cloud: cloud.to_owned(),
        };
        store.create_table();
        store.create_bucket();
        store
    }

    /// A table and a bucket that somebody else has made at `cloud`, which is the endpoint of all services.
    pub fn existing(table: &str, bucket: &str, cloud: &str) -> Self {
        Self {
            table: table.to_owned(),
            bucket: bucket.to_owned(),
            dynamo: cloud.to_owned(),
            s3: cloud.to_owned(),
            cloud: cloud.to_owned(),
        }
    }

    /// The same table, reached through another endpoint, such as that of a fault proxy.
    #[must_use]
    pub fn with_dynamo_at(mut self, url: &str) -> Self {
        url.clone_into(&mut self.dynamo);
        self
    }

    /// The same bucket, reached through another endpoint, such as that of a fault proxy.
    #[must_use]
    pub fn with_s3_at(mut self, url: &str) -> Self {
        url.clone_into(&mut self.s3);
        self
    }

    /// The endpoint of all services but DynamoDB and S3.
    pub fn cloud_url(&self) -> &str {
        &self.cloud
    }

    /// What a process needs in order to use this store: endpoints, keys, region, `PACKHOUSE_TABLE` and `PACKHOUSE_BUCKET`.
    pub fn variables(&self) -> Vec<(String, String)> {
        let pairs = [
            ("AWS_ENDPOINT_URL_DYNAMODB", &self.dynamo),
            ("AWS_ENDPOINT_URL_S3", &self.s3),
            ("AWS_ENDPOINT_URL", &self.cloud),
            ("PACKHOUSE_TABLE", &self.table),
            ("PACKHOUSE_BUCKET", &self.bucket),
        ];
        let own = pairs.map(|(name, value)| (name.to_owned(), value.clone()));
        root_variables().into_iter().chain(own).collect()
    }

    /// boto3's client of a service, such as `s3`, `dynamodb` or `ssm`, with these variables.
    pub fn client(&self, service: &str) -> Boto3 {
        Boto3::of(service, self.variables())
    }

    fn create_table(&self) {
        let dynamo = self.client("dynamodb");
        let table = json!({
            "TableName": self.table,
            "BillingMode": "PAY_PER_REQUEST",
            "KeySchema": [
                { "AttributeName": "pk", "KeyType": "HASH" },
                { "AttributeName": "sk", "KeyType": "RANGE" },
            ],
            "AttributeDefinitions": [
                { "AttributeName": "pk", "AttributeType": "S" },
                { "AttributeName": "sk", "AttributeType": "S" },
            ],
            "StreamSpecification": { "StreamEnabled": true, "StreamViewType": "KEYS_ONLY" },
        });
        dynamo.call("CreateTable", &table).expect("the name is new");
        let expiry = json!({
            "TableName": self.table,
            "TimeToLiveSpecification": { "AttributeName": "e", "Enabled": true },
        });
        dynamo.call("UpdateTimeToLive", &expiry).expect("the table is there");
    }

    fn create_bucket(&self) {
        let s3 = self.client("s3");
        s3.call("CreateBucket", &json!({ "Bucket": self.bucket }))
            .expect("the name is new");
        let versioning = json!({ "Bucket": self.bucket, "VersioningConfiguration": { "Status": "Enabled" } });
        s3.call("PutBucketVersioning", &versioning)
            .expect("the bucket is there");
    }
}

#[cfg(test)]
mod tests {
    use super::{super::CloudOptions, *};

    #[test]
    fn a_fresh_store_takes_items_and_objects() {
        let store = AwsStore::fresh();
        let dynamo = store.client("dynamodb");
        let item = json!({ "pk": { "S": "p" }, "sk": { "S": "s" }, "b": { "B": { "base64": "AAEC" } } });
        let put = json!({ "TableName": store.table, "Item": item });
        dynamo.call("PutItem", &put).expect("the table takes items");
        let key = json!({ "pk": { "S": "p" }, "sk": { "S": "s" } });
        let found = dynamo.call(
            "GetItem",
            &json!({ "TableName": store.table, "Key": key, "ConsistentRead": true }),
        );
        assert_eq!(found.expect("the table is there")["Item"], item);
        let table = dynamo.call("DescribeTable", &json!({ "TableName": store.table }));
        assert_eq!(
            table.expect("the table is there")["Table"]["StreamSpecification"]["StreamViewType"],
            "KEYS_ONLY"
        );

        let s3 = store.client("s3");
        let put = json!({ "Bucket": store.bucket, "Key": "k", "Body": { "base64": "AAEC" }, "IfNoneMatch": "*" });
        s3.call("PutObject", &put).expect("the bucket takes objects");
        let refused = s3.call("PutObject", &put).expect_err("objects are made once");
        assert_eq!((refused.status, refused.code.as_str()), (412, "PreconditionFailed"));
        let found = s3.call("GetObject", &json!({ "Bucket": store.bucket, "Key": "k" }));
        assert_eq!(found.expect("the object is there")["Body"], json!({ "base64": "AAEC" }));
    }

    #[test]
    fn permissions_are_enforced_where_asked_for() {
        let cloud = Cloud::start(&CloudOptions {
            enforce_permissions: true,
            ..CloudOptions::default()
        });
        let endpoint = ("AWS_ENDPOINT_URL".to_owned(), cloud.url());
        let root: Vec<_> = root_variables().into_iter().chain([endpoint.clone()]).collect();
        let iam = Boto3::of("iam", root);
        iam.call("CreateUser", &json!({ "UserName": "nobody" }))
            .expect("root may create users");
        let key = iam.call("CreateAccessKey", &json!({ "UserName": "nobody" }));
        let key = key.expect("root may create keys")["AccessKey"].take();
        let text = |name: &str| key[name].as_str().expect("a key has both parts").to_owned();
        let mut variables = root_variables();
        variables.extend([
            endpoint,
            ("AWS_ACCESS_KEY_ID".to_owned(), text("AccessKeyId")),
            ("AWS_SECRET_ACCESS_KEY".to_owned(), text("SecretAccessKey")),
        ]);
        let denied = Boto3::of("s3", variables).call("ListBuckets", &json!({}));
        assert_eq!(denied.expect_err("nobody may do nothing").code, "AccessDenied");
    }
}
