//! The master key in the parameter store.

use packhouse_aws::{Creation, SsmMasterKey};
use packhouse_forge::master_key::MasterKeySource as _;
use packhouse_harness::emulators::Cloud;
use packhouse_harness::fault_proxy::{Answer, Fault, FaultProxy, Rule};
use packhouse_storage::error::Error;
use packhouse_storage::id;
use serde_json::json;

use crate::setting::{clients, shared};

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_created_once_and_read_once() {
    let (store, name) = (shared(), id::ulid());
    let name = format!("/packhouse/{name}/master-key");
    let proxy = FaultProxy::start(&Cloud::shared().url());
    let source = SsmMasterKey::new(&clients(&proxy.url()), &name);
    let missing = source.master_key().await.expect_err("there is none");
    assert!(
        matches!(&missing, Error::Unavailable(text) if text.contains(&name)),
        "{missing}"
    );
    assert_eq!(
        source.create(None).await.expect("a parameter can be made"),
        Creation::Created
    );
    let key = *source.master_key().await.expect("it was made").as_bytes();
    assert_ne!(key, [0; 32]);
    assert_eq!(source.create(None).await.expect("it is there"), Creation::ThereAlready);

    let other = SsmMasterKey::new(&clients(&proxy.url()), &name);
    assert_eq!(
        *other.master_key().await.expect("it is there").as_bytes(),
        key,
        "it is unchanged"
    );
    proxy.reset_tally();
    for source in [source.clone(), source] {
        assert_eq!(*source.master_key().await.expect("it is there").as_bytes(), key);
    }
    assert_eq!(proxy.tally().total(), 0, "what was read is kept");

    let parameter = store
        .client("ssm")
        .call("GetParameter", &json!({ "Name": name, "WithDecryption": true }));
    let parameter = parameter.expect("it is there")["Parameter"].take();
    assert_eq!(parameter["Type"], "SecureString");
    assert_eq!(parameter["Value"].as_str().map(str::len), Some(64));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_key_is_corrupt_and_read_again_once_it_is_put_right() {
    let (store, name) = (shared(), id::ulid());
    let (name, ssm) = (format!("/packhouse/{name}"), store.client("ssm"));
    let source = SsmMasterKey::new(&clients(&Cloud::shared().url()), &name);
    for (value, is_key) in [("hello", false), ("0123", false), (&*"0f".repeat(32), true)] {
        let parameter = json!({ "Name": name, "Value": value, "Type": "SecureString", "Overwrite": true });
        ssm.call("PutParameter", &parameter).expect("any text can be put");
        match source.master_key().await {
            Ok(key) => assert!(is_key && *key.as_bytes() == [15; 32]),
            Err(error) => {
                assert!(!is_key && matches!(error, Error::Corrupt(_)), "{error}");
                assert!(!error.to_string().contains(value), "what is there is not told: {error}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_parameter_store_that_is_away_is_unavailable_until_it_is_back() {
    let proxy = FaultProxy::start(&Cloud::shared().url());
    let source = SsmMasterKey::new(&clients(&proxy.url()), format!("/packhouse/{}", id::ulid()));
    // The first attempt makes it; its answer is lost.
    proxy.inject(Rule::nth(1, "PutParameter", Fault::DropAfter));
    assert_eq!(source.create(None).await.expect("it is there"), Creation::ThereAlready);
    proxy.inject(Rule::first(2, "GetParameter", Fault::Answer(Answer::throttled())));
    proxy.inject(Rule::first(3, "GetParameter", Fault::DropBefore));
    source.master_key().await.expect_err("three attempts fail");
    source.master_key().await.expect("it is asked again");
}
