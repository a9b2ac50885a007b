"""test: parts of an export come back: windows by sequence and by time, partitions and shards, and an import that follows."""
import base64
import contextlib
import json
import random
import signal
import time

import events
from bucket import Bucket, listed
from harness import Scratch, Simulator, Suite, contains, equal, expect, sanitized, skip, stop, wait_for

suite = Suite(__file__)
SMALL = ('--object-bytes', '700KiB', '--part-size', '200KiB')
FOLDER = 's3://bkt/p/orders'
ENCODINGS = ('avro none', 'avro zstd', 'ndjson none', 'ndjson zstd', 'delimited none', 'delimited zstd', 'lines none', 'lines zstd')


def setting():
    scratch = Scratch()
    return scratch, Simulator(scratch, '--bucket', 'bkt', '--min-part-size', '1KiB')


def export(scratch, pair='avro none', *options):
    form, codec = pair.split()
    scratch.sluice(
        'export', '--from', 'orders', '--to', 's3://bkt/p', '--format', form, '--codec', codec, *SMALL, '--quiet', *options
    )


def bring(scratch, *options, to='back', status=0):
    return scratch.sluice('import', '--from', FOLDER, '--to', to, '--quiet', *options, status=status)


def lines(scratch, stream, partition=0):
    """The records of a partition as JSON lines, each with its sequence."""
    out = scratch.sluice('stream', 'cat', stream, '--partition', partition, '--format', 'ndjson').raw
    return [(json.loads(line)['sequence'], line) for line in out.splitlines()]


def held(scratch, stream, form, partition=0):
    """What objects of this format keep of a partition, each with its sequence."""
    if form in ('avro', 'ndjson'):
        return lines(scratch, stream, partition)
    seen = events.values(scratch, stream, partition)
    return [(sequence, value or b'') for sequence, value in seen] if form == 'lines' else seen


def within(records, first, following):
    return [each for each in records if first <= each[0] < following]


def gone(scratch, stream):
    scratch.sluice('stream', 'release', stream)
    scratch.sluice('stream', 'delete', stream, '--yes')


def verdict(scratch, stream='back', status=0):
    return json.loads(scratch.sluice('verify', FOLDER, '--against', stream, '--json', status=status).out)


def edges(scratch, source):
    """Sequences around which objects and large events begin and end."""
    found = {0, 1, source[-1][0] + 1}
    for each in listed(scratch, FOLDER):
        found.add(int(each['next'].split('/')[1].split('.')[0]))
    for sequence, line in source:
        if b'"fragment":null' not in line:
            found.update((sequence, sequence + 1))
    return sorted(found)


@suite.cases_for(ENCODINGS)
def any_window_of_sequences_is_exact(pair):
    scratch, store = setting()
    with scratch, store:
        form = pair.split()[0]
        events.create(scratch, 'orders', count=300, partitions=1, large=4, form=form)
        export(scratch, pair)
        source = held(scratch, 'orders', form)
        places = edges(scratch, lines(scratch, 'orders'))
        rng = random.Random(7)
        windows = [(first, following) for first in places for following in places if first <= following]
        for first, following in rng.sample(windows, 4):
            bring(scratch, '--start', f'seq:{first}', '--end', f'0/{following}')
            expect(held(scratch, 'back', form) == within(source, first, following), f'events {first} up to {following}')
            seen = verdict(scratch)
            equal(seen['problems'], [], f'problems of {first} up to {following}')
            equal('--start' in str(seen['notes']), first > 0, f'the beginning {first} is told')
            equal('--end' in str(seen['notes']), following < source[-1][0] + 1, f'the end {following} is told')
            bring(scratch, '--start', f'seq:{first}')
            expect(held(scratch, 'back', form) == within(source, first, 1 << 60), f'events {first} up to the end')
            gone(scratch, 'back')


