"""test: every format with every codec: there and back, read by strangers, bounded, one of each in a folder."""
import gzip
import json
import shutil
import subprocess

import events
from harness import Scratch, Simulator, Suite, contains, equal, expect, need

suite = Suite(__file__)
EXACT = ('avro none', 'avro deflate', 'avro zstd', 'ndjson none', 'ndjson gzip', 'ndjson zstd')
SMALL = ('--object-bytes', '700KiB', '--part-size', '200KiB')


def with_store():
    scratch = Scratch()
    return scratch, Simulator(scratch, '--bucket', 'bkt', '--min-part-size', '1KiB')


def encoding(pair):
    form, codec = pair.split()
    return ('--format', form, '--codec', codec)


def objects(scratch, place):
    """What `ls --json` tells of the objects, in order."""
    return json.loads(scratch.sluice('ls', place, '--json').out)['objects']


def fetch(scratch, store, key):
    """An object's bytes, by a client that is not ours."""
    need('curl')
    return scratch.run(
        'curl', '-sf', '--noproxy', '*', '--aws-sigv4', f'aws:amz:{store.region}:s3', '--user',
        f'{store.access_key}:{store.secret_key}', f'{store.url}/bkt/{key}',
    ).raw


@suite.cases_for(EXACT)
def a_round_trip_is_exact(pair):
    scratch, store = with_store()
    with scratch, store:
        events.create(scratch, 'orders', count=600, large=2)
        scratch.sluice('export', '--from', 'orders', '--to', 's3://bkt/p', *encoding(pair), *SMALL)
        scratch.sluice('import', '--from', 's3://bkt/p', '--to', 'log:back')
        equal(events.digest(scratch, 'back'), events.digest(scratch, 'orders'), 'events after the round trip')
        scratch.sluice('verify', 's3://bkt/p')
        scratch.sluice('verify', 's3://bkt/p', '--against', 'log:orders')
        events.append(scratch, 'orders', 2, 100)
        scratch.sluice('export', '--from', 'orders', '--to', 's3://bkt/p', *encoding(pair), *SMALL)
        scratch.sluice('import', '--from', 's3://bkt/p', '--to', 'log:back')
        equal(events.digest(scratch, 'back'), events.digest(scratch, 'orders'), 'events after the second run')
        equal(store.uploads(), [], 'open uploads')


suite.run()
