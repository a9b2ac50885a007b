"""test: where an export begins and ends: --start, --end, by sequence and by time, and the gaps that must be accepted."""
import json
import time

import events
from harness import Scratch, Simulator, Suite, contains, equal, expect, stop

suite = Suite(__file__)
SIZES = ('--object-bytes', '300KiB', '--part-size', '100KiB')
TO = ('--to', 's3://bkt/p')


def setting():
    scratch = Scratch()
    return scratch, Simulator(scratch, '--bucket', 'bkt', '--min-part-size', '1KiB')


def export(scratch, *options, status=0, to=TO):
    return scratch.sluice('export', '--from', 'orders', *to, *SIZES, '--quiet', *options, status=status)


def create(scratch, count=1000, large=0):
    events.create(scratch, 'orders', count=count, partitions=1, large=large)


def stamped(scratch, first, count):
    """Events of which number n is stamped n seconds after ten o'clock; every seventh has no timestamp."""
    lines = []
    for n in range(first, first + count):
        made = {'value': f'event {n}' + 'x' * 1000}
        if n % 7:
            made['timestamp'] = f'2026-11-23T10:{n // 60:02}:{n % 60:02}.500000Z'
        lines.append(json.dumps(made))
    scratch.sluice('stream', 'append', 'orders', '--format', 'ndjson', stdin='\n'.join(lines) + '\n')


def sequences(scratch, folder='s3://bkt/p/orders'):
    """The ranges that the export's objects hold, joined where they meet."""
    ranges = []
    for each in objects(scratch, folder):
        first, following = place(each['first']), place(each['next'])
        if ranges and ranges[-1][1] == first:
            ranges[-1][1] = following
        else:
            ranges.append([first, following])
    return ranges


def objects(scratch, folder):
    return json.loads(scratch.sluice('ls', folder, '--json').out)['objects']


def place(text):
    """The sequence, with the offset behind the point where there is one."""
    sequence, _, offset = text.split('/')[-1].partition('.')
    return (int(sequence), int(offset)) if offset else int(sequence)


@suite.case
def a_new_export_begins_and_ends_where_it_is_told():
    scratch, store = setting()
    with scratch, store:
        create(scratch)
        export(scratch, '--start', 'seq:123', '--end', 'seq:777')
        equal(sequences(scratch), [[123, 777]], 'exported')
        scratch.sluice('verify', 's3://bkt/p', '--against', 'orders')
        export(scratch, '--start', 'seq:123', '--end', 'seq:777')
        equal(sequences(scratch), [[123, 777]], 'exported after the same command')
        export(scratch, '--start', 'seq:123')
        equal(sequences(scratch), [[123, 1000]], 'exported without an end')
        scratch.sluice('verify', 's3://bkt/p', '--against', 'orders')
        scratch.sluice('import', '--from', 's3://bkt/p/orders', '--to', 'back', '--quiet')
        cat = ('stream', 'cat', '--format', 'ndjson')
        equal(
            scratch.sluice(*cat, 'back').out, scratch.sluice(*cat, 'orders', '--from', 'seq:123').out, 'the events'
        )


@suite.case
def a_killed_export_goes_on_with_the_same_start_and_end():
    scratch, store = setting()
    with scratch, store:
        create(scratch, count=3000, large=4)
        command = ('export', '--from', 'orders', *TO, *SIZES, '--quiet', '--start', 'seq:100', '--end', 'seq:2900')
        store.set_faults([{'operation': 'UploadPart', 'nth': 1, 'count': 0, 'kind': 'delay', 'milliseconds': 30}])
        process = scratch.start_sluice(*command)
        until = time.monotonic() + 60
        while not any(upload['parts'] for upload in store.uploads()):
            expect(time.monotonic() < until and process.poll() is None, 'a part is sent')
            time.sleep(0.005)
        stop(process)
        store.clear_faults()
        scratch.sluice(*command)
        equal(sequences(scratch), [[100, 2900]], 'exported')
        equal(store.uploads(), [], 'open uploads')
        scratch.sluice('verify', 's3://bkt/p', '--against', 'orders')


@suite.case
def latest_begins_behind_what_is_there_and_goes_on_later():
    scratch, store = setting()
    with scratch, store:
        create(scratch, count=200)
        export(scratch, '--start', 'latest')
        equal(sequences(scratch), [], 'exported')
        events.append(scratch, 'orders', 2, 100, partitions=1)
        export(scratch, '--start', 'latest')
        equal(sequences(scratch), [[200, 300]], 'exported')


@suite.case
def times_are_found_by_the_first_event_that_is_stamped_then_or_later():
    scratch, store = setting()
    with scratch, store:
        scratch.sluice('stream', 'create', 'orders')
        stamped(scratch, 0, 600)
        stamped(scratch, 600, 600)
        # Event 700 (a seventh) has no timestamp: the first one at or after its second is 701.
        export(scratch, '--start', 'time:2026-11-23T10:11:40Z', '--end', 'time:2026-11-23T10:15:00.500000Z')
        equal(sequences(scratch), [[701, 900]], 'exported')
        export(scratch, '--end', 'time:2027-01-01T00:00:00Z')
        equal(sequences(scratch), [[701, 1200]], 'exported up to a time that nothing reaches')
        scratch.sluice('verify', 's3://bkt/p', '--against', 'orders')