@suite.case
def a_window_goes_on_and_another_one_is_refused():
    scratch, store = setting()
    with scratch, store:
        events.create(scratch, 'orders', count=300, partitions=1)
        export(scratch)
        source = lines(scratch, 'orders')
        window = ('--start', 'seq:50', '--end', 'seq:120')
        bring(scratch, *window)
        contains(scratch.sluice('stream', 'info', 'back').out, 'partition 0  0/50 to 0/120', 'where the stream begins')
        bring(scratch, *window)
        bring(scratch, '--start', 'seq:50', '--end', 'seq:100')
        equal(lines(scratch, 'back'), within(source, 50, 120), 'events')
        bring(scratch, '--end', '0=seq:150')
        equal(lines(scratch, 'back'), within(source, 50, 150), 'events with a later end')
        for start, told in (('seq:40', 'lies before 0/150'), ('seq:160', '0/150 up to 0/160'), ('earliest', 'lies before')):
            said = bring(scratch, '--start', start, status=7).err
            contains(said, told)
            contains(said, 'leave --start out')
        contains(bring(scratch, '--start', 'seq:301', to='other', status=7).err, "beyond the export's end")
        for wrong in (('--end', 'saved'), ('--start', 'x'), ('--start', '1=seq:0'), ('--end', '1/5'), ('--follow', '--end', 'latest')):
            contains(bring(scratch, *wrong, to='other', status=2).err, wrong[-1].split('=')[0].split('/')[0])
        bring(scratch, '--start', 'seq:150')
        equal(lines(scratch, 'back'), within(source, 50, 300), 'events without an end')
        bring(scratch, '--start', 'seq:300', to='none')
        equal(lines(scratch, 'none'), [], 'events of a window at the end')
        contains(bring(scratch, '--start', 'seq:20', '--end', 'seq:10', to='empty', status=2).err, 'behind the end')
        bring(scratch, '--start', 'latest', to='later')
        events.append(scratch, 'orders', 2, 50, partitions=1)
        export(scratch)
        bring(scratch, '--start', 'latest', to='later')
        equal(lines(scratch, 'later'), within(lines(scratch, 'orders'), 300, 350), 'events behind the latest')


def stamp(second):
    return f'2026-11-23T{10 + second // 3600}:{second // 60 % 60:02}:{second % 60:02}.000000Z'


@suite.cases_for(('avro none', 'avro zstd', 'ndjson none', 'ndjson zstd'))
def a_time_is_the_first_event_that_is_not_earlier(pair):
    scratch, store = setting()
    with scratch, store:
        rng = random.Random(5)
        scratch.sluice('stream', 'create', 'orders')
        made = []
        for n in range(1200):
            # Times go up, with steps back and events without one; a few are large.
            size = 1_500_000 if n in (300, 700, 901) else 3000
            event = {'value': base64.b64encode(rng.randbytes(size)).decode()[:size]}
            if n % 5:
                event['timestamp'] = stamp(max(0, n - (40 if n % 11 == 0 else 0)))
            made.append(event)
        scratch.sluice('stream', 'append', 'orders', '--format', 'ndjson', stdin='\n'.join(json.dumps(each) for each in made))
        export(scratch, pair)
        source = lines(scratch, 'orders')

        def first_since(second):
            times = [each.get('timestamp', '') for each in made]
            return next((n for n, time in enumerate(times) if time >= stamp(second)), len(made))

        whole = sum(each['bytes'] for each in listed(scratch, FOLDER))
        for begin, end in ((0, 300), (299, 301), (300, 302), (660, 700), (700, 1100), (902, 905), (1150, 5000), (5000, 5001)):
            words = ('--start', f'time:{stamp(begin)}', '--end', f'time:{stamp(end)}')
            before = store.counters()['operations']['GetObject']['bytes_out']
            bring(scratch, *words)
            read = store.counters()['operations']['GetObject']['bytes_out'] - before
            first, following = first_since(begin), first_since(end)
            expect(lines(scratch, 'back') == within(source, first, following), f'events {begin} s to {end} s')
            if begin == 1150:  # few events, all of them small
                expect(read < whole / 2, f'{read} of {whole} bytes were read for {begin} s to {end} s')
            bring(scratch, *words)
            equal(verdict(scratch)['problems'], [], 'problems')
            gone(scratch, 'back')


