"""test: exports spread over threads: paused, resumed on fewer, several destinations, one cursor, one line for each failure.

What destinations.py, limits.py and the scripts that kill show of one thread, they show of several with SLUICE_TEST_THREADS=2;
SLUICE_THREAD_RACES=1 builds the command with the thread sanitizer and runs these cases, and those of import_threads.py, once more.
"""
import json
import os
import signal
import subprocess
import sys
import time

import events
from bucket import Bucket
from harness import Scratch, Simulator, Suite, contains, equal, expect, skip, source_folder, stop, wait_for

suite = Suite(__file__)
PARTITIONS = 5
EXPORT = ('export', '--from', 'log:orders', '--object-bytes', '1MiB', '--part-size', '256KiB')
TWO = ('--to', 's3://bkt/p', '--to', 's3://isle/q?format=ndjson')


def with_store(*options):
    scratch = Scratch()
    return scratch, Simulator(scratch, '--bucket', 'bkt', '--bucket', 'isle', '--min-part-size', '1KiB', *options)


def fill(scratch, count=6000):
    events.create(scratch, 'orders', count=count, partitions=PARTITIONS, large=3)


def slow(store, milliseconds=40):
    store.set_faults([
        {'operation': operation, 'key': '.', 'kind': 'delay', 'milliseconds': milliseconds, 'nth': 1, 'count': 0}
        for operation in ('UploadPart', 'PutObject')
    ])


def parts_sent(store):
    return store.counters()['requests'].get('UploadPart', 0)


def is_whole(scratch, store):
    scratch.sluice('verify', 's3://bkt/p', '--against', 'orders')
    scratch.sluice('verify', 's3://isle/q', '--against', 'orders')
    equal(store.uploads(), [], 'open uploads')


@suite.case
def every_partition_comes_whole_to_every_destination():
    scratch, store = with_store()
    with scratch, store:
        fill(scratch)
        told = json.loads(scratch.sluice(*EXPORT, *TWO, '--threads', '3', '--json', '--quiet').out)
        is_whole(scratch, store)
        equal(told['state'], 'completed', 'state')
        size = {b: sum(e['size'] for k, e in Bucket(store, b).objects('').items() if '_sluice' not in k) for b in ('bkt', 'isle')}
        for each, bucket in zip(told['progress']['targets'], ('bkt', 'isle')):
            equal(each['bytes'], size[bucket], f'bytes told of {each["target"]}')
            equal(each['percent'], 100, f'percent of {each["target"]}')
        scratch.sluice(*EXPORT, *TWO, '--threads', '2', '--fail-if-empty', status=9)


@suite.case
def each_destination_has_one_cursor_for_all_threads():
    scratch, store = with_store()
    with scratch, store:
        fill(scratch, 2000)
        done = scratch.sluice(*EXPORT, *TWO, '--threads', str(PARTITIONS), '--quiet')
        expect('cursor' not in done.err, f'nobody was locked out: {done.err}')
        cursors = json.loads(scratch.sluice('stream', 'cursors', 'orders', '--json').out)['cursors']
        equal(len(cursors), 2, 'cursors')
        for each in cursors:
            equal([place['lag'] for place in each['partitions']], [0] * PARTITIONS, f'lag of {each["cursor"]}')
            expect(all(place['position'] for place in each['partitions']), f'{each["cursor"]} stands in all partitions')


@suite.case
def paused_on_three_threads_it_goes_on_with_one_and_again_with_two():
    scratch, store = with_store()
    with scratch, store:
        fill(scratch)
        slow(store)
        for threads in ('3', '1', '2'):
            process = scratch.start_sluice(*EXPORT, *TWO, '--threads', threads, '--quiet', '--drain', '100ms')
            before = parts_sent(store)
            wait_for(lambda: parts_sent(store) > before, 'parts are sent', process)
            stop(process, signal.SIGINT)
            equal(process.returncode, 10, f'status of the run on {threads}')
        process = scratch.start_sluice(*EXPORT, *TWO, '--threads', '4', '--quiet')
        before = parts_sent(store)
        wait_for(lambda: parts_sent(store) > before, 'parts are sent', process)
        stop(process, signal.SIGKILL)
        store.clear_faults()
        scratch.sluice(*EXPORT, *TWO, '--threads', '2', '--quiet')
        is_whole(scratch, store)


@suite.case
def one_failure_is_told_once_and_costs_the_others_nothing():
    scratch, store = with_store()
    with scratch, store:
        fill(scratch, 1500)
        failed = scratch.sluice(*EXPORT, '--to', 's3://bkt/p', '--to', 's3://absent/q', '--threads', '3', '--quiet', status=4)
        told = [line for line in failed.err.splitlines() if 'absent' in line and '--part-size' not in line]
        equal(len(told), 1, f'lines about the missing bucket in {failed.err}')
        scratch.sluice('verify', 's3://bkt/p', '--against', 'orders')


