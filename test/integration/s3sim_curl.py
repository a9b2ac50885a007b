#!/usr/bin/env python3
"""test: sluice-s3sim as curl sees it, which signs requests with code that is not ours."""
import base64
import hashlib
import hmac
import json
import os
import re
import threading
import time
from urllib.parse import quote

from harness import Scratch, Simulator, Suite, contains, equal, expect, first_line, need, program, stop, wait_for

suite = Suite(__file__)
MEBIBYTE = 1 << 20


class Curl:
    """Signed requests to one simulator."""

    def __init__(self, scratch, store, *options, secret=None):
        self.scratch, self.store, self.options = scratch, store, options
        self.secret = secret or store.secret_key

    def command(self, method, path, *options, body=None, payload='UNSIGNED-PAYLOAD', base=None):
        words = ['curl', '--silent', '--show-error', '--noproxy', '*', '--globoff', '--path-as-is', '--max-time', '60']
        words += ['--aws-sigv4', f'aws:amz:{self.store.region}:s3', '--user', f'{self.store.access_key}:{self.secret}']
        words += ['--header', f'x-amz-content-sha256: {payload}', *self.options, *options]
        words += ['--head'] if method == 'HEAD' else ['--request', method]
        if body is not None:
            file = self.scratch / f'body-{hashlib.sha256(body).hexdigest()[:16]}'
            file.write_bytes(body)
            words += ['--data-binary', f'@{file}', '--header', 'Content-Type: x/y']
        return [*words, '--write-out', '\n%{http_code}', (base or self.store.url) + path]

    def __call__(self, method, path, *options, exit=0, **more):
        """(status, body); `exit` is curl's own status, where another is expected."""
        done = self.scratch.run(*self.command(method, path, *options, **more), status=exit)
        body, _, status = done.raw.rpartition(b'\n')
        return int(status), body


def presigned(store, method, path, valid=60, age=0, **query):
    """A URL signed by this script's own few lines."""
    date = time.strftime('%Y%m%dT%H%M%SZ', time.gmtime(time.time() - age))
    scope = f'{date[:8]}/{store.region}/s3/aws4_request'
    query |= {'X-Amz-Algorithm': 'AWS4-HMAC-SHA256', 'X-Amz-Credential': f'{store.access_key}/{scope}', 'X-Amz-Date': date,
              'X-Amz-Expires': str(valid), 'X-Amz-SignedHeaders': 'host'}
    text = '&'.join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in sorted(query.items()))
    host = store.url.split('//')[1]
    canonical = f'{method}\n{path}\n{text}\nhost:{host}\n\nhost\nUNSIGNED-PAYLOAD'
    key = ('AWS4' + store.secret_key).encode()
    for step in scope.split('/'):
        key = hmac.digest(key, step.encode(), 'sha256')
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    signature = hmac.digest(key, f'AWS4-HMAC-SHA256\n{date}\n{scope}\n{digest}'.encode(), 'sha256').hex()
    return f'{store.url}{path}?{text}&X-Amz-Signature={signature}'


def error_code(body):
    found = re.search(rb'<Code>(\w+)</Code>', body)
    return found.group(1).decode() if found else None


def element(body, name):
    return re.search(rf'<{name}>([^<]*)</{name}>'.encode(), body).group(1).decode()


class World:
    """A simulator with bucket `bucket` and curl to talk to it."""

    def __init__(self, *options):
        need('curl')
        self.scratch = Scratch()
        self.store = Simulator(self.scratch, '--bucket', 'bucket', '--quiet', *options)
        self.curl = None

    def __enter__(self):
        self.scratch.__enter__()
        self.store.__enter__()
        self.curl = Curl(self.scratch, self.store)
        return self

    def __exit__(self, *why):
        self.store.__exit__(*why)
        self.scratch.__exit__(*why)

    def upload(self, key, bodies):
        """Parts of an upload that stays open: its id and the document that completes it."""
        _, answer = self.curl('POST', f'/bucket/{key}?uploads=')
        upload = element(answer, 'UploadId')
        document = '<CompleteMultipartUpload>'
        for number, body in enumerate(bodies, 1):
            status, head = self.curl('PUT', f'/bucket/{key}?partNumber={number}&uploadId={upload}', '--include', body=body)
            equal(status, 200, 'status of a part')
            etag = re.search(rb'ETag: "(\w+)"', head).group(1).decode()
            document += f'<Part><PartNumber>{number}</PartNumber><ETag>&quot;{etag}&quot;</ETag></Part>'
        return upload, (document + '</CompleteMultipartUpload>').encode()


