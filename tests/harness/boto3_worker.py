"""Calls operations of the service named by the argument: one JSON request a line in, one JSON answer a line out.

Bytes are {"base64": "..."} in both directions. Each answer of CodeCommit is compared with the service model as it came over the
wire: members that it does not have, that are missing or of another type, and exceptions that the operation does not have, are
failures. Where PACKHOUSE_REFUSALS names a folder, each exception of CodeCommit is noted there, in a file of this process, a
line each: the operation, and the exception.
"""

import base64
import datetime
import json
import os
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


# What any operation may answer besides what its model has.
COMMON_ERRORS = {
    "AccessDeniedException",
    "IncompleteSignatureException",
    "InternalFailure",
    "InvalidSignatureException",
    "MissingAuthenticationTokenException",
    "RequestEntityTooLargeException",
    "RequestTimeoutException",
    "SerializationException",
    "ServiceUnavailableException",
    "ThrottlingException",
    "UnknownOperationException",
    "UnrecognizedClientException",
    "ValidationException",
}

SCALARS = {
    "string": str,
    "character": str,
    "boolean": bool,
    "integer": int,
    "long": int,
    "double": (int, float),
    "float": (int, float),
    "timestamp": (int, float),
    "blob": str,
}


def note(operation, exception):
    """Notes that an operation refused, for those who count."""
    folder = os.environ.get("PACKHOUSE_REFUSALS")
    if folder:
        with open(os.path.join(folder, f"{os.getpid()}.txt"), "a") as notes:
            notes.write(f"{operation} {exception}\n")


def differences(shape, value, path):
    """Tells how a value differs from the shape that the model has for it."""
    kind = shape.type_name
    if kind == "structure":
        if not isinstance(value, dict):
            yield f"{path} is no structure: {value!r}"
            return
        for name in value.keys() - shape.members.keys():
            yield f"{path}.{name} is not in the model"
        for name in set(shape.required_members) - value.keys():
            yield f"{path}.{name} is missing"
        for name, member in shape.members.items():
            if value.get(name) is not None:
                yield from differences(member, value[name], f"{path}.{name}")
            elif name in value:
                yield f"{path}.{name} is null"
    elif kind == "list":
        if not isinstance(value, list):
            yield f"{path} is no list: {value!r}"
            return
        for at, each in enumerate(value):
            yield from differences(shape.member, each, f"{path}[{at}]")
    elif kind == "map":
        if not isinstance(value, dict):
            yield f"{path} is no map: {value!r}"
            return
        for name, each in value.items():
            yield from differences(shape.value, each, f"{path}[{name!r}]")
    else:
        is_bool = isinstance(value, bool)
        if not isinstance(value, SCALARS[kind]) or is_bool != (kind == "boolean"):
            yield f"{path} is no {kind}: {value!r}"
        elif kind == "blob":
            base64.b64decode(value, validate=True)
        elif getattr(shape, "enum", None) and value not in shape.enum:
            yield f"{path} is none of {shape.enum}: {value!r}"


# Whose success may be without what the model requires: the documentation says that what was deleted before is answered with "200 OK"
# without content.
MAY_BE_EMPTY = {"DeleteApprovalRuleTemplate", "DeletePullRequestApprovalRule"}


def compare(client, found):
    """Has what comes over the wire compared with the model; what differs is added to `found`."""

    def check(response_dict, event_name, **_):
        if response_dict is None:
            return
        operation = client.meta.service_model.operation_model(event_name.rsplit(".", 1)[-1])
        body = response_dict["body"]
        if response_dict["status_code"] < 300:
            if operation.name in MAY_BE_EMPTY and json.loads(body) == {}:
                return
            if operation.output_shape is not None:
                found.extend(differences(operation.output_shape, json.loads(body), operation.name))
            elif body:
                found.append(f"{operation.name} has no output, but answers {body!r}")
            return
        code = json.loads(body).get("__type", "") if body else ""
        known = {shape.name for shape in operation.error_shapes} | COMMON_ERRORS
        note(operation.name, code)
        if code not in known:
            found.append(f"{operation.name} does not have the exception {code!r}")

    client.meta.events.register("response-received.codecommit", check)


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
    found = []
    if sys.argv[1] == "codecommit":
        compare(client, found)
    for line in sys.stdin:
        found.clear()
        try:
            answer = json.dumps(call(client, json.loads(line)), default=plain)
            if found:
                answer = json.dumps({"failure": "against the model: " + "; ".join(found)})
        except Exception as error:
            answer = json.dumps({"failure": repr(error)})
        print(answer, flush=True)


main()