@suite.case
def each_partition_and_each_destination_may_have_its_own_start():
    scratch, store = setting()
    with scratch, store:
        events.create(scratch, 'orders', count=400, partitions=2)
        export(scratch, '--start', '0=seq:50,1=seq:20', to=(*TO, '--to', 's3://bkt/other?start=seq:7'))
        firsts = {}
        for folder in ('s3://bkt/p/orders', 's3://bkt/other/orders'):
            for each in objects(scratch, folder):
                partition = (folder, str(each['first']).split('/')[0])
                firsts[partition] = min(firsts.get(partition, 1 << 60), place(each['first']))
        equal(sorted(firsts.values()), [7, 7, 20, 50], 'starts')
        said = export(scratch, '--start', '2=seq:1', status=2).err
        contains(said, 'partition 2')


@suite.case
def a_start_beyond_what_is_exported_leaves_a_gap_that_must_be_accepted():
    scratch, store = setting()
    with scratch, store:
        create(scratch)
        export(scratch, '--end', 'seq:200')
        said = export(scratch, '--start', 'seq:500', status=7).err
        contains(said, '--accept-gaps')
        equal(sequences(scratch), [[0, 200]], 'exported by a refused run')
        said = export(scratch, '--start', 'seq:500', '--accept-gaps', '--end', 'seq:800', status=6).err
        contains(said, '0/200 up to 0/500')
        equal(sequences(scratch), [[0, 200], [500, 800]], 'exported')
        export(scratch, '--start', 'seq:500')
        equal(sequences(scratch), [[0, 200], [500, 1000]], 'exported by the same command later')
        said = scratch.sluice('verify', 's3://bkt/p', '--against', 'orders', status=6)
        contains(said.out + said.err, '--start seq:500 was asked for')


@suite.case
def a_start_before_what_is_exported_is_refused_and_nothing_is_changed():
    scratch, store = setting()
    with scratch, store:
        create(scratch)
        export(scratch, '--start', 'seq:500', '--end', 'seq:700')
        for start in ('seq:100', 'earliest', 'seq:600'):
            said = export(scratch, '--start', start, '--accept-gaps', status=7).err
            contains(said, f'--start {start}')
            contains(said, 'leave --start out')
        equal(sequences(scratch), [[500, 700]], 'exported')
        said = export(scratch, '--start', 'seq:5000', '--accept-gaps', status=7).err
        contains(said, "beyond the stream's end")


@suite.case
def a_run_that_dies_before_its_gap_leaves_it_to_the_next_one():
    scratch, store = setting()
    with scratch, store:
        create(scratch)
        export(scratch, '--end', 'seq:200')
        command = ('export', '--from', 'orders', *TO, *SIZES, '--quiet', '--start', 'seq:500')
        # The claim's commit is number 2: it is stored, and the answer never comes.
        store.set_faults([{'operation': 'PutObject', 'key': '.*/00000000000000000002.json', 'kind': 'stall', 'phase': 'effect'}])
        process = scratch.start_sluice(*command, '--accept-gaps')
        key = 'p/orders/_sluice/commits/p=0/00000000000000000002.json'
        until = time.monotonic() + 30
        while not any(one['key'] == key for one in store.ask('GET', '/_sim/objects')):
            expect(time.monotonic() < until and process.poll() is None, 'the claim is written')
            time.sleep(0.01)
        stop(process)
        store.clear_faults()
        scratch.sluice(*command, status=6)
        equal(sequences(scratch), [[0, 200], [500, 1000]], 'exported')


@suite.case
def what_the_stream_has_lost_must_be_accepted_and_becomes_a_gap():
    scratch, store = setting()
    with scratch, store:
        create(scratch, count=300)
        export(scratch, '--end', 'seq:100')
        (scratch / 'large').write_bytes(bytes(54 << 20))
        scratch.sluice('stream', 'append', 'orders', '--format', 'file', *['large'] * 5)
        events.append(scratch, 'orders', 2, 300, partitions=1)
        lose_first_segment(scratch)
        first = place(json.loads(scratch.sluice('stream', 'info', 'orders', '--json').out)['partitions'][0]['first'])
        expect(first > 100, 'events that were not exported are gone')
        said = export(scratch, status=7).err
        contains(said, 'does not have them any more')
        contains(said, '--accept-gaps')
        said = export(scratch, '--accept-gaps', status=6).err
        contains(said, f'0/100 up to 0/{first}')
        equal(sequences(scratch), [[0, 100], [first, 605]], 'exported')
        export(scratch)
        scratch.sluice('import', '--from', 's3://bkt/p/orders', '--to', 'back', '--quiet', status=6)


def lose_first_segment(scratch):
    folder = scratch / 'data/sluice/orders/p=0'
    segments = sorted(folder.glob('*.log'))
    expect(len(segments) > 1, f'there are several segments: {[one.name for one in segments]}')
    segments[0].unlink()


suite.run()
