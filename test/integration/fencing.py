"""test: two processes with state files of their own export one stream to one prefix: one of them is fenced."""
import json
import signal
import subprocess
import time

import events
from bucket import Bucket
from harness import Scratch, Simulator, Suite, contains, equal, expect

suite = Suite(__file__)
SIZES = ('--object-bytes', '700KiB', '--part-size', '300KiB')


def setting():
    scratch = Scratch()
    return scratch, Simulator(scratch, '--bucket', 'bkt', '--min-part-size', '1KiB')


def exporter(scratch, name):
    return scratch.start_sluice(
        'export', '--from', 'log:orders', '--to', 's3://bkt/p', *SIZES, '--quiet', '--state', scratch / f'{name}.sqlite',
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )


def every_event_once(scratch):
    """By verify's own count and bit for bit, and by the ranges of the objects."""
    scratch.sluice('verify', 's3://bkt/p', '--against', 'log:orders')
    listed = json.loads(scratch.sluice('ls', 's3://bkt/p', '--json').out)
    expect(listed, 'objects are listed')


def wait_for_commits(store, number):
    until = time.monotonic() + 30
    while store.counters_of('PutObject') < number:
        expect(time.monotonic() < until, f'{number} PUTs are seen')
        time.sleep(0.01)


class CountingSimulator(Simulator):
    def counters_of(self, operation):
        return json.dumps(self.counters()).count(operation) and find_count(self.counters(), operation)


def find_count(tree, operation):
    """The number of requests of an operation, wherever the counters keep it."""
    if isinstance(tree, dict):
        for name, value in tree.items():
            if name == operation:
                return value if isinstance(value, int) else value.get('requests', 0)
            found = find_count(value, operation)
            if found:
                return found
    return 0


@suite.cases_for((0, 2))
def where_a_commit_is_missing_nobody_takes_its_number(number):
    """Neither a machine that knows nothing nor the one that has written it: the old commit can be put back."""
    scratch, store = setting()
    with scratch, store:
        bucket = Bucket(store, 'bkt')
        events.create(scratch, 'orders', count=400, partitions=1)
        export = ('export', '--from', 'orders', '--to', 's3://bkt/p', '--object-bytes', '50KiB', '--quiet')
        scratch.sluice(*export)
        key = f'p/orders/_sluice/commits/p=0/{number:020}.json'
        kept = bucket.get(key)
        bucket.delete(key)
        commits = bucket.keys('p/orders/_sluice/commits/')
        for other_machine in ((), ('--state', scratch / 'other.sqlite')):
            done = scratch.sluice(*export, *other_machine, status=1)
            contains(done.err, f'commits/p=0/{number:020}.json')
            contains(done.err, 'is missing')
            equal(bucket.keys('p/orders/_sluice/commits/'), commits, 'commits')
        bucket.put(key, kept)
        events.append(scratch, 'orders', 2, 100, partitions=1)
        scratch.sluice(*export)
        scratch.sluice('verify', 's3://bkt/p', '--against', 'log:orders')


@suite.case
def of_two_exporters_at_once_one_is_fenced_and_every_event_is_there_once():
    scratch = Scratch()
    with scratch, CountingSimulator(scratch, '--bucket', 'bkt', '--min-part-size', '1KiB') as store:
        events.create(scratch, 'orders', count=4000, partitions=1, large=8)
        store.set_faults([{'operation': '*', 'nth': 1, 'count': 0, 'kind': 'delay', 'milliseconds': 10}])
        first, second = exporter(scratch, 'first'), exporter(scratch, 'second')
        said = [process.communicate(timeout=120)[1].decode() for process in (first, second)]
        statuses = sorted((first.returncode, second.returncode))
        equal(statuses, [0, 7], f'exit statuses ({said})')
        contains(said[0] + said[1], 'newer claim', 'what the fenced one says')
        store.clear_faults()
        every_event_once(scratch)


@suite.case
def an_exporter_that_was_stopped_for_a_while_is_fenced_when_it_wakes():
    scratch = Scratch()
    with scratch, CountingSimulator(scratch, '--bucket', 'bkt', '--min-part-size', '1KiB') as store:
        events.create(scratch, 'orders', count=4000, partitions=1, large=8)
        store.set_faults([{'operation': '*', 'nth': 1, 'count': 0, 'kind': 'delay', 'milliseconds': 20}])
        first = exporter(scratch, 'first')
        wait_for_commits(store, 56)  # 48 of the probe, then the claim and the first objects
        first.send_signal(signal.SIGSTOP)
        second = exporter(scratch, 'second')
        second.communicate(timeout=120)
        equal(second.returncode, 0, 'exit status of the second exporter')
        first.send_signal(signal.SIGCONT)
        said = first.communicate(timeout=120)[1].decode()
        equal(first.returncode, 7, f'exit status of the one that woke up ({said})')
        contains(said, 'newer claim', 'what the fenced one says')
        store.clear_faults()
        every_event_once(scratch)
        scratch.sluice(
            'export', '--from', 'log:orders', '--to', 's3://bkt/p', *SIZES, '--state', scratch / 'second.sqlite'
        )
        every_event_once(scratch)


@suite.case
def the_same_transfer_is_run_by_one_process_at_a_time():
    scratch, store = setting()
    with scratch, store:
        events.create(scratch, 'orders', count=3000, large=6)
        store.set_faults([{'operation': 'UploadPart', 'nth': 1, 'count': 0, 'kind': 'delay', 'milliseconds': 200}])
        first = exporter(scratch, 'shared')
        until = time.monotonic() + 20
        while not store.uploads():
            expect(time.monotonic() < until, 'the first exporter uploads')
            time.sleep(0.02)
        second = exporter(scratch, 'shared')
        said = second.communicate(timeout=60)[1].decode()
        equal(second.returncode, 7, 'exit status of the second one')
        contains(said, f'pid {first.pid}', 'what it says')
        store.clear_faults()
        first.communicate(timeout=120)
        equal(first.returncode, 0, 'exit status of the first one')


@suite.case
def when_the_newest_commit_is_our_claim_and_is_deleted_it_is_told_as_what_it_is():
    scratch, store = setting()
    with scratch, store:
        events.create(scratch, 'orders', count=300, partitions=1)
        for name in ('a', 'b', 'a'):
            scratch.sluice('export', '--from', 'log:orders', '--to', 's3://bkt/p', '--state', scratch / name)
        bucket = Bucket(store, 'bkt')
        newest = max(bucket.keys('p/orders/_sluice/commits/'))
        bucket.delete(newest)
        words = ('export', '--from', 'log:orders', '--to', 's3://bkt/p', '--state', scratch / 'a')
        contains(scratch.sluice(*words, status=7).err, 'the state file knows commit 3, the bucket has none beyond 3 commits')
        scratch.sluice('repair', 's3://bkt/p/orders', '--from', 'orders', '--state', scratch / 'a')
        scratch.sluice(*words)
        every_event_once(scratch)


suite.run()
