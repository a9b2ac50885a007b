"""test: accidents in a bucket, and what mends them: damaged and missing objects, lifecycle, lost state, a stream made anew."""
import base64
import json
import re
import subprocess
import threading

import events
from bucket import Bucket, listed
from harness import Scratch, Simulator, Suite, contains, equal, expect, stop, wait_for

suite = Suite(__file__)
SMALL = ('--object-bytes', '700KiB', '--part-size', '300KiB')
EXPORT = ('export', '--from', 'log:orders', '--to', 's3://bkt/p', *SMALL)
FOLDER = 'p/orders/'


def exported(count=1500, large=4, partitions=2, extra=()):
    scratch = Scratch()
    store = Simulator(scratch, '--bucket', 'bkt', '--min-part-size', '1KiB')

    class Opened:
        def __enter__(self):
            scratch.__enter__()
            store.__enter__()
            events.create(scratch, 'orders', count=count, partitions=partitions, large=large)
            scratch.sluice(*EXPORT, *extra)
            return scratch, store, Bucket(store, 'bkt')

        def __exit__(self, *why):
            store.__exit__(*why)
            scratch.__exit__(*why)

    return Opened()


def flip(bucket, key, at):
    data = bytearray(bucket.get(key))
    data[at] ^= 1
    bucket.put(key, bytes(data))


def verify(scratch, status=0):
    return scratch.sluice('verify', 's3://bkt/p', '--against', 'log:orders', status=status)


def state_of(scratch):
    return scratch / 'state' / 'sluice' / 'state.sqlite'


