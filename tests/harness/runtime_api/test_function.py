"""A function that does what its event says; it speaks the runtime API as the one in Rust does, chunk by chunk."""

import http.client
import json
import os
import socket
import sys
import time

PREFIX = "/2018-06-01/runtime/"


def chunk(data):
    return b"%x\r\n%s\r\n" % (len(data), data)


def stream(api, id, event):
    host, _, path = api.removeprefix("http://").partition("/")
    name, port = host.split(":")
    connection = socket.create_connection((name, int(port)))
    path = (("/" + path) if path else "") + f"{PREFIX}invocation/{id}/response"
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {host}\r\nTransfer-Encoding: chunked\r\n"
        "Lambda-Runtime-Function-Response-Mode: streaming\r\n"
        "Content-Type: application/vnd.awslambda.http-integration-response\r\n\r\n"
    )
    connection.sendall(head.encode())
    connection.sendall(chunk(json.dumps(event["prelude"]).encode()))
    time.sleep(0.02)
    connection.sendall(chunk(bytes(8)))
    for n, data in enumerate(event["chunks"]):
        while n and "gate" in event and not os.path.exists(event["gate"]):
            time.sleep(0.005)
        connection.sendall(chunk(data.encode() * event.get("times", 1)))
    if event.get("then") == "exit":
        os._exit(3)
    if event.get("then") == "fail":
        connection.sendall(b"0\r\nLambda-Runtime-Function-Error-Type: Broken\r\n\r\n")
    else:
        connection.sendall(b"0\r\n\r\n")
    connection.recv(1024)
    connection.close()


def main():
    api = os.environ["AWS_LAMBDA_RUNTIME_API"]
    host, _, path = api.removeprefix("http://").partition("/")
    base = (("/" + path) if path else "") + PREFIX
    connection = http.client.HTTPConnection(host)

    def post(path, body, headers={}):
        connection.request("POST", base + path, body=body, headers=headers)
        connection.getresponse().read()

    if os.environ.get("FAIL_AT_START"):
        post("init/error", json.dumps({"errorType": "Init", "errorMessage": "no table"}), {"Lambda-Runtime-Function-Error-Type": "Init"})
        sys.exit(1)
    while True:
        connection.request("GET", base + "invocation/next")
        answer = connection.getresponse()
        event = json.loads(answer.read())
        id = answer.headers["Lambda-Runtime-Aws-Request-Id"]
        left = int(answer.headers["Lambda-Runtime-Deadline-Ms"]) - int(time.time() * 1000)
        if "SHOW_EVENT" in os.environ:
            event = {"do": "answer", "answer": json.dumps({"statusCode": 200, "body": json.dumps(event)})}
        event = json.loads(os.environ.get("ALWAYS", "null")) or event
        print("invoked", event.get("do"), flush=True)
        match event.get("do"):
            case "exit":
                os._exit(3)
            case "hang":
                time.sleep(3600)
            case "fail":
                error = {"errorType": "Refused", "errorMessage": "Unauthorized"}
                post(f"invocation/{id}/error", json.dumps(error), {"Lambda-Runtime-Function-Error-Type": "Refused"})
            case "stream":
                stream(api, id, event)
            case "wait":
                time.sleep(event["seconds"])
                post(f"invocation/{id}/response", json.dumps({"pid": os.getpid()}))
            case "answer":
                post(f"invocation/{id}/response", event["answer"])
            case _:
                post(f"invocation/{id}/response", json.dumps({"event": event, "left": left, "pid": os.getpid()}))


main()