@suite.case
def an_object_is_put_read_in_ranges_and_deleted():
    with World() as world:
        body = os.urandom(3 * MEBIBYTE + 7)
        equal(world.curl('PUT', '/bucket/a/b', '--header', 'x-amz-meta-token: t1', body=body)[0], 200)
        equal(world.curl('GET', '/bucket/a/b'), (200, body))
        equal(world.curl('GET', '/bucket/a/b', '--range', '1048570-2097160'), (206, body[1048570:2097161]))
        status, head = world.curl('HEAD', '/bucket/a/b')
        equal(status, 200)
        contains(head, b'x-amz-meta-token: t1')
        contains(head, f'Content-Length: {len(body)}'.encode())
        equal(world.curl('GET', '/bucket/a/b', '--range', '9999999-')[0], 416)
        equal(world.curl('DELETE', '/bucket/a/b')[0], 204)
        status, answer = world.curl('GET', '/bucket/a/b')
        equal((status, error_code(answer)), (404, 'NoSuchKey'))


@suite.case
def a_signature_must_be_right():
    with World() as world:
        status, answer = Curl(world.scratch, world.store, secret='other')('GET', '/bucket/a')
        equal((status, error_code(answer)), (403, 'SignatureDoesNotMatch'))
        bare = world.scratch.run('curl', '-sS', '--noproxy', '*', world.store.url + '/bucket/a').raw
        equal(error_code(bare), 'AccessDenied')


@suite.case
def a_signed_body_must_have_its_hash():
    with World() as world:
        body = b'some bytes'
        right = hashlib.sha256(body).hexdigest()
        equal(world.curl('PUT', '/bucket/a', body=body, payload=right)[0], 200)
        status, answer = world.curl('PUT', '/bucket/a', body=body + b'!', payload=right)
        equal((status, error_code(answer)), (400, 'XAmzContentSHA256Mismatch'))
        equal(world.curl('GET', '/bucket/a'), (200, body))


@suite.case
def checksums_are_verified_and_told():
    with World() as world:
        right = ('--header', 'x-amz-checksum-crc64nvme: rosUhgp5mIg=')
        equal(world.curl('PUT', '/bucket/a', *right, body=b'123456789')[0], 200)
        _, head = world.curl('HEAD', '/bucket/a', '--header', 'x-amz-checksum-mode: ENABLED')
        contains(head, b'x-amz-checksum-crc64nvme: rosUhgp5mIg=')
        contains(head, b'x-amz-checksum-type: FULL_OBJECT')
        expect(b'checksum' not in world.curl('HEAD', '/bucket/a')[1], 'a checksum is told only when asked for')
        status, answer = world.curl('PUT', '/bucket/b', *right, body=b'123456780')
        equal((status, error_code(answer)), (400, 'BadDigest'))
        status, answer = world.curl('PUT', '/bucket/b', '--header', 'x-amz-checksum-crc32c: 4waSgw==', body=b'x')
        equal((status, error_code(answer)), (400, 'BadDigest'))
        md5 = base64.b64encode(hashlib.md5(b'other').digest()).decode()
        status, answer = world.curl('PUT', '/bucket/b', '--header', f'content-md5: {md5}', body=b'x')
        equal((status, error_code(answer)), (400, 'BadDigest'))
        equal(world.curl('GET', '/bucket/b')[0], 404)


