"""test: a stream into buckets and back again, as a person does it."""
import json
import signal
import subprocess
import time

import events
from harness import Scratch, Simulator, Suite, contains, equal, expect, fail, wait_for

suite = Suite(__file__)
SMALL = ('--object-bytes', '3MiB', '--part-size', '1MiB')


def with_store(*options):
    scratch = Scratch()
    return scratch, Simulator(scratch, '--bucket', 'one', '--bucket', 'two', '--min-part-size', '1KiB', *options)


@suite.case
def two_destinations_from_one_read_and_back_bit_for_bit():
    scratch, store = with_store()
    with scratch, store:
        events.create(scratch, 'orders', count=6000, large=6)
        done = scratch.sluice(
            'export', '--from', 'log:orders', '--to', 's3://one/a', '--to', 's3://two/b/c', *SMALL, '--json'
        )
        report = json.loads(done.out)
        scratch.sluice('import', '--from', 's3://one/a', '--to', 'log:back')
        equal(events.digest(scratch, 'back'), events.digest(scratch, 'orders'), 'events after the round trip')
        for place in ('s3://one/a', 's3://two/b/c/orders'):
            scratch.sluice('verify', place)
            scratch.sluice('verify', place, '--against', 'log:orders')
        equal(store.uploads(), [], 'open uploads')
        stored = json.loads(scratch.sluice('stream', 'info', 'orders', '--json').out)
        expect(report and stored, 'the report and the info are JSON')


@suite.case
def ndjson_round_trip_is_exact_too():
    scratch, store = with_store()
    with scratch, store:
        events.create(scratch, 'orders', count=3000, large=4)
        scratch.sluice('export', '--from', 'log:orders', '--to', 's3://one/n?format=ndjson', *SMALL)
        scratch.sluice('import', '--from', 's3://one/n', '--to', 'log:back')
        equal(events.digest(scratch, 'back'), events.digest(scratch, 'orders'), 'events after the round trip')
        scratch.sluice('verify', 's3://one/n', '--against', 'log:orders')


@suite.case
def the_same_command_again_continues_with_new_events_only():
    scratch, store = with_store()
    with scratch, store:
        events.create(scratch, 'orders', count=1000)
        command = ('export', '--from', 'log:orders', '--to', 's3://one/a', *SMALL)
        scratch.sluice(*command)
        scratch.sluice(*command)
        events.append(scratch, 'orders', seed=2, count=1000)
        scratch.sluice(*command)
        scratch.sluice('import', '--from', 's3://one/a', '--to', 'log:back')
        events.append(scratch, 'orders', seed=3, count=500)
        scratch.sluice(*command)
        scratch.sluice('import', '--from', 's3://one/a', '--to', 'log:back')
        equal(events.digest(scratch, 'back'), events.digest(scratch, 'orders'), 'events after several runs')


@suite.case
def an_empty_stream_and_an_empty_partition_are_exported_and_imported():
    scratch, store = with_store()
    with scratch, store:
        scratch.sluice('stream', 'create', 'orders', '--partitions', 3)
        command = ('export', '--from', 'log:orders', '--to', 's3://one/a')
        scratch.sluice(*command)
        scratch.sluice('import', '--from', 's3://one/a', '--to', 'log:back')
        events.append(scratch, 'orders', seed=1, count=50, partitions=1)
        scratch.sluice(*command)
        scratch.sluice('import', '--from', 's3://one/a', '--to', 'log:back')
        equal(events.digest(scratch, 'back', 3), events.digest(scratch, 'orders', 3), 'events')


@suite.case
def objects_of_one_event_and_objects_larger_than_the_stream():
    scratch, store = with_store()
    with scratch, store:
        events.create(scratch, 'orders', count=400, large=4)
        for n, size in enumerate(('1', '300KiB', '4GiB')):
            scratch.sluice('export', '--from', 'log:orders', '--to', f's3://one/s{n}', '--object-bytes', size)
            scratch.sluice('import', '--from', f's3://one/s{n}', '--to', f'log:back{n}')
            equal(events.digest(scratch, f'back{n}'), events.digest(scratch, 'orders'), f'events with {size}')
            scratch.sluice('verify', f's3://one/s{n}', '--against', 'log:orders')