@suite.case
def formats_that_hold_no_times_or_no_events_say_so():
    for form in ('delimited', 'raw'):
        scratch, store = setting()
        with scratch, store:
            events.create(scratch, 'orders', count=300, partitions=1, large=2)
            for end in ('seq:100', 'seq:200', 'latest'):  # where a run ends, an object does
                export(scratch, f'{form} none', '--end', end)
            said = bring(scratch, '--start', 'time:2026-11-23T10:00:00Z', status=2).err
            contains(said, f'{form} objects hold no timestamps; give seq:N')
            contains(said, '--start time:')
            if form != 'raw':
                continue
            source = events.values(scratch, 'orders', 0)
            pieces = [piece['first'] for key in keys(store) for piece in commit_of(store, key)]
            exact = [int(place.split('/')[1]) for place in pieces if '.' not in place]
            inside = next(n for n in range(1, 300) if n not in exact)
            said = bring(scratch, '--start', f'seq:{inside}', to='other', status=2).err
            contains(said, 'the nearest places are 0/')
            contains(bring(scratch, '--end', f'seq:{inside}', to='other', status=2).err, '--end')
            first, following = exact[1], exact[-1]
            bring(scratch, '--start', f'seq:{first}', '--end', f'seq:{following}', to='part')
            joined = b''.join(value or b'' for sequence, value in source if first <= sequence < following)
            expect(b''.join(value or b'' for _, value in events.values(scratch, 'part', 0)) == joined, 'bytes of the window')
            bring(scratch, '--end', f'seq:{following}', to='part')
            bring(scratch, to='part')
            joined = b''.join(value or b'' for sequence, value in source if first <= sequence)
            expect(b''.join(value or b'' for _, value in events.values(scratch, 'part', 0)) == joined, 'bytes up to the end')
            contains(scratch.sluice('verify', FOLDER, '--against', 'part', status=2).err, 'events of its own sizes')


def keys(store):
    return Bucket(store, 'bkt').keys('p/orders/_sluice/commits/p=0/')


def commit_of(store, key):
    made = json.loads(Bucket(store, 'bkt').get(key))
    return [piece for each in made.get('objects', []) for piece in each['pieces']]


@suite.cases_for(('avro none', 'ndjson zstd', 'delimited none', 'delimited zstd'))
def a_window_that_is_killed_goes_on(pair):
    form = pair.split()[0]
    scratch, store = setting()
    with scratch, store:
        events.create(scratch, 'orders', count=1500, partitions=2, large=8)
        export(scratch, pair)
        source = [held(scratch, 'orders', form, n) for n in range(2)]
        command = ('--start', '0=seq:111,1=seq:222', '--end', '0=seq:700,1=seq:600', '--concurrency', '2')
        for nth in range(1, 26, 3):
            store.set_faults([{'operation': 'GetObject', 'key': '.*/partition=.*', 'nth': nth, 'count': 0, 'kind': 'stall', 'phase': 'head'}])
            process = scratch.start_sluice('import', '--from', FOLDER, '--to', 'back', '--quiet', *command)
            wait_for(lambda: process.poll() is not None or store.ask('GET', '/_sim/faults')[0]['fired'], 'it is held')
            stop(process)
        store.clear_faults()
        bring(scratch, *command)
        expect(held(scratch, 'back', form, 0) == within(source[0], 111, 700), 'partition 0')
        expect(held(scratch, 'back', form, 1) == within(source[1], 222, 600), 'partition 1')
        scratch.sluice('stream', 'verify', 'back')
        equal(verdict(scratch)['problems'], [], 'problems')