@suite.case
def damaged_and_missing_objects_are_exported_again_under_new_keys():
    with exported() as (scratch, store, bucket):
        objects = listed(scratch, 's3://bkt/p')
        expect(len(objects) >= 6, f'{len(objects)} objects')
        damaged, missing, cut = objects[0], objects[-1], objects[2]
        flip(bucket, FOLDER + damaged['key'], damaged['bytes'] // 2)
        bucket.delete(FOLDER + missing['key'])
        bucket.put(FOLDER + cut['key'], bucket.get(FOLDER + cut['key'])[:-10])
        broken = {each['key'] for each in (damaged, missing, cut)}
        said = verify(scratch, status=6).out
        for key in broken:
            contains(said, key, 'what verify says')
        before = bucket.keys()
        done = scratch.sluice('repair', 's3://bkt/p', '--from', 'orders')
        for key in broken:
            contains(done.err, key, 'what repair says')
        gone = set(before) - set(bucket.keys())
        equal(gone, {FOLDER + each['key'] for each in (damaged, cut)}, 'removed: what was replaced, and nothing else')
        verify(scratch)
        mended = listed(scratch, 's3://bkt/p')
        ranges = [(each['first'], each['next'], each['events']) for each in objects]
        equal([(each['first'], each['next'], each['events']) for each in mended], ranges, 'ranges')
        same = {each['key'] for each in objects} - broken
        equal({each['key'] for each in mended} & {each['key'] for each in objects}, same, 'keys that stay')
        equal(scratch.sluice('cat', 's3://bkt/p').raw, scratch.sluice('stream', 'cat', 'orders').raw, 'events')
        scratch.sluice('import', '--from', 's3://bkt/p', '--to', 'log:back')
        equal(events.digest(scratch, 'back'), events.digest(scratch, 'orders'), 'events after an import')
        again = scratch.sluice('repair', 's3://bkt/p', '--from', 'orders', '--json')
        equal(json.loads(again.out)['progress']['targets'][0]['objects'], 0, 'objects mended by a second run')
        events.append(scratch, 'orders', seed=2, count=300)
        scratch.sluice(*EXPORT)
        verify(scratch)
        equal(store.uploads(), [], 'open uploads')


def data_keys(bucket):
    return {key.removeprefix(FOLDER) for key in bucket.keys(FOLDER + 'partition=')}


def in_force(scratch):
    return {each['key'] for each in listed(scratch, 's3://bkt/p')}


@suite.case
def what_was_replaced_and_could_not_be_removed_is_told_and_goes_with_a_cleanup():
    for faults in ([{'operation': 'DeleteObject', 'key': 'partition=', 'count': 0, 'kind': 'status', 'status': 403, 'code': 'AccessDenied'}], None):
        with exported() as (scratch, store, bucket):
            damaged = listed(scratch, 's3://bkt/p')[1]
            flip(bucket, FOLDER + damaged['key'], damaged['bytes'] // 2)
            repair = ('repair', 's3://bkt/p', '--from', 'orders')
            if faults:
                store.set_faults(faults)
                said = scratch.sluice(*repair).err
                contains(said, 'was replaced and could not be removed')
                contains(said, 'sluice cleanup')
            else:  # it is killed between the commit and the removal
                store.set_faults([{'operation': 'DeleteObject', 'key': 'partition=', 'nth': 1, 'kind': 'stall'}])
                process = scratch.start_sluice(*repair)
                wait_for(lambda: store.ask('GET', '/_sim/faults')[0]['fired'], 'it removes', process)
                stop(process)
            store.clear_faults()
            equal(data_keys(bucket) - in_force(scratch), {damaged['key']}, 'what still lies there')
            contains(verify(scratch).out, f'{damaged["key"]}: was replaced and still lies there')
            if faults:
                report = json.loads(scratch.sluice('cleanup', 's3://bkt/p', '--older-than', '0s', '--json').out)
                equal([each['key'] for each in report['removed']], [FOLDER + damaged['key']], 'what cleanup removes')
            else:
                state_of(scratch).unlink()  # the next export claims anew, and looks for what was left
                scratch.sluice(*EXPORT)
            equal(data_keys(bucket), in_force(scratch), 'objects')
            expect('still lies there' not in verify(scratch).out, 'nothing more is told')


@suite.case
def a_damaged_object_stays_until_its_replacement_is_committed():
    with exported() as (scratch, store, bucket):
        damaged = listed(scratch, 's3://bkt/p')[1]
        flip(bucket, FOLDER + damaged['key'], damaged['bytes'] // 2)
        store.set_faults([{'operation': 'PutObject', 'key': '_sluice/commits/', 'nth': 1, 'kind': 'stall'}])
        process = scratch.start_sluice('repair', 's3://bkt/p', '--from', 'orders')
        wait_for(lambda: store.ask('GET', '/_sim/faults')[0]['fired'], 'it commits', process)
        stop(process)
        store.clear_faults()
        expect(damaged['key'] in data_keys(bucket), 'the damaged object is there')
        scratch.sluice('repair', 's3://bkt/p', '--from', 'orders')
        verify(scratch)


@suite.case
def who_reads_while_an_object_is_replaced_reads_the_new_one():
    into = ('import', '--from', 's3://bkt/p', '--to', 'log:back')
    # Of two exports the first is verified, and then read beside the other.
    for nth, words in (
        (1, (*into, '--quiet')), (1, (*into, '--on-bad', 'skip')), (1, ('cat', 's3://bkt/p')),
        (1, ('verify', 's3://bkt/p', '--against', 'orders')), (2, ('verify', 's3://bkt/p', 's3://bkt/q')),
    ):
        with exported(partitions=1, extra=('--to', 's3://bkt/q')) as (scratch, store, bucket):
            damaged = listed(scratch, 's3://bkt/p')[1]
            key = FOLDER + damaged['key']
            store.set_faults([{'operation': 'GetObject', 'key': f'^{key}$', 'nth': nth, 'kind': 'hold', 'phase': 'head'}])
            process = scratch.start_sluice(*words, stdout=subprocess.PIPE)
            out = []
            reading = threading.Thread(target=lambda: out.append(process.stdout.read()))
            reading.start()
            wait_for(lambda: store.ask('GET', '/_sim/faults')[0]['fired'], 'it reads', process)
            flip(bucket, key, damaged['bytes'] // 2)
            # The repair reads all objects, too; only the one request is held.
            scratch.sluice('repair', 's3://bkt/p', '--from', 'orders')
            expect(key not in bucket.keys(), 'the old one is gone')
            store.clear_faults()
            equal(process.wait(60), 0, f'exit status of {" ".join(words)}')
            reading.join()
            if words[0] == 'import':
                equal(events.digest(scratch, 'back', 1), events.digest(scratch, 'orders', 1), 'events')
            if words[0] == 'cat':
                equal(out[0], scratch.sluice('stream', 'cat', 'orders').raw, 'events')


@suite.case
def when_the_newest_commits_were_deleted_a_repair_lets_the_export_go_on():
    with exported(partitions=2) as (scratch, store, bucket):
        events.append(scratch, 'orders', seed=2, count=300)
        scratch.sluice(*EXPORT)
        commits = [key for key in bucket.keys(FOLDER + '_sluice/commits/p=1/')]
        for key in commits[-2:]:
            bucket.delete(key)
        refused = scratch.sluice(*EXPORT, status=7).err
        contains(refused, f'the state file knows commit {len(commits) - 1}')
        contains(refused, '`sluice repair`')
        said = scratch.sluice('repair', 's3://bkt/p', '--from', 'orders').err
        contains(said, f'partition 1: commits {len(commits) - 2} to {len(commits) - 1} are gone')
        contains(said, 'exported again by the next `sluice export`')
        expect('nothing new' not in said, said)
        scratch.sluice(*EXPORT)
        verify(scratch)
        equal(data_keys(bucket), in_force(scratch), 'objects')
        scratch.sluice('repair', 's3://bkt/p', '--from', 'orders')
        equal(store.uploads(), [], 'open uploads')


@suite.case
def lost_commits_that_named_no_events_are_told_so():
    with Scratch() as scratch, Simulator(scratch, '--bucket', 'bkt') as store:
        bucket = Bucket(store, 'bkt')
        events.create(scratch, 'orders', count=20, partitions=1)
        scratch.sluice('stream', 'create', 'none', '--partitions', 2)
        for stream in ('orders', 'none'):
            scratch.sluice('export', '--from', stream, '--to', 's3://bkt/p', '--quiet')
        for key in bucket.keys('p/none/_sluice/commits/p=1/'):
            bucket.delete(key)
        said = scratch.sluice('repair', 's3://bkt/p/none', '--from', 'none').err
        contains(said, 'partition 1: commits 0 to 0 are gone, which the state file knows; they named no events')
        scratch.sluice('export', '--from', 'none', '--to', 's3://bkt/p', '--quiet')


@suite.case
def lost_commits_whose_events_the_stream_has_not_any_more_are_left_to_people():
    with Scratch() as scratch, Simulator(scratch, '--bucket', 'bkt', '--min-part-size', '1KiB') as store:
        bucket = Bucket(store, 'bkt')
        scratch.sluice('stream', 'create', 'orders', '--retain-bytes', '8MiB')
        for _ in range(2):
            scratch.sluice('stream', 'append', 'orders', stdin=('x' * 60_000 + '\n') * 100)
            scratch.sluice(*EXPORT)
        before = bucket.keys(FOLDER + 'partition=')
        commits = bucket.keys(FOLDER + '_sluice/commits/p=0/')
        for key in commits[1:]:
            bucket.delete(key)
        scratch.sluice('stream', 'trim', 'orders', '--before', 'latest')
        said = scratch.sluice('repair', 's3://bkt/p', '--from', 'orders', status=6).err
        contains(said, 'put the commits back')
        equal(bucket.keys(FOLDER + 'partition='), before, 'objects: none is removed')
        scratch.sluice(*EXPORT, status=7)


@suite.case
def an_object_that_was_exchanged_for_another_is_found_and_replaced():
    with exported() as (scratch, _store, bucket):
        first, second = listed(scratch, 's3://bkt/p')[:2]
        bucket.put(FOLDER + first['key'], bucket.get(FOLDER + second['key']))
        verify(scratch, status=6)
        scratch.sluice('repair', 's3://bkt/p', '--from', 'orders')
        verify(scratch)


def whole_from(place):
    """The first sequence at or behind a place that has its beginning there."""
    sequence, _, offset = place.split('/')[1].partition('.')
    return int(sequence) + (1 if offset else 0)


@suite.case
def a_gap_that_begins_and_ends_inside_events_costs_those_events_and_no_other():
    with exported(partitions=1, large=12) as (scratch, _store, bucket):
        objects = listed(scratch, 's3://bkt/p')
        inside = [each for each in objects[1:] if '.' in each['first'] and '.' in each['next']]
        expect(len(inside) >= 3, 'large events lie in several objects')
        lost = set()
        for each in (inside[0], inside[len(inside) // 2]):
            bucket.delete(FOLDER + each['key'])
            ends = [int(each[name].split('/')[1].split('.')[0]) for name in ('first', 'next')]
            lost |= set(range(ends[0], ends[1] + 1))
        scratch.sluice('repair', 's3://bkt/p', '--from', 'orders', '--expired')
        scratch.sluice('import', '--from', 's3://bkt/p', '--to', 'log:back', status=6)
        expected = [
            line for line in scratch.sluice('stream', 'cat', 'orders').raw.splitlines()
            if json.loads(line)['sequence'] not in lost
        ]
        equal(scratch.sluice('stream', 'cat', 'back').raw.splitlines(), expected, 'events')
        shown = scratch.sluice('cat', 's3://bkt/p', status=6).raw.splitlines()
        equal([line for line in shown if json.loads(line)['fragment'] is None], expected, 'whole events that cat shows')
        expect(len(shown) > len(expected), 'of events that are not whole cat shows what is there')
        scratch.sluice('stream', 'verify', 'back')
        scratch.sluice('import', '--from', 's3://bkt/p', '--to', 'log:back', status=6)


def left_out(done):
    """What an import says it left out, and the sequences that this costs: those of every event that reaches into it."""
    [target] = json.loads(done.out)['progress']['targets']
    lost = set()
    for each in target['left_out']:
        first, after = re.search(r'events 0/(\S+) up to 0/([0-9.]+)', each).groups()
        lost |= set(range(int(first.split('.')[0]), int(after.split('.')[0]) + ('.' in after)))
    return target['left_out'], lost


@suite.case
def pieces_that_are_damaged_or_gone_are_left_out_of_an_import_when_that_is_asked_for():
    with exported(partitions=1, large=12) as (scratch, _store, bucket):
        command = ('import', '--from', 's3://bkt/p', '--to', 'log:back')
        objects = listed(scratch, 's3://bkt/p')
        inside = [each for each in objects[1:-1] if '.' in each['first'] and '.' in each['next']]
        gone, damaged = inside[0], objects[-2]
        bucket.delete(FOLDER + gone['key'])
        flip(bucket, FOLDER + damaged['key'], damaged['bytes'] // 2)
        contains(scratch.sluice(*command, status=1).err, 'nothing from there on was written')
        done = scratch.sluice(*command, '--on-bad', 'skip', '--json', status=6)
        names, lost = left_out(done)
        expect(any(gone['key'] in each and 'is missing' in each for each in names), f'the missing object: {names}')
        expect(any(damaged['key'] in each and 'checksum' in each for each in names), f'the damaged piece: {names}')
        contains(done.err, f'{len(names)} ranges are missing')
        whole = scratch.sluice('stream', 'cat', 'orders').raw.splitlines()
        expected = [line for line in whole if json.loads(line)['sequence'] not in lost]
        expect(0 < len(expected) < len(whole), f'{len(expected)} of {len(whole)} events')
        equal(scratch.sluice('stream', 'cat', 'back').raw.splitlines(), expected, 'events')
        scratch.sluice('stream', 'verify', 'back')
        contains(scratch.sluice('stream', 'info', 'back').out, 'left out by its import: events 0/')
        begins = re.search(r'events (\S+) up to', next(each for each in names if gone['key'] in each))[1]
        for words in ((), ('--on-bad', 'skip')):  # what is missing stays missing, and is told
            said = scratch.sluice(*command, *words, '--quiet', status=6).err
            contains(said, 'left out earlier, and not in the stream: ')
            contains(said, f'events {begins} up to')
        name = json.loads(done.out)['progress']['name']
        contains(scratch.sluice('transfer', 'wait', name, status=6).out, f'events {begins} up to')
        contains(scratch.sluice('transfer', 'show', name).out, f'events {begins} up to')
        contains(scratch.sluice('transfer', 'list').out, 'missing: left out earlier')
        said = scratch.sluice(*command, status=6).err
        contains(said, 'completed after')
        contains(said, 'nothing new; something is missing for good')
        equal(scratch.sluice('stream', 'cat', 'back').raw.splitlines(), expected, 'events after another run')
        # The commits behind one that ends inside an event are lost: nothing in the bucket says so but that.
        after = len(objects) - 1 - objects.index(gone)
        for key in sorted(key for key in bucket.keys(FOLDER) if '/commits/' in key)[-after:]:
            bucket.delete(key)
        contains(scratch.sluice('verify', 's3://bkt/p', status=6).out, f'ends inside event {gone["next"].split(".")[0]}')


@suite.case
def of_pieces_that_one_request_brings_only_the_damaged_one_is_left_out():
    with Scratch() as scratch, Simulator(scratch, '--bucket', 'bkt') as store:
        bucket = Bucket(store, 'bkt')
        events.create(scratch, 'orders', count=8_000, partitions=1)
        scratch.sluice('export', '--from', 'log:orders', '--to', 's3://bkt/p')
        [one] = listed(scratch, 's3://bkt/p')
        [plan] = json.loads(scratch.sluice('plan', 'import', '--from', 's3://bkt/p', '--to', 'log:whole', '--json').out)['targets']
        done = scratch.sluice('import', '--from', 's3://bkt/p', '--to', 'log:whole', '--json')
        requests = json.loads(done.out)['progress']['targets'][0]['parts']
        expect(requests <= one['bytes'] // (2 << 20), f'{requests} requests for {one["bytes"]} bytes')
        equal(plan['parts'], requests, 'planned requests')
        flip(bucket, FOLDER + one['key'], one['bytes'] // 2)
        said = scratch.sluice('import', '--from', 's3://bkt/p', '--to', 'log:back', status=1).err
        contains(said, 'its checksum is not the one committed; nothing from there on was written')
        done = scratch.sluice('import', '--from', 's3://bkt/p', '--to', 'log:back', '--on-bad', 'skip', '--json', status=6)
        [name], lost = left_out(done)
        size = re.search(r'bytes (\d+) to (\d+)', name)
        expect(int(size[2]) - int(size[1]) < 2 << 20, f'one piece is left out: {name}')
        whole = scratch.sluice('stream', 'cat', 'orders').raw.splitlines()
        expected = [line for line in whole if json.loads(line)['sequence'] not in lost]
        equal(scratch.sluice('stream', 'cat', 'back').raw.splitlines(), expected, 'events')
        equal(events.digest(scratch, 'whole', 1), events.digest(scratch, 'orders', 1), 'events of the import before')


@suite.case
def what_the_lifecycle_removed_is_recorded_and_an_import_steps_over_it():
    with exported(partitions=1) as (scratch, store, bucket):
        objects = listed(scratch, 's3://bkt/p')
        gone = objects[:2]
        for each in gone:
            bucket.delete(FOLDER + each['key'])
        contains(scratch.sluice('import', '--from', 's3://bkt/p', '--to', 'log:early', status=1).err, 'missing')
        uploads = store.counters()['operations']['PutObject']['bytes_in']
        scratch.sluice('repair', 's3://bkt/p', '--from', 'orders', '--expired')
        sent = store.counters()['operations']['PutObject']['bytes_in'] - uploads
        expect(sent < 20_000, f'{sent} bytes were sent: nothing is exported again')
        equal([each['key'] for each in listed(scratch, 's3://bkt/p')], [each['key'] for each in objects[2:]], 'in force')
        told = scratch.sluice('plan', 'import', '--from', 's3://bkt/p', '--to', 'log:back').out
        contains(told, "removed by the bucket's lifecycle")
        done = scratch.sluice('import', '--from', 's3://bkt/p', '--to', 'log:back', status=6)
        contains(done.err, 'missing from the source')
        kept = scratch.sluice('stream', 'cat', 'back').raw.splitlines()
        sequence = whole_from(objects[2]['first'])
        equal(kept, scratch.sluice('stream', 'cat', 'orders', '--from', f'seq:{sequence}').raw.splitlines(), 'events')
        said = scratch.sluice('cat', 's3://bkt/p', '--from', f'seq:{sequence}')
        equal(said.raw.splitlines(), kept, 'events that cat shows')
        said = scratch.sluice('cat', 's3://bkt/p', status=6)
        contains(said.err, 'in no object')
        said = scratch.sluice('cat', 's3://bkt/p', '--from', '0/5', '--limit', 1, status=6)
        contains(said.err, 'events 0/5 up to ')
        equal(len(said.raw.splitlines()), 1, 'what is printed of the events behind what is missing')
        scratch.sluice('cat', 's3://bkt/p', '--from', f'seq:{sequence}', '--limit', 1)
        contains(verify(scratch, status=6).out, "recorded as removed by the bucket's lifecycle")
        events.append(scratch, 'orders', seed=2, count=300, partitions=1)
        scratch.sluice(*EXPORT)


@suite.case
def what_was_recorded_as_expired_by_mistake_is_told_and_exported_again_when_that_is_asked_for():
    with exported(partitions=1) as (scratch, _store, bucket):
        objects = listed(scratch, 's3://bkt/p')
        contents = {FOLDER + each['key']: bucket.get(FOLDER + each['key']) for each in objects[1:3]}
        for key in contents:
            bucket.delete(key)
        scratch.sluice('repair', 's3://bkt/p', '--from', 'orders', '--expired')
        for key, content in contents.items():
            bucket.put(key, content)
        done = scratch.sluice('repair', 's3://bkt/p', '--from', 'orders')
        contains(done.err, '2 objects are recorded as removed by the lifecycle and stay out of the export')
        verify(scratch, status=6)
        scratch.sluice('repair', 's3://bkt/p', '--from', 'orders', '--expired', '--undo-expired', status=2)
        done = scratch.sluice('repair', 's3://bkt/p', '--from', 'orders', '--undo-expired')
        equal(done.err.count('exported again: '), 2, 'objects that are exported again')
        verify(scratch)
        expect(not set(contents) & set(bucket.keys()), 'the old objects are removed')
        scratch.sluice('import', '--from', 's3://bkt/p', '--to', 'back')
        equal(events.digest(scratch, 'back', 1), events.digest(scratch, 'orders', 1), 'events of an import')
        expect('recorded' not in scratch.sluice('repair', 's3://bkt/p', '--from', 'orders').err, 'nothing is left to tell')


@suite.case
def two_exports_are_to_begin_and_end_at_the_same_events():
    with Scratch() as scratch, Simulator(scratch, '--bucket', 'bkt') as store:
        events.create(scratch, 'orders', count=40, partitions=1)
        export = ('export', '--from', 'orders', '--quiet', '--to')
        scratch.sluice(*export, 's3://bkt/short')
        events.append(scratch, 'orders', seed=2, count=20, partitions=1)
        scratch.sluice(*export, 's3://bkt/full')
        scratch.sluice(*export, 's3://bkt/late', '--start', 'seq:25')
        said = scratch.sluice('verify', 's3://bkt/late', '--against', 'orders').out
        contains(said, 'note: events 0/0 up to 0/25 of the stream are not exported: this export begins at 0/25')
        said = scratch.sluice('verify', 's3://bkt/full', 's3://bkt/late', status=6).out
        contains(said, 'problem: events 0/0 up to 0/25 of s3://bkt/full/orders are not exported')
        said = scratch.sluice('verify', 's3://bkt/full', 's3://bkt/short', status=6).out
        contains(said, 'problem: events 0/40 up to 0/60 of s3://bkt/full/orders are not exported')
        said = scratch.sluice('verify', 's3://bkt/late', 's3://bkt/full', status=6).out
        contains(said, 'events 0/0 up to 0/25 are not in s3://bkt/late/orders')
        bucket = Bucket(store, 'bkt')
        for key in bucket.keys('full/orders/'):
            if not key.endswith('stream.json'):
                bucket.delete(key)
        for words in ((), ('--against', 'orders')):
            said = scratch.sluice('verify', 's3://bkt/full', *words, status=6).out
            contains(said, 'no commits lie here: nothing was exported')


@suite.case
def a_partition_without_its_commits_is_not_whole_and_strays_are_told_by_who_removes_them():
    with exported() as (scratch, _store, bucket):
        commits = {key: bucket.get(key) for key in bucket.keys('p/orders/_sluice/commits/p=1/')}
        for key in commits:
            bucket.delete(key)
        for words in ((), ('--against', 'orders')):
            said = scratch.sluice('verify', 's3://bkt/p', *words, status=6).out
            contains(said, 'partition 1: ')
            contains(said, ' objects lie there, but no commits')
            expect('stray' not in said, f'none is called harmless: {said}')
        repair = ('repair', 's3://bkt/p', '--from', 'orders', '--state', scratch / 'other.sqlite')
        contains(scratch.sluice(*repair, status=6).err, 'partition 1: no commits lie here: put them back')
        for key, content in commits.items():
            bucket.put(key, content)
        stray = 'p/orders/partition=0/00000000000000000000-0-deadbeef.avro'
        bucket.put(stray, b'x')
        contains(verify(scratch).out, '`sluice cleanup --take-over` removes it): ' + stray)
        scratch.sluice('transfer', 'stop', json.loads(scratch.sluice('transfer', 'list', '--json').out)[0]['name'])
        bucket.put(stray, b'x')
        contains(verify(scratch).out, 'stray (harmless; the next export removes it): ' + stray)
        scratch.sluice(*EXPORT)
        expect(stray not in bucket.keys(), 'it has removed it')
        bucket.put(stray, b'x')
        contains(verify(scratch).out, 'stray (harmless; `sluice cleanup` removes it): ' + stray)
        scratch.sluice('cleanup', 's3://bkt/p', '--older-than', '0s')
        expect(stray not in bucket.keys(), 'it has removed it')


def crc64_text(data):
    """CRC64NVME as documents carry it."""
    table = []
    for n in range(256):
        for _ in range(8):
            n = n >> 1 ^ (0x9A6C9329AC4BC9B5 if n & 1 else 0)
        table.append(n)
    crc = 0xFFFFFFFFFFFFFFFF
    for byte in data:
        crc = crc >> 8 ^ table[(crc ^ byte) & 0xFF]
    return base64.b64encode((crc ^ 0xFFFFFFFFFFFFFFFF).to_bytes(8, 'big')).decode()


def forge(bucket, commit, key, change):
    """Another object, which its commit calls right; it has one piece."""
    old = bucket.get(FOLDER + key)
    forged = change(old)
    bucket.put(FOLDER + key, forged)
    line = bucket.get(commit).decode()
    expect(crc64_text(old) in line, f'{commit} names {key}')
    body = line.replace(crc64_text(old), crc64_text(forged))[:-29]
    bucket.put(commit, f'{body},"crc64nvme":"{crc64_text(body.encode())}"}}\n'.encode())


@suite.case
def the_event_that_an_import_was_killed_in_is_compared_as_a_whole_by_the_next_run():
    with Scratch() as scratch, Simulator(scratch, '--bucket', 'bkt', '--min-part-size', '1KiB') as store:
        bucket = Bucket(store, 'bkt')
        scratch.sluice('stream', 'create', 'orders')
        scratch.sluice('stream', 'append', 'orders', stdin='first\n' + 'large' * 800_000 + '\nlast\n')
        scratch.sluice('export', '--from', 'orders', '--to', 's3://bkt/p?format=ndjson&codec=none', '--object-bytes', '1MiB')
        keys = [each['key'] for each in listed(scratch, 's3://bkt/p')]
        last = next(key for key in keys if b'"last":{"length":' in bucket.get(FOLDER + key))
        before = keys[:keys.index(last)]
        expect(len(before) >= 2, f'the event lies in several objects: {keys}')

        def other_sum(data):
            at = data.index(b'"crc64nvme":"') + 13
            return data[:at] + bytes([data[at] ^ 1]) + data[at + 1:]

        commits = bucket.keys(FOLDER + '_sluice/commits/p=0/')
        [commit] = [key for key in commits if last.encode() in bucket.get(key)]
        forge(bucket, commit, last, other_sum)
        words = ('import', '--from', 's3://bkt/p', '--to', 'log:back', '--memory', '2MiB', '--concurrency', 1)
        store.set_faults([{'operation': 'GetObject', 'key': f'^{FOLDER}{last}$', 'nth': 1, 'kind': 'stall'}])
        process = scratch.start_sluice(*words)
        wait_for(lambda: store.ask('GET', '/_sim/faults')[0]['fired'], 'it reads', process)
        folder = scratch / 'data' / 'sluice' / 'back' / 'p=0'
        wait_for(lambda: sum(each.stat().st_size for each in folder.glob('*.log')) > 2_000_000, 'it appends', process)
        stop(process)
        store.clear_faults()
        contains(scratch.sluice(*words, status=1).err, 'put together, do not have the length and CRC64')


@suite.case
def a_whole_object_that_differs_from_the_stream_is_told_and_never_replaced():
    with exported(partitions=1, count=400, large=0) as (scratch, _store, bucket):
        [only] = listed(scratch, 's3://bkt/p')
        forged = bytearray(bucket.get(FOLDER + only['key']))
        at = forged.index(b'key-7') + 4
        forged[at] = ord('8')
        bucket.put(FOLDER + only['key'], bytes(forged))
        commit = FOLDER + '_sluice/commits/p=0/00000000000000000001.json'
        line = bucket.get(commit).decode().replace(only['crc64nvme'], crc64_text(forged))
        body = line[:-29]
        bucket.put(commit, f'{body},"crc64nvme":"{crc64_text(body.encode())}"}}\n'.encode())
        scratch.sluice('verify', 's3://bkt/p')
        contains(verify(scratch, status=6).out, 'is not the one that the stream holds')
        done = scratch.sluice('repair', 's3://bkt/p', '--from', 'orders', status=6)
        contains(done.err, 'holds other events than the stream')
        equal([each['key'] for each in listed(scratch, 's3://bkt/p')], [only['key']], 'objects in force')
        equal(bucket.get(FOLDER + only['key']), bytes(forged), 'the object')


@suite.case
def a_lost_state_file_costs_nothing_and_can_be_written_anew():
    with exported() as (scratch, store, bucket):
        state_of(scratch).unlink()
        scratch.sluice('repair', 's3://bkt/p', '--from', 'orders', '--state-only')
        commits = bucket.keys(FOLDER + '_sluice/commits/')
        events.append(scratch, 'orders', seed=2, count=300)
        scratch.sluice('export', '--from', 'log:orders', '--to', 's3://bkt/p', '--object-bytes', '100MiB')
        fresh = [key for key in bucket.keys(FOLDER + '_sluice/commits/') if key not in commits]
        kinds = [json.loads(bucket.get(key))['kind'] for key in fresh]
        equal(kinds, ['objects', 'objects'], 'commits of the export that follows: it goes on under the claim of the repair')
        verify(scratch)
        state_of(scratch).unlink()
        events.append(scratch, 'orders', seed=3, count=300)
        scratch.sluice(*EXPORT)
        verify(scratch)


@suite.case
def a_stream_made_anew_is_refused_and_exported_to_a_folder_of_its_own():
    with exported(count=300) as (scratch, _store, bucket):
        old = bucket.keys()
        scratch.sluice('stream', 'delete', 'orders', '--yes')
        events.create(scratch, 'orders', seed=5, count=200)
        contains(scratch.sluice(*EXPORT, status=7).err, '--new-generation')
        scratch.sluice(*EXPORT, '--new-generation')
        [folder] = {key.split('/')[1] for key in bucket.keys() if not key.startswith(FOLDER)}
        expect(folder.startswith('orders~') and len(folder) == len('orders~') + 8, f'the folder {folder}')
        expect(set(old) <= set(bucket.keys()), 'the old export is untouched')
        contains(scratch.sluice('verify', 's3://bkt/p', status=2).err, folder)
        scratch.sluice('verify', f's3://bkt/p/{folder}', '--against', 'orders')
        scratch.sluice('verify', 's3://bkt/p/orders')
        scratch.sluice(*EXPORT, '--new-generation')
        scratch.sluice('import', '--from', f's3://bkt/p/{folder}', '--to', 'log:back')
        equal(events.digest(scratch, 'back'), events.digest(scratch, 'orders'), 'events')
        scratch.sluice('repair', 's3://bkt/p/orders', '--from', 'orders', status=7)


@suite.case
def two_exports_of_one_stream_are_compared_with_each_other():
    with exported(extra=('--to', 's3://bkt/q?format=ndjson')) as (scratch, _store, bucket):
        done = scratch.sluice('verify', 's3://bkt/p', 's3://bkt/q')
        contains(done.out, 'every exported event equals that of s3://bkt/p/orders bit for bit')
        both = json.loads(scratch.sluice('verify', 's3://bkt/q', 's3://bkt/p', '--json').out)
        equal([each['whole'] for each in both], [True, True], 'verdicts')
        events.create(scratch, 'twin', count=1500, large=4)
        scratch.sluice('export', '--from', 'log:twin', '--to', 's3://bkt/p')
        scratch.sluice('verify', 's3://bkt/p/orders', 's3://bkt/p/twin', status=7)
        # A commit chain that ends earlier in the first is told.
        events.append(scratch, 'orders', seed=2, count=300)
        scratch.sluice('export', '--from', 'log:orders', '--to', 's3://bkt/q?format=ndjson')
        contains(scratch.sluice('verify', 's3://bkt/p/orders', 's3://bkt/q', status=6).out, 'ends at')


@suite.case
def of_two_exports_what_is_damaged_in_the_first_is_told_as_in_the_second():
    with exported(extra=('--to', 's3://bkt/q?format=ndjson')) as (scratch, _store, bucket):
        both = ('verify', 's3://bkt/p', 's3://bkt/q', '--json')

        def compared(problem, note):
            first, second = json.loads(scratch.sluice(*both, status=6).out)
            equal((first['whole'], second['whole']), (False, True), 'verdicts')
            contains('\n'.join(first['problems']), problem)
            contains('\n'.join(second['notes']), note)
            alone = json.loads(scratch.sluice('verify', 's3://bkt/p', '--json', status=6).out)
            equal(first, alone, 'what is told of the first alone')

        key = next(each for each in bucket.keys('p/orders/partition=0/'))
        content = bucket.get(key)
        flip(bucket, key, -200)
        compared(f'{key}, bytes', 'was not compared with that export')
        said = scratch.sluice('verify', 's3://bkt/p', 's3://bkt/q', status=6).out
        contains(said, 'every exported event that s3://bkt/p/orders still holds equals it')
        bucket.delete(key)
        compared(f'{key}: the object is missing', 'was not compared with that export')
        bucket.put(key, content)
        flip(bucket, 'p/orders/_sluice/commits/p=1/00000000000000000001.json', 40)
        compared('a commit: ', 'was not compared with the first one')


@suite.case
def what_an_import_left_out_is_told_as_such_when_it_is_mended():
    with exported() as (scratch, _store, bucket):
        keys = sorted(key for key in bucket.keys() if 'partition=0' in key and '_sluice' not in key)
        content = bytearray(bucket.get(keys[1]))
        content[-200] ^= 1
        bucket.put(keys[1], bytes(content))
        scratch.sluice('import', '--from', 's3://bkt/p', '--to', 'log:back', '--on-bad', 'skip', status=6)
        scratch.sluice('verify', 's3://bkt/p', '--against', 'log:back', status=6)
        scratch.sluice('repair', 's3://bkt/p/orders', '--from', 'log:orders')
        told = scratch.sluice('verify', 's3://bkt/p', '--against', 'log:back', status=6).out
        contains(told, 'are not in stream back: its import left them out')
        equal(told.count('problem: '), 1, 'problems')


@suite.case
def exports_are_compared_where_objects_of_one_begin_inside_an_event():
    with Scratch() as scratch, Simulator(scratch, '--bucket', 'bkt', '--min-part-size', '1KiB'):
        scratch.sluice('stream', 'create', 'orders')
        lines = [f'{n}' for n in range(500)]
        scratch.sluice('stream', 'append', 'orders', stdin='\n'.join([*lines, 'x' * 3_000_000, *lines]) + '\n')
        scratch.sluice('export', '--from', 'orders', '--to', 's3://bkt/whole')
        for form in ('delimited', 'raw', 'ndjson'):
            small = ('--object-bytes', '100KiB', '--part-size', '16KiB')
            scratch.sluice('export', '--from', 'orders', '--to', f's3://bkt/{form}?format={form}', *small)
            done = scratch.sluice('verify', 's3://bkt/whole', f's3://bkt/{form}')
            contains(done.out, 'every exported event equals that of s3://bkt/whole/orders')


@suite.case
def a_thousand_commits_become_a_page_that_is_used_and_never_needed():
    scratch = Scratch()
    with scratch, Simulator(scratch, '--bucket', 'bkt', '--min-part-size', '1KiB') as store:
        bucket = Bucket(store, 'bkt')
        scratch.sluice('stream', 'create', 'orders')
        line = 'x' * (256 << 10) + '\n'
        for _ in range(16):
            scratch.sluice('stream', 'append', 'orders', stdin=line * 63)
        export = ('export', '--from', 'log:orders', '--to', 's3://bkt/p', '--object-bytes', '1')
        scratch.sluice(*export)
        [page] = bucket.keys(FOLDER + '_sluice/pages/')
        equal(page, FOLDER + '_sluice/pages/p=0/00000000000000000000.ndjson', 'the page')
        commits = bucket.keys(FOLDER + '_sluice/commits/p=0/')
        expect(len(commits) > 1000, f'{len(commits)} commits')
        whole = bucket.get(page)
        equal(whole, b''.join(bucket.get(key) for key in commits[:1000]), 'the page, byte for byte')

        def gets(*words):
            before = store.counters()['requests']['GetObject']
            out = scratch.sluice(*words).out
            return store.counters()['requests']['GetObject'] - before, out

        few, names = gets('ls', 's3://bkt/p')
        expect(few < 40, f'{few} GETs with the page')
        state_of(scratch).unlink()
        few, _ = gets(*export)
        expect(few < 40, f'{few} GETs for a claim anew')
        damaged = bytearray(whole)
        damaged[len(damaged) // 2] ^= 1
        # A page is used as far as it is sound; what it does not tell is asked for commit by commit.
        for bad, least in (
            (bytes(damaged), 450), (whole[:-200], 1), (whole[:whole.index(b'\n') + 1], 999), (whole + whole[:200], 0),
            (b'', 1000), (None, 1000),
        ):
            if bad is None:
                bucket.delete(page)
            else:
                bucket.put(page, bad)
            many, same = gets('ls', 's3://bkt/p')
            equal(same.splitlines()[:-1], names.splitlines()[:-1], 'the objects without a good page')
            expect(many >= least, f'{many} GETs without the page, at least {least} expected')
        note = scratch.sluice('verify', 's3://bkt/p')
        contains(note.out, 'note: s3://bkt/' + page)
        bucket.put(page, bytes(damaged))
        contains(scratch.sluice('verify', 's3://bkt/p').out, 'damaged')
        scratch.sluice('repair', 's3://bkt/p', '--from', 'orders')
        equal(bucket.get(page), whole, 'the page, made anew')
        expect('note:' not in scratch.sluice('verify', 's3://bkt/p', '--against', 'orders').out, 'verify is content')


@suite.case
def a_gap_of_the_export_is_told_once_beside_an_import_of_it():
    with Scratch() as scratch, Simulator(scratch, '--bucket', 'bkt', '--min-part-size', '1KiB') as store:
        events.create(scratch, 'orders', count=100, partitions=1)
        export = ('export', '--from', 'orders', '--to', 's3://bkt/p')
        scratch.sluice(*export, '--end', 'seq:40')
        scratch.sluice(*export, '--start', 'seq:60', '--accept-gaps', status=6)
        scratch.sluice('import', '--from', 's3://bkt/p', '--to', 'back', status=6)
        told = scratch.sluice('verify', 's3://bkt/p', '--against', 'back', status=6).out
        equal(told.count('events 0/40 up to 0/60'), 1, f'how often it is told in {told}')
        contains(told, 'recorded as missing')
        contains(told, 'NOT whole: 1 problems')


suite.run()
