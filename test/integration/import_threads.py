"""test: imports spread over threads: paused, resumed on fewer, one partition alone, with limits, damage left out, and followed.

What import_window.py, damage and the scripts that kill show of one thread, they show of several with SLUICE_TEST_THREADS=2.
"""
import contextlib
import json
import signal
import time

import events
from bucket import Bucket
from harness import Scratch, Simulator, Suite, contains, equal, expect, stop, wait_for

suite = Suite(__file__)
PARTITIONS = 5
IMPORT = ('import', '--from', 's3://bkt/p', '--to', 'back', '--name', 'home')
MIB = 1 << 20


@contextlib.contextmanager
def exported(count=3000, large=3, partitions=PARTITIONS, piece='100KiB'):
    """A store that holds the export of `orders`."""
    with Scratch() as scratch, Simulator(scratch, '--bucket', 'bkt', '--min-part-size', '1KiB', '--quiet') as store:
        events.create(scratch, 'orders', count=count, partitions=partitions, large=large)
        sizes = ('--object-bytes', '400KiB', '--part-size', piece)
        scratch.sluice('export', '--from', 'orders', '--to', 's3://bkt/p', *sizes, '--quiet')
        yield scratch, store


def ranges_sent(store):
    return store.counters()['requests'].get('GetObject', 0)


def is_whole(scratch, partitions=PARTITIONS):
    equal(events.digest(scratch, 'back', partitions), events.digest(scratch, 'orders', partitions), 'events')
    scratch.sluice('stream', 'verify', 'back')


def shown(scratch):
    """What is known of the transfer; nothing before it has begun."""
    return json.loads(scratch.sluice('transfer', 'show', 'home', '--json', status=None).out or '{}')


def lanes(scratch):
    places = shown(scratch).get('destinations') or [{'lanes': []}]
    return {one['partition']: one['observed'] for one in places[0]['lanes']}


@suite.case
def every_partition_comes_back_whole_and_all_of_it_is_told():
    with exported() as (scratch, store):
        told = json.loads(scratch.sluice(*IMPORT, '--threads', '3', '--json', '--quiet').out)
        is_whole(scratch)
        equal(told['state'], 'completed', 'state')
        [seen] = told['progress']['targets']
        data = [each['size'] for key, each in Bucket(store, 'bkt').objects('p/').items() if '/partition=' in key]
        equal((seen['objects'], seen['percent']), (len(data), 100), 'objects and percent told')
        equal(seen['bytes'], sum(data), 'bytes told')
        equal(seen['events'], sum(number for number, _ in events.digest(scratch, 'back', PARTITIONS)), 'events told')
        equal(lanes(scratch), {n: 'completed' for n in range(PARTITIONS)}, 'lanes')
        scratch.sluice(*IMPORT, '--threads', '2', '--fail-if-empty', '--quiet', status=9)


@suite.case
def paused_on_three_threads_it_goes_on_with_one_and_again_with_two():
    with exported(count=5000, large=4) as (scratch, store):
        store.set_faults([{'operation': 'GetObject', 'key': '/partition=', 'kind': 'delay', 'milliseconds': 40, 'count': 0}])
        for threads, end in (('3', signal.SIGINT), ('1', signal.SIGINT), ('4', signal.SIGKILL), ('2', signal.SIGINT)):
            before = ranges_sent(store)
            process = scratch.start_sluice(*IMPORT, '--threads', threads, '--concurrency', '2', '--quiet', '--drain', '100ms')
            wait_for(lambda: ranges_sent(store) > before + 12, 'ranges are read', process)
            stop(process, end)
            equal(process.returncode, 10 if end == signal.SIGINT else -end, f'status of the run on {threads}')
        store.clear_faults()
        scratch.sluice(*IMPORT, '--threads', '3', '--quiet')
        is_whole(scratch)


@suite.case
def a_partition_is_paused_and_resumed_while_others_go_on_beside_it_and_elsewhere():
    run = {n: 'running' for n in range(3)}
    with exported(partitions=3) as (scratch, store):
        store.set_faults([{'operation': 'GetObject', 'key': '/partition=', 'kind': 'hold', 'nth': 2, 'count': 0}])
        process = scratch.start_sluice(*IMPORT, '--threads', '2', '--concurrency', '4', '--drain', '100ms', '--quiet')
        wait_for(lambda: lanes(scratch) == run, 'all run', process)
        scratch.sluice('transfer', 'pause', 'home', '--partition', '2')
        wait_for(lambda: lanes(scratch) == {**run, 2: 'paused'}, 'partition 2 rests', process)
        # It goes on while the one beside it on its thread still waits.
        last = Bucket(store, 'bkt').keys('p/orders/partition=0/')[-1]
        store.set_faults([{'operation': 'GetObject', 'key': f'^{last}$', 'kind': 'hold', 'count': 0}])
        scratch.sluice('transfer', 'resume', 'home', '--partition', '2')
        wait_for(lambda: lanes(scratch)[2] == 'completed', 'partition 2 goes on', process)
        equal(lanes(scratch)[0], 'running', 'partition 0')
        store.clear_faults()
        equal(process.wait(60), 0, 'status')
        stop(process)
        is_whole(scratch, 3)