@suite.case
def of_sixteen_conditional_writes_exactly_one_wins():
    with World('--threads', '2') as world:
        for turn in range(3):
            running = []
            for i in range(16):
                command = world.curl.command('PUT', f'/bucket/race{turn}', '--header', 'If-None-Match: *',
                                             body=f'writer {i}'.encode())
                running.append(world.scratch.start(*command, stdout=-1))
            said = [one.communicate()[0] for one in running]
            statuses = [text.rpartition(b'\n')[2] for text in said]
            equal(sorted(statuses), [b'200'] + [b'412'] * 15)
            winner = statuses.index(b'200')
            equal(world.curl('GET', f'/bucket/race{turn}')[1], f'writer {winner}'.encode())


@suite.case
def a_multipart_upload_needs_its_parts_whole_and_large():
    with World() as world:
        bodies = [os.urandom(5 * MEBIBYTE), os.urandom(5 * MEBIBYTE), b'tail']
        upload, document = world.upload('big', bodies)
        equal(len(world.store.uploads()[0]['parts']), 3)
        complete = f'/bucket/big?uploadId={upload}'
        status, answer = world.curl('POST', complete, body=document.replace(b'<PartNumber>3', b'<PartNumber>4'))
        equal((status, error_code(answer)), (400, 'InvalidPart'))
        equal(world.curl('POST', complete, body=document)[0], 200)
        equal(world.curl('GET', '/bucket/big'), (200, b''.join(bodies)))
        status, answer = world.curl('POST', complete, body=document)
        equal((status, error_code(answer)), (404, 'NoSuchUpload'))
        equal(world.store.uploads(), [])
        upload, document = world.upload('small', [b'too small', b'tail'])
        status, answer = world.curl('POST', f'/bucket/small?uploadId={upload}', body=document)
        equal((status, error_code(answer)), (400, 'EntityTooSmall'))
        equal(world.curl('DELETE', f'/bucket/small?uploadId={upload}')[0], 204)
        equal(world.store.uploads(), [])


@suite.case
def presigned_requests_work_while_they_are_valid():
    with World() as world:
        def fetch(url, *options):
            words = ['curl', '--silent', '--noproxy', '*', '--path-as-is', *options, '--write-out', '\n%{http_code}', url]
            body, _, status = world.scratch.run(*words).raw.rpartition(b'\n')
            return int(status), body

        path = '/bucket/a%20b/%2B'
        file = world.scratch / 'body'
        file.write_bytes(b'presigned')
        equal(fetch(presigned(world.store, 'PUT', path), '--upload-file', str(file))[0], 200)
        equal(fetch(presigned(world.store, 'GET', path)), (200, b'presigned'))
        equal(world.curl('GET', path), (200, b'presigned'))
        status, answer = fetch(presigned(world.store, 'GET', path, valid=60, age=120))
        equal((status, error_code(answer)), (403, 'AccessDenied'))
        contains(answer, b'expired')
        status, answer = fetch(presigned(world.store, 'PUT', path))
        equal((status, error_code(answer)), (403, 'SignatureDoesNotMatch'), 'another method')
        status, answer = fetch(presigned(world.store, 'GET', path).replace('%2B', 'b'))
        equal((status, error_code(answer)), (403, 'SignatureDoesNotMatch'), 'another key')
        status, answer = fetch(presigned(world.store, 'GET', path, valid=604801))
        equal((status, error_code(answer)), (400, 'AuthorizationQueryParametersError'))


@suite.case
def what_a_real_store_would_ignore_is_refused():
    with World('--min-part-size', '1') as world:
        upload, _ = world.upload('a', [b'x'])
        part = f'/bucket/a?partNumber=2&uploadId={upload}'
        for method, path, header in (
            ('PUT', part, 'If-None-Match: *'),
            ('POST', '/bucket/a?uploads=', 'If-None-Match: *'),
            ('GET', '/bucket/a', 'If-Modified-Since: Fri, 24 May 2013 00:00:00 GMT'),
            ('PUT', '/bucket/a', 'x-amz-metta-token: t'),
            ('PUT', '/bucket/a?acl=', 'x: y'),
            ('PUT', '/bucket/a', 'x-amz-checksum-sha1: x'),
        ):
            status, answer = world.curl(method, path, '--header', header, body=b'' if method != 'GET' else None)
            equal((status, error_code(answer)), (501, 'NotImplemented'), header)