@suite.case
def it_follows_on_all_threads_and_ends_when_it_is_told_so():
    scratch, store = with_store()
    with scratch, store:
        fill(scratch, 1000)
        process = scratch.start_sluice(*EXPORT, *TWO, '--threads', '2', '--follow', '--object-age', '300ms', '--name', 'on', '--quiet')
        for seed in (2, 3):
            events.append(scratch, 'orders', seed, 500, PARTITIONS)
            there = json.loads(scratch.sluice('stream', 'info', 'orders', '--json').out)['partitions']
            count = sum(int(each['end'].split('/')[1]) for each in there)

            def arrived():
                seen = scratch.sluice('ls', 's3://bkt/p/orders', '--json', status=None)
                return seen.returncode == 0 and sum(one['events'] for one in json.loads(seen.out)['objects']) >= count
            wait_for(arrived, 'all that was appended is committed', process)
        scratch.sluice('transfer', 'stop', 'on')
        process.wait(30)
        equal(process.returncode, 10, 'status of what was stopped')
        stop(process)
        is_whole(scratch, store)
        shown = json.loads(scratch.sluice('transfer', 'show', 'on', '--json').out)['destinations']
        equal({lane['observed'] for one in shown for lane in one['lanes']}, {'stopped'}, 'lanes of what was stopped')
        scratch.sluice(*EXPORT, *TWO, '--name', 'another', '--quiet')  # every claim has been released


@suite.case
def a_partition_is_paused_and_resumed_while_the_others_threads_wait_for_it():
    scratch, store = with_store()
    with scratch, store:
        events.create(scratch, 'orders', count=3000, partitions=2, large=2)
        store.set_faults([{'operation': 'CompleteMultipartUpload', 'key': '.', 'kind': 'hold', 'nth': 1, 'count': 0}])
        process = scratch.start_sluice(*EXPORT, '--to', 's3://bkt/p', '--threads', '2', '--name', 'on', '--quiet')
        seen = lambda: json.loads(scratch.sluice('transfer', 'show', 'on', '--json', status=None).out or '{}')  # noqa: E731
        lanes = lambda: {one['partition']: one['observed'] for one in seen()['destinations'][0]['lanes']}  # noqa: E731
        wait_for(lambda: parts_sent(store) > 2, 'parts are sent', process)
        scratch.sluice('transfer', 'pause', 'on', '--partition', '1')
        wait_for(lambda: lanes() == {0: 'running', 1: 'paused'}, 'partition 1 rests', process)
        scratch.sluice('transfer', 'resume', 'on', '--partition', '1')
        wait_for(lambda: lanes() == {0: 'running', 1: 'running'}, 'partition 1 goes on', process)
        store.clear_faults()
        process.wait(60)
        equal(process.returncode, 0, 'status')
        stop(process)
        scratch.sluice('verify', 's3://bkt/p', '--against', 'orders')


@suite.case
def a_rate_is_that_of_all_threads_together():
    scratch, store = with_store()
    with scratch, store:
        fill(scratch, 3000)
        for bucket, words in (('bkt', ('--bwlimit', '4MiB/s')), ('isle', ())):
            place = f's3://{bucket}/p' + ('' if words else '?bwlimit=4MiB/s')
            began = time.monotonic()
            scratch.sluice(*EXPORT, '--to', place, *words, '--threads', '4', '--quiet')
            took = time.monotonic() - began
            size = sum(each['size'] for each in Bucket(store, bucket).objects('').values())
            least = size / (4 << 20) / 2  # each thread alone at the whole rate would need a quarter
            expect(took >= least, f'{size} bytes to {place} took {took:.2f} s, at least {least:.2f}')


@suite.case
def what_all_threads_have_to_say_is_said_once():
    scratch, store = with_store()
    with scratch, store:
        fill(scratch, 500)
        done = scratch.sluice(*EXPORT, '--to', 's3://bkt/p?format=delimited', '--threads', str(PARTITIONS), '--quiet')
        equal(done.err.count('hold values only'), 1, f'warnings in {done.err}')


@suite.case
def no_thread_races_another():
    if os.environ.get('SLUICE_THREAD_RACES') != '1':
        skip('SLUICE_THREAD_RACES=1 builds the command anew, with the thread sanitizer')
    with Scratch() as scratch:
        build = scratch / 'build'
        for command in (
            ('meson', 'setup', build, source_folder(), '-Db_sanitize=thread', '-Db_lundef=false', '-Doptimization=1', '-Dtests=false'),
            ('ninja', '-C', build, 'tools/sluice/sluice', 'tools/s3sim/sluice-s3sim'),
        ):
            done = subprocess.run([str(word) for word in command], capture_output=True, text=True)
            expect(done.returncode == 0, f'{command[0]}: {done.stdout[-2000:]}{done.stderr[-2000:]}')
        env = {**os.environ, 'TSAN_OPTIONS': 'exitcode=66 halt_on_error=1', 'SLUICE_THREAD_RACES': '0'}
        for script in ('threads.py', 'import_threads.py', 'destinations.py'):
            env['SLUICE_TEST_THREADS'] = '' if script != 'destinations.py' else '2'
            script = source_folder() / 'test/integration' / script
            done = subprocess.run([sys.executable, str(script), str(build)], env=env, capture_output=True, text=True)
            print(done.stdout, done.stderr[-4000:])
            expect(done.returncode == 0, f'{script.name} fails with the thread sanitizer: {done.stderr[-1500:]}')


suite.run()