@suite.case
def the_rates_are_those_of_all_threads_together():
    with exported(count=1000, large=5) as (scratch, store):
        size = sum(each['size'] for key, each in Bucket(store, 'bkt').objects('p/').items() if '/partition=' in key)
        seconds = 2
        rate = f'{size // seconds}B/s'
        for place, stream, words in (
            ('s3://bkt/p', 'whole', ('--bwlimit', rate)),
            (f's3://bkt/p?bwlimit={rate}', 'own', ()),
        ):
            began = time.monotonic()
            scratch.sluice('import', '--from', place, '--to', stream, *words, '--threads', '4', '--quiet')
            took = time.monotonic() - began
            least = seconds  # two partitions of five on one thread take longer; at the whole rate each thread needs half of it
            expect(took >= least, f'{size} bytes from {place} took {took:.2f} s, at least {least:.2f}')


@suite.case
def so_many_events_are_counted_over_all_threads():
    most, two_pieces = 1500, 1000
    with exported(count=8000, large=0, partitions=2, piece='20KiB') as (scratch, store):
        store.set_faults([{'operation': 'GetObject', 'key': '/partition=', 'kind': 'delay', 'milliseconds': 5, 'count': 0}])
        words = (*IMPORT, '--threads', '2', '--concurrency', '2', '--quiet', '--max-events', most)
        contains(scratch.sluice(*words, status=8).err, '--max-events')
        counts = [number for number, _ in events.digest(scratch, 'back')]
        expect(most <= sum(counts) < most + two_pieces, f'{counts} events came, of {most}')
        expect(min(counts) > 0, f'{counts}: no partition took them all')
        store.clear_faults()
        scratch.sluice(*IMPORT, '--threads', '2', '--quiet')
        is_whole(scratch, 2)


@suite.case
def what_is_left_out_on_any_thread_is_told_and_stops_only_its_partition():
    with exported(partitions=3) as (scratch, store):
        bucket = Bucket(store, 'bkt')
        for partition in (0, 1):
            bucket.delete(bucket.keys(f'p/orders/partition={partition}/')[1])
        stopped = scratch.sluice(*IMPORT, '--threads', '3', '--quiet', status=1)
        contains(stopped.err, 'missing')
        equal(events.digest(scratch, 'back', 3)[2], events.digest(scratch, 'orders', 3)[2], 'the partition that is whole')
        told = json.loads(scratch.sluice(*IMPORT, '--threads', '3', '--on-bad', 'skip', '--quiet', '--json', status=6).out)
        left = told['progress']['targets'][0]['left_out']
        equal([sum(f'partition={n}/' in each for each in left) > 0 for n in range(3)], [True, True, False], f'who is told: {left}')
        ranges = json.loads(scratch.sluice('stream', 'info', 'back', '--json').out)['partitions']
        expect([bool(each.get('left_out')) for each in ranges] == [True, True, False], f'what the stream knows: {ranges}')


@suite.case
def it_follows_on_all_threads_and_waits_when_all_of_them_wait():
    with exported(count=500) as (scratch, store):
        process = scratch.start_sluice(*IMPORT, '--threads', '2', '--follow', '--poll', '100ms', '--quiet')
        for seed in (2, 3):
            events.append(scratch, 'orders', seed, 500, PARTITIONS)
            scratch.sluice('export', '--from', 'orders', '--to', 's3://bkt/p', '--quiet')
            expected = events.digest(scratch, 'orders', PARTITIONS)
            wait_for(lambda: events.digest(scratch, 'back', PARTITIONS) == expected, 'what was exported has come', process)
        targets = lambda: shown(scratch).get('progress', {}).get('targets') or [{}]  # noqa: E731
        wait_for(lambda: targets()[0].get('state') == 'waiting', 'it waits', process)
        scratch.sluice('transfer', 'pause', 'home')
        equal(process.wait(30), 10, 'status of what was paused')
        stop(process)
        is_whole(scratch)


suite.run()
