"""test: streams of zstd frames, streams that stay small, trimming and cursors, as a person uses them."""
import json
import random
import subprocess

import events
from bucket import Bucket
from harness import Scratch, Simulator, Suite, contains, equal, expect, wait_for

suite = Suite(__file__)
MIB = 1 << 20


def with_store():
    scratch = Scratch()
    return scratch, Simulator(scratch, '--bucket', 'one', '--min-part-size', '1KiB')


def info(scratch, stream):
    return json.loads(scratch.sluice('stream', 'info', stream, '--json').out)


def fill(scratch, stream, mebibytes):
    """Lines of 1 KiB."""
    rng = random.Random(mebibytes)
    lines = b''.join(rng.randbytes(511).hex().encode() + b'\n' for _ in range(1024 * mebibytes))
    scratch.sluice('stream', 'append', stream, stdin=lines)


def cursors(scratch, stream, *more):
    return json.loads(scratch.sluice('stream', 'cursors', stream, '--json', *more).out)['cursors']


@suite.case
def a_stream_of_frames_goes_out_and_comes_back_bit_for_bit():
    scratch, store = with_store()
    with scratch, store:
        scratch.sluice('stream', 'create', 'orders', '--partitions', 2, '--codec', 'zstd')
        events.append(scratch, 'orders', 1, 4000, large=6)
        events.create(scratch, 'plain', 1, 4000, large=6)
        equal(events.digest(scratch, 'orders'), events.digest(scratch, 'plain'), 'events of both codecs')
        told = [info(scratch, name) for name in ('orders', 'plain')]
        equal([each['codec'] for each in told], ['zstd', 'none'], 'codecs')
        used = [sum(each['bytes'] for each in one['partitions']) for one in told]
        expect(used[0] < used[1], f'frames take less room: {used}')
        scratch.sluice('stream', 'verify', 'orders')
        scratch.sluice(
            'export', '--from', 'orders', '--to', 's3://one/a', '--codec', 'none', '--object-bytes', '3MiB',
            '--part-size', '1MiB',
        )
        scratch.sluice('verify', 's3://one/a', '--against', 'log:orders')
        scratch.sluice('import', '--from', 's3://one/a', '--to', 'log:back')
        equal(events.digest(scratch, 'back'), events.digest(scratch, 'orders'), 'events after the round trip')


@suite.case
def an_export_holds_nothing_of_what_lies_before_its_beginning():
    scratch, store = with_store()
    with scratch, store:
        events.create(scratch, 'orders', count=400)
        scratch.sluice('export', '--from', 'log:orders', '--to', 's3://one/late', '--start', 'latest')
        scratch.sluice('export', '--from', 'log:orders', '--to', 's3://one/some', '--start', 'seq:150', '--end', 'seq:150')
        places = sorted(each['position'] for one in cursors(scratch, 'orders') for each in one['partitions'])
        equal(places, ['0/150', '0/200', '1/150', '1/200'], 'where the cursors stand')


@suite.case
def a_stream_stays_small_but_for_what_is_not_exported():
    scratch, store = with_store()
    with scratch, store:
        scratch.sluice('stream', 'create', 'logs', '--retain-bytes', '4MiB')
        fill(scratch, 'logs', 10)
        small = info(scratch, 'logs')['partitions'][0]
        expect(4 * MIB <= small['bytes'] < 7 * MIB, f'about 4 MiB stay: {small}')
        expect(small['first'] != '0/0', 'the oldest are gone')
        export = ('export', '--from', 'log:logs', '--to', 's3://one/logs')
        scratch.sluice(*export)
        equal([each['partitions'][0]['lag'] for each in cursors(scratch, 'logs')], [0], 'lag after an export')
        fill(scratch, 'logs', 12)
        held = info(scratch, 'logs')['partitions'][0]
        expect(held['bytes'] >= 12 * MIB, f'what was not exported stays: {held}')
        told = scratch.sluice('stream', 'trim', 'logs', '--dry-run').out
        contains(told, 'held by export-')
        scratch.sluice(*export)
        scratch.sluice('verify', 's3://one/logs')
        trimmed = json.loads(scratch.sluice('stream', 'trim', 'logs', '--json').out)
        expect(trimmed['bytes'] > 6 * MIB, f'exported ones go: {trimmed}')
        scratch.sluice(*export)


