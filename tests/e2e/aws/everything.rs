//! A deployment with everything that can be opted in to, by both clients, on an emulator that enforces IAM's policies: own
//! domain and zone, customer key, firewall, all alarms, dashboard, access logs, data plane.
//!
//! The emulator refuses the types that `infra/emulator/strip.py` lists with what they are for: the VPC origin (so the
//! distribution here has the gateway only), one rule of a security group, and the association of a firewall with a gateway (with
//! a data plane the firewall is the distribution's). It runs no containers: here the server runs with the environment and
//! the role of the task. It moves no packets between what it keeps, so domain, distribution, firewall and balancer are
//! looked at, and not gone through. `infra/lint` compares all properties of both with the same parameters.

use std::collections::BTreeSet;

use packhouse_harness::{
    Git,
    deployment::{Deployment, Stack, opt_ins},
    emulators::{Cloud, CloudOptions},
    random_history,
};
use serde_json::{Value, json};

use super::{assert_same, deploy::relayed, events::Listener, log_in, triggers::Topic};

#[test]
fn with_everything_opted_in_sam_and_cdk_deploy_the_same_and_it_works() {
    let stacks = std::thread::scope(|scope| {
        let works = |client| scope.spawn(move || works(client));
        ["sam", "cdk"].map(works).map(|stack| stack.join().expect("no panic"))
    });
    let [sam, cdk] = stacks.each_ref().map(|stack| {
        let resources = stack.resources.as_object().expect("resources have names");
        (
            resources.keys().cloned().collect::<BTreeSet<_>>(),
            stack.outputs().map(str::to_owned).collect::<BTreeSet<_>>(),
        )
    });
    assert_eq!(sam, cdk);
}