@suite.case
def an_announced_checksum_binds_parts_and_completion():
    with World('--min-part-size', '1') as world:
        _, answer = world.curl('POST', '/bucket/a?uploads=', '--header', 'x-amz-checksum-algorithm: CRC64NVME')
        upload = element(answer, 'UploadId')
        part = f'/bucket/a?partNumber=1&uploadId={upload}'
        status, answer = world.curl('PUT', part, body=b'123456789')
        equal((status, error_code(answer)), (400, 'InvalidRequest'))
        right = ('--header', 'x-amz-checksum-crc64nvme: rosUhgp5mIg=')
        _, head = world.curl('PUT', part, *right, '--include', body=b'123456789')
        etag = re.search(rb'ETag: "(\w+)"', head).group(1).decode()
        document = (f'<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>{etag}</ETag></Part>'
                    '</CompleteMultipartUpload>').encode()
        complete = f'/bucket/a?uploadId={upload}'
        for wrong, code in (('x-amz-checksum-crc64nvme: AAAAAAAAAAA=', 'BadDigest'),
                            ('x-amz-checksum-crc32c: 4waSgw==', 'InvalidRequest'),
                            ('x-amz-mp-object-size: 10', 'InvalidRequest'),
                            ('x-amz-checksum-type: COMPOSITE', 'InvalidRequest')):
            status, answer = world.curl('POST', complete, '--header', wrong, body=document)
            equal((status, error_code(answer)), (400, code), wrong)
        status, answer = world.curl('POST', complete, *right, '--header', 'x-amz-mp-object-size: 9', body=document)
        equal((status, element(answer, 'ChecksumCRC64NVME')), (200, 'rosUhgp5mIg='))
        _, head = world.curl('HEAD', '/bucket/a', '--header', 'x-amz-checksum-mode: ENABLED')
        contains(head, b'x-amz-checksum-crc64nvme: rosUhgp5mIg=')


@suite.case
def keys_are_listed_as_they_were_written():
    with World() as world:
        for key in ('a%20b', 'a%2Bb', 'dir//x', 'dir/../y', '%C3%A9%01'):
            equal(world.curl('PUT', f'/bucket/{key}', body=b'.')[0], 200, key)
        status, answer = world.curl('GET', '/bucket?encoding-type=url&list-type=2&max-keys=1000')
        equal(status, 200)
        found = re.findall(rb'<Key>([^<]*)</Key>', answer)
        equal(found, [b'a+b', b'a%2Bb', b'dir/../y', b'dir//x', b'%C3%A9%01'])
        _, answer = world.curl('GET', '/bucket?delimiter=%2F&list-type=2')
        equal(re.findall(rb'<CommonPrefixes><Prefix>([^<]*)</Prefix>', answer), [b'dir/'])


@suite.case
def everything_survives_in_a_data_directory():
    with World('--data-dir', 'kept', '--min-part-size', '1') as world:
        bodies = [os.urandom(2 * MEBIBYTE), b'middle', os.urandom(MEBIBYTE)]
        one, document_of_one = world.upload('one', bodies)
        two, document_of_two = world.upload('two', bodies)
        equal(world.curl('POST', f'/bucket/one?uploadId={one}', body=document_of_one)[0], 200)
        _, before = world.curl('HEAD', '/bucket/one')
        world.store.stop()
        world.store.start()
        equal(world.curl('GET', '/bucket/one'), (200, b''.join(bodies)))
        equal(world.curl('GET', '/bucket/one', '--range', '2097150-2097160')[1], b''.join(bodies)[2097150:2097161])
        etag = re.search(rb'ETag: .*', before).group(0)
        contains(world.curl('HEAD', '/bucket/one')[1], etag)
        equal([each['key'] for each in world.store.uploads()], ['two'])
        equal(world.curl('POST', f'/bucket/two?uploadId={two}', body=document_of_two)[0], 200)
        equal(world.curl('GET', '/bucket/two'), (200, b''.join(bodies)))
        equal(world.curl('DELETE', '/bucket/one')[0], 204)
        equal(world.curl('DELETE', '/bucket/two')[0], 204)
        equal(os.listdir(world.scratch / 'kept' / 'blobs'), [], 'bodies left behind')


