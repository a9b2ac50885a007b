"""test: answers that are errors, lies, or missing: the export ends right all the same, and leaves nothing behind.

Each cell is one operation that meets one fault, in an export of several multipart and single-request objects. What an
answer does not prove must be found out by looking, and what cannot be found out takes a new key.
"""
import base64
import contextlib
import json
import sqlite3
import subprocess
import time
import urllib.parse

import events
from harness import Scratch, Simulator, Suite, contains, equal, expect

suite = Suite(__file__)
SIZES = ('--object-bytes', '900KiB', '--part-size', '300KiB')
ONE_OBJECT = ('export', '--from', 'log:orders', '--to', 's3://bkt/p', '--object-bytes', '1GiB', '--part-size', '300KiB',
              '--quiet')

RESET_BEFORE = {'kind': 'reset-before', 'bytes': 1}
RESET_AFTER = {'kind': 'reset-after'}
LOST = {'kind': 'lost-answer'}
CUT = {'kind': 'truncate', 'bytes': 20}
BUSY = {'kind': 'status', 'status': 503, 'code': 'SlowDown'}
BROKEN = {'kind': 'status', 'status': 500, 'code': 'InternalError'}
BROKEN_BUT_DONE = {**BROKEN, 'phase': 'effect'}
GOOD_WITH_ERROR = {'kind': 'status', 'status': 200, 'code': 'InternalError'}
GONE = {'kind': 'status', 'status': 404, 'code': 'NoSuchUpload'}
GONE_BUT_DONE = {**GONE, 'phase': 'effect'}
CONFLICT = {'kind': 'status', 'status': 409, 'code': 'ConditionalRequestConflict'}
EXISTS = {'kind': 'status', 'status': 412, 'code': 'PreconditionFailed'}
EXISTS_AND_DONE = {**EXISTS, 'phase': 'effect'}
SKEWED = {'kind': 'status', 'status': 403, 'code': 'RequestTimeTooSkewed'}

COMMIT = {'operation': 'PutObject', 'key': '_sluice/commits/'}
SMALL = {'operation': 'PutObject', 'key': 'partition='}
ANYWHERE = (RESET_BEFORE, RESET_AFTER, LOST, BUSY, BROKEN)

CELLS = {
    'create': ({'operation': 'CreateMultipartUpload'}, (*ANYWHERE, CUT, BROKEN_BUT_DONE)),
    'part': ({'operation': 'UploadPart'}, (*ANYWHERE, BROKEN_BUT_DONE, GONE)),
    'complete': (
        {'operation': 'CompleteMultipartUpload'},
        (*ANYWHERE, CUT, BROKEN_BUT_DONE, GOOD_WITH_ERROR, GONE, GONE_BUT_DONE, CONFLICT),
    ),
    'commit': (COMMIT, (*ANYWHERE, BROKEN_BUT_DONE, CONFLICT, EXISTS_AND_DONE)),
    'small object': (SMALL, (*ANYWHERE, BROKEN_BUT_DONE, CONFLICT, EXISTS_AND_DONE)),
    'look at the key': ({'operation': 'HeadObject'}, ANYWHERE),
    'read a commit': ({'operation': 'GetObject', 'key': '_sluice/'}, (*ANYWHERE, CUT)),
    'list uploads': ({'operation': 'ListMultipartUploads'}, (*ANYWHERE, CUT)),
    'list objects': ({'operation': 'ListObjectsV2'}, (*ANYWHERE, CUT)),
}


def cells():
    for name, (where, faults) in CELLS.items():
        for fault in faults:
            yield name, {**where, **fault}


def told(cell):
    name, fault = cell
    words = [str(fault.get(word)) for word in ('kind', 'status', 'code', 'phase') if word in fault]
    return f'{name}: {" ".join(words)}'.replace(' ', '_')