fn works(client: &str) -> Stack {
    let cloud = Cloud::start(&CloudOptions {
        enforce_permissions: true,
        ..CloudOptions::default()
    });
    let parameters = opt_ins::everything(&cloud.url());
    let stack = Stack::deploy_with(client, &cloud.url(), &parameters);
    let parameter = |name: &str| {
        let found = parameters.iter().find(|(given, _)| *given == name);
        found.map_or("", |(_, value)| value.as_str())
    };
    assert_eq!(stack.output("PublicUrl"), format!("https://{}", opt_ins::DOMAIN));
    is_encrypted(&stack, parameter("KmsKeyArn"));
    is_watched(&stack, parameter("AlarmTopicArn"));
    has_doors(&stack, parameter("DomainHostedZoneId"));

    let deployment = Deployment::of_stack(&stack);
    let listener = Listener::to(&deployment, "told", &json!({ "source": ["example.git"] }));
    let git = Git::newest();
    log_in(&git, &deployment);
    let url = deployment.create_repository("opted-in");
    let source = git.init("source");
    random_history::import(&source, |stream| random_history::mixed(stream, 5, 40));
    source.run(&format!("push --quiet --mirror {url}")).ok();
    git.run(&format!("clone --quiet --mirror {url} copy")).ok();
    assert_same(&git.in_dir("copy"), &source);

    // What is too large for the gateway goes through the data plane, which sees what the functions did.
    let data_plane = deployment.data_plane(&stack);
    git.log_in(&data_plane);
    let beside = data_plane.url("opted-in");
    random_history::import(&source, |stream| random_history::binaries(stream, 6, 3, 2 << 20));
    let large = "-c http.postBuffer=20000000 push --quiet --mirror";
    source.run(&format!("{large} {url}")).refused_with("HTTP 413");
    source.run(&format!("{large} {beside}")).ok();
    git.run(&format!("clone --quiet --mirror {beside} whole")).ok();
    assert_same(&git.in_dir("whole"), &source);

    tells_only_who_is_named(&deployment);
    deployment.functions["pack-indexer"]
        .invoke(br#"{"sweep":{}}"#)
        .expect("it sweeps");
    let log = deployment.log() + &data_plane.log();
    assert!(!log.contains("AccessDenied"), "{log}");
    writes_only_what_is_named(&deployment);
    assert!(log.contains(r#""Namespace":"Packhouse""#), "no metrics: {log}");
    let events = relayed(&deployment, &listener, &cloud);
    assert!(!events.is_empty(), "{}", cloud.log());
    stack
}

/// Triggers may tell the topic that `TriggerTargetArns` names, and no other.
fn tells_only_who_is_named(deployment: &Deployment) {
    let topics = ["pushes", "other"].map(|name| Topic::new(&deployment.store, name));
    let trigger =
        |topic: &Topic<'_>| json!({ "name": "t", "destinationArn": topic.arn, "branches": [], "events": ["all"] });
    for (topic, name, is_named) in [(&topics[0], "pushes", true), (&topics[1], "other", false)] {
        let input = json!({ "repositoryName": "opted-in", "triggers": [trigger(topic)] });
        let tested = deployment.boto3().call("TestRepositoryTriggers", &input);
        let tested = tested.expect("it tests");
        assert_eq!(
            tested["successfulExecutions"] == json!(["t"]),
            is_named,
            "{name}: {tested}"
        );
        let why = tested["failedExecutions"][0]["failureMessage"]
            .as_str()
            .unwrap_or_default();
        assert_eq!(
            why.contains("Access") || why.contains("Authorization"),
            !is_named,
            "{name}: {why}"
        );
    }
}

/// Triggers may write objects that `ArchiveObjectArns` names, and no others.
fn writes_only_what_is_named(deployment: &Deployment) {
    let s3 = deployment.store.client("s3");
    for (bucket, failure) in [
        ("archives", Value::Null),
        (
            "elsewhere",
            json!("AccessDenied: this installation may not write the object."),
        ),
    ] {
        s3.call("CreateBucket", &json!({ "Bucket": bucket }))
            .expect("the name is new");
        let key = "opted-in/main/archive.zip";
        let arn = format!("arn:aws:s3:::{bucket}/{key}");
        let trigger = json!({ "name": "a", "destinationArn": arn, "branches": ["main"], "events": ["all"] });
        let input = json!({ "repositoryName": "opted-in", "triggers": [trigger] });
        let tested = deployment.boto3().call("TestRepositoryTriggers", &input);
        let tested = tested.expect("it tests");
        assert_eq!(
            tested["failedExecutions"][0]["failureMessage"], failure,
            "{bucket}: {tested}"
        );
        let written = s3.call("HeadObject", &json!({ "Bucket": bucket, "Key": key }));
        assert_eq!(written.is_ok(), failure.is_null(), "{bucket}");
    }
}

/// Queues and logs have the customer key. (The emulator ignores the keys of tables and buckets.)
fn is_encrypted(stack: &Stack, key: &str) {
    for queue in ["EventRelayFailures", "PackIndexerFailures", "TriggerDispatcherFailures"] {
        let asked = json!({ "QueueUrl": stack.resources[queue], "AttributeNames": ["KmsMasterKeyId"] });
        let queue = call(stack, "sqs", "GetQueueAttributes", &asked);
        assert_eq!(queue["Attributes"]["KmsMasterKeyId"], key);
    }
    let groups = call(
        stack,
        "logs",
        "DescribeLogGroups",
        &json!({ "logGroupNamePrefix": "/" }),
    );
    let groups = groups["logGroups"].as_array().expect("a list");
    assert_eq!(groups.len(), 9, "seven functions, gateway, data plane: {groups:?}");
    for group in groups {
        assert_eq!(
            (&group["kmsKeyId"], &group["retentionInDays"]),
            (&json!(key), &json!(365)),
            "{group}"
        );
    }
}

/// Every alarm is heard by the topic, and the dashboard is there.
fn is_watched(stack: &Stack, topic: &str) {
    let alarms = call(stack, "cloudwatch", "DescribeAlarms", &json!({}));
    let alarms = alarms["MetricAlarms"].as_array().expect("a list");
    assert_eq!(alarms.len(), 23);
    for alarm in alarms {
        assert_eq!(alarm["AlarmActions"], json!([topic]), "{alarm}");
    }
    let dashboard = call(
        stack,
        "cloudwatch",
        "GetDashboard",
        &json!({ "DashboardName": "packhouse" }),
    );
    let body: Value = serde_json::from_str(dashboard["DashboardBody"].as_str().expect("text")).expect("JSON");
    assert_eq!(body["widgets"].as_array().map(Vec::len), Some(6));
}

/// The own name leads to the distribution, which has a firewall, and both doors have that name.
fn has_doors(stack: &Stack, zone: &str) {
    let edge = call(
        stack,
        "cloudfront",
        "GetDistribution",
        &json!({ "Id": stack.resources["Edge"] }),
    );
    let (edge, name) = (
        &edge["Distribution"]["DistributionConfig"],
        &edge["Distribution"]["DomainName"],
    );
    assert_eq!(edge["Aliases"]["Items"], json!([opt_ins::DOMAIN]));
    assert_eq!(stack.output("DomainTarget"), name.as_str().expect("text"));
    let records = call(
        stack,
        "route53",
        "ListResourceRecordSets",
        &json!({ "HostedZoneId": zone }),
    );
    let records = records["ResourceRecordSets"].as_array().expect("a list");
    for kind in ["A", "AAAA"] {
        let target = records
            .iter()
            .find(|record| record["Type"] == kind)
            .map(|record| &record["AliasTarget"]);
        let target = target.and_then(|target| target["DNSName"].as_str()).unwrap_or_default();
        assert_eq!(
            target.trim_end_matches('.'),
            name.as_str().expect("text"),
            "{records:?}"
        );
    }
    let firewalls = call(stack, "wafv2", "ListWebACLs", &json!({ "Scope": "CLOUDFRONT" }));
    let firewall = firewalls["WebACLs"][0]["ARN"].as_str().expect("there is one");
    assert_eq!(edge["WebACLId"], firewall);
    let domain = call(
        stack,
        "apigateway",
        "GetDomainName",
        &json!({ "domainName": opt_ins::DOMAIN }),
    );
    assert_eq!(domain["endpointConfiguration"]["types"], json!(["REGIONAL"]));
    let task = call(
        stack,
        "ecs",
        "DescribeTaskDefinition",
        &json!({ "taskDefinition": stack.resources["DataPlaneTask"] }),
    );
    let task = &task["taskDefinition"];
    assert_eq!((&task["cpu"], &task["memory"]), (&json!("2048"), &json!("8192")));
}

fn call(stack: &Stack, service: &str, operation: &str, parameters: &Value) -> Value {
    stack.client(service).call(operation, parameters).expect(operation)
}
