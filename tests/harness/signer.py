"""Signs calls of CodeCommit: JSON [operation, parameters] a line in; JSON {"headers": …, "body": …} a line out."""

import json
import os
import sys

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

credentials = Credentials(os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"])
for line in sys.stdin:
    operation, parameters = json.loads(line)
    body = json.dumps(parameters)
    headers = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "CodeCommit_20150413." + operation}
    request = AWSRequest("POST", sys.argv[1], data=body, headers=headers)
    SigV4Auth(credentials, "codecommit", os.environ["AWS_DEFAULT_REGION"]).add_auth(request)
    print(json.dumps({"headers": dict(request.headers), "body": body}))
