//! What operations on a deployment ask of DynamoDB, S3 and the gateway.

use serde_json::json;

use crate::{
    Git,
    deployment::{Deployment, DeploymentOptions},
    emulators::{AwsStore, Cloud, Dynamo},
    fault_proxy::{FaultProxy, Tally},
};

/// What one operation asked for, all its requests together, authentication included.
#[derive(Debug, Clone)]
pub struct Cost {
    /// What a person did.
    pub operation: &'static str,
    /// How many requests the gateway answered.
    pub requests: u64,
    /// How many of them were let in: each cost the authorizer two reads of the table.
    pub authenticated: u64,
    /// How many functions were invoked.
    pub invocations: u64,
    /// The calls of DynamoDB.
    pub table: Tally,
    /// The calls of S3.
    pub bucket: Tally,
}

/// A deployment whose calls are counted.
struct Counted {
    table: FaultProxy,
    bucket: FaultProxy,
    deployment: Deployment,
}

impl Counted {
    fn start() -> Self {
        let table = FaultProxy::start(&Dynamo::shared().url());
        let bucket = FaultProxy::start(&Cloud::shared().url());
        let store = AwsStore::fresh().with_dynamo_at(&table.url()).with_s3_at(&bucket.url());
        let deployment = Deployment::start_with(store, &DeploymentOptions::default());
        Self {
            table,
            bucket,
            deployment,
        }
    }

    fn cost(&self, operation: &'static str, carry_out: impl FnOnce()) -> Cost {
        let before = self.deployment.gateway.answered().len();
        self.table.reset_tally();
        self.bucket.reset_tally();
        carry_out();
        let answered = self.deployment.gateway.answered().split_off(before);
        let requests = answered.len() as u64;
        let is_git = |path: &str| path.contains("/v1/repos/");
        let authenticated = answered
            .iter()
            .filter(|one| is_git(&one.path) && one.status != 401)
            .count() as u64;
        let refused = answered.iter().filter(|one| one.status == 401).count() as u64;
        Cost {
            operation,
            requests,
            authenticated,
            // Each asks the authorizer, and then the function behind it.
            invocations: requests * 2 - refused,
            table: self.table.tally(),
            bucket: self.bucket.tally(),
        }
    }
}

/// Carries out operations on a small repository, each once its functions are warm, and counts.
pub fn measure() -> Vec<Cost> {
    let counted = Counted::start();
    let deployment = &counted.deployment;
    let git = Git::newest();
    git.log_in_at(&deployment.gateway.url(), deployment.credentials());
    let url = deployment.create_repository("counted");
    let work = git.init("work");
    for at in 0..3 {
        work.commit("file", format!("warm {at}"));
        work.run(&format!("push --quiet {url} main")).ok();
    }
    git.run(&format!("clone --quiet {url} behind")).ok();
    let behind = git.in_dir("behind");
    let api = deployment.boto3();
    let get = || {
        let found = api.call("GetRepository", &json!({ "repositoryName": "counted" }));
        found.expect("it is there");
    };
    get();
    let push = || {
        work.run(&format!("push --quiet {url} main")).ok();
    };
    work.commit("file", "new");
    let mut costs = vec![counted.cost("push of one commit", push)];
    costs.push(counted.cost("ls-remote", || drop(git.run(&format!("ls-remote {url}")).ok())));
    costs.push(counted.cost("fetch of one commit", || drop(behind.run("fetch --quiet").ok())));
    costs.push(counted.cost("fetch of nothing new", || drop(behind.run("fetch --quiet").ok())));
    costs.push(counted.cost("clone", || drop(git.run(&format!("clone --quiet {url} again")).ok())));
    costs.push(counted.cost("GetRepository", get));
    costs
}
