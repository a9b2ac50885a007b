"""test: exports that go on as events come: --follow, --object-age, --object-events; the end of an object is decided once."""
import json
import signal
import sqlite3
import time

import events
from bucket import Bucket
from harness import Scratch, Simulator, Suite, contains, equal, expect, stop, wait_for

suite = Suite(__file__)
FOLDER = 's3://bkt/p/orders'


def setting(*options):
    scratch = Scratch()
    return scratch, Simulator(scratch, '--bucket', 'bkt', '--min-part-size', '1KiB', *options)


def start(scratch, *options):
    return scratch.start_sluice('export', '--from', 'orders', '--to', 's3://bkt/p', '--follow', '--quiet', *options)


def objects(store):
    return [one['key'] for one in store.ask('GET', '/_sim/objects') if '/partition=' in one['key']]


def committed(scratch):
    return json.loads(scratch.sluice('ls', FOLDER, '--json').out)['objects']


def commits(store):
    return [one['key'] for one in store.ask('GET', '/_sim/objects') if '/commits/' in one['key']]


def pause(process):
    process.send_signal(signal.SIGINT)
    equal(process.wait(60), 10, 'exit status of the paused export')


@suite.case
def what_comes_later_is_exported_and_nothing_waits_longer_than_its_age():
    scratch, store = setting()
    with scratch, store:
        events.create(scratch, 'orders', count=20, partitions=1)
        process = start(scratch, '--object-age', '300ms')
        wait_for(lambda: len(commits(store)) >= 2, 'the first events are committed, less than a block', process)
        events.append(scratch, 'orders', 2, 20, partitions=1)
        wait_for(lambda: len(commits(store)) >= 3, 'later events are committed', process)
        pause(process)
        scratch.sluice('verify', FOLDER, '--against', 'orders')
        equal(sum(one['events'] for one in committed(scratch)), 40, 'events')
        equal(store.uploads(), [], 'open uploads')
        events.append(scratch, 'orders', 3, 20, partitions=1)
        again = start(scratch, '--object-age', '300ms')
        wait_for(lambda: len(commits(store)) >= 4, 'events of the time between are committed', again)
        pause(again)
        scratch.sluice('verify', FOLDER, '--against', 'orders')


@suite.case
def an_object_ends_with_the_block_that_reaches_its_events():
    scratch, store = setting()
    with scratch, store:
        events.create(scratch, 'orders', count=4000, partitions=1)
        export = ('export', '--from', 'orders', '--to', 's3://bkt/p', '--quiet', '--object-events', '500')
        scratch.sluice(*export)
        sizes = [one['events'] for one in committed(scratch)]
        expect(len(sizes) > 3, f'several objects: {sizes}')
        expect(all(size >= 500 for size in sizes[:-1]), f'none ends early: {sizes}')
        scratch.sluice('verify', FOLDER, '--against', 'orders')


@suite.case
def following_ends_where_it_is_told():
    scratch, store = setting()
    with scratch, store:
        events.create(scratch, 'orders', count=100, partitions=1)
        process = start(scratch, '--end', 'seq:150')
        wait_for(lambda: commits(store), 'the claim is written', process)
        events.append(scratch, 'orders', 2, 100, partitions=1)
        equal(process.wait(60), 0, 'exit status')
        equal(committed(scratch)[-1]['next'], '0/150', 'end')


@suite.case
def a_paused_object_goes_on_and_no_part_is_sent_twice():
    scratch, store = setting()
    with scratch, store:
        events.create(scratch, 'orders', count=2000, partitions=1, large=4)
        options = ('--part-size', '300KiB', '--end', 'seq:4000')
        process = start(scratch, *options)
        parts = lambda: sum(len(one['parts']) for one in store.uploads())  # noqa: E731
        whole = wait_for(lambda: parts() >= 5 and settled(parts), 'parts are sent and the rest is waited for', process)
        expect(whole, 'parts')
        pause(process)
        sent = store.counters()
        before = uploaded(sent)
        again = start(scratch, *options)
        wait_for(lambda: count(store, 'ListParts'), 'it looks at its parts', again)
        stop(again)
        events.append(scratch, 'orders', 2, 2000, partitions=1)
        last = start(scratch, *options)
        equal(last.wait(90), 0, 'exit status')
        objects_now = committed(scratch)
        equal(len(objects_now), 1, 'objects')
        expect(uploaded(store.counters()) - before < objects_now[0]['bytes'] / (300 << 10) + 1 - 4, 'acknowledged parts are not sent again')
        scratch.sluice('verify', FOLDER, '--against', 'orders')
        equal(store.uploads(), [], 'open uploads')


def settled(number):
    """Whether a number stays the same for a while: the waiting below the test is for events that do not come."""
    seen = number()
    for _ in range(10):
        time.sleep(0.05)
        if number() != seen:
            return False
    return True


def uploaded(counters):
    return counters['operations'].get('UploadPart', {}).get('requests', 0)


