"""test: a great many generated events, exported and imported once per format and codec, are the same bit for bit.

On the simulator each codec of each format, on Ceph each format. SLUICE_EVENTS says how many (a million by default); up to a million,
a tenth of them has to do for codecs that repeat what another format has shown with all of them. What exports and imports
took is printed, and never asserted.
"""
import base64
import concurrent.futures
import functools
import hashlib
import itertools
import json
import os
import random
import shutil
import subprocess
import sys
import time

import events
from ceph_archive import archive
from harness import Scratch, Simulator, Suite, equal, program

suite = Suite(__file__)
COUNT = int(os.environ.get('SLUICE_EVENTS', '1000000'))
PARTITIONS = 3
PATIENCE = 3600
LONG = COUNT > 1_000_000
GROUPS = {
    'avro': [('avro', codec) for codec in ('none', 'deflate', 'zstd')],
    'ndjson': [('ndjson', codec) for codec in ('none', 'gzip', 'zstd')],
    'values': [('raw', 'none'), ('delimited', 'none')],
    'lines': [('lines', 'none'), ('lines', 'zstd')],
}
REPEATS = {
    'values-packed': [(form, codec) for form in ('raw', 'delimited') for codec in ('gzip', 'zstd')],
    'lines-packed': [('lines', 'gzip')],
}
EACH_FORMAT = [('avro', 'none'), ('ndjson', 'zstd'), *GROUPS['values']]
# How many events they have; values of those with `plain` hold no line feeds.
STREAMS = {'many': COUNT, 'plain': COUNT, 'few': COUNT // 10, 'few-plain': COUNT // 10}
SIZES = ('--object-bytes', '8MiB', '--part-size', '5MiB', '--quiet')


def templates(rng, stream):
    """JSON of events without key and timestamp, which make each line one of its kind."""
    made = []
    for n in range(5000):
        event = events.event(rng, n, False)
        event.pop('timestamp', None)
        event.pop('key')
        if event['value'] and rng.random() < 0.8:  # most are short: the number of events is what counts here
            event['value'] = events.text_or_bytes(rng, 40)
        if stream.endswith('plain'):
            event['value'] = events.as_line(event['value'])
        made.append(json.dumps(event, ensure_ascii=False, separators=(',', ':'))[1:].encode())
    return made


def inputs(partition, count, stream='many'):
    """`count` events, and one of 10 MiB, larger than an object, in the middle: lists of lines of JSON."""
    rng = random.Random(partition)
    rest = templates(rng, stream)
    for first in range(0, count, 10000):
        lines = []
        for n in range(first, min(first + 10000, count)):
            key = (b'null', b'""', b'"%d"' % n)[n % 3]
            stamp = b'' if n % 5 == 0 else b'"timestamp":"2026-11-23T10:%02d:%02d.%06dZ",' % (n // 60 % 60, n % 60, n % 1000000)
            lines.append(b'{"key":%s,%s%s\n' % (key, stamp, rest[rng.randrange(len(rest))]))
        if first <= count // 2 < first + 10000:
            lines.append(b'{"key":"large","value":{"base64":"%s"}}\n' % base64.b64encode(large_value(rng, stream)))
        yield lines


def large_value(rng, stream):
    data = rng.randbytes(10 << 20)
    return data.replace(b'\n', b'\r') if stream.endswith('plain') else data


def fill(scratch, partition, count, stream):
    append = scratch.start_sluice(
        'stream', 'append', stream, '--partition', partition, '--format', 'ndjson', stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
    )
    for lines in inputs(partition, count, stream):
        append.stdin.write(b''.join(lines))
    append.stdin.close()
    equal(append.wait(PATIENCE), 0, 'exit status of append')


def printed(scratch, stream, partition, form):
    """What `stream cat` prints of a partition, in pieces, never held at once."""
    cat = scratch.start_sluice(
        'stream', 'cat', stream, '--partition', partition, '--format', form, stdout=subprocess.PIPE, bufsize=1 << 20
    )
    yield cat.stdout
    cat.stdout.close()
    equal(cat.wait(PATIENCE), 0, 'exit status of cat')


def all_of(scratch, stream, partition, form):
    """SHA-256 of what is printed: as `ndjson` every bit of the events, as `raw` the bytes of their values."""
    seen = hashlib.sha256()
    for out in printed(scratch, stream, partition, form):
        while piece := out.read(1 << 20):
            seen.update(piece)
    return seen.hexdigest()


def sequences_and_values(scratch, stream, partition, form):
    """SHA-256 of what `delimited` keeps: sequences, and the members of each line from the last `value` on; of `lines`,
    where null is empty, the same."""
    seen = hashlib.sha256()
    for out in printed(scratch, stream, partition, 'ndjson'):
        for line in out:
            rest = line[line.rindex(b',"value":'):]
            seen.update(line[:line.index(b',')])
            seen.update(rest.replace(b'"value":null', b'"value":""') if form == 'lines' else rest)
    return seen.hexdigest()


def left_by(scratch, stream, form):
    """What objects of this format keep, a number per partition; the partitions at once."""
    def one(partition):
        if form in ('delimited', 'lines'):
            return sequences_and_values(scratch, stream, partition, form)
        return all_of(scratch, stream, partition, 'raw' if form == 'raw' else 'ndjson')

    with concurrent.futures.ThreadPoolExecutor(PARTITIONS) as threads:
        return list(threads.map(one, range(PARTITIONS)))


# A child's peak memory begins with that of the program that made it: a small program stands between, and tells.
BETWEEN = (
    'import resource, subprocess, sys\n'
    'status = subprocess.call(sys.argv[1:], stdout=2)\n'
    'print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss >> 10, flush=True)\n'
    'sys.exit(status)\n'
)


def measured(scratch, what, *words):
    """Runs sluice, and prints its time and peak memory."""
    began = time.monotonic()
    peak = scratch.run(sys.executable, '-S', '-c', BETWEEN, program('sluice'), *words, patience=PATIENCE).out.strip()
    print(f'# {what}: {time.monotonic() - began:.1f} s, {peak} MiB', flush=True)


def remove(scratch, stream):
    scratch.sluice('stream', 'release', stream, status=None)
    scratch.sluice('stream', 'delete', stream, '--yes', status=None)


@functools.cache
def source(scratch, stream):
    """Fills the stream, and says what objects of each format will keep of it."""
    scratch.sluice('stream', 'create', stream, '--partitions', PARTITIONS)
    for partition in range(PARTITIONS):
        fill(scratch, partition, STREAMS[stream] // PARTITIONS, stream)
    if stream.endswith('plain'):
        return {'lines': left_by(scratch, stream, 'lines')}
    kept = {form: left_by(scratch, stream, form) for form in ('raw', 'delimited', *(('avro',) if stream == 'many' else ()))}
    return {**kept, 'ndjson': kept.get('avro')}


def round_trips(scratch, what, bucket, few=False):
    """One export to a destination for each of `what`, which reads the stream once; then each is imported."""
    stream = 'plain' if what[0][0] == 'lines' else 'many'
    if few:
        stream = {'many': 'few', 'plain': 'few-plain'}[stream]
    expected = source(scratch, stream)
    places = {f's3://{bucket}/{form}-{codec}': (form, codec) for form, codec in what}
    words = [f'{place}?format={form}&codec={codec}' for place, (form, codec) in places.items()]
    measured(scratch, f'export to {len(places)} places', 'export', '--from', f'log:{stream}', *sum((['--to', each] for each in words), []), *SIZES)
    for place, (form, codec) in places.items():
        scratch.sluice('verify', place, '--against', f'log:{stream}', patience=PATIENCE)
        remove(scratch, 'back')  # of a case that failed
        measured(scratch, f'import of {form} {codec}', 'import', '--from', place, '--to', 'log:back', '--quiet')
        equal(left_by(scratch, 'back', form), expected[form], f'events by {form} and {codec}')
        remove(scratch, 'back')


def as_bytes(value):
    return base64.b64decode(value['base64']) if isinstance(value, dict) else value if value is None else value.encode()


def meant(event):
    """Of an event as JSON, given or shown, what is not a way of writing it."""
    headers = [(each['name'], as_bytes(each.get('value'))) for each in event.get('headers') or []]
    return event.get('timestamp'), as_bytes(event.get('key')), headers, as_bytes(event.get('value'))


def compare_with_input(scratch, partition, most):
    """The stream shows what was given, member by member."""
    cat = scratch.start_sluice(
        'stream', 'cat', 'many', '--partition', partition, '--limit', most, stdout=subprocess.PIPE, bufsize=1 << 20
    )
    given = itertools.chain.from_iterable(inputs(partition, COUNT // PARTITIONS))
    shown = 0
    for line, source_line in zip(cat.stdout, given):
        event = json.loads(line)
        equal((event['sequence'], meant(event)), (shown, meant(json.loads(source_line))), 'an event as shown')
        shown += 1
    equal((cat.wait(PATIENCE), shown), (0, min(most, COUNT // PARTITIONS + 1)), 'status of cat, and events')


shared = Scratch()  # all cases read the same stream


@suite.case
def the_stream_shows_what_was_given():
    source(shared, 'many')
    for partition in range(PARTITIONS):
        compare_with_input(shared, partition, most=200_000 if partition == 0 else 5000)


@suite.cases_for({**GROUPS, **REPEATS})
def every_format_gives_back_what_it_promises_from_the_simulator(group):
    kept = shared / f'bucket-{group}'
    on_disk = ('--data-dir', kept) if LONG else ()
    with Simulator(shared, '--bucket', 'bkt', '--quiet', *on_disk) as store:
        if group in GROUPS:
            round_trips(shared, GROUPS[group], 'bkt')
        else:
            round_trips(shared, REPEATS[group], 'bkt', few=not LONG)
        equal(store.uploads(), [], 'open uploads')
    shutil.rmtree(kept, ignore_errors=True)


@suite.case
def every_format_gives_back_what_it_promises_from_ceph():
    with archive(shared, room=(4 << 30) + COUNT * 2000, on_disk=LONG):
        round_trips(shared, EACH_FORMAT, 'archive')
        if LONG:
            round_trips(shared, [('lines', 'zstd')], 'archive')


with shared:
    suite.run()