@suite.case
def partitions_come_where_they_are_wanted_and_shards_are_the_whole():
    scratch, store = setting()
    with scratch, store:
        events.create(scratch, 'orders', count=1000, partitions=5)
        export(scratch)
        source = [lines(scratch, 'orders', n) for n in range(5)]
        bring(scratch, '--partitions', '3-4,1', to='some')
        equal([lines(scratch, 'some', n) for n in range(3)], [source[3], source[4], source[1]], 'partitions 3-4,1')
        bring(scratch, '--partitions', '2=1,0=0', '--start', '2/50', to='mapped')
        equal([lines(scratch, 'mapped', n) for n in range(2)], [source[0], within(source[2], 50, 1000)], 'partitions 2=1,0=0')
        for other in (('--partitions', '2=0,0=1'), ('--partitions', '0,1'), ('--shard', '1/3'), ()):
            said = bring(scratch, *other, to='mapped', status=2).err
            contains(said, "filled from the export's 0,2")
            contains(said, 'give the same --partitions')
        seen = verdict(scratch, 'mapped')
        equal(seen['problems'], [], 'problems')
        for n in (1, 3, 4):
            contains(str(seen['notes']), f'partition {n} is not in stream mapped')
        parts = {}
        for shard in (1, 2):
            bring(scratch, '--shard', f'{shard}/2', to=f'shard{shard}')
            for n in range(3 - shard + 1):
                parts[2 * n + shard - 1] = lines(scratch, f'shard{shard}', n)
        equal([parts[n] for n in range(5)], source, 'both shards')
        contains(bring(scratch, '--shard', '6/6', to='x', status=2).err, '--shard 6/6')
        contains(bring(scratch, '--partitions', '2=0,3=0', to='x', status=2).err, 'two partitions go to 0')
        contains(bring(scratch, '--partitions', '5', to='x', status=2).err, 'no partition 5')
        contains(bring(scratch, '--partitions', '1', '--shard', '1/2', to='x', status=2).err, 'only one of them')
        events.append(scratch, 'orders', 2, 500, partitions=5)
        export(scratch)
        contains(str(verdict(scratch, 'shard1', status=6)['problems']), 'its import is not done')
        bring(scratch, '--shard', '1/2', to='shard1')
        equal(lines(scratch, 'shard1', 2), lines(scratch, 'orders', 4), 'partition 4 after more')


@suite.case
def a_plan_of_a_part_tells_what_the_import_then_reads():
    scratch, store = setting()
    with scratch, store:
        events.create(scratch, 'orders', count=1500, partitions=3, large=6)
        export(scratch)
        words = ('--from', FOLDER, '--to', 'back', '--start', 'seq:100', '--end', 'seq:300', '--partitions', '2,0')
        [told] = json.loads(scratch.sluice('plan', 'import', *words, '--json').out)['targets']
        equal([(each['first'], each['next']) for each in told['ranges']], [('2/100', '2/300'), ('0/100', '0/300')], 'ranges')
        expect(told['new'] and 300 < told['events'] < 500, f'about 400 events: {told["events"]}')
        before = store.counters()['operations']['GetObject']
        scratch.sluice('import', *words, '--quiet')
        after = store.counters()['operations']['GetObject']
        read = after['bytes_out'] - before['bytes_out']
        expect(told['bytes'] <= read < told['bytes'] + 300_000, f'{told["bytes"]} bytes planned, {read} read')
        expect(abs(after['requests'] - before['requests'] - told['gets']) <= 4, f'{told["gets"]} GETs planned')
        [again] = json.loads(scratch.sluice('plan', 'import', *words, '--json').out)['targets']
        equal((again['bytes'], again['events'], again['new']), (0, 0, False), 'nothing is left')
        contains(scratch.sluice('plan', 'import', *words[:-4], '--partitions', '0,2', status=2).out, 'REFUSED')
        contains(scratch.sluice('plan', 'import', *words[:4], '--partitions', '2,0', '--start', 'seq:9', status=7).out, 'REFUSED')


@suite.case
def an_import_s_stream_is_compared_with_its_export():
    scratch, store = setting()
    with scratch, store:
        bucket = Bucket(store, 'bkt')
        events.create(scratch, 'orders', count=1200, partitions=2, large=4)
        export(scratch)
        contains(scratch.sluice('verify', FOLDER, '--against', 'orders').out, 'every exported event equals that of orders')
        events.create(scratch, 'strange', seed=3, count=10)
        contains(scratch.sluice('verify', FOLDER, '--against', 'strange', status=7).err, 'incarnation')
        bring(scratch)
        contains(scratch.sluice('verify', FOLDER, '--against', 'back').out, 'what back, an import of it, holds equals it')
        # A piece is damaged when it is imported, and mended afterwards: the copy lacks its events.
        key = [key for key in bucket.keys('p/orders/partition=1/')][1]
        whole = bucket.get(key)
        bucket.put(key, whole[:5000] + bytes([whole[5000] ^ 1]) + whole[5001:])
        bring(scratch, '--on-bad', 'skip', to='holes', status=6)
        bucket.put(key, whole)
        seen = verdict(scratch, 'holes', status=6)
        contains(str(seen['problems']), 'are not in stream holes: its import left them out')
        equal(len(seen['problems']), 1, 'the others are as they were')


