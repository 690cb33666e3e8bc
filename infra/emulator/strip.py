#!/usr/bin/env python3
"""Takes out of a template what the emulator (ministack 1.5.33, plain HTTP) lacks, so that the rest can be deployed to it.

    strip.py TEMPLATE OUT [--code FOLDER]

TEMPLATE is template.yaml, what SAM expands it to, what CDK synthesizes, or what `cdk bootstrap` deploys. OUT is JSON. With --code, the functions' code is
FOLDER/<name of the function> instead of what the template says. The lists below are all that is taken out. It fails when
something on a list is no longer in the template, and when the template has a type that is on no list.
"""

import argparse
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import cfn_yaml

# Types that the emulator refuses ("Unrecognized resource types"): why we need them, and the type of the opt-in they belong to.
# That type being in the template without them means that the line is stale (but see `needs`).
REMOVED = {
    "AWS::CloudFront::VpcOrigin": ("the door to the load balancer of the data plane", "AWS::ECS::Service"),
    "AWS::EC2::SecurityGroupEgress": ("breaks the circle between the two groups of the data plane", "AWS::ECS::Service"),
    "AWS::WAFv2::WebACLAssociation": ("puts the firewall in front of the gateway", "AWS::WAFv2::WebACL"),
}

# Types that were deployed to it. It may still ignore properties: it knows neither TimeToLiveSpecification nor
# PointInTimeRecoverySpecification of tables, LifecycleConfiguration of buckets, or ResponseTransferMode of methods.
KEPT = {
    "AWS::ApiGateway::Account",
    "AWS::ApiGateway::Authorizer",
    "AWS::ApiGateway::BasePathMapping",
    "AWS::ApiGateway::Deployment",
    "AWS::ApiGateway::DomainName",
    "AWS::ApiGateway::GatewayResponse",
    "AWS::ApiGateway::Method",
    "AWS::ApiGateway::Resource",
    "AWS::ApiGateway::RestApi",
    "AWS::ApiGateway::Stage",
    "AWS::CDK::Metadata",
    "AWS::CloudFront::Distribution",
    "AWS::CloudFront::Function",
    "AWS::CloudWatch::Alarm",
    "AWS::CloudWatch::Dashboard",
    "AWS::DynamoDB::Table",
    "AWS::EC2::SecurityGroup",
    "AWS::ECR::Repository",
    "AWS::ECS::Cluster",
    "AWS::ECS::Service",
    "AWS::ECS::TaskDefinition",
    "AWS::ElasticLoadBalancingV2::Listener",
    "AWS::ElasticLoadBalancingV2::LoadBalancer",
    "AWS::ElasticLoadBalancingV2::TargetGroup",
    "AWS::Events::EventBus",
    "AWS::Events::Rule",
    "AWS::IAM::ManagedPolicy",
    "AWS::IAM::Policy",
    "AWS::IAM::Role",
    "AWS::KMS::Alias",
    "AWS::KMS::Key",
    "AWS::Lambda::EventInvokeConfig",
    "AWS::Lambda::EventSourceMapping",
    "AWS::Lambda::Function",
    "AWS::Lambda::Permission",
    "AWS::Logs::LogGroup",
    "AWS::Route53::RecordSet",
    "AWS::S3::Bucket",
    "AWS::S3::BucketPolicy",
    "AWS::SQS::Queue",
    "AWS::SQS::QueuePolicy",
    "AWS::SSM::Parameter",
    "AWS::Serverless::Function",
    "AWS::WAFv2::WebACL",
}


class Stale(Exception):
    """A list above and the template do not fit any more."""


def without_tls_only(resources):
    """Drops statements that refuse plain HTTP, which is all that the emulator speaks; and policies with no other statement."""
    found = 0
    for name, resource in list(resources.items()):
        if resource["Type"] not in ("AWS::S3::BucketPolicy", "AWS::SQS::QueuePolicy"):
            continue
        document = resource["Properties"]["PolicyDocument"]
        kept = [s for s in document["Statement"] if "aws:SecureTransport" not in s.get("Condition", {}).get("Bool", {})]
        found += len(document["Statement"]) - len(kept)
        document["Statement"] = kept
        if not kept:
            del resources[name]
    if not found:
        raise Stale("no policy asks for TLS any more")