@suite.case
def a_data_directory_has_one_master():
    with World('--data-dir', 'kept') as world:
        second = world.scratch.run(program('sluice-s3sim'), '--listen', '127.0.0.1:0', '--data-dir', 'kept', status=2)
        contains(second.err, '--data-dir kept')


@suite.case
def faults_happen_to_the_request_they_name():
    with World() as world:
        equal(world.curl('PUT', '/bucket/a', body=b'first')[0], 200)
        world.store.set_faults([{'operation': 'GetObject', 'nth': 2, 'kind': 'status', 'status': 503}])
        statuses = [world.curl('GET', '/bucket/a')[0] for _ in range(3)]
        equal(statuses, [200, 503, 200])
        cases = {  # kind: (curl's exit status for the GET, for the PUT, whether the PUT has an effect)
            'reset-before': (56, 56, False),
            'reset-after': (56, 56, True),
            'lost-answer': (52, 52, True),
            'truncate': (18, 0, True),
        }
        for kind, (get, put, effect) in cases.items():
            world.store.set_faults([{'operation': 'GetObject', 'key': '^a$', 'kind': kind, 'bytes': 2}])
            world.curl('GET', '/bucket/a', exit=get)
            world.store.set_faults([{'operation': 'PutObject', 'key': kind, 'kind': kind}])
            world.curl('PUT', f'/bucket/{kind}', body=b'x', exit=put)
            equal(world.curl('GET', f'/bucket/{kind}')[0], 200 if effect else 404, kind)
        world.store.set_faults([{'kind': 'stall', 'milliseconds': 300}])
        world.curl('GET', '/bucket/a', exit=56)
        world.store.clear_faults()
        equal(world.curl('GET', '/bucket/a'), (200, b'first'))


@suite.case
def a_held_request_is_performed_when_the_rules_are_removed():
    with World() as world:
        world.store.set_faults([{'operation': 'PutObject', 'kind': 'hold'}])
        held = threading.Thread(target=world.curl, args=('PUT', '/bucket/a'), kwargs={'body': b'held'})
        held.start()
        wait_for(lambda: world.store.ask('GET', '/_sim/faults')[0]['fired'] == 1, 'it is held')
        equal(world.curl('GET', '/bucket/a')[0], 404)
        world.store.clear_faults()
        held.join(30)
        equal(world.curl('GET', '/bucket/a'), (200, b'held'))


@suite.case
def an_early_refusal_of_a_long_body_is_seen():
    with World() as world:
        for turn in range(5):
            world.store.set_faults([{'operation': 'PutObject', 'kind': 'status', 'status': 503, 'code': 'SlowDown'}])
            status, answer = world.curl('PUT', '/bucket/a', '--header', 'Expect:', body=bytes(8 * MEBIBYTE))
            equal((status, error_code(answer)), (503, 'SlowDown'))
        equal(world.curl('GET', '/bucket/a')[0], 404)


@suite.case
def bits_flip_and_conditions_are_ignored_on_demand():
    with World() as world:
        world.store.set_faults([{'operation': 'GetObject', 'kind': 'flip-bit', 'bytes': 1}])
        equal(world.curl('PUT', '/bucket/a', body=b'abc')[0], 200)
        equal(world.curl('GET', '/bucket/a')[1], b'acc')
        equal(world.curl('GET', '/bucket/a')[1], b'abc')
        world.store.set_faults([{'operation': 'PutObject', 'kind': 'ignore-condition'},
                                {'operation': 'PutObject', 'kind': 'flip-bit', 'nth': 1}])
        again = ('--header', 'If-None-Match: *')
        equal(world.curl('PUT', '/bucket/a', *again, body=b'new')[0], 200)
        equal(world.curl('GET', '/bucket/a')[1], b'oew')
        equal(world.curl('PUT', '/bucket/a', *again, body=b'newer')[0], 412)


