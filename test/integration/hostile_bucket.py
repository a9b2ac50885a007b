"""test: a bucket that somebody else filled: refused in one clear line, within memory, and nothing is published or removed."""
import gzip
import os
import resource

import events
from bucket import Bucket, listed
from harness import Scratch, Simulator, Suite, equal, expect, sanitized
from sealed import resealed, seal

suite = Suite(__file__)
FOLDER = 'p/orders/'
COMMIT = FOLDER + '_sluice/commits/p=0/00000000000000000001.json'
STREAM = FOLDER + '_sluice/stream.json'
COMMANDS = {
    'import': ('import', '--from', 's3://bkt/p', '--to', 'log:back'),
    'verify': ('verify', 's3://bkt/p'),
    'cat': ('cat', 's3://bkt/p'),
    'ls': ('ls', 's3://bkt/p'),
    'repair': ('repair', 's3://bkt/p', '--from', 'orders', '--dry-run'),
    'cleanup': ('cleanup', 's3://bkt/p'),
}


def changed(old, new):
    """The document with its checksum made right again."""

    def change(data):
        expect(old in data, f'{old!r} is there to be changed')
        return resealed(data.replace(old, new, 1))

    return change


DOCUMENTS = {
    'not_json': (COMMIT, lambda data: b'\x1b[2J\x00\xff' * 50),
    'deep_nesting': (COMMIT, lambda data: seal(b'{"version":' + b'[' * 100_000)),
    'a_hundred_megabytes': (COMMIT, lambda data: b'{"version":1,"x":"' + b'a' * (100 << 20) + b'"}\n'),
    'a_key_above_the_folder': (COMMIT, changed(b'"key":"partition=0/', b'"key":"../partition=0/')),
    'an_absolute_key': (COMMIT, changed(b'"key":"partition=0/', b'"key":"/partition=0/')),
    'a_key_with_nul': (COMMIT, changed(b'"key":"partition=0/', b'"key":"\\u0000partition=0/')),
    'a_key_of_another_partition': (COMMIT, changed(b'"key":"partition=0/', b'"key":"partition=1/')),
    'an_escape_sequence_in_a_key': (COMMIT, changed(b'"key":"partition=0/', b'"key":"\\u001b[2J\\n/')),
    'a_number_that_overflows': (COMMIT, changed(b'"bytes":', b'"bytes":99999999999999999999')),
    'a_negative_size': (COMMIT, changed(b'"bytes":', b'"bytes":-')),
    'a_regressing_sequence': (COMMIT, changed(b'"first":"0/0"', b'"first":"0/9999999"')),
    'four_billion_partitions': (STREAM, changed(b'"partitions":1', b'"partitions":4294967295')),
    'a_member_twice': (COMMIT, changed(b'"partition":0,', b'"partition":0,"partition":0,')),
    'a_stream_name_with_a_slash': (STREAM, changed(b'"orders"', b'"../../orders"')),
    'a_stream_name_for_terminals': (STREAM, changed(b'"orders"', b'"\\u001b]0;x\\u0007\\n"')),
}
OBJECTS = {
    'a_bomb': lambda data: gzip.compress(bytes(256 << 20)),
    'not_an_object': lambda data: b'\xff' * len(data),
    'a_length_of_two_to_62': lambda data: data[: data.index(b'avro.schema')] + b'\xfe' + b'\xff' * 8 + b'\x7f' + data[400:],
}


def judged(scratch, name):
    """The command says no, in lines that are lines, and in memory that is bounded."""
    done = scratch.sluice(*COMMANDS[name], status=None)
    expect(done.returncode in (0, 1, 2, 3, 4, 5, 6, 7), f'{name}: status {done.returncode}: {done.err[-800:]}')
    said = done.err if name == 'cat' else done.err + done.out
    controls = [c for c in said if (ord(c) < 32 and c not in '\n\r\t') or ord(c) == 127]
    equal(controls, [], f'control bytes that {name} says')
    if done.returncode != 0 and name != 'verify':
        lines = [line for line in done.err.splitlines() if line.startswith('sluice:')]
        equal(len(lines), 1, f'lines that say why {name} failed: {done.err!r:.500}')
    return done.returncode


def attacked(key, change):
    scratch = Scratch()
    with scratch, Simulator(scratch, '--bucket', 'bkt', '--min-part-size', '1KiB') as store:
        events.create(scratch, 'orders', count=300, partitions=1)
        scratch.sluice('export', '--from', 'log:orders', '--to', 's3://bkt/p')
        bucket = Bucket(store, 'bkt')
        key = key or FOLDER + listed(scratch, 's3://bkt/p')[0]['key']
        bucket.put(key, change(bucket.get(key)))
        before, files = bucket.keys(), sorted(os.listdir(scratch.path))
        seen = {name: judged(scratch, name) for name in COMMANDS}
        expect(seen['import'] != 0 and seen['verify'] != 0, f'import and verify refuse it: {seen}')
        equal(bucket.keys(), before, 'keys in the bucket')
        equal(sorted(os.listdir(scratch.path)), files, 'files beside the data directory')
        back = scratch.sluice('stream', 'cat', 'back', status=None)
        equal(back.raw, b'', 'what was published')
        most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss >> 10
        expect(sanitized() or most < 700, f'memory: {most} MiB')


@suite.cases_for(DOCUMENTS)
def a_forged_document_is_refused(which):
    attacked(*DOCUMENTS[which])


@suite.cases_for(OBJECTS)
def a_forged_object_is_refused(which):
    attacked(None, OBJECTS[which])


suite.run()
