"""test: the round trip against Ceph RGW, a real S3 server."""
import contextlib
import hashlib
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'lab'))

import ceph  # noqa: E402 (lab/)
import events  # noqa: E402
from harness import Scratch, Suite, contains, equal, expect, skip, stop  # noqa: E402

suite = Suite(__file__)


def ask(scratch, store, method, target):
    """With curl's own signing: nothing of ours vouches for itself."""
    return scratch.run(
        'curl', '-sS', '--fail-with-body', '-X', method, '--aws-sigv4', f'aws:amz:{store.region}:s3', '--user',
        f'{store.access_key}:{store.secret_key}', '-H', f'x-amz-content-sha256: {hashlib.sha256(b"").hexdigest()}',
        f'{store.url}/{target}',
    ).out


@contextlib.contextmanager
def archive():
    """A gateway with an empty bucket, in which no upload may be left open; and a scratch that uses it."""
    why = ceph.missing()
    if why:
        skip(why)
    with ceph.Ceph() as store, Scratch() as scratch:
        scratch.use(store)
        ask(scratch, store, 'PUT', 'archive')
        yield scratch
        uploads = ask(scratch, store, 'GET', 'archive?uploads=')
        contains(uploads, 'ListMultipartUploadsResult', 'the answer of the server')
        expect('<UploadId>' not in uploads, f'no upload is left open: {uploads}')


@suite.case
def many_events_come_back_from_ceph_bit_for_bit():
    with archive() as scratch:
        events.create(scratch, 'orders', count=20000)
        source = events.digest(scratch, 'orders')
        encodings = {'avro': 'none', 'ndjson': 'zstd'}
        words = [f's3://archive/{form}?format={form}&codec={codec}' for form, codec in encodings.items()]
        scratch.sluice(
            'export', '--from', 'log:orders', '--to', words[0], '--to', words[1], '--object-bytes', '8MiB', '--part-size', '5MiB',
            '--quiet',
        )
        for form in encodings:
            scratch.sluice('verify', f's3://archive/{form}', '--against', 'log:orders')
            scratch.sluice('import', '--from', f's3://archive/{form}', '--to', f'log:{form}', '--quiet')
            equal(events.digest(scratch, form), source, f'events by {form}')


@suite.case
def the_round_trip_passes_against_ceph_also_when_killed():
    with archive() as scratch:
        events.create(scratch, 'orders', count=12000, large=20)
        for form in ('avro', 'ndjson'):
            command = (
                'export', '--from', 'log:orders', '--to', f's3://archive/{form}?format={form}', '--to',
                f's3://archive/{form}-2?format={form}', '--object-bytes', '24MiB', '--part-size', '5MiB', '--quiet',
            )
            for wait in (0.3, 0.6, 1.0):
                process = scratch.start_sluice(*command)
                try:
                    process.wait(wait)
                except subprocess.TimeoutExpired:  # still running: that is what the kill is for
                    stop(process)
            scratch.sluice(*command)
            for place in (form, f'{form}-2'):
                scratch.sluice('verify', f's3://archive/{place}', '--against', 'log:orders')
            scratch.sluice('import', '--from', f's3://archive/{form}', '--to', f'log:{form}')
            equal(events.digest(scratch, form), events.digest(scratch, 'orders'), f'events by {form}')


suite.run()
