//! Everything that a deployment can opt in to, with what that needs to be in the account before.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::front_door;
use crate::{Boto3, emulators::root_variables};

/// The own domain, which lies in a zone that [`everything`] makes.
pub const DOMAIN: &str = "git.example.com";

/// A value for every parameter of `template.yaml` that is not its default, but for the processor, which is this machine's.
/// Makes at `cloud` what has to be there: key, topic, certificates, zone, network.
pub fn everything(cloud: &str) -> Vec<(&'static str, String)> {
    let mut parameters: Vec<(&str, String)> = [
        (
            "Architecture",
            if cfg!(target_arch = "aarch64") {
                "arm64"
            } else {
                "x86_64"
            },
        ),
        ("LogLevel", "info,packhouse_storage=debug"),
        ("LogRetentionDays", "365"),
        ("Tracing", "PassThrough"),
        ("PackIndexerStorageMiB", "4096"),
        ("PackIndexerReservedConcurrency", "5"),
        ("MasterKeyParameter", "/git/master-key"),
        ("DeletionProtection", "false"),
        ("NoncurrentVersionDays", "90"),
        ("EventSource", "example.git"),
        (
            "TriggerTargetArns",
            "arn:aws:sns:us-east-1:000000000000:pushes,arn:aws:lambda:us-east-1:000000000000:function:on-push",
        ),
        ("ArchiveObjectArns", "arn:aws:s3:::archives/opted-in/main/archive.zip"),
        ("Alarms", "all"),
        ("Dashboard", "on"),
        ("AccessLogs", "on-with-account-role"),
        ("DomainName", DOMAIN),
        ("Firewall", "on"),
        ("FirewallRequestsPerFiveMinutes", "500"),
        ("DataPlane", "on"),
        (
            "DataPlaneImage",
            "000000000000.dkr.ecr.us-east-1.amazonaws.com/packhouse:1",
        ),
        ("DataPlaneAssignPublicIp", "ENABLED"),
        ("DataPlaneCpu", "2048"),
        ("DataPlaneMemoryMiB", "8192"),
        ("DataPlaneStorageGiB", "100"),
        ("DataPlaneTasks", "3"),
    ]
    .map(|(name, value)| (name, value.to_owned()))
    .into();
    parameters.extend(account(cloud));
    let given: BTreeSet<&str> = parameters.iter().map(|(name, _)| *name).collect();
    let declared = front_door::template()["Parameters"]
        .as_object()
        .expect("a template has parameters");
    assert_eq!(given, declared.keys().map(String::as_str).collect());
    parameters
}

/// What lies in the account, made there.
fn account(cloud: &str) -> [(&'static str, String); 8] {
    let client = |service: &str| {
        let endpoint = ("AWS_ENDPOINT_URL".to_owned(), cloud.to_owned());
        Boto3::of(service, root_variables().into_iter().chain([endpoint]).collect())
    };
    let certificates = client("acm");
    let certificate =
        || text(&made(&certificates, "RequestCertificate", &json!({ "DomainName": DOMAIN }))["CertificateArn"]);
    let zone = json!({ "Name": "example.com", "CallerReference": "tests" });
    let zone = text(&made(&client("route53"), "CreateHostedZone", &zone)["HostedZone"]["Id"]);
    let network = client("ec2");
    let vpc = text(&made(&network, "CreateVpc", &json!({ "CidrBlock": "10.0.0.0/16" }))["Vpc"]["VpcId"]);
    let subnet = |(at, zone): (usize, &str)| {
        let subnet = json!({ "VpcId": vpc, "CidrBlock": format!("10.0.{at}.0/24"), "AvailabilityZone": zone });
        text(&made(&network, "CreateSubnet", &subnet)["Subnet"]["SubnetId"])
    };
    let subnets: Vec<String> = ["us-east-1a", "us-east-1b"]
        .into_iter()
        .enumerate()
        .map(subnet)
        .collect();
    let prefixes = json!({ "PrefixListName": "edge", "MaxEntries": 1, "AddressFamily": "IPv4" });
    let prefixes = made(&network, "CreateManagedPrefixList", &prefixes);
    let key = made(&client("kms"), "CreateKey", &json!({}));
    let topic = made(&client("sns"), "CreateTopic", &json!({ "Name": "alarms" }));
    [
        ("KmsKeyArn", text(&key["KeyMetadata"]["Arn"])),
        ("AlarmTopicArn", text(&topic["TopicArn"])),
        ("DomainCertificateArn", certificate()),
        ("DataPlaneEdgeCertificateArn", certificate()),
        ("DomainHostedZoneId", zone.trim_start_matches("/hostedzone/").to_owned()),
        ("DataPlaneVpcId", vpc.clone()),
        ("DataPlaneSubnetIds", subnets.join(",")),
        (
            "DataPlaneEdgePrefixListId",
            text(&prefixes["PrefixList"]["PrefixListId"]),
        ),
    ]
}

fn made(client: &Boto3, operation: &str, parameters: &Value) -> Value {
    client.call(operation, parameters).expect("an empty account has room")
}

fn text(value: &Value) -> String {
    value.as_str().expect("what was made has a name").to_owned()
}