@suite.case
def a_relaxed_stream_tells_that_it_is_one_wherever_something_is_promised_of_it():
    scratch, store = with_store()
    with scratch, store:
        contains(scratch.sluice('stream', 'create', 'loose', '--relaxed').out, 'relaxed')
        scratch.sluice('stream', 'append', 'loose', stdin='a\nb\n')
        expect(info(scratch, 'loose')['relaxed'], 'stream info --json')
        contains(scratch.sluice('stream', 'info', 'loose').out, 'relaxed')
        contains(scratch.sluice('stream', 'list').out, 'relaxed')
        promised = 'exactly-once until the power fails: stream loose is relaxed'
        done = scratch.sluice('export', '--from', 'loose', '--to', 's3://one/loose')
        contains(done.err, f'guarantee: {promised}')
        name = done.err.split()[1]
        contains(scratch.sluice('transfer', 'show', name).out, f'guarantee {promised}')
        contains(scratch.sluice('verify', 's3://one/loose', '--against', 'loose').out, f'note: guarantee: {promised}')
        done = json.loads(scratch.sluice('export', '--from', 'loose', '--to', 's3://one/loose', '--json').out)
        contains(done['progress']['targets'][0]['guarantee'], promised)
        # An import into one, and what is promised of a stream that waits for the disk.
        scratch.sluice('stream', 'create', 'back', '--relaxed')
        contains(scratch.sluice('import', '--from', 's3://one/loose', '--to', 'back').err, 'stream back is relaxed')
        done = scratch.sluice('import', '--from', 's3://one/loose', '--to', 'strict', '--json')
        equal(json.loads(done.out)['progress']['targets'][0]['guarantee'], 'exactly-once', 'of an import')
        expect('guarantee' not in scratch.sluice('export', '--from', 'strict', '--to', 's3://one/strict').err, 'nothing weaker')
        scratch.sluice('stream', 'release', 'strict')
        scratch.sluice('stream', 'append', 'strict', '--group-window', '2ms', stdin='c\n')
        for wrong, says in (('11ms', '--group-window 11ms: must be 0 to 10ms'), ('soon', '--group-window')):
            contains(scratch.sluice('stream', 'append', 'strict', '--group-window', wrong, status=2).err, says)
            contains(scratch.sluice('stream', 'create', 'other', '--group-window', wrong, status=2).err, says)
        equal(info(scratch, 'strict')['group_window_us'], 0, 'window of a stream without')
        scratch.sluice('stream', 'create', 'patient', '--group-window', '2ms')
        scratch.sluice('stream', 'append', 'patient', stdin='c\n')
        equal(info(scratch, 'patient')['group_window_us'], 2000, 'window of a stream with one')
        contains(scratch.sluice('stream', 'info', 'patient').out, 'group window 2000 µs')


def overtaken(scratch, store, *options):
    """An export that sends slowly, of a stream that may not wait for it: what it had yet to read goes."""
    scratch.sluice('stream', 'create', 'logs', '--retain-bytes', '2MiB', '--max-lag', '4MiB')
    fill(scratch, 'logs', 2)
    export = ('export', '--from', 'log:logs', '--to', 's3://one/logs', '--object-bytes', '1MiB', '--part-size', '256KiB')
    scratch.sluice(*export)
    fill(scratch, 'logs', 3)
    slow = {'operation': 'UploadPart', 'nth': 6, 'count': 4, 'kind': 'delay', 'milliseconds': 3000}
    store.set_faults([slow])
    process = scratch.start_sluice(
        *export, '--concurrency', '1', '--memory', '2MiB', *options, stderr=subprocess.PIPE
    )
    wait_for(lambda: store.counters()['faults'], 'it sends', process)
    fill(scratch, 'logs', 12)
    _, err = process.communicate(timeout=120)
    return process.returncode, err.decode()


@suite.case
def an_export_that_is_overtaken_by_retention_is_refused_or_records_the_gap():
    for options, status in ((), 7), (('--accept-gaps',), 6):
        scratch, store = with_store()
        with scratch, store:
            ended, told = overtaken(scratch, store, *options)
            equal(ended, status, f'exit status, with {told[-600:]}')
            contains(told, 'the stream does not have them any more')
            expect('continue with' not in told, 'the same command is not recommended')
            store.clear_faults()
            if status == 7:
                contains(told, '--accept-gaps')
                continue
            done = scratch.sluice('verify', 's3://one/logs', '--against', 'log:logs', status=None)
            contains(done.out, 'recorded as missing: the stream does not have them any more', 'what verify says')
            equal(store.uploads(), [], 'open uploads')