@suite.case
def an_import_follows_an_export_that_goes_on():
    scratch, store = setting()
    with scratch, store:
        events.create(scratch, 'orders', count=40, large=2)
        writer = scratch.start_sluice(
            'export', '--from', 'orders', '--to', 's3://bkt/p', *SMALL, '--quiet', '--follow', '--object-age', '150ms'
        )
        wait_for(lambda: listed_events(scratch) == 40, 'the first events are committed', writer)
        follow = ('import', '--from', FOLDER, '--to', 'back', '--quiet', '--follow', '--poll', '40ms', '--name', 'following')
        process = scratch.start_sluice(*follow)
        for seed in range(2, 5):
            wait_for(lambda: same(scratch), f'all events before {seed} came', process)
            events.append(scratch, 'orders', seed, 60, large=2)
        wait_for(lambda: same(scratch), 'all events came', process)
        wait_for(lambda: 'waiting' in str(target_of(scratch, 'following')), 'it is seen to wait', process)
        interrupted(process)
        events.append(scratch, 'orders', 9, 60)
        wait_for(lambda: listed_events(scratch) == 280, 'more is committed', writer)
        again = scratch.start_sluice(*follow)
        wait_for(lambda: same(scratch), 'what came meanwhile', again)
        scratch.sluice('transfer', 'stop', 'following')
        equal(again.wait(60), 10, 'exit status of the stopped import')
        last = scratch.start_sluice(*follow, '--end', 'seq:160')
        events.append(scratch, 'orders', 10, 80)
        equal(last.wait(60), 0, 'exit status at the end')
        for n in range(2):
            expect(lines(scratch, 'back', n) == within(lines(scratch, 'orders', n), 0, 160), f'partition {n} up to the end')
        interrupted(writer)


@suite.cases_for(('delimited none', 'raw none', 'ndjson zstd', 'lines none'))
def other_formats_are_followed_too(pair):
    form = pair.split()[0]
    scratch, store = setting()
    with scratch, store:
        events.create(scratch, 'orders', count=100, large=2, form=form)
        export(scratch, pair)
        process = scratch.start_sluice('import', '--from', FOLDER, '--to', 'back', '--quiet', '--follow', '--poll', '40ms')
        for seed in (2, 3):
            events.append(scratch, 'orders', seed, 100, large=2, form=form)
            export(scratch, pair)
            expected = events.left_by(scratch, 'orders', form)
            wait_for(lambda: filled(scratch) and events.left_by(scratch, 'back', form) == expected, f'events of {seed}', process)
        interrupted(process)
        bring(scratch)
        equal(events.left_by(scratch, 'back', form), events.left_by(scratch, 'orders', form), 'events')


def filled(scratch):
    return scratch.sluice('stream', 'info', 'back', status=None).returncode == 0


def same(scratch):
    return filled(scratch) and events.digest(scratch, 'back') == events.digest(scratch, 'orders')


def listed_events(scratch):
    done = scratch.sluice('ls', FOLDER, '--json', status=None)
    return done.returncode == 0 and sum(each['events'] for each in json.loads(done.out)['objects'])


def target_of(scratch, name):
    shown = json.loads(scratch.sluice('transfer', 'show', name, '--json').out)
    return json.dumps(shown)


def interrupted(process):
    process.send_signal(signal.SIGINT)
    equal(process.wait(60), 10, 'exit status of the paused one')


@suite.case
def a_source_that_was_made_anew_is_not_followed():
    scratch, store = setting()
    with scratch, store:
        bucket = Bucket(store, 'bkt')
        events.create(scratch, 'orders', count=200)
        export(scratch)
        process = scratch.start_sluice('import', '--from', FOLDER, '--to', 'back', '--quiet', '--follow', '--poll', '40ms')
        wait_for(lambda: same(scratch), 'all events came', process)
        before = events.digest(scratch, 'back')
        kept = {key: bucket.get(key) for key in bucket.keys('p/')}
        document = 'p/orders/_sluice/stream.json'
        scratch.sluice('stream', 'delete', 'orders', '--yes')
        events.create(scratch, 'orders', seed=4, count=400)
        scratch.sluice('export', '--from', 'orders', '--to', 's3://bkt/q', '--quiet')
        for key in kept:
            if key != document:
                bucket.delete(key)
        bucket.put(document, bucket.get('q/orders/_sluice/stream.json'))
        equal(process.wait(60), 7, 'exit status')
        equal(events.digest(scratch, 'back'), before, 'events of the copy')


