"""Prints the outputs and resources of a stack as one JSON object: outputs by name, resources by the names of template.yaml."""

import json
import re
import sys

import boto3


def template_name(logical_id):
    """CDK's PackhouseTable10D46824 is Table. The gateway's deployment has a digest behind its name in both."""
    name = re.sub(r"^Packhouse(.+?)[0-9A-F]{8}([0-9a-f]{32})?$", r"\1", logical_id)
    return re.sub(r"^(GatewayDeployment)[0-9a-f]{8}$", r"\1", name)


stack = sys.argv[1]
client = boto3.client("cloudformation")
outputs = client.describe_stacks(StackName=stack)["Stacks"][0].get("Outputs", [])
pages = client.get_paginator("list_stack_resources").paginate(StackName=stack)
resources = [resource for page in pages for resource in page["StackResourceSummaries"]]
print(json.dumps({
    "outputs": {output["OutputKey"]: output["OutputValue"] for output in outputs},
    "resources": {template_name(resource["LogicalResourceId"]): resource["PhysicalResourceId"] for resource in resources},
}))