@suite.case
def who_comes_too_late_is_told():
    scratch, store = with_store()
    with scratch, store:
        scratch.sluice('stream', 'create', 'logs', '--retain-bytes', '100MiB')
        export = ('export', '--from', 'log:logs', '--to', 's3://one/logs')
        fill(scratch, 'logs', 2)
        scratch.sluice(*export)
        fill(scratch, 'logs', 30)
        before = info(scratch, 'logs')['partitions'][0]['first']
        trim = ('stream', 'trim', 'logs', '--before', 'latest')
        scratch.sluice(*trim)
        equal(info(scratch, 'logs')['partitions'][0]['first'], before, 'the first event, held by the export')
        told = scratch.sluice(*trim, '--max-lag', '0').out
        contains(told, 'not read to the end by export-')
        begins = info(scratch, 'logs')['partitions'][0]['first']
        seen = scratch.sluice('verify', 's3://one/logs', '--against', 'logs').out
        contains(seen, 'because of its retention or of `sluice stream trim`', 'what verify says')
        contains(seen, f'up to {begins} were not exported, and the stream does not have them any more')
        contains(seen, f'not yet there: events {begins} up to ')
        contains(seen, 'whole, and every exported event that logs still holds')
        refused = scratch.sluice(*export, status=7)
        contains(refused.err, 'the stream does not have them any more')
        contains(refused.err, '--accept-gaps')
        name = cursors(scratch, 'logs')[0]['cursor']
        equal(cursors(scratch, 'logs', '--remove', name), [], 'cursors')
        told = scratch.sluice('stream', 'cursors', 'logs', '--remove', name, status=3).err
        contains(told, name)
        contains(told, 'sluice stream cursors')
        scratch.sluice('stream', 'verify', 'logs')
        scratch.sluice('export', '--from', 'log:logs', '--to', 's3://one/fresh')
        scratch.sluice('verify', 's3://one/fresh', '--against', 'log:logs')



@suite.case
def cursors_are_told_with_the_transfers_that_keep_them():
    with Scratch() as scratch, Simulator(scratch, '--bucket', 'one', '--bucket', 'two', '--min-part-size', '1KiB') as store:
        scratch.sluice('stream', 'create', 'logs')
        fill(scratch, 'logs', 2)
        scratch.sluice('export', '--from', 'logs', '--to', 's3://one/a', '--to', 's3://two', '--name', 'nightly')
        scratch.sluice('export', '--from', 'logs', '--to', 's3://one/b')
        scratch.sluice('export', '--from', 'logs', '--to', 's3://one/b', '--to', 's3://two/c')
        owners = [
            sorted((each['transfer'].split('-')[0], each['target']) for each in one['transfers'])
            for one in cursors(scratch, 'logs')
        ]
        expected = [
            [('nightly', 's3://one/a')], [('nightly', 's3://two')], [('export', 's3://one/b')] * 2, [('export', 's3://two/c')],
        ]
        equal(sorted(owners), sorted(expected), 'whose the cursors are')
        at = store.url.removeprefix('http://')
        equal({each['endpoint'] for one in cursors(scratch, 'logs') for each in one['transfers']}, {at}, 'endpoints')
        told = scratch.sluice('stream', 'cursors', 'logs').out
        contains(told, f'of transfer nightly to s3://one/a ({at})')
        equal(told.count('unknown'), 0, 'cursors of unknown transfers')

        # Another state file knows nothing, and is not made by the look.
        other = scratch / 'other.sqlite'
        told = scratch.sluice('stream', 'cursors', 'logs', '--state', other)
        equal(told.out.count(f'whose: unknown to {other}'), 4, 'cursors of unknown transfers')
        equal((told.err, other.exists()), ('', False), 'warnings, and a state file')
        other.write_text('no database, but long enough to be one' * 100)
        told = scratch.sluice('stream', 'cursors', 'logs', '--state', other)
        contains(told.err, 'warning: whose cursors these are cannot be told')
        contains(told.out, '0 sequences behind')
        scratch.sluice('transfer', 'delete', 'nightly')
        equal(scratch.sluice('stream', 'cursors', 'logs').out.count('unknown'), 2, 'cursors of a transfer that was deleted')


@suite.case
def what_is_refused_leaves_no_cursor_that_holds_the_disk():
    scratch, store = with_store()
    with scratch, store:
        scratch.sluice('stream', 'create', 'logs')
        fill(scratch, 'logs', 2)
        export = ('export', '--from', 'logs', '--to', 's3://one/logs', '--name')
        scratch.sluice(*export, 'first')
        before = cursors(scratch, 'logs')
        contains(scratch.sluice(*export, 'second', status=7).err, '--take-over')
        equal(cursors(scratch, 'logs'), before, 'cursors after a refusal')
        scratch.sluice(*export, 'second', '--take-over')
        equal(len(cursors(scratch, 'logs')), 2, 'cursors of those that may export')


def place_of(scratch, transfer, partition):
    [cursor] = [each for each in cursors(scratch, 'logs') if each['transfers'][0]['transfer'] == transfer]
    return cursor['partitions'][partition]