@suite.case
def a_commit_that_is_missing_is_not_waited_for_for_ever():
    scratch, store = setting()
    with scratch, store:
        bucket = Bucket(store, 'bkt')
        events.create(scratch, 'orders', count=100, partitions=1)
        export(scratch)
        process = scratch.start_sluice('import', '--from', FOLDER, '--to', 'back', '--quiet', '--follow', '--poll', '10ms')
        wait_for(lambda: filled(scratch) and lines(scratch, 'back'), 'the events came', process)
        number = len(keys(store))
        bucket.put(f'p/orders/_sluice/commits/p=0/{number + 1:020}.json', b'{}')
        equal(process.wait(60), 1, 'exit status')


def peak_mib(process):
    """Of a process that is waited for here, as last seen. (What wait4 tells counts this program too, of which it was a copy.)"""
    most = 0
    while process.poll() is None:
        with contextlib.suppress(OSError), open(f'/proc/{process.pid}/status') as status:
            most = max([most, *(int(line.split()[1]) // 1024 for line in status if line.startswith('VmHWM'))])
        time.sleep(0.005)
    equal(process.returncode, 0, f'exit status of {process.args}')
    return most


@suite.case
def many_partitions_take_no_more_memory_than_was_given():
    if sanitized():
        skip('what the sanitizers take is not asked for')
    count, given = 32, 32
    scratch, store = setting()
    with scratch, store:
        scratch.sluice('stream', 'create', 'wide', '--partitions', count)
        for n in range(count):
            scratch.sluice('stream', 'append', 'wide', '--partition', n, stdin=(f'{n:02}' + 'x' * 1021 + '\n') * (6 << 10))
        scratch.sluice('export', '--from', 'wide', '--to', 's3://bkt/w')
        for stream, words in (('back', ('--concurrency', '1')), ('listed', ('--by-listing', '--partitions', 'keep'))):
            process = scratch.start_sluice(
                'import', '--from', 's3://bkt/w/wide', '--to', stream, '--memory', f'{given}MiB', '--quiet', *words
            )
            most = peak_mib(process)
            expect(most > 5, f'{most} MiB were seen')
            expect(most < given + 48, f'{most} MiB with {given} MiB given, {" ".join(words)}')


@suite.case
def objects_whose_commits_were_removed_are_not_taken_for_nothing():
    scratch, store = setting()
    with scratch, store:
        bucket = Bucket(store, 'bkt')
        events.create(scratch, 'orders', count=300, partitions=2)
        export(scratch)
        for key in bucket.keys('p/orders/_sluice/commits/p=1/'):
            bucket.delete(key)
        told = bring(scratch, status=1).err
        contains(told, 'orders, partition 1: objects lie there, but no commits')
        contains(told, '--by-listing')
        for words in (('ls',), ('inspect',), ('plan', 'import', '--to', 'planned', '--from'), ('cat', '--limit', 900)):
            done = scratch.sluice(*words, FOLDER, status=1)
            contains(done.out + done.err, 'orders, partition 1: objects lie there, but no commits')
        done = scratch.sluice('verify', FOLDER, status=6).out
        contains(done, ' objects lie there, but no commits')
        expect('harmless' not in done, done)
        for key in bucket.keys('p/orders/partition=1/'):
            bucket.delete(key)
        bring(scratch, to='others')  # nothing was exported of it


@suite.case
def a_folder_of_nothing_but_a_name_holds_no_export():
    scratch, store = setting()
    with scratch, store:
        bucket = Bucket(store, 'bkt')
        events.create(scratch, 'orders', count=30, partitions=2)
        export(scratch)
        for key in bucket.keys('p/orders/'):
            if not key.endswith('/stream.json'):
                bucket.delete(key)
        for words in (('ls',), ('cat',), ('plan', 'import', '--to', 'back', '--from'), ('import', '--to', 'back', '--from')):
            done = scratch.sluice(*words, FOLDER, status=3)
            contains(done.out + done.err, 'only _sluice/stream.json of stream orders lies here, no commits and no objects')
        contains(scratch.sluice('inspect', FOLDER).out, 'nothing exported yet')
        contains(scratch.sluice('verify', FOLDER, status=6).out, 'no commits lie here')


suite.run()
