#!/usr/bin/env python3
"""test: random requests, signed by us and by botocore: every signature must be the same.

100,000 requests by default, as many as SLUICE_REQUESTS says otherwise. The seed is printed, and SLUICE_SEED takes it
again. Skipped by name where this Python has no botocore (Debian: python3-botocore).
"""
import os
import pathlib
import random
import subprocess
import sys
import time
from urllib.parse import quote

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'integration'))
from harness import Suite, build_folder, fail, skip  # noqa: E402

suite = Suite(__file__)
KEYS = ('AKIAIOSFODNN7EXAMPLE', 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY')
# What URLs, paths and encoders treat in a special way.
SPECIAL = ['/', '//', '.', '..', '/./', '/../', '+', '%', '%2F', '%2B', '~', ' ', '&', '=', '?', '#', ';', ':', '@', '!', '*',
           "'", '(', ')', '[', ']', '\xe9', 'e\u0301', '\u20ac', '\U0001f600', '\x7f', '\x01', '\r', '\n', '\t', '"', '<', '\\', '|']
PRINTABLE = ''.join(chr(c) for c in range(0x21, 0x7f))
QUERY_NAMES = ['uploads', 'uploadId', 'partNumber', 'prefix', 'list-type', 'max-keys', 'versionId', 'delimiter', 'X-id', 'A', 'a']
HEADERS = ['x-amz-meta-a', 'x-amz-meta-b.c', 'x-amz-acl', 'content-type', 'content-md5', 'range', 'if-match', 'if-none-match',
           'x-amz-checksum-crc64nvme', 'x-amz-storage-class', 'x-amz-copy-source', 'content-encoding', 'x-amz-tagging']
PAYLOADS = ['UNSIGNED-PAYLOAD', 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD', 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
            'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER']


def encoded(raw):
    return quote(raw, safe='')


class Maker:
    def __init__(self, seed):
        self.random = random.Random(seed)

    def raw(self, most, utf8=False):
        """Bytes of any kind, UTF-8 or not."""
        some = self.random
        out = b''
        for _ in range(some.randrange(most + 1)):
            if some.random() < 0.4:
                out += some.choice(SPECIAL).encode()
            else:
                out += bytes([some.randrange(1, 128 if utf8 else 256)])
        return out

    def value(self):
        some = self.random
        text = ''.join(some.choice(PRINTABLE + '   ') for _ in range(some.randrange(24)))
        return some.choice(['', ' ', '  ']) + text + some.choice(['', ' '])

    def request(self):
        some = self.random
        valid = some.randrange(1, 604801) if some.random() < 0.3 else 0
        text = valid > 0  # a query that botocore adds to goes through its text
        names = some.sample(QUERY_NAMES, some.randrange(5))
        query = [(name.encode(), self.raw(10, text)) for name in names]
        query += [(self.raw(6, text) + b'-%d' % n, self.raw(8, text)) for n in range(some.randrange(3))]
        headers = [('host', some.choice(['b.s3.eu-west-1.amazonaws.com', '127.0.0.1:9000', '[::1]:9000', 's3.example.com']))]
        headers += [(name, self.value()) for name in some.sample(HEADERS, some.randrange(6))]
        return {
            'method': some.choice(['GET', 'PUT', 'POST', 'DELETE', 'HEAD']),
            'region': some.choice(['us-east-1', 'eu-west-3', 'auto', 'cn-north-1']),
            # 1970 to 2100; now and then around midnight
            'seconds': some.randrange(47000) * 86400 + some.choice([some.randrange(86400), 0, 86399]),
            'token': ''.join(some.choice('abcXYZ019+/=') for _ in range(some.randrange(60))) if some.random() < 0.3 else '',
            'valid': valid,
            'payload': some.choice(PAYLOADS + ['%064x' % some.getrandbits(256)]),
            'path': b'/' + self.raw(20),
            'query': query,
            'headers': headers,
        }


def line_of(one):
    query = '&'.join(f'{encoded(name)}={encoded(value)}' for name, value in one['query'])
    headers = '&'.join(f'{encoded(name)}:{encoded(value)}' for name, value in one['headers'])
    return '\t'.join([one['method'], one['region'], str(one['seconds']), encoded(one['token']), str(one['valid']),
                      encoded(one['payload']), encoded(one['path']), query, headers])


def botocore_signer():
    try:
        from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth
        from botocore.awsrequest import AWSRequest
        from botocore.credentials import Credentials
    except ImportError:
        skip('this Python has no botocore (Debian: python3-botocore)')

    class Given(S3SigV4Auth):
        given = None

        def payload(self, request):
            return self.given

    def sign(one):
        host = one['headers'][0][1]
        target = quote(one['path'], safe='/~-_.')
        query = '&'.join(f"{quote(name, safe='~-_.')}={quote(value, safe='~-_.')}" for name, value in one['query'])
        request = AWSRequest(one['method'], f'https://{host}{target}' + (f'?{query}' if query else ''))
        for name, value in one['headers']:
            request.headers[name] = value
        keys = Credentials(*KEYS, one['token'] or None)
        if one['valid']:
            pen = S3SigV4QueryAuth(keys, 's3', one['region'], expires=one['valid'])
        else:
            pen = Given(keys, 's3', one['region'])
            pen.given = one['payload']
        date = time.strftime('%Y%m%dT%H%M%SZ', time.gmtime(one['seconds']))
        request.context['timestamp'] = date
        if not one['valid']:
            request.headers['X-Amz-Date'] = date
            if one['token']:
                request.headers['X-Amz-Security-Token'] = one['token']
            request.headers['X-Amz-Content-SHA256'] = one['payload']
        else:
            pen._modify_request_before_signing(request)
        canonical = pen.canonical_request(request)
        return pen.signature(pen.string_to_sign(request, canonical), request), canonical

    return sign


@suite.case
def botocore_makes_the_same_signatures():
    sign = botocore_signer()
    number = int(os.environ.get('SLUICE_REQUESTS', '100000'))
    seed = int(os.environ.get('SLUICE_SEED') or random.SystemRandom().getrandbits(32))
    print(f'{number} requests, seed {seed}', flush=True)
    maker = Maker(seed)
    done = 0
    while done < number:
        some = [maker.request() for _ in range(min(10000, number - done))]
        program = build_folder() / 'test/differential/sign_requests'
        ours = subprocess.run([str(program)], input='\n'.join(map(line_of, some)) + '\n', capture_output=True, text=True, check=True)
        signatures = ours.stdout.split('\n')[:-1]
        if len(signatures) != len(some):
            fail(f'{len(signatures)} signatures for {len(some)} requests')
        for index, (one, signature) in enumerate(zip(some, signatures)):
            theirs, canonical = sign(one)
            if theirs != signature:
                fail(f'request {done + index} of seed {seed} differs: {one}\n{canonical}')
        done += len(some)


suite.run()