def without_vpc_origins(resources):
    """Drops the origins that lead through an AWS::CloudFront::VpcOrigin, which is among the removed types."""
    for resource in resources.values():
        if resource["Type"] == "AWS::CloudFront::Distribution":
            config = resource["Properties"]["DistributionConfig"]
            kept = [origin for origin in config["Origins"] if "VpcOriginConfig" not in origin]
            if len(kept) == len(config["Origins"]):
                raise Stale("no distribution has an origin in a VPC any more")
            config["Origins"] = kept


def without_tasks(resources):
    """Lets services run nothing: there is no container engine here, and the emulator takes a parameter's number for text."""
    for resource in resources.values():
        if resource["Type"] == "AWS::ECS::Service":
            resource["Properties"]["DesiredCount"] = 0


def needs(resource):
    """Whether a resource of an opt-in comes with what is removed: firewalls of CloudFront are named by the distribution."""
    return resource.get("Properties", {}).get("Scope") != "CLOUDFRONT"


def without_removed_types(resources):
    types = {resource["Type"] for resource in resources.values()}
    owners = {resource["Type"] for resource in resources.values() if needs(resource)}
    for removed, (purpose, owner) in REMOVED.items():
        if owner in owners and removed not in types:
            raise Stale(f"{removed} ({purpose}) is not in the template any more")
    unknown = sorted(types - REMOVED.keys() - KEPT)
    if unknown:
        raise Stale(f"try these types on the emulator and put them on a list: {', '.join(unknown)}")
    for name in [name for name, resource in resources.items() if resource["Type"] in REMOVED]:
        del resources[name]


def references(value):
    """The logical ids that `value` names by Ref or Fn::GetAtt; Fn::Sub is seen by nobody but the emulator."""
    if isinstance(value, list):
        for item in value:
            yield from references(item)
    elif isinstance(value, dict):
        if isinstance(value.get("Ref"), str):
            yield value["Ref"]
        attribute = value.get("Fn::GetAtt")
        if attribute:
            yield attribute[0] if isinstance(attribute, list) else attribute.split(".")[0]
        for item in value.values():
            yield from references(item)


def without_dangling(resources, before):
    gone = before - resources.keys()
    for name, resource in resources.items():
        depends = resource.get("DependsOn", [])
        depends = [depends] if isinstance(depends, str) else depends
        resource["DependsOn"] = [other for other in depends if other not in gone]
        if not resource["DependsOn"]:
            del resource["DependsOn"]
        dangling = sorted(gone & set(references(resource)))
        if dangling:
            raise Stale(f"{name} still names {', '.join(dangling)}, which is taken out")


def with_code(resources, folder):
    """Points each function at FOLDER/<what follows the stack's name in the function's name>."""
    for name, resource in resources.items():
        if resource["Type"] not in ("AWS::Serverless::Function", "AWS::Lambda::Function"):
            continue
        full = json.dumps(resource["Properties"]["FunctionName"])
        code = next((f for f in sorted(Path(folder).iterdir()) if f"-{f.name}\"" in full), None)
        if code is None:
            raise Stale(f"{folder} has no code for {name}, called {full}")
        key = "CodeUri" if resource["Type"] == "AWS::Serverless::Function" else "Code"
        resource["Properties"][key] = str(code.resolve())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("template")
    parser.add_argument("out")
    parser.add_argument("--code")
    options = parser.parse_args()
    template = cfn_yaml.load(options.template)
    resources = template["Resources"]
    before = set(resources)
    try:
        without_removed_types(resources)
        without_tls_only(resources)
        without_vpc_origins(resources)
        without_tasks(resources)
        without_dangling(resources, before)
        if options.code:
            with_code(resources, options.code)
    except Stale as stale:
        sys.exit(f"strip.py: {options.template}: {stale}")
    Path(options.out).write_text(json.dumps(template, indent=1))
    for name in sorted(before - resources.keys()):
        print(f"taken out: {name}")


if __name__ == "__main__":
    main()