@suite.case
def a_partition_that_was_let_go_is_held_from_before_its_claim():
    scratch, store = with_store()
    with scratch, store:
        events.create(scratch, 'logs', count=400)
        export = ('export', '--from', 'logs', '--to', 's3://one/logs', '--quiet', '--name')
        scratch.sluice(*export, 'first')
        stop = ('transfer', 'stop', 'first', '--to', 's3://one/logs', '--partition')
        scratch.sluice(*stop, 0)
        scratch.sluice(*export, 'second', status=7)
        equal(place_of(scratch, 'second', 1)['let_go'], True, 'while another one has it')
        scratch.sluice(*stop, 1)
        store.set_faults([{'operation': 'PutObject', 'key': '/commits/p=1/', 'nth': 1, 'kind': 'hold'}])
        second = scratch.start_sluice(*export, 'second')
        wait_for(lambda: store.ask('GET', '/_sim/faults')[0]['fired'], 'the claim is on its way', second)
        equal(place_of(scratch, 'second', 1)['let_go'], False, 'before it is claimed')
        store.clear_faults()
        equal(second.wait(60), 0, 'how it ends')


@suite.case
def a_partition_that_another_transfer_has_claimed_is_not_held():
    scratch, store = with_store()
    with scratch, store:
        events.create(scratch, 'logs', count=400)
        export = ('export', '--from', 'logs', '--to', 's3://one/logs', '--name')

        def place(*of):
            return place_of(scratch, *of)

        scratch.sluice(*export, 'first')
        scratch.sluice('transfer', 'stop', 'first', '--to', 's3://one/logs', '--partition', 0)
        contains(scratch.sluice(*export, 'second', status=7).err, 'partition 1: claimed by transfer')
        equal(place('second', 0)['let_go'], False, 'of the one that it exports')
        equal(place('second', 1), {'partition': 1, 'position': None, 'let_go': True, 'lag': 0, 'holds_bytes': 0}, 'of the other')
        contains(scratch.sluice('stream', 'cursors', 'logs').out, 'partition 1  is not held, another transfer has its claim')
        equal(place('first', 1)['let_go'], False, 'of who has the claim')
        # It is held again from the claim on.
        scratch.sluice('transfer', 'stop', 'first', '--to', 's3://one/logs', '--partition', 1)
        events.append(scratch, 'logs', seed=2, count=100)
        scratch.sluice(*export, 'second')
        held = place('second', 1)
        equal((held['let_go'], held['lag']), (False, 0), 'of what it has claimed since')
        expect(held['position'], f'it stands somewhere: {held}')
        scratch.sluice('verify', 's3://one/logs', '--against', 'logs')


@suite.case
def what_an_export_is_about_to_claim_is_held_for_it():
    scratch, store = with_store()
    with scratch, store:
        scratch.sluice('stream', 'create', 'logs', '--retain-bytes', '1MiB')
        scratch.sluice('stream', 'append', 'logs', stdin=(b'y' * 1000 + b'\n') * 500)
        store.set_faults([{'operation': 'PutObject', 'key': '/commits/', 'count': 1, 'kind': 'delay', 'milliseconds': 6000}])
        export = scratch.start_sluice('export', '--from', 'logs', '--to', 's3://one/logs', '--quiet', stderr=subprocess.PIPE)
        wait_for(lambda: cursors(scratch, 'logs') and store.ask('GET', '/_sim/faults')[0]['fired'] == 1, 'the claim is on its way')
        fill(scratch, 'logs', 6)  # retention would remove the first segment
        equal((export.wait(60), export.stderr.read()), (0, b''), 'how the export ends')
        equal(info(scratch, 'logs')['partitions'][0]['first'], '0/0', 'the first event that is kept')
        scratch.sluice('verify', 's3://one/logs', '--against', 'log:logs')


@suite.case
def objects_of_a_partition_without_commits_are_not_removed_where_the_stream_has_lost_events():
    scratch, store = with_store()
    with scratch, store:
        scratch.sluice('stream', 'create', 'logs', '--retain-bytes', '4MiB')
        export = ('export', '--from', 'log:logs', '--to', 's3://one/logs')
        for _ in range(2):
            fill(scratch, 'logs', 8)
            scratch.sluice(*export)
        scratch.sluice('stream', 'trim', 'logs')
        expect(info(scratch, 'logs')['partitions'][0]['first'] != '0/0', 'the oldest are gone')
        bucket = Bucket(store, 'one')
        commits = {key: bucket.get(key) for key in bucket.keys('logs/logs/_sluice/commits/')}
        for key in commits:
            bucket.delete(key)
        objects = bucket.keys('logs/logs/partition=')
        said = scratch.sluice('repair', 's3://one/logs', '--from', 'logs', status=6).err
        contains(said, 'put the commits back')
        equal(bucket.keys('logs/logs/partition='), objects, 'objects after the repair')
        for key, content in commits.items():
            bucket.put(key, content)
        scratch.sluice('verify', 's3://one/logs')


suite.run()