@suite.case
def wrong_rules_are_refused_with_the_reason():
    with World() as world:
        answer = world.scratch.run(
            'curl', '-sS', '--noproxy', '*', '-X', 'PUT', '--data', json.dumps([{'kind': 'status', 'nht': 2}]),
            '--write-out', '%{http_code}', world.store.url + '/_sim/faults').out
        equal(answer, 'rule 1.nht is unknown\n400')


@suite.case
def counters_tell_what_happened():
    with World() as world:
        world.curl('PUT', '/bucket/a', body=b'12345')
        world.curl('GET', '/bucket/a')
        world.curl('GET', '/bucket/none')
        seen = world.store.counters()
        equal(seen['requests'], {'GetObject': 2, 'PutObject': 1})
        equal(seen['operations']['GetObject']['statuses'], {'200': 1, '404': 1})
        equal(seen['operations']['PutObject']['bytes_in'], 5)


@suite.case
def buckets_are_host_names_below_a_domain():
    with World('--domain', 's3.example') as world:
        port = world.store.url.rpartition(':')[2]
        named = ('--resolve', f'bucket.s3.example:{port}:127.0.0.1')
        base = f'http://bucket.s3.example:{port}'
        equal(world.curl('PUT', '/dir/k', *named, body=b'x', base=base)[0], 200)
        equal(world.curl('GET', '/bucket/dir/k'), (200, b'x'))


@suite.case
def tls_is_spoken_with_a_certificate():
    with Scratch() as scratch:
        need('openssl', 'curl')
        scratch.run('openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes',
                    '-keyout', 'key.pem', '-out', 'cert.pem', '-days', '2', '-subj', '/CN=localhost',
                    '-addext', 'subjectAltName=IP:127.0.0.1')
        with Simulator(scratch, '--bucket', 'bucket', '--tls-cert', 'cert.pem', '--tls-key', 'key.pem') as store:
            expect(store.url.startswith('https://'), store.url)
            curl = Curl(scratch, store, '--cacert', 'cert.pem')
            body = os.urandom(3 * MEBIBYTE)
            equal(curl('PUT', '/bucket/a', body=body)[0], 200)
            equal(curl('GET', '/bucket/a'), (200, body))
            Curl(scratch, store)('GET', '/bucket/a', exit=60)


@suite.case
def options_that_cannot_be_used_are_named():
    with Scratch() as scratch:
        for options, name in (
            (('--listen', 'nowhere'), '--listen nowhere'),
            (('--listen', '127.0.0.1:99999'), '--listen 127.0.0.1:99999'),
            (('--listen', '192.0.2.1:0'), '--listen 192.0.2.1:0'),
            (('--bucket', 'A'), '--bucket A'),
            (('--min-part-size', 'many'), '--min-part-size'),
            (('--tls-cert', 'none.pem', '--tls-key', 'none.pem'), '--tls-cert none.pem'),
            (('--tls-cert', 'none.pem'), '--tls-cert and --tls-key'),
            (('--unknown',), '--unknown'), (('--latency', 'soon'), '--latency'), (('--profile', 'none'), '--profile'), (('surplus',), 'surplus'),
        ):
            where = () if options[0] == '--listen' else ('--listen', '127.0.0.1:0')
            run = scratch.run(program('sluice-s3sim'), *where, *options, status=2)
            contains(run.err, name)
            equal(len(run.err.splitlines()), 1, f'lines of {run.err!r}')
            expect(run.err.startswith('sluice-s3sim: '), run.err)


@suite.case
def it_ends_when_it_is_asked_to():
    with Scratch() as scratch:
        for wish in ('SIGTERM', 'SIGINT'):
            process = scratch.start(program('sluice-s3sim'), '--listen', '127.0.0.1:0', stdout=-1)
            first_line(process)
            equal(stop(process, getattr(__import__('signal'), wish)), 0, wish)


suite.run()
