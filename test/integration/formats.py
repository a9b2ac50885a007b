"""test: every format with every codec: there and back, read by strangers, bounded, one of each in a folder."""
import contextlib
import gzip
import json
import shutil
import sqlite3
import time

import events
import other_avro
from harness import Scratch, Simulator, Suite, contains, equal, expect, need, skip, stop

suite = Suite(__file__)
EXACT = ('avro none', 'avro deflate', 'avro zstd', 'ndjson none', 'ndjson gzip', 'ndjson zstd')
SMALL = ('--object-bytes', '700KiB', '--part-size', '200KiB')


def with_store():
    scratch = Scratch()
    return scratch, Simulator(scratch, '--bucket', 'bkt', '--min-part-size', '1KiB')


def encoding(pair):
    form, codec = pair.split()
    return ('--format', form, '--codec', codec)


def objects(scratch, place):
    """What `ls --json` tells of the objects, in order."""
    return json.loads(scratch.sluice('ls', place, '--json').out)['objects']


def fetch(scratch, store, key):
    """An object's bytes, by a client that is not ours."""
    need('curl')
    path = key.replace('=', '%3D')  # which curl does not do before it signs
    return scratch.run(
        'curl', '-sf', '--noproxy', '*', '-H', 'x-amz-content-sha256: UNSIGNED-PAYLOAD', '--aws-sigv4', f'aws:amz:{store.region}:s3', '--user',
        f'{store.access_key}:{store.secret_key}', f'{store.url}/bkt/{path}',
    ).raw


@suite.cases_for(EXACT)
def a_round_trip_is_exact(pair):
    scratch, store = with_store()
    with scratch, store:
        events.create(scratch, 'orders', count=600, large=2)
        scratch.sluice('export', '--from', 'orders', '--to', 's3://bkt/p', *encoding(pair), *SMALL)
        scratch.sluice('import', '--from', 's3://bkt/p', '--to', 'log:back')
        equal(events.digest(scratch, 'back'), events.digest(scratch, 'orders'), 'events after the round trip')
        scratch.sluice('verify', 's3://bkt/p')
        contains(scratch.sluice('verify', 's3://bkt/p', '--against', 'log:orders').out, 'equals that of log:orders bit for bit')
        events.append(scratch, 'orders', 2, 100)
        scratch.sluice('export', '--from', 'orders', '--to', 's3://bkt/p', *encoding(pair), *SMALL)
        scratch.sluice('import', '--from', 's3://bkt/p', '--to', 'log:back')
        equal(events.digest(scratch, 'back'), events.digest(scratch, 'orders'), 'events after the second run')
        equal(store.uploads(), [], 'open uploads')


def delimited(seen):
    """What docs/formats.md says of `delimited`, written anew."""
    return b''.join(
        b'\xff\xff\xff\xff' if value is None else len(value).to_bytes(4, 'big') + value for _, value in seen
    )


def raw(seen):
    return b''.join(value or b'' for _, value in seen)


def lines(seen):
    return b''.join((value or b'') + b'\n' for _, value in seen)


LAYOUTS = {'delimited': delimited, 'raw': raw, 'lines': lines}
LEAST = {'delimited': 5, 'raw': 1, 'lines': 2}  # bytes of an object
SHORT = {'delimited': 4, 'raw': 0, 'lines': 1}  # bytes that one may have fewer than asked for


def come_back(form, seen):
    """What an import has of these values."""
    return [(sequence, value or b'') for sequence, value in seen] if form == 'lines' else seen


EXPAND = {'none': bytes, 'gzip': gzip.decompress}


def content_of(scratch, store, place, codec):
    """The objects of each partition joined, decompressed by programs that are not ours."""
    joined = {}
    for each in objects(scratch, place):
        data = fetch(scratch, store, 'p/orders/' + each['key'])
        equal(len(data), each['bytes'], 'size of ' + each['key'])
        if codec == 'zstd':
            need('zstd')
            data = scratch.run('zstd', '-dc', stdin=data).raw
        else:
            data = EXPAND[codec](data)
        partition = int(each['key'].split('/')[0].split('=')[1])
        joined[partition] = joined.get(partition, b'') + data
    return joined


