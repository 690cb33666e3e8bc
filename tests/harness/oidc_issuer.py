"""An OpenID Connect issuer on 127.0.0.1. Arguments: certificate and key in PEM.

Writes its URL, then does what each JSON line on standard input says, and answers with one JSON line:
{"token": {"header": {...}, "claims": {...}}} signs; {"rotate": null} takes another key; {"asked": null} counts fetches of keys;
{"say": {"path": "/jwks", "body": "..."}} answers something else there, {"redirect": {"path": ..., "to": ...}} leads elsewhere.
"""

import base64
import http.server
import json
import ssl
import sys
import threading

import rsa


def encode(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def number(value):
    return encode(value.to_bytes((value.bit_length() + 7) // 8, "big"))


class Issuer:
    def __init__(self):
        self.asked = 0
        self.kid = 0
        self.answers = {}
        self.redirects = {}
        self.rotate()

    def rotate(self):
        self.kid += 1
        self.public, self.private = rsa.newkeys(2048)

    def start(self, url):
        self.url = url
        self.answers["/.well-known/openid-configuration"] = json.dumps({"issuer": url, "jwks_uri": url + "/jwks"})

    def keys(self):
        key = {"kty": "RSA", "kid": str(self.kid), "use": "sig", "alg": "RS256"}
        return json.dumps({"keys": [key | {"n": number(self.public.n), "e": number(self.public.e)}]})

    def answer(self, path):
        if path == "/jwks":
            self.asked += 1
            return self.answers.get(path) or self.keys()
        return self.answers.get(path)

    def token(self, header, claims):
        header = {"typ": "JWT", "alg": "RS256", "kid": str(self.kid)} | header
        text = encode(json.dumps(header).encode()) + "." + encode(json.dumps(claims).encode())
        return text + "." + encode(rsa.sign(text.encode(), self.private, "SHA-256"))

    def do(self, order):
        [(word, details)] = order.items()
        if word == "token":
            return self.token(details["header"], details["claims"])
        if word == "rotate":
            return self.rotate()
        if word == "asked":
            return self.asked
        if word == "say":
            self.answers[details["path"]] = details["body"]
        if word == "redirect":
            self.redirects[details["path"]] = details["to"]


def main():
    issuer = Issuer()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            if self.path in issuer.redirects:
                self.send_response(302)
                self.send_header("Location", issuer.redirects[self.path])
                self.send_header("Content-Length", "0")
                return self.end_headers()
            body = (issuer.answer(self.path) or "").encode()
            self.send_response(200 if body else 404)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[1], sys.argv[2])
    server.socket = context.wrap_socket(server.socket, server_side=True)
    issuer.start(f"https://127.0.0.1:{server.server_address[1]}")
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(issuer.url, flush=True)
    for line in sys.stdin:
        print(json.dumps(issuer.do(json.loads(line))), flush=True)


main()
