//! A whole installation as it is deployed on AWS: the function binaries under Lambda's runtime API, behind a gateway with the
//! template's routes, on a table and a bucket of the emulators.

mod front_door;
pub mod opt_ins;

use std::{collections::BTreeMap, fs, path::PathBuf, process::Command, sync::Arc, time::Duration};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{
    Boto3, Credentials, Server, binary,
    emulators::{ACCOUNT, AwsStore, root_variables},
    fault_proxy::{FaultProxy, Permissions, Rule},
    gateway::{Gateway, GatewayConfig, SignedAuthorization},
    runtime_api::{Function, FunctionOptions, LambdaApi},
    server::Place,
};

/// Every function.
const NAMES: [&str; 7] = [
    "git",
    "api",
    "authorizer",
    "pack-indexer",
    "pull-requests",
    "event-relay",
    "trigger-dispatcher",
];

/// A stack that was deployed to an emulator.
#[derive(Debug)]
pub struct Stack {
    cloud: String,
    outputs: Value,
    /// The physical names of its resources, by their names in the template.
    pub resources: Value,
}

impl Stack {
    /// Deploys the template (`sam`) or the CDK app (`cdk`) to an emulator at `cloud`, with its own clients and all defaults.
    pub fn deploy(client: &str, cloud: &str) -> Self {
        Self::deploy_with(client, cloud, &[])
    }

    /// The same with parameters, by the template's names.
    pub fn deploy_with(client: &str, cloud: &str, parameters: &[(&str, String)]) -> Self {
        let code = code();
        let ran = Command::new(binary::workspace().join("infra/emulator/deploy.sh"))
            .args([client, "packhouse"])
            .arg(code.path())
            .args(parameters.iter().map(|(name, value)| format!("{name}={value}")))
            .env("AWS_ENDPOINT_URL", cloud)
            .output()
            .expect("bash runs");
        let told = String::from_utf8_lossy(&ran.stderr);
        assert!(ran.status.success(), "deploying by {client}: {told}");
        let mut told: Value = serde_json::from_slice(&ran.stdout).expect("the script prints JSON");
        Self {
            cloud: cloud.to_owned(),
            outputs: told["outputs"].take(),
            resources: told["resources"].take(),
        }
    }

    /// An output of the stack.
    pub fn output(&self, name: &str) -> &str {
        self.outputs[name]
            .as_str()
            .unwrap_or_else(|| panic!("the stack has no output {name}"))
    }

    /// The names of its outputs.
    pub fn outputs(&self) -> impl Iterator<Item = &str> {
        let outputs = self.outputs.as_object().expect("outputs have names");
        outputs.keys().map(String::as_str)
    }

    /// boto3's client of a service in the account that it is deployed to, with all rights.
    pub fn client(&self, service: &str) -> Boto3 {
        Boto3::of(service, self.root())
    }

    fn root(&self) -> Vec<(String, String)> {
        let endpoint = ("AWS_ENDPOINT_URL".to_owned(), self.cloud.clone());
        root_variables().into_iter().chain([endpoint]).collect()
    }

    /// What the process of a function has at Lambda: its environment, and the keys of its role.
    pub fn variables_of(&self, name: &str) -> Vec<(String, String)> {
        let asked = json!({ "FunctionName": format!("packhouse-{name}") });
        let function = self.client("lambda").call("GetFunctionConfiguration", &asked);
        let function = function.expect("the stack has the function");
        let own = function["Environment"]["Variables"].as_object().into_iter().flatten();
        let own = own.map(|(name, value)| (name.as_str(), value));
        self.variables_under(&function["Role"], own)
    }

    /// What the role of a function permits.
    fn permissions_of(&self, name: &str) -> Permissions {
        let iam = self.client("iam");
        let asked = json!({ "FunctionName": format!("packhouse-{name}") });
        let function = self.client("lambda").call("GetFunctionConfiguration", &asked);
        let function = function.expect("the stack has the function");
        let role = function["Role"].as_str().and_then(|role| role.rsplit('/').next());
        let listed = iam.call("ListRolePolicies", &json!({ "RoleName": role }));
        let listed = listed.expect("the stack has the role");
        let documents = listed["PolicyNames"].as_array().into_iter().flatten().map(|policy| {
            let found = iam.call("GetRolePolicy", &json!({ "RoleName": role, "PolicyName": policy }));
            found.expect("it is listed")["PolicyDocument"].take()
        });
        Permissions::of(&documents.collect::<Vec<_>>())
    }

