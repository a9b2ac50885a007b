"""test: `sluice cleanup`: strays go, and nothing else: not what is committed, foreign, young, or needed by a running export."""
import json
import signal
import subprocess
import time

import events
from bucket import Bucket
from harness import Scratch, Simulator, Suite, contains, equal, expect

suite = Suite(__file__)
SMALL = ('--object-bytes', '700KiB', '--part-size', '300KiB')
EXPORT = ('export', '--from', 'log:orders', '--to', 's3://bkt/p', *SMALL)


def with_store():
    scratch = Scratch()
    return scratch, Simulator(scratch, '--bucket', 'bkt', '--min-part-size', '1KiB')


def cleanup(scratch, *words, **options):
    done = scratch.sluice('cleanup', 's3://bkt/p', '--older-than', '0s', '--json', *words, **options)
    return json.loads(done.out)


def removed(report):
    return sorted(each['key'] for each in report['removed'])


def paused_export(scratch, store):
    """An export that was interrupted in the middle of an upload, which it keeps, under a claim of its own."""
    store.set_faults([{'operation': 'UploadPart', 'nth': 2, 'count': 0, 'kind': 'delay', 'milliseconds': 20000}])
    process = scratch.start_sluice(*EXPORT, '--drain', '100ms', stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    until = time.monotonic() + 30
    while not any(each['parts'] for each in store.uploads()):
        expect(time.monotonic() < until, 'the export uploads')
        time.sleep(0.02)
    return process


@suite.case
def strays_of_older_claims_go_and_nothing_else_is_touched():
    scratch, store = with_store()
    with scratch, store:
        bucket = Bucket(store, 'bkt')
        events.create(scratch, 'orders', count=1500, large=4)
        scratch.sluice(*EXPORT)
        (scratch / 'state' / 'sluice' / 'state.sqlite').unlink()
        scratch.sluice(*EXPORT)  # claims anew: epoch 0 is over
        kept = bucket.keys()
        [first] = [key for key in kept if key.startswith('p/orders/partition=0/00000000000000000000-')]
        old = [
            'p/orders/partition=0/00000000000000000000-0-deadbeef.avro',
            'p/orders/partition=1/00000000000000000099-0-deadbeef.avro',
            'p/orders/_sluice/probe/' + 32 * 'a',
        ]
        foreign = [
            'p/orders/partition=0/00000000000000000000-00-deadbeef.avro',   # not how an export spells it
            'p/orders/partition=0/00000000000000000000-0-DEADBEEF.avro',
            'p/orders/partition=0/0-0-deadbeef.avro',
            'p/orders/partition=0/notes.txt',
            'p/orders/partition=7/00000000000000000000-0-deadbeef.avro',    # a partition that the stream has not
            'p/orders/partition=0/00000000000000000000-99-deadbeef.avro',   # an epoch that nobody has claimed
            'p/orders/sub/partition=0/00000000000000000000-0-deadbeef.avro',
            'p/orders2/partition=0/00000000000000000000-0-deadbeef.avro',
            'p/orders/_sluice/probe/mine',
            'p/orders/_sluice/commits/p=0/notes.json',
        ]
        for key in old + foreign:
            bucket.put(key, b'x')
        for key in (old[0], foreign[3], first):
            bucket.begin_upload(key)
        gone = sorted([*old, old[0], first])  # of the first object an upload that it was not made of
        report = cleanup(scratch, '--dry-run')
        equal(removed(report), gone, 'what would be removed')
        equal(bucket.keys(), sorted(kept + old + foreign), 'keys after a dry run')
        equal(removed(json.loads(scratch.sluice('cleanup', 's3://bkt/p', '--json').out)), [], 'nothing is a day old')
        equal(removed(cleanup(scratch)), gone, 'what is removed')
        equal(bucket.keys(), sorted(kept + foreign), 'keys')
        equal(bucket.uploads(), [foreign[3]], 'uploads')
        expect(first in bucket.keys(), 'the first object')
        scratch.sluice('verify', 's3://bkt/p', '--against', 'log:orders')


@suite.case
def nothing_that_a_running_or_paused_export_needs_is_removed():
    scratch, store = with_store()
    with scratch, store:
        events.create(scratch, 'orders', count=1500, large=4)
        process = paused_export(scratch, store)
        report = cleanup(scratch)
        equal(removed(report), [], 'removed beside a running export')
        expect(report['held'], 'what is of the claim in force is told')
        equal(store.counters()['requests'].get('AbortMultipartUpload', 0), 0, 'uploads of the running export aborted')
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
        equal(process.returncode, 10, 'exit status of the paused export')
        equal(removed(cleanup(scratch)), [], 'removed from a paused export')
        store.clear_faults()
        before = store.counters()['requests']['CreateMultipartUpload']
        scratch.sluice(*EXPORT)
        scratch.sluice('verify', 's3://bkt/p', '--against', 'log:orders')
        equal(store.uploads(), [], 'open uploads')
        expect(store.counters()['requests']['CreateMultipartUpload'] >= before, 'the export went on')


@suite.case
def what_a_claim_in_force_left_goes_only_with_take_over_which_fences_its_holder():
    scratch, store = with_store()
    with scratch, store:
        events.create(scratch, 'orders', count=1500, large=4)
        process = paused_export(scratch, store)
        held = sorted(each['key'] for each in cleanup(scratch)['held'])
        expect(held, 'the running export holds something')
        would = cleanup(scratch, '--take-over', '--dry-run')
        equal(sorted(each['key'] for each in cleanup(scratch)['held']), held, 'a dry run takes nothing')
        process.send_signal(signal.SIGSTOP)
        report = cleanup(scratch, '--take-over')
        equal(removed(report), held, 'what is removed')
        equal(len(report['claims_taken']), len({key.split('/')[2] for key in held}), 'claims taken')
        for each in ('removed', 'held', 'young', 'claims_taken'):
            equal(would[each], report[each], f'what the dry run said of {each}')
        equal(store.uploads(), [], 'open uploads')
        store.clear_faults()
        process.send_signal(signal.SIGCONT)
        said = process.communicate(timeout=240)[1].decode()
        equal(process.returncode, 7, f'exit status of the export whose claim was taken ({said})')
        contains(said, 'newer claim')
        scratch.sluice(*EXPORT)
        scratch.sluice('verify', 's3://bkt/p', '--against', 'log:orders')
        contains(scratch.sluice('inspect', 's3://bkt/p').out, 'partition 0')


@suite.case
def a_released_claims_strays_are_removed_without_taking_anything():
    scratch, store = with_store()
    with scratch, store:
        bucket = Bucket(store, 'bkt')
        events.create(scratch, 'orders', count=300, partitions=1)
        scratch.sluice(*EXPORT)
        stray = 'p/orders/partition=0/00000000000000000000-0-deadbeef.avro'
        bucket.put(stray, b'x')
        equal(removed(cleanup(scratch)), [], 'under the claim in force')
        cleanup(scratch, '--take-over')  # claims and releases: the next stray is of a released claim
        newest = json.loads(scratch.sluice('inspect', 's3://bkt/p', '--json').out)['partitions'][0]
        expect(newest['released'], 'the claim is released')
        again = f'p/orders/partition=0/00000000000000000000-{newest["epoch"]}-deadbeef.avro'
        bucket.put(again, b'x')
        commits = bucket.keys('p/orders/_sluice/commits/')
        report = cleanup(scratch)
        equal((removed(report), report['claims_taken']), ([again], []), 'what is removed')
        equal(bucket.keys('p/orders/_sluice/commits/'), commits, 'commits')


suite.run()