@suite.cases_for([f'{form} {codec}' for form in LAYOUTS for codec in ('none', 'gzip', 'zstd')])
def values_lie_in_the_objects_as_documented_and_come_back(pair):
    form, codec = pair.split()
    scratch, store = with_store()
    with scratch, store:
        events.create(scratch, 'orders', count=600, large=2, form=form)
        command = ('export', '--from', 'orders', '--to', 's3://bkt/p', *encoding(pair), *SMALL)
        scratch.sluice(*command)
        scratch.sluice('verify', 's3://bkt/p')
        told = scratch.sluice('verify', 's3://bkt/p', '--against', 'log:orders').out
        contains(told, 'equals that of log:orders in its value; its objects hold no keys, headers and times')
        scratch.sluice('import', '--from', 's3://bkt/p', '--to', 'log:back', '--event-bytes', '100KiB')
        joined = content_of(scratch, store, 's3://bkt/p', codec)
        for partition in (0, 1):
            seen, back = events.values(scratch, 'orders', partition), events.values(scratch, 'back', partition)
            expect(joined[partition] == LAYOUTS[form](seen), f'content of partition {partition}')
            if form != 'raw':
                expect(come_back(form, seen) == back, f'values and sequences of partition {partition}')
            else:
                expect(raw(seen) == raw(back), f'bytes of partition {partition}')
                expect({len(value) for _, value in back[:-1]} == {100 << 10}, 'size of the events')
        events.append(scratch, 'orders', 2, 100, form=form)
        scratch.sluice(*command)
        scratch.sluice('import', '--from', 's3://bkt/p', '--to', 'log:back', '--event-bytes', '100KiB')
        scratch.sluice('verify', 's3://bkt/p', '--against', 'log:orders')
        for partition in (0, 1):
            seen, back = events.values(scratch, 'orders', partition), events.values(scratch, 'back', partition)
            expect(raw(seen) == raw(back), f'bytes of partition {partition} after the second run')
            expect(form == 'raw' or come_back(form, seen) == back, f'values of partition {partition} after the second run')


@suite.cases_for([f'{form} {size}' for form in LAYOUTS for size in ('1', '7', '300000')])
def objects_are_cut_at_the_very_byte(pair):
    form, size = pair.split()
    scratch, store = with_store()
    with scratch, store:
        lengths = (0, 1, 2, 40) if len(size) == 1 else (0, 10, 5000, 1_400_000, 2_500_000)
        given = [json.dumps({'value': None})] + [json.dumps({'value': 'x' * length}) for length in lengths] * 2
        scratch.sluice('stream', 'create', 'orders')
        scratch.sluice('stream', 'append', 'orders', '--format', 'ndjson', stdin='\n'.join(given) + '\n')
        scratch.sluice('export', '--from', 'orders', '--to', 's3://bkt/p', '--format', form, '--object-bytes', size)
        listed = objects(scratch, 's3://bkt/p')
        wanted = max(int(size), LEAST[form])
        for each in listed[:-1]:
            short = wanted - each['bytes']
            expect(0 <= short <= SHORT[form], f'{each["key"]} has {each["bytes"]} bytes')
        seen = events.values(scratch, 'orders', 0)
        expect(content_of(scratch, store, 's3://bkt/p', 'none')[0] == LAYOUTS[form](seen), 'the content')
        scratch.sluice('verify', 's3://bkt/p', '--against', 'log:orders')
        scratch.sluice('import', '--from', 's3://bkt/p', '--to', 'log:back', '--event-bytes', '3KiB')
        back = events.values(scratch, 'back', 0)
        expect(raw(back) == raw(seen), 'bytes that came back')
        expect(form == 'raw' or back == come_back(form, seen), 'values that came back')


@suite.cases_for(LAYOUTS)
def values_without_bytes_are_exported_and_told_again(form):
    scratch, store = with_store()
    with scratch, store:
        scratch.sluice('stream', 'create', 'orders')
        for text in ('{"value":null}\n{"value":""}\n{"value":null}\n', '{"value":"x"}\n', '{"value":""}\n'):
            scratch.sluice('stream', 'append', 'orders', '--format', 'ndjson', stdin=text)
            scratch.sluice('export', '--from', 'orders', '--to', 's3://bkt/p', '--format', form)
            scratch.sluice('verify', 's3://bkt/p', '--against', 'log:orders')
            scratch.sluice('import', '--from', 's3://bkt/p', '--to', 'log:back')
        seen, back = events.values(scratch, 'orders', 0), events.values(scratch, 'back', 0)
        equal(back, [(0, b'x')] if form == 'raw' else come_back(form, seen), 'what came back')


