"""Calls operations of the service named by the argument: one JSON request a line in, one JSON answer a line out.

Bytes are {"base64": "..."} in both directions.
"""

import base64
import datetime
import json
import sys

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.response import StreamingBody


def plain(value):
    """Makes what boto3 returns expressible in JSON."""
    if isinstance(value, datetime.datetime):
        return value.timestamp()
    if isinstance(value, bytes):
        return {"base64": base64.b64encode(value).decode()}
    if isinstance(value, StreamingBody):
        return plain(value.read())
    raise TypeError(type(value))


def native(value):
    """Makes bytes of what stands for them."""
    if isinstance(value, list):
        return [native(each) for each in value]
    if isinstance(value, dict):
        if list(value) == ["base64"]:
            return base64.b64decode(value["base64"])
        return {name: native(each) for name, each in value.items()}
    return value


def call(client, request):
    try:
        answer = client._make_api_call(request["operation"], native(request["parameters"]))
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
    client = boto3.client(sys.argv[1], config=config)
    for line in sys.stdin:
        try:
            answer = json.dumps(call(client, json.loads(line)), default=plain)
        except Exception as error:
            answer = json.dumps({"failure": repr(error)})
        print(answer, flush=True)


main()