class Place:
    """A scratch with a stream, and a simulator; shared by all cells."""

    def __enter__(self):
        self.scratch = Scratch()
        self.scratch.__enter__()
        self.store = Simulator(self.scratch, '--bucket', 'bkt', '--min-part-size', '1KiB', '--quiet')
        self.store.__enter__()
        events.create(self.scratch, 'orders', count=1200, large=2)
        return self

    def __exit__(self, *why):
        self.store.__exit__(*why)
        self.scratch.__exit__(*why)

    def export(self, where, status=0):
        command = ('export', '--from', 'log:orders', '--to', f's3://bkt/{where}', *SIZES, '--quiet')
        return self.scratch.sluice(*command, status=status)

    def curl_put(self, data, key, query='', *options):
        """What somebody else does with the same keys."""
        body = self.scratch / 'body'
        body.write_bytes(data)
        self.scratch.run(
            'curl', '-sS', '--fail-with-body', '--aws-sigv4', f'aws:amz:{self.store.region}:s3', '--user',
            f'{self.store.access_key}:{self.store.secret_key}', '-H', 'x-amz-content-sha256: UNSIGNED-PAYLOAD', *options,
            '-T', body, f'{self.store.url}/bkt/{urllib.parse.quote(key)}{query}',
        )

    def is_whole(self, where):
        self.store.clear_faults()
        equal(self.store.uploads(), [], 'open uploads')
        done = self.scratch.sluice('verify', f's3://bkt/{where}', '--against', 'log:orders', '--json')
        equal(json.loads(done.out).get('strays'), [], 'objects that no commit names')


@suite.case
def whatever_the_first_answer_is_the_export_is_whole_and_leaves_nothing():
    with Place() as place:
        for number, cell in enumerate(cells()):
            # The second match is one in the middle; where there is no second, the first.
            rule = {**cell[1], 'nth': 2 if cell[0] in ('part', 'commit', 'complete') else 1}
            place.store.set_faults([rule])
            try:
                place.export(f'cell{number}')
                place.is_whole(f'cell{number}')
            except Exception as why:
                raise AssertionError(f'{told(cell)}: {why}') from why
        print(f'# {number + 1} cells')


@suite.case
def an_upload_that_is_gone_takes_a_new_key_and_the_old_one_is_never_used_again():
    with Place() as place:
        slow = {'operation': 'CompleteMultipartUpload', 'kind': 'delay', 'count': 0, 'milliseconds': 150}
        place.store.set_faults([slow, {'operation': 'CompleteMultipartUpload', **CONFLICT}])
        process = place.scratch.start_sluice(*ONE_OBJECT)
        seen = set()
        until = time.monotonic() + 60
        while process.poll() is None:
            expect(time.monotonic() < until, 'the export ends')
            seen |= {upload['key'] for upload in place.store.uploads()}
        equal(process.returncode, 0, 'exit status')
        equal(len(seen), 3, f'keys of two partitions, one of which was begun again: {sorted(seen)}')
        place.is_whole('p')


@suite.case
def somebody_elses_object_at_our_key_is_refused_and_left_alone():
    with Place() as place:
        # Their object appears between our upload and our Complete: the store says so, and HEAD shows no token of ours.
        place.store.set_faults([
            {'operation': 'CompleteMultipartUpload', 'kind': 'delay', 'count': 0, 'milliseconds': 400},
        ])
        process = place.scratch.start_sluice(*ONE_OBJECT, stderr=subprocess.PIPE)
        until = time.monotonic() + 30
        while not any(len(upload.get('parts', [])) > 2 for upload in place.store.uploads()):
            expect(time.monotonic() < until, 'parts arrive')
        key = place.store.uploads()[0]['key']
        place.curl_put(b'theirs', key)
        said = process.communicate(timeout=60)[1].decode()
        equal(process.returncode, 7, f'exit status ({said})')
        contains(said, key.split('/')[-1], 'what it says')
        place.store.clear_faults()
        [theirs] = [each for each in place.store.ask('GET', '/_sim/objects') if each['key'] == key]
        equal(theirs['size'], 6, 'the size of their object')


