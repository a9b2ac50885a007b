"""test: a server that plays STS, a container's agent and an instance's metadata, and gives keys that end.

The keys are made as `sluice-s3sim --temporary-keys` expects them: nobody tells the simulator of them.
"""
import hashlib
import hmac
import http.server
import json
import math
import secrets
import threading
import time
import urllib.parse

from harness import SECRET_KEY, REGION

ROLE = 'arn:aws:iam::123456789012:role/archive'
METADATA = '/latest/meta-data/iam/security-credentials/'


def derived(text):
    return hmac.new(SECRET_KEY.encode(), text.encode(), hashlib.sha256).hexdigest()


def make_keys(life):
    """Keys that live `life` seconds, up to one second more."""
    end = math.ceil(time.time() + life)
    key = f'ASIA{end:08x}' + secrets.token_hex(4).upper()
    return {
        'AccessKeyId': key, 'SecretAccessKey': derived(key), 'SessionToken': derived('token:' + key),
        'Expiration': time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime(end)),
    }


class Givers:
    """`asked` are the paths (of STS: the actions) in order, `most_at_once` says how many were asked at the same time,
    `given` are the keys. `refuse` is a status that is answered instead. `pause` is how long an answer takes."""

    def __init__(self, life=900):
        self.life, self.refuse, self.pause, self.region = life, None, 0, REGION
        self.asked, self.given, self.wrong = [], [], []
        self.agent_token = 'canary-of-the-agent-' + secrets.token_hex(8)
        self.web_token = 'canary.of.the.web.identity.' + secrets.token_hex(8)
        self.metadata_token = 'canary-of-the-metadata-' + secrets.token_hex(8)
        self.at_once = self.most_at_once = 0
        self.lock = threading.Lock()
        givers = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def log_message(self, *_):
                pass

            def do_GET(self):
                givers.serve(self)

            do_PUT = do_POST = do_GET

        self.server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
        self.server.daemon_threads = True
        self.url = f'http://127.0.0.1:{self.server.server_address[1]}'

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    def secrets(self):
        """Everything that must be seen nowhere."""
        made = [keys[name] for keys in self.given for name in ('SecretAccessKey', 'SessionToken')]
        return [self.agent_token, self.web_token, self.metadata_token, *made]

    def give(self):
        keys = make_keys(self.life)
        self.given.append(keys)
        return keys

    def serve(self, request):
        with self.lock:
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            body = request.rfile.read(int(request.headers.get('Content-Length') or 0)).decode()
            time.sleep(self.pause)
            status, text = self.answer(request, body)
        finally:
            with self.lock:
                self.at_once -= 1
        data = text.encode()
        request.send_response(status)
        request.send_header('Content-Length', str(len(data)))
        request.end_headers()
        request.wfile.write(data)

    def answer(self, request, body):
        path = request.path
        if path == '/sts':
            return self.answer_sts(request, dict(urllib.parse.parse_qsl(body)))
        self.asked.append(path)
        if self.refuse:
            return self.refuse, 'no ' + self.agent_token + self.metadata_token
        if path == '/container':
            self.expect(request.headers.get('Authorization') == self.agent_token, 'the token of the agent')
            keys = self.give()
            return 200, json.dumps({**keys, 'Token': keys['SessionToken'], 'RoleArn': ROLE})
        if path == '/latest/api/token':
            self.expect(request.command == 'PUT', 'PUT')
            self.expect(request.headers.get('X-aws-ec2-metadata-token-ttl-seconds') is not None, 'a time to live')
            return 200, self.metadata_token
        self.expect(request.headers.get('X-aws-ec2-metadata-token') == self.metadata_token, 'a token first')
        if path == METADATA:
            return 200, 'archive'
        if path == METADATA + 'archive':
            keys = self.give()
            return 200, json.dumps({'Code': 'Success', **keys, 'Token': keys['SessionToken']})
        if path == '/latest/meta-data/placement/region':
            return 200, self.region
        return 404, ''

    def answer_sts(self, request, form):
        action = form.get('Action')
        self.asked.append(action)
        self.expect(form.get('Version') == '2011-06-15' and form.get('RoleArn') == ROLE, f'the form {form}')
        signature = request.headers.get('Authorization', '')
        if action == 'AssumeRole':
            self.expect('/sts/aws4_request' in signature, 'a signature for STS')
        else:
            self.expect(not signature and form.get('WebIdentityToken') == self.web_token, 'the token of the web identity')
        if self.refuse:
            return self.refuse, (
                '<ErrorResponse><Error><Code>AccessDenied</Code><Message>not you, '
                f'{form.get("WebIdentityToken", "")}</Message></Error><RequestId>r-17</RequestId></ErrorResponse>'
            )
        fields = ''.join(f'<{name}>{value}</{name}>' for name, value in self.give().items())
        return 200, (
            f'<{action}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><{action}Result><Credentials>{fields}'
            f'</Credentials></{action}Result></{action}Response>'
        )

    def expect(self, holds, what):
        if not holds:
            self.wrong.append(what)
