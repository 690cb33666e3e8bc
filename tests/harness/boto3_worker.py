"""Calls CodeCommit operations: one JSON request a line in, one JSON answer a line out."""

import base64
import datetime
import json
import sys

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError


def plain(value):
    """Makes what boto3 returns expressible in JSON."""
    if isinstance(value, datetime.datetime):
        return value.timestamp()
    if isinstance(value, bytes):
        return {"base64": base64.b64encode(value).decode()}
    raise TypeError(type(value))


def call(client, request):
    try:
        answer = client._make_api_call(request["operation"], request["parameters"])
    except ClientError as error:
        answer = error.response
        return {
            "error": {
                "code": answer["Error"]["Code"],
                "message": answer["Error"]["Message"],
                "status": answer["ResponseMetadata"]["HTTPStatusCode"],
            }
        }
    metadata = answer.pop("ResponseMetadata")
    return {"answer": answer, "requestId": metadata.get("RequestId")}


def main():
    # The server shall refuse what is wrong, so the client lets it pass. No retries: a test sees the first answer.
    config = Config(parameter_validation=False, retries={"total_max_attempts": 1})
    client = boto3.client("codecommit", config=config)
    for line in sys.stdin:
        try:
            answer = call(client, json.loads(line))
        except Exception as error:
            answer = {"failure": repr(error)}
        print(json.dumps(answer, default=plain), flush=True)


main()