@suite.cases_for(LAYOUTS)
def a_changed_value_is_seen_beside_the_stream(form):
    scratch, store = with_store()
    with scratch, store:
        scratch.sluice('stream', 'create', 'orders')
        scratch.sluice('stream', 'append', 'orders', stdin='one\ntwo\nthree\n')
        scratch.sluice('export', '--from', 'orders', '--to', 's3://bkt/p', '--format', form)
        shutil.copytree(scratch / 'data', scratch / 'other')
        segment = next((scratch / 'other').rglob('p=0/*.log'))
        segment.write_bytes(segment.read_bytes().replace(b'two', b'tWo'))
        done = scratch.sluice('verify', 's3://bkt/p', '--against', f'log://{segment.parents[2]}/orders', status=None)
        expect(done.returncode != 0, f'the damaged stream passed: {done.out}')


@suite.case
def keys_and_headers_that_leave_no_trace_are_told():
    scratch, store = with_store()
    with scratch, store:
        events.create(scratch, 'orders', count=10, form='lines')
        for form in LAYOUTS:
            done = scratch.sluice('export', '--from', 'orders', '--to', f's3://bkt/{form}', '--format', form)
            contains(done.err, f'{form} objects hold values only', 'what export says')


def value_as_json(value):
    return json.dumps({'value': value}) + '\n'


@suite.cases_for(('small', 'at the end of a large event', 'in an object that is full'))
def an_event_that_is_no_line_stops_the_export_before_it_and_nobody_else(which):
    scratch, store = with_store()
    with scratch, store:
        scratch.sluice('stream', 'create', 'orders')
        good = [f'event {n}' for n in range(2000)]
        bad = 'two\nlines' if which != 'at the end of a large event' else 'x' * 2_500_000 + '\n'
        size = ('--object-bytes', '700KiB' if which != 'in an object that is full' else '4KiB')
        given = ''.join(value_as_json(value) for value in [*good, bad, *good])
        scratch.sluice('stream', 'append', 'orders', '--format', 'ndjson', stdin=given)
        command = ('export', '--from', 'orders', '--to', 's3://bkt/l?format=lines', '--to', 's3://bkt/n?format=ndjson', *size)
        for _ in range(2):  # again: the same, as nothing has changed
            done = scratch.sluice(*command, status=1)
            said = [line for line in done.err.splitlines() if line.startswith('sluice: ')]
            equal(len(said), 1, f'lines that say why: {done.err}')
            contains(said[0], 'stream orders, partition 0, sequence 2000: its value holds a line feed')
            contains(said[0], '--format ndjson')
        joined = b''.join(fetch(scratch, store, 'l/orders/' + each['key']) for each in objects(scratch, 's3://bkt/l'))
        equal(joined, ''.join(value + '\n' for value in good).encode(), 'what is published')
        scratch.sluice('verify', 's3://bkt/l', '--against', 'log:orders')
        scratch.sluice('verify', 's3://bkt/n', '--against', 'log:orders')
        equal(sum(each['events'] for each in objects(scratch, 's3://bkt/n')), 4001, 'events of the other destination')


@suite.case
def pairs_that_do_not_go_together_are_refused_in_one_line():
    scratch, store = with_store()
    with scratch, store:
        scratch.sluice('stream', 'create', 'orders')
        for form, codec in (('avro', 'gzip'), ('ndjson', 'deflate'), ('raw', 'deflate'), ('delimited', 'deflate'), ('lines', 'deflate')):
            command = ('export', '--from', 'orders', '--to')
            for words in (('s3://bkt/p', '--format', form, '--codec', codec), (f's3://bkt/p?format={form}&codec={codec}',)):
                done = scratch.sluice(*command, *words, status=2)
                contains(done.err, f'codec {codec} does not go with format {form}', 'the failure')
                equal(done.err.count('\n'), 1, 'lines of the failure')
        contains(scratch.sluice(*command, 's3://bkt/p', '--codec', 'zst', status=2).err, 'did you mean zstd?')


@suite.case
def a_folder_has_one_format_and_one_codec():
    scratch, store = with_store()
    with scratch, store:
        events.create(scratch, 'orders', count=20)
        command = ('export', '--from', 'orders', '--to', 's3://bkt/p')
        scratch.sluice(*command, '--format', 'ndjson', '--codec', 'zstd')
        for form, codec in (('ndjson', 'none'), ('ndjson', 'gzip'), ('raw', 'zstd'), ('avro', 'zstd')):
            done = scratch.sluice(*command, '--format', form, '--codec', codec, status=7)
            contains(done.err, 'holds ndjson with codec zstd', 'the failure')
        scratch.sluice(*command, '--format', 'ndjson', '--codec', 'zstd')