def count(store, operation):
    return store.counters()['operations'].get(operation, {}).get('requests', 0)


@suite.case
def where_an_object_ends_is_decided_once_and_obeyed_after_a_kill():
    scratch, store = setting()
    with scratch, store:
        events.create(scratch, 'orders', count=2000, partitions=1)
        store.set_faults([{'operation': 'CompleteMultipartUpload', 'nth': 1, 'count': 0, 'kind': 'stall'}])
        process = start(scratch, '--object-age', '200ms', '--part-size', '300KiB')
        wait_for(lambda: sealed(scratch), 'the end is journaled', process)
        end = sealed(scratch)
        wait_for(lambda: count(store, 'CompleteMultipartUpload'), 'it is completed', process)
        stop(process)
        store.clear_faults()
        events.append(scratch, 'orders', 2, 500, partitions=1)
        again = start(scratch, '--object-age', '1h', '--part-size', '1MiB', '--object-bytes', '3MiB')
        wait_for(lambda: len(commits(store)) >= 2, 'the object is committed', again)
        pause(again)
        equal(committed(scratch)[0]['next'], f'0/{end}', 'where the object ends')
        scratch.sluice('export', '--from', 'orders', '--to', 's3://bkt/p', '--quiet')
        scratch.sluice('verify', FOLDER, '--against', 'orders')
        equal(store.uploads(), [], 'open uploads')


def sealed(scratch):
    file = scratch / 'state/sluice/state.sqlite'
    if not file.exists():
        return None
    with sqlite3.connect(f'file:{file}?mode=ro', uri=True) as state:
        made = state.execute("SELECT 1 FROM sqlite_master WHERE name = 'v_plans'").fetchone()
        row = made and state.execute('SELECT sealed_sequence FROM v_plans WHERE sealed_sequence IS NOT NULL').fetchone()
    return row and row[0]


@suite.case
def settings_changed_while_paused_count_from_the_next_object():
    scratch, store = setting()
    with scratch, store:
        events.create(scratch, 'orders', count=6000, partitions=1, large=4)
        store.set_faults([{'operation': 'UploadPart', 'nth': 4, 'count': 0, 'kind': 'delay', 'milliseconds': 300}])
        export = ('export', '--from', 'orders', '--to', 's3://bkt/p', '--quiet')
        process = scratch.start_sluice(*export, '--part-size', '200KiB', '--object-bytes', '4MiB', '--concurrency', '2')
        first = wait_for(lambda: [one for one in store.uploads() if len(one['parts']) >= 3], 'parts are sent', process)
        pause(process)
        expect(store.uploads(), 'the upload stays open')
        store.clear_faults()
        scratch.sluice(*export, '--part-size', '1MiB', '--object-bytes', '2MiB')
        keys = [one['key'] for one in committed(scratch)]
        contains(first[0]['key'], keys[0], 'the object that was under way')
        sizes = [one['bytes'] for one in committed(scratch)]
        expect(sizes[0] >= 4 << 20, f'the object under way keeps its size: {sizes}')
        expect(all(2 << 20 <= size < 4 << 20 for size in sizes[1:-1]), f'the next ones have the new size: {sizes}')
        scratch.sluice('verify', FOLDER, '--against', 'orders')
        equal(store.uploads(), [], 'open uploads')


@suite.case
def while_it_follows_uploads_that_nobody_continues_are_removed_and_others_stay():
    scratch, simulator = setting()
    with scratch, simulator as store:
        events.create(scratch, 'orders', count=20, partitions=1)
        scratch.sluice('export', '--from', 'orders', '--to', 's3://bkt/p', '--quiet')
        process = scratch.start_sluice('export', '--from', 'orders', '--to', 's3://bkt/p?stray-check=200ms', '--follow', '--quiet',
                                       '--object-age', '300ms', '--state', scratch / 'another.sqlite')
        events.append(scratch, 'orders', 2, 20, partitions=1)
        wait_for(lambda: len(commits(store)) >= 4, 'it follows, under a claim of its own', process)
        bucket = Bucket(store, 'bkt')
        ended, later, foreign = (f'p/orders/{name}' for name in (
            'partition=0/00000000000000000000-0-deadbeef.avro', 'partition=0/00000000000000000000-999-deadbeef.avro',
            'partition=0/theirs.avro'))
        for key in (ended, later, foreign):
            bucket.begin_upload(key)
        # Once without a word, and once too early: whether it is gone is looked at.
        store.set_faults([{'operation': 'AbortMultipartUpload', 'count': 2, 'kind': 'answer', 'phase': 'body', 'status': 204, 'body': ''}])
        wait_for(lambda: ended not in bucket.uploads(), 'the upload of the claim that is over is removed', process)
        equal(bucket.uploads(), sorted([later, foreign]), 'uploads that are nobody else\'s business')
        events.append(scratch, 'orders', 3, 20, partitions=1)
        pause(process)
        scratch.sluice('verify', FOLDER)


suite.run()
