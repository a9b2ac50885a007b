"""test: objects of an export, imported by listing: events that go on from one to the next come whole, whatever is stopped between.

SLUICE_JOINED_ALL=1 tries what takes long with every format.
"""
import base64
import contextlib
import itertools
import json
import os
import random
import signal

import events
from bucket import Bucket
from harness import Scratch, Simulator, Suite, contains, equal, expect, stop, wait_for

suite = Suite(__file__)
PAIRS = [f'avro {codec}' for codec in ('none', 'deflate', 'zstd')] + [
    f'{form} {codec}' for form in ('ndjson', 'delimited', 'lines', 'raw') for codec in ('none', 'gzip', 'zstd')
]
SOME = ('avro none', 'ndjson gzip', 'delimited none', 'lines zstd', 'lines none', 'raw none')
ALL = os.environ.get('SLUICE_JOINED_ALL') == '1'
CUT = 100 << 10
IMPORT = ('import', '--by-listing', '--from', 's3://bkt/p/orders', '--to', 'copy', '--quiet', '--event-bytes', str(CUT))


@contextlib.contextmanager
def exported(pair, count=120, large=4, size='300KiB'):
    """An export of two partitions in objects that large events do not fit: a scratch, and its bucket."""
    form = pair.split()[0]
    with Scratch() as scratch, Simulator(scratch, '--bucket', 'bkt', '--min-part-size', '1KiB') as store:
        events.create(scratch, 'orders', count=count, form=form)
        for partition in (0, 1):
            rng = random.Random(partition)
            for _ in range(large // 2):  # no codec makes them fit
                value = events.as_line({'base64': base64.b64encode(rng.randbytes(rng.randrange(3_300_000, 4_500_000))).decode()})
                scratch.sluice(
                    'stream', 'append', 'orders', '--partition', partition, '--format', 'ndjson',
                    stdin=json.dumps({'key': 'large', 'value': value}) + '\n',
                )
        events.append(scratch, 'orders', 3, count, form=form)
        export(scratch, pair, size)
        yield scratch, Bucket(store, 'bkt')


def export(scratch, pair, size='300KiB'):
    form, codec = pair.split()
    scratch.sluice(
        'export', '--from', 'orders', '--to', 's3://bkt/p', '--format', form, '--codec', codec, '--quiet', '--object-bytes',
        size, '--part-size', '100KiB',
    )


def shown(scratch, stream, form, partition=0):
    """What objects of this format keep of a partition, but for sequences; of `raw` one run of bytes."""
    if form in ('avro', 'ndjson'):
        made = [json.loads(line) for line in scratch.sluice('stream', 'cat', stream, '--partition', partition).out.splitlines()]
        return [{name: value for name, value in event.items() if name != 'sequence'} for event in made]
    values = [value for _, value in events.values(scratch, stream, partition)]
    if form == 'raw':
        return b''.join(value or b'' for value in values)
    return [value or b'' for value in values] if form == 'lines' else values


def source(scratch, form, partitions=(0, 1)):
    """The partitions of the source, one behind the other."""
    each = [shown(scratch, 'orders', form, partition) for partition in partitions]
    return b''.join(each) if form == 'raw' else list(itertools.chain(*each))


def data(bucket, partition):
    return bucket.keys(f'p/orders/partition={partition}/')


def inside(keys):
    """Those that begin inside an event."""
    return [key for key in keys if '.' in key.rsplit('/', 1)[1].split('-')[0]]


@suite.cases_for(PAIRS)
def events_that_spill_over_are_joined(pair):
    form = pair.split()[0]
    with exported(pair) as (scratch, bucket):
        expect(len(inside(data(bucket, 0))) > 2, 'objects begin inside events')
        scratch.sluice(*IMPORT)
        expect(shown(scratch, 'copy', form) == source(scratch, form), 'what came')
        if form == 'raw':
            sizes = [len(value) for _, value in events.values(scratch, 'copy', 0)]
            expect(sum(size != CUT for size in sizes) <= 2, f'only the last event of a partition is short: {sizes}')
        scratch.sluice(*IMPORT)
        expect(shown(scratch, 'copy', form) == source(scratch, form), 'what is there after another run')


@suite.cases_for(SOME if ALL else ('ndjson gzip', 'lines none'))
def an_import_that_is_stopped_inside_an_event_goes_on(pair):
    form = pair.split()[0]
    with exported(pair, count=60, large=4) as (scratch, bucket):
        count = len(data(bucket, 0)) + len(data(bucket, 1))
        for turn, nth in enumerate(range(1, count, max(2, count // 8))):
            bucket.store.set_faults([{'operation': 'GetObject', 'nth': nth, 'count': 0, 'kind': 'stall', 'phase': 'head'}])
            process = scratch.start_sluice(*IMPORT, '--concurrency', '1')
            wait_for(lambda: process.poll() is not None or bucket.store.ask('GET', '/_sim/faults')[0]['fired'], 'it is held')
            stop(process, signal.SIGKILL if turn % 2 else signal.SIGINT)
        bucket.store.clear_faults()
        scratch.sluice(*IMPORT)
        expect(shown(scratch, 'copy', form) == source(scratch, form), 'what came, each event once')


@suite.cases_for(SOME if ALL else ('avro none', 'raw none'))
def one_that_follows_waits_for_the_rest_of_an_event(pair):
    form = pair.split()[0]
    with exported(pair, count=0, large=4, size='200KiB') as (scratch, bucket):
        given = {key: bucket.get(key) for key in data(bucket, 0)}
        for key in [*data(bucket, 0), *data(bucket, 1)]:
            bucket.delete(key)
        keys = sorted(given)
        for key in keys[:2]:
            bucket.put(key, given[key])
        before = bucket.store.counters()['operations']['GetObject']['requests']
        process = scratch.start_sluice(*IMPORT, '--follow', '--poll', '30ms', '--concurrency', '2')
        for key in keys[2:]:
            requests = bucket.store.counters()['operations']['ListObjectsV2']['requests']
            bucket.put(key, given[key])
            wait_for(lambda: bucket.store.counters()['operations']['ListObjectsV2']['requests'] > requests + 3, 'it looks', process)
        wait_for(lambda: scratch.sluice('stream', 'cat', 'copy', status=None).out, 'an event is there', process)
        wait_for(lambda: shown(scratch, 'copy', form) == source(scratch, form, [0]), 'all of it', process)
        reads = bucket.store.counters()['operations']['GetObject']['requests'] - before
        expect(reads <= 2 * len(keys), f'{reads} GETs for {len(keys)} objects')
        process.send_signal(signal.SIGINT)
        equal(process.wait(30), 10, 'status')


@suite.cases_for(('avro none', 'ndjson gzip', 'delimited none', 'lines none'))
def an_event_that_is_cut_is_told_with_object_and_byte(pair):
    form = pair.split()[0]
    with exported(pair, count=4, large=4, size='200KiB') as (scratch, bucket):
        keys = data(bucket, 0)
        middle = next(n for n in range(1, len(keys)) if all(key in inside(keys) for key in keys[n:n + 2]))
        lost, before, behind = keys[middle], keys[middle - 1], keys[middle + 1]
        size = len(bucket.get(before))
        bucket.delete(lost)
        said = scratch.sluice(*IMPORT, status=1).err
        contains(said, f's3://bkt/{before}, byte {size}: ends inside an event, and no object follows that goes on with it')
        there = shown(scratch, 'copy', form)
        whole = source(scratch, form)
        expect(there == whole[:len(there)], 'what lies before it came')
        said = scratch.sluice(*IMPORT, '--on-bad', 'skip', status=6).err
        contains(said, f'left out: s3://bkt/{before}, byte {size}: ends inside an event')
        contains(said, f'left out: s3://bkt/{behind}: byte 0: begins inside event 0/')
        rest = shown(scratch, 'copy', form)
        expect(rest[:len(there)] == there, 'what had come stays')
        at = iter(whole)
        expect(all(any(event == each for each in at) for event in rest), 'the rest, in order')
        expect(rest[-3:] == source(scratch, form, [1])[-3:], 'what lies behind it')
        contains(scratch.sluice(*IMPORT, status=6).err, 'left out earlier')


@suite.cases_for(('avro zstd', 'delimited zstd', 'raw none'))
def of_two_objects_for_the_same_events_none_is_guessed(pair):
    with exported(pair) as (scratch, bucket):
        first = data(bucket, 0)[-1]
        twin = first.replace('-0-', '-7-')
        bucket.put(twin, bucket.get(first))
        said = scratch.sluice(*IMPORT, status=1).err
        contains(said, f's3://bkt/{twin}: byte 0: begins at 0/')
        contains(said, f', and {first} was read before it')
        contains(said, 'only commits tell')


@suite.case
def a_shard_has_whole_partitions():
    form = 'avro'
    with exported('avro none') as (scratch, bucket):
        seen = []
        for n in (1, 2, 3):
            done = scratch.sluice(*IMPORT[:5], f's{n}', '--shard', f'{n}/3', '--quiet', status=None)
            if done.returncode == 0 and scratch.sluice('stream', 'info', f's{n}', status=None).returncode == 0:
                seen.append(shown(scratch, f's{n}', form))
        parts = [shown(scratch, 'orders', form, partition) for partition in (0, 1)]
        expect(sorted(map(str, filter(None, seen))) in (sorted(map(str, parts)), [str(parts[0] + parts[1])]), 'shards')


@suite.case
def only_the_partitions_that_are_named_come():
    with exported('ndjson none') as (scratch, bucket):
        bucket.put('p/orders/other.ndjson', b'{"value":"in no partition"}\n')
        scratch.sluice(*IMPORT, '--partitions', '1')
        expect(shown(scratch, 'copy', 'ndjson') == source(scratch, 'ndjson', [1]), 'partition 1')
        contains(scratch.sluice(*IMPORT, status=2).err, 'is filled from partitions 1; give --partitions 1')
        contains(scratch.sluice(*IMPORT, '--partitions', '0=0,1=1', status=2).err, 'this import fills 2')
        scratch.sluice(*IMPORT, '--partitions', '1=0')  # the same


suite.run()