    /// What the container of the data plane has at ECS: its environment, and the keys of its role.
    pub fn variables_of_task(&self) -> Vec<(String, String)> {
        let asked = json!({ "taskDefinition": self.resources["DataPlaneTask"] });
        let found = self.client("ecs").call("DescribeTaskDefinition", &asked);
        let task = &found.expect("the stack has a data plane")["taskDefinition"];
        let own = task["containerDefinitions"][0]["environment"]
            .as_array()
            .into_iter()
            .flatten();
        let own = own.map(|pair| (pair["name"].as_str().expect("variables have names"), &pair["value"]));
        self.variables_under(&task["taskRoleArn"], own)
    }

    fn variables_under<'a>(
        &self,
        role: &Value,
        own: impl Iterator<Item = (&'a str, &'a Value)>,
    ) -> Vec<(String, String)> {
        let asked = json!({ "RoleArn": role, "RoleSessionName": "process" });
        let assumed = self.client("sts").call("AssumeRole", &asked);
        let assumed = assumed.expect("root may assume roles");
        let mut variables: BTreeMap<_, _> = self.root().into_iter().collect();
        variables.extend(own.map(|(name, value)| (name.to_owned(), value.as_str().unwrap_or_default().to_owned())));
        let keys = [
            ("AWS_ACCESS_KEY_ID", "AccessKeyId"),
            ("AWS_SECRET_ACCESS_KEY", "SecretAccessKey"),
            ("AWS_SESSION_TOKEN", "SessionToken"),
        ];
        for (variable, name) in keys {
            let value = assumed["Credentials"][name]
                .as_str()
                .expect("keys of a role have three parts");
            variables.insert(variable.to_owned(), value.to_owned());
        }
        variables.into_iter().collect()
    }
}

/// The functions as they are packed, without what only a debugger reads.
fn code() -> TempDir {
    let folder = TempDir::new().expect("a temporary folder");
    for name in NAMES {
        let bootstrap = folder.path().join(name).join("bootstrap");
        fs::create_dir_all(folder.path().join(name)).expect("the folder is new");
        let stripped = Command::new("strip")
            .arg("-o")
            .arg(&bootstrap)
            .arg(binary::program(name))
            .status();
        assert!(
            stripped.expect("strip(1) is there where cc is").success(),
            "strip {name}"
        );
    }
    folder
}

/// How a deployment differs from the usual one.
#[derive(Debug, Clone, Default)]
pub struct DeploymentOptions {
    /// Paths without a stage.
    pub custom_domain: bool,
    /// What the gateway does to signatures.
    pub signed_authorization: SignedAuthorization,
    /// Further variables of all functions.
    pub variables: Vec<(String, String)>,
    /// A folder with `<function>/bootstrap`, as `infra/build` makes one; otherwise the functions of the running test.
    pub code: Option<PathBuf>,
}

impl DeploymentOptions {
    fn program(&self, function: &str) -> PathBuf {
        match &self.code {
            Some(code) => code.join(function).join("bootstrap"),
            None => binary::program(function).to_owned(),
        }
    }
}

/// A running installation.
#[derive(Debug)]
pub struct Deployment {
    /// Where its data lies.
    pub store: AwsStore,
    /// The functions by their names.
    pub functions: BTreeMap<&'static str, Function>,
    /// The front door.
    pub gateway: Gateway,
    place: Arc<Place>,
    /// Stand between the functions and the table, where the emulator does not enforce all of their policies.
    _guards: Vec<FaultProxy>,
    lambda: LambdaApi,
    credentials: Credentials,
    bus: String,
}

impl Deployment {
    /// Deploys to a new table and a new bucket.
    pub fn start() -> Self {
        Self::start_with(AwsStore::fresh(), &DeploymentOptions::default())
    }

    /// Deploys to `store`, which is new.
    pub fn start_with(store: AwsStore, options: &DeploymentOptions) -> Self {
        let place = Place::on_aws(store.clone());
        let lambda = LambdaApi::start();
        let bus = store.table.clone();
        let events = store.client("events");
        events
            .call("CreateEventBus", &json!({ "Name": bus }))
            .expect("the name is new");
        let mut variables = store.variables();
        variables.extend(place.identity());
        variables.extend([
            ("AWS_ENDPOINT_URL_LAMBDA".to_owned(), lambda.url()),
            ("PACKHOUSE_PUBLIC_URL".to_owned(), "https://git.example.com".to_owned()),
            ("PACKHOUSE_PACK_INDEXER".to_owned(), "pack-indexer".to_owned()),
            ("PACKHOUSE_BUS".to_owned(), bus.clone()),
        ]);
        variables.extend(options.variables.clone());
        let functions: BTreeMap<_, _> = NAMES
            .into_iter()
            .map(|name| {
                let deployed = FunctionOptions::new(name, options.program(name), variables.clone());
                (name, Function::deploy(deployed))
            })
            .collect();
        functions.values().for_each(|function| lambda.add(function));
        let gateway = Gateway::start(front_door(&functions, options));
        let credentials = place.credentials(&gateway.url());
        Self {
            store,
            functions,
            gateway,
            place: Arc::new(place),
            _guards: Vec::new(),
            lambda,
            credentials,
            bus,
        }
    }