def killed_behind_four_parts(place):
    """An export of one object per partition, of which the server has four parts and the journal, too."""
    slow = {'operation': 'UploadPart', 'kind': 'delay', 'nth': 5, 'count': 0, 'milliseconds': 60000}
    place.store.set_faults([slow])
    process = place.scratch.start_sluice(*ONE_OBJECT)
    until = time.monotonic() + 30
    while len(journaled_parts(place)) < 4:
        expect(time.monotonic() < until, 'parts are journaled')
    process.kill()
    process.wait()
    place.store.clear_faults()


def journal(place, sql):
    with contextlib.closing(sqlite3.connect(place.scratch / 'state/sluice/state.sqlite', timeout=30)) as file:
        rows = file.execute(sql).fetchall()
        file.commit()
        return rows


def journaled_parts(place):
    try:
        return journal(place, 'SELECT plan, number FROM v_parts')
    except sqlite3.OperationalError:
        return []  # not there yet


@suite.case
def a_part_that_would_be_other_bytes_today_begins_the_object_anew_under_another_key():
    with Place() as place:
        killed_behind_four_parts(place)
        started = {key for [key] in journal(place, 'SELECT key FROM v_plans WHERE id IN (SELECT plan FROM v_parts)')}
        expect(started, 'attempts with parts are journaled')
        journal(place, 'UPDATE part SET crc64nvme = crc64nvme + 1')
        place.scratch.sluice(*ONE_OBJECT)
        place.is_whole('p')
        after = {each['key'].split('orders/')[1] for each in place.store.ask('GET', '/_sim/objects') if 'partition=' in each['key']}
        equal(len(after), 2, 'objects')
        equal(started & after, set(), 'keys of the attempts that were given up')


@suite.case
def parts_that_arrived_before_the_kill_are_not_sent_again():
    with Place() as place:
        killed_behind_four_parts(place)
        before = {upload['key'] for upload in place.store.uploads()}
        arrived = len(journaled_parts(place))
        place.store.ask('DELETE', '/_sim/counters')
        place.scratch.sluice(*ONE_OBJECT)
        sent = place.store.counters()['operations']['UploadPart']['requests']
        place.is_whole('p')
        after = {each['key'] for each in place.store.ask('GET', '/_sim/objects') if 'partition=' in each['key']}
        expect(before and before <= after, f'the uploads that were open are the objects now: {before}, {after}')
        equal(len(after), 2, 'objects of two partitions')
        size = sum(each['size'] for each in place.store.ask('GET', '/_sim/objects') if 'partition=' in each['key'])
        expect(sent <= size // (300 * 1024) + 2 - arrived, f'{sent} parts were sent, {arrived} had arrived, {size} bytes in all')


@suite.case
def a_part_that_the_server_holds_differently_is_sent_again():
    with Place() as place:
        killed_behind_four_parts(place)
        upload = max(place.store.uploads(), key=lambda each: len(each['parts']))
        other = b'x' * 300 * 1024
        checksum = f'x-amz-checksum-crc64nvme: {crc64nvme_base64(other)}'
        place.curl_put(other, upload['key'], f'?partNumber=1&uploadId={upload["upload_id"]}', '-H', checksum)
        place.scratch.sluice(*ONE_OBJECT)
        place.is_whole('p')
        after = {each['key'] for each in place.store.ask('GET', '/_sim/objects')}
        expect(upload['key'] in after, 'the part is sent again, not the object begun anew')


def crc64nvme_base64(data):
    table = []
    for n in range(256):
        for _ in range(8):
            n = n >> 1 ^ (0x9A6C9329AC4BC9B5 if n & 1 else 0)
        table.append(n)
    crc = (1 << 64) - 1
    for byte in data:
        crc = table[(crc ^ byte) & 255] ^ crc >> 8
    return base64.b64encode((crc ^ (1 << 64) - 1).to_bytes(8, 'big')).decode()


suite.run()