@suite.case
def an_upload_of_another_encoder_is_made_again_under_a_new_key():
    scratch, store = with_store()
    with scratch, store:
        events.create(scratch, 'orders', count=3000, partitions=1, large=4)
        command = ('export', '--from', 'orders', '--to', 's3://bkt/p', '--codec', 'zstd', '--part-size', '200KiB')
        store.set_faults([{'operation': 'UploadPart', 'nth': 5, 'count': 0, 'kind': 'delay', 'milliseconds': 60000}])
        process = scratch.start_sluice(*command)
        journal = scratch / 'state' / 'sluice' / 'state.sqlite'
        until = time.monotonic() + 60
        while parts_of(journal) < 4:
            expect(process.poll() is None and time.monotonic() < until, 'four parts are sent')
            time.sleep(0.02)
        stop(process)
        store.clear_faults()
        with contextlib.closing(sqlite3.connect(journal)) as db, db:
            key, encoder = db.execute('SELECT key, encoder FROM plan').fetchone()
            contains(encoder, 'sluice 1, zstd ', 'the encoder in the journal')
            db.execute("UPDATE plan SET encoder = 'sluice 1, zstd 0.0.1 level 3'")
        scratch.sluice(*command)
        listed = objects(scratch, 's3://bkt/p')
        expect(listed and key not in [each['key'] for each in listed], 'the key is not used again')
        equal(store.uploads(), [], 'open uploads')
        scratch.sluice('verify', 's3://bkt/p', '--against', 'log:orders')
        contains(scratch.sluice('inspect', 's3://bkt/p/orders/' + listed[0]['key']).out, encoder, 'inspect')


def parts_of(journal):
    if not journal.exists():
        return 0
    with contextlib.closing(sqlite3.connect(f'file:{journal}?mode=ro', uri=True)) as db:
        try:
            return db.execute('SELECT count(*) FROM part').fetchone()[0]
        except sqlite3.OperationalError:
            return 0


@suite.cases_for(('none', 'deflate', 'zstd'))
def another_avro_reader_sees_every_bit_of_the_events(codec):
    if why := other_avro.missing():
        skip(why)
    scratch, store = with_store()
    with scratch, store:
        events.create(scratch, 'orders', count=400, large=2)
        scratch.sluice('export', '--from', 'orders', '--to', 's3://bkt/p', '--codec', codec, '--object-bytes', '1MiB')
        for partition in range(2):
            # Unless joined, an event that spilled over is shown as its fragments, as it lies in the objects.
            shown = scratch.sluice('stream', 'cat', 'orders', '--partition', partition, '--join', '0').raw.splitlines()
            seen = []
            for each in objects(scratch, 's3://bkt/p'):
                if f'partition={partition}/' in each['key']:
                    data = fetch(scratch, store, 'p/orders/' + each['key'])
                    seen += [other_avro.event_as_json(record) for record in other_avro.records(data, codec)]
            expect(any(event['fragment'] for event in seen), 'an event spills over')
            equal(len(seen), len(shown), 'records')
            for event, line in zip(seen, shown):
                expect(event == json.loads(line), f'{event["sequence"]} of partition {partition}')


@suite.cases_for(('gzip', 'zstd'))
def lines_are_read_by_the_command_line_tools(codec):
    need(codec)
    scratch, store = with_store()
    with scratch, store:
        events.create(scratch, 'orders', count=400, partitions=1)
        scratch.sluice(
            'export', '--from', 'orders', '--to', 's3://bkt/p', '--format', 'ndjson', '--codec', codec,
            '--object-bytes', '50KiB',
        )
        lines = b''
        for each in objects(scratch, 's3://bkt/p'):
            expect(each['key'].endswith({'gzip': '.ndjson.gz', 'zstd': '.ndjson.zst'}[codec]), each['key'])
            lines += scratch.run(codec, '-dc', stdin=fetch(scratch, store, 'p/orders/' + each['key'])).raw
        expect(lines == scratch.sluice('stream', 'cat', 'orders').raw, 'lines of all objects')


suite.run()