    /// The functions of a stack that was deployed to an emulator, each with the environment and the role that the stack gives
    /// it, and with its own administrator. What the emulator does not enforce of the roles' policies is enforced on the way to the
    /// table. What the stack's other resources wake runs in the emulator.
    pub fn of_stack(stack: &Stack) -> Self {
        let store = AwsStore::existing(stack.output("TableName"), stack.output("BucketName"), &stack.cloud);
        let place = Place::on_aws_under(store.clone(), stack.output("MasterKeyParameterName").to_owned());
        let mut guards = Vec::new();
        let functions: BTreeMap<_, _> = NAMES
            .into_iter()
            .map(|name| {
                let guard = FaultProxy::start(&stack.cloud);
                guard.inject(Rule::refusing_beyond(stack.permissions_of(name)));
                let mut variables = stack.variables_of(name);
                variables.push(("AWS_ENDPOINT_URL_DYNAMODB".to_owned(), guard.url()));
                guards.push(guard);
                (
                    name,
                    Function::deploy(FunctionOptions::new(name, binary::program(name), variables)),
                )
            })
            .collect();
        let options = DeploymentOptions {
            custom_domain: stack.resources.get("Domain").is_some(),
            ..DeploymentOptions::default()
        };
        let gateway = Gateway::start(front_door(&functions, &options));
        let credentials = place.credentials(&gateway.url());
        Self {
            store,
            functions,
            gateway,
            place: Arc::new(place),
            _guards: guards,
            lambda: LambdaApi::start(),
            credentials,
            bus: stack.output("BusName").to_owned(),
        }
    }

    /// The data plane of the stack that this is: the server with the environment and the role that the stack gives it.
    pub fn data_plane(&self, stack: &Stack) -> Server {
        Server::start_as_container(Arc::clone(&self.place), stack.variables_of_task())
    }

    /// The administrator's credentials, and where the installation is.
    pub fn credentials(&self) -> &Credentials {
        &self.credentials
    }

    /// The clone URL of a repository.
    pub fn url(&self, repository: &str) -> String {
        format!("{}/v1/repos/{repository}", self.gateway.url())
    }

    /// boto3's client of CodeCommit for this installation.
    pub fn boto3(&self) -> Boto3 {
        Boto3::start(&self.credentials)
    }

    /// Creates a repository through the API and answers its clone URL.
    pub fn create_repository(&self, name: &str) -> String {
        let parameters = json!({ "repositoryName": name });
        self.boto3()
            .call("CreateRepository", &parameters)
            .expect("the name is free");
        self.url(name)
    }

    /// Waits for what functions have asked each other to do; fails the test when any of it failed.
    pub fn settle(&self) {
        let failed = self.lambda.wait_until_idle(Duration::from_secs(120));
        assert!(failed.is_empty(), "{failed:?}");
    }

    /// The name of the event bus.
    pub fn bus(&self) -> &str {
        &self.bus
    }

    /// What all functions have written.
    pub fn log(&self) -> String {
        let logs = self
            .functions
            .iter()
            .map(|(name, function)| format!("--- {name} ---\n{}", function.log()));
        logs.collect()
    }

    /// The keys that are in the outbox.
    pub fn outbox(&self) -> Vec<(String, String)> {
        let dynamo = self.store.client("dynamodb");
        let found = dynamo.call(
            "Scan",
            &json!({ "TableName": self.store.table, "ConsistentRead": true }),
        );
        let found = found.expect("the table can be read");
        let text = |item: &Value, name: &str| item[name]["S"].as_str().unwrap_or_default().to_owned();
        let items = found["Items"].as_array().into_iter().flatten();
        let keys = items.map(|item| (text(item, "pk"), text(item, "sk")));
        keys.filter(|(pk, _)| pk.starts_with("OUTBOX#")).collect()
    }
}

/// The template's gateway.
fn front_door(functions: &BTreeMap<&'static str, Function>, options: &DeploymentOptions) -> GatewayConfig {
    let config = front_door::of_template(functions)
        .account(ACCOUNT)
        .signed_authorization(options.signed_authorization);
    if options.custom_domain {
        config.on_custom_domain()
    } else {
        config
    }
}