@suite.case
def a_part_may_be_larger_than_the_memory():
    scratch, store = with_store()
    with scratch, store:
        events.create(scratch, 'orders', count=12000, large=20)
        for form in ('avro', 'ndjson'):
            scratch.sluice(
                'export', '--from', 'log:orders', '--to', f's3://one/{form}?format={form}', '--part-size', '64MiB',
                '--memory', '16MiB',
            )
            scratch.sluice('verify', f's3://one/{form}', '--against', 'log:orders')


def paused_at_ctrl_c(scratch, store, command):
    """Starts the command, waits until it uploads, interrupts it; returns its status and what it said."""
    process = scratch.start_sluice(*command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    wait_for(store.uploads, 'the export uploads', process)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    return process.returncode, out.decode() + err.decode()


@suite.case
def ctrl_c_pauses_and_prints_the_line_that_continues():
    scratch, store = with_store()
    with scratch, store:
        events.create(scratch, 'orders', count=4000, large=10)
        store.set_faults([{'operation': 'UploadPart', 'nth': 1, 'count': 0, 'kind': 'delay', 'milliseconds': 150}])
        command = ('export', '--from', 'log:orders', '--to', 's3://one/a', *SMALL)
        status, said = paused_at_ctrl_c(scratch, store, command)
        equal(status, 10, 'exit status')
        contains(said, 'sluice export --from log:orders --to s3://one/a', 'the line that continues')
        store.clear_faults()
        before = store.counters()
        scratch.sluice(*command)
        expect(store.counters() != before, 'the second run did something')
        scratch.sluice('verify', 's3://one/a', '--against', 'log:orders')
        equal(store.uploads(), [], 'open uploads')


@suite.case
def pause_and_resume_from_another_terminal():
    scratch, store = with_store()
    with scratch, store:
        events.create(scratch, 'orders', count=4000, large=10)
        store.set_faults([{'operation': 'UploadPart', 'nth': 1, 'count': 0, 'kind': 'delay', 'milliseconds': 2000}])
        command = ('export', '--name', 'nightly', '--from', 'log:orders', '--to', 's3://one/a', *SMALL)
        process = scratch.start_sluice(*command)
        until = time.monotonic() + 20
        while scratch.sluice('transfer', 'show', 'nightly', status=None).returncode != 0:
            expect(time.monotonic() < until, 'the transfer is listed')
            time.sleep(0.05)
        scratch.sluice('transfer', 'pause', 'nightly')
        equal(process.wait(60), 10, 'exit status of the paused export')
        contains(scratch.sluice('transfer', 'list').out, 'paused')
        store.clear_faults()
        resumed = scratch.sluice('transfer', 'resume', 'nightly')
        contains(resumed.out + resumed.err, 'sluice export', 'what resume says')
        scratch.sluice(*command)
        contains(scratch.sluice('transfer', 'show', 'nightly').out, 'completed')
        scratch.sluice('verify', 's3://one/a', '--against', 'log:orders')


@suite.case
def ls_and_inspect_tell_what_is_there():
    scratch, store = with_store()
    with scratch, store:
        events.create(scratch, 'orders', count=3000, large=4)
        scratch.sluice('export', '--from', 'log:orders', '--to', 's3://one/a', *SMALL)
        listed = scratch.sluice('ls', 's3://one/a').out
        keys = [word for word in listed.split() if 'partition=' in word]
        expect(len(keys) >= 2, f'ls names the objects: {listed[:400]}')
        shown = scratch.sluice('inspect', 's3://one/a/orders/' + keys[0].split('orders/')[-1]).out
        contains(shown, 'avro')
        if 'partition=' not in shown:
            fail(f'inspect names the object: {shown[:400]}')


suite.run()
