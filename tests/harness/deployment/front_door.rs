//! The gateway of `template.yaml`: its stage, routes, authorizer and gateway responses, as the template has them.
//!
//! There is no other table of routes: what this reads is what tests go through. `infra/lint` compares it with CDK's.

use std::{collections::BTreeMap, process::Command, sync::OnceLock, time::Duration};

use serde_json::{Map, Value};

use crate::{
    binary::workspace,
    gateway::{GatewayConfig, Route},
    python,
    runtime_api::Function,
};

/// How `API Gateway` calls a function whose answers stream.
const STREAMED: &str = "/response-streaming-invocations";
/// How it calls one whose answers are sent once they are whole.
const BUFFERED: &str = "/invocations";

/// The gateway of `template.yaml` before these functions, which are named as their folders are.
pub(super) fn of_template(functions: &BTreeMap<&'static str, Function>) -> GatewayConfig {
    front_door(template(), &|name| functions[name].clone())
}

/// `template.yaml` with every short function in its long form.
pub(super) fn template() -> &'static Value {
    static TEMPLATE: OnceLock<Value> = OnceLock::new();
    TEMPLATE.get_or_init(load)
}

fn load() -> Value {
    let script = "import cfn_yaml, json, sys; json.dump(cfn_yaml.load('template.yaml'), sys.stdout)";
    let ran = Command::new(python::program("python"))
        .args(["-B", "-c", script])
        .current_dir(workspace())
        .env_clear()
        .env("PYTHONPATH", workspace().join("infra"))
        .output()
        .expect("the pinned python runs");
    let told = String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success(), "reading template.yaml: {told}");
    serde_json::from_slice(&ran.stdout).expect("the script prints JSON")
}

fn front_door(template: &Value, function: &dyn Fn(&str) -> Function) -> GatewayConfig {
    let template = Template {
        resources: template["Resources"].as_object().expect("a template has resources"),
    };
    let (_, stage) = template.only("AWS::ApiGateway::Stage");
    let (authorizer_id, authorizer) = template.only("AWS::ApiGateway::Authorizer");
    let (authorizer, _) = template.integration(&authorizer["AuthorizerUri"]);
    let mut config = GatewayConfig::new(text(&stage["StageName"])).authorizer(&function(authorizer));
    for (_, response) in template.of_type("AWS::ApiGateway::GatewayResponse") {
        let kind = text(&response["ResponseType"]);
        if let Some(status) = response["StatusCode"].as_str() {
            config = config.response_status(kind, status.parse().expect("a status is a number"));
        }
        for (name, value) in response["ResponseParameters"].as_object().into_iter().flatten() {
            config = config.response_header(kind, name, text(value));
        }
    }
    for endpoint in template.endpoints(authorizer_id) {
        config = config.route(endpoint.route(&function(endpoint.function)));
    }
    config
}

/// A method of a resource.
#[derive(Debug, PartialEq, Eq)]
struct Endpoint<'a> {
    method: &'a str,
    path: String,
    /// The folder of the function.
    function: &'a str,
    streams: bool,
    authorized: bool,
    timeout: Option<Duration>,
}

impl Endpoint<'_> {
    fn route(&self, function: &Function) -> Route {
        let mut route = if self.streams {
            Route::streaming(self.method, &self.path, function)
        } else {
            Route::buffered(self.method, &self.path, function)
        };
        if let Some(timeout) = self.timeout {
            route = route.within(timeout);
        }
        if self.authorized { route.authorized() } else { route }
    }
}

struct Template<'a> {
    resources: &'a Map<String, Value>,
}

impl<'a> Template<'a> {
    /// Names and properties of the resources of a type.
    fn of_type(&self, kind: &str) -> impl Iterator<Item = (&'a str, &'a Value)> {
        let found = self.resources.iter().filter(move |(_, found)| found["Type"] == kind);
        found.map(|(name, found)| (name.as_str(), &found["Properties"]))
    }

    fn only(&self, kind: &str) -> (&'a str, &'a Value) {
        let found: Vec<_> = self.of_type(kind).collect();
        let [only] = found[..] else {
            panic!("the template has {} of {kind}", found.len());
        };
        only
    }

    fn endpoints(&self, authorizer: &str) -> Vec<Endpoint<'a>> {
        let methods = self.of_type("AWS::ApiGateway::Method");
        methods
            .map(|(name, method)| self.endpoint(name, method, authorizer))
            .collect()
    }

    fn endpoint(&self, name: &str, method: &'a Value, authorizer: &str) -> Endpoint<'a> {
        let integration = &method["Integration"];
        assert_eq!(integration["Type"], "AWS_PROXY", "{name}");
        let (function, streams) = self.integration(&integration["Uri"]);
        let transfer = integration["ResponseTransferMode"].as_str().unwrap_or("BUFFERED");
        assert_eq!(transfer == "STREAM", streams, "{name} streams at one end only");
        let authorized = match text(&method["AuthorizationType"]) {
            "NONE" => false,
            "CUSTOM" => {
                assert_eq!(method["AuthorizerId"]["Ref"], authorizer, "{name}");
                true
            }
            other => panic!("{name} asks for {other}, which this gateway does not know"),
        };
        let path = self.path(&method["ResourceId"]);
        Endpoint {
            method: text(&method["HttpMethod"]),
            path: if path.is_empty() { "/".to_owned() } else { path },
            function,
            streams,
            authorized,
            timeout: integration["TimeoutInMillis"].as_u64().map(Duration::from_millis),
        }
    }

    /// The path of a resource; empty for the root.
    fn path(&self, id: &Value) -> String {
        if id["Fn::GetAtt"][1] == "RootResourceId" {
            return String::new();
        }
        let resource = &self.resources[text(&id["Ref"])]["Properties"];
        format!("{}/{}", self.path(&resource["ParentId"]), text(&resource["PathPart"]))
    }

    /// The function that a URI leads to, by its folder, and whether its answers stream.
    fn integration(&self, uri: &Value) -> (&'a str, bool) {
        let uri = text(&uri["Fn::Sub"]);
        let (_, called) = uri.split_once("/functions/${").expect("a URI names a function");
        let (name, call) = called.split_once(".Arn}").expect("a function is named by its ARN");
        assert!([STREAMED, BUFFERED].contains(&call), "{uri}");
        let code = text(&self.resources[name]["Properties"]["CodeUri"]);
        let folder = code.rsplit('/').next().expect("a path has a last part");
        (folder, call == STREAMED)
    }
}

#[track_caller]
fn text(value: &Value) -> &str {
    value
        .as_str()
        .unwrap_or_else(|| panic!("the template has {value} where a text is expected"))
}

#[cfg(test)]
mod tests;
