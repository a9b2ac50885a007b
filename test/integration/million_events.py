"""test: a great many generated events, exported and imported once per format and codec, are the same bit for bit.

SLUICE_EVENTS says how many (a million by default).
"""
import base64
import hashlib
import json
import os
import random
import subprocess

import events
from harness import Scratch, Simulator, Suite, equal

suite = Suite(__file__)
COUNT = int(os.environ.get('SLUICE_EVENTS', '1000000'))
PARTITIONS = 3
PATIENCE = 3600
EXACT = [('avro', codec) for codec in ('none', 'deflate', 'zstd')] + [('ndjson', codec) for codec in ('none', 'gzip', 'zstd')]
VALUES_ONLY = [('raw', 'none'), ('delimited', 'none')]
SIZES = ('--object-bytes', '8MiB', '--part-size', '5MiB', '--quiet')


def templates(rng):
    """JSON of events without key and timestamp, which make each line one of its kind."""
    made = []
    for n in range(5000):
        event = events.event(rng, n, False)
        event.pop('timestamp', None)
        event.pop('key')
        if event['value'] and rng.random() < 0.8:  # most are short: the number of events is what counts here
            event['value'] = events.text_or_bytes(rng, 40)
        made.append(json.dumps(event, ensure_ascii=False, separators=(',', ':'))[1:].encode())
    return made


def fill(scratch, partition, count):
    """Appends `count` events, and one of 10 MiB, larger than an object, in the middle."""
    rng = random.Random(partition)
    rest = templates(rng)
    append = scratch.start_sluice(
        'stream', 'append', 'many', '--partition', partition, '--format', 'ndjson', stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
    )
    for first in range(0, count, 10000):
        lines = []
        for n in range(first, min(first + 10000, count)):
            key = (b'null', b'""', b'"%d"' % n)[n % 3]
            stamp = b'' if n % 5 == 0 else b'"timestamp":"2026-11-23T10:%02d:%02d.%06dZ",' % (n // 60 % 60, n % 60, n % 1000000)
            lines.append(b'{"key":%s,%s%s\n' % (key, stamp, rest[rng.randrange(len(rest))]))
        if first <= count // 2 < first + 10000:
            lines.append(b'{"key":"large","value":{"base64":"%s"}}\n' % base64.b64encode(rng.randbytes(10 << 20)))
        append.stdin.write(b''.join(lines))
    append.stdin.close()
    equal(append.wait(PATIENCE), 0, 'exit status of append')


def lines_of(scratch, stream, partition):
    """The JSON lines of a partition, never held at once."""
    cat = scratch.start_sluice(
        'stream', 'cat', stream, '--partition', partition, '--format', 'ndjson', stdout=subprocess.PIPE
    )
    yield from cat.stdout
    cat.stdout.close()
    equal(cat.wait(PATIENCE), 0, 'exit status of cat')


def left_by(scratch, stream, form, partition):
    """SHA-256 of what objects of this format keep: all, sequences and values, or the bytes of the values."""
    seen = hashlib.sha256()
    for line in lines_of(scratch, stream, partition):
        if form in ('avro', 'ndjson'):
            seen.update(line)
            continue
        event = json.loads(line)
        value = event['value']
        if form == 'delimited' and not (event['fragment'] and event['fragment']['offset']):
            seen.update(b'\n%d %d\n' % (event['sequence'], value is None))
        seen.update(base64.b64decode(value['base64']) if isinstance(value, dict) else (value or '').encode())
    return seen.hexdigest()


def everything_left_by(scratch, stream, form):
    return [left_by(scratch, stream, form, partition) for partition in range(PARTITIONS)]


@suite.case
def every_format_gives_back_what_it_promises():
    with Scratch() as scratch:
        scratch.sluice('stream', 'create', 'many', '--partitions', PARTITIONS)
        for partition in range(PARTITIONS):
            fill(scratch, partition, COUNT // PARTITIONS)
        source = {form: everything_left_by(scratch, 'many', form) for form in ('avro', 'raw', 'delimited')}
        for form, codec in EXACT + VALUES_ONLY:
            with Simulator(scratch, '--bucket', 'bkt') as store:
                place = f's3://bkt/{form}-{codec}'
                words = ('--to', f'{place}?format={form}&codec={codec}', *SIZES)
                scratch.sluice('export', '--from', 'log:many', *words, patience=PATIENCE)
                scratch.sluice('verify', place, '--against', 'log:many', patience=PATIENCE)
                scratch.sluice('import', '--from', place, '--to', 'log:back', '--quiet', patience=PATIENCE)
                equal(store.uploads(), [], 'open uploads')
            promise = 'avro' if form == 'ndjson' else form
            equal(everything_left_by(scratch, 'back', form), source[promise], f'events by {form} and {codec}')
            scratch.sluice('stream', 'release', 'back', status=None)
            scratch.sluice('stream', 'delete', 'back', '--yes')


suite.run()
