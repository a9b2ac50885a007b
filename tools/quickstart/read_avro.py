#!/usr/bin/env python3
"""quickstart: reads an exported stream with Python's own Avro library and compares it with the log.

usage: read_avro.py LISTING EVENTS

LISTING is what `sluice ls --json` printed, EVENTS what `sluice stream cat` printed. Endpoint and credentials come from
the environment (AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY). Nothing of sluice takes part: the
objects are fetched and decoded here.
"""
import base64
import datetime
import hashlib
import hmac
import io
import json
import os
import sys
import urllib.parse
import urllib.request

from avro.datafile import DataFileReader
from avro.io import DatumReader

EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
MICROSECOND = datetime.timedelta(microseconds=1)
REGION = os.environ.get('AWS_REGION', 'us-east-1')


def fetch(bucket, key):
    """GET with Signature Version 4."""
    endpoint = os.environ['AWS_ENDPOINT_URL']
    host = urllib.parse.urlparse(endpoint).netloc
    path = '/' + urllib.parse.quote(f'{bucket}/{key}', safe='/-_.~')
    now = datetime.datetime.utcnow().strftime('%Y%m%dT%H%M%SZ')
    scope = f'{now[:8]}/{REGION}/s3/aws4_request'
    payload = hashlib.sha256(b'').hexdigest()
    names = 'host;x-amz-content-sha256;x-amz-date'
    canonical = f'GET\n{path}\n\nhost:{host}\nx-amz-content-sha256:{payload}\nx-amz-date:{now}\n\n{names}\n{payload}'
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    secret = ('AWS4' + os.environ['AWS_SECRET_ACCESS_KEY']).encode()
    for word in (now[:8], REGION, 's3', 'aws4_request'):
        secret = hmac.new(secret, word.encode(), 'sha256').digest()
    to_sign = f'AWS4-HMAC-SHA256\n{now}\n{scope}\n{digest}'
    signature = hmac.new(secret, to_sign.encode(), 'sha256').hexdigest()
    who = os.environ['AWS_ACCESS_KEY_ID']
    request = urllib.request.Request(endpoint + path, headers={
        'x-amz-date': now, 'x-amz-content-sha256': payload,
        'Authorization': f'AWS4-HMAC-SHA256 Credential={who}/{scope}, SignedHeaders={names}, Signature={signature}',
    })
    with urllib.request.urlopen(request) as answer:
        return answer.read()


def events_of_objects(listing):
    """Yields (timestamp, key, headers, value), fragments joined."""
    bucket, folder = listing['folder'].removeprefix('s3://').split('/', 1)
    held = None
    for each in listing['objects']:
        for record in DataFileReader(io.BytesIO(fetch(bucket, f"{folder}/{each['key']}")), DatumReader()):
            fragment = record['fragment']
            if fragment is None or fragment['offset'] == 0:
                moment = record['timestamp']
                micros = None if moment is None else (moment - EPOCH) // MICROSECOND
                headers = [(header['name'], header['value']) for header in record['headers']]
                held = [micros, record['key'], headers, []]
            held[3].append(record['value'])
            if fragment is None or fragment['last'] is not None:
                value = None if held[3] == [None] else b''.join(held[3])
                assert fragment is None or fragment['last']['length'] == len(value)
                yield held[0], held[1], held[2], value


def as_bytes(member):
    if member is None:
        return None
    return base64.b64decode(member['base64']) if isinstance(member, dict) else member.encode()


def as_micros(text):
    if text is None:
        return None
    moment = datetime.datetime.strptime(text, '%Y-%m-%dT%H:%M:%S.%fZ').replace(tzinfo=datetime.timezone.utc)
    return (moment - EPOCH) // MICROSECOND


def events_of_lines(path):
    with open(path, encoding='utf-8') as lines:
        for line in lines:
            event = json.loads(line)
            headers = [(header['name'], as_bytes(header['value'])) for header in event['headers']]
            yield as_micros(event['timestamp']), as_bytes(event['key']), headers, as_bytes(event['value'])


def account(events):
    """Number of events, bytes of values, and a digest of everything."""
    digest, count, size = hashlib.sha256(), 0, 0
    for timestamp, key, headers, value in events:
        digest.update(repr((timestamp, key, headers, None if value is None else len(value))).encode())
        digest.update(value or b'')
        count += 1
        size += len(value or b'')
    return count, size, digest.hexdigest()


def main():
    with open(sys.argv[1], encoding='utf-8') as text:
        listing = json.load(text)
    exported = account(events_of_objects(listing))
    logged = account(events_of_lines(sys.argv[2]))
    print(f'{exported[0]:,} events, {exported[1]:,} bytes of values')
    if exported == logged:
        return 0
    print(f'differs from the log: {exported} and {logged}')
    return 1


if __name__ == '__main__':
    sys.exit(main())
