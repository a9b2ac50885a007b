"""test: every format with every codec: there and back, read by strangers, bounded, one of each in a folder."""
import gzip
import json

import events
from harness import Scratch, Simulator, Suite, contains, equal, expect, need

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
        scratch.sluice('verify', 's3://bkt/p', '--against', 'log:orders')
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


LAYOUTS = {'delimited': delimited, 'raw': raw}
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
        events.create(scratch, 'orders', count=600, large=2)
        command = ('export', '--from', 'orders', '--to', 's3://bkt/p', *encoding(pair), *SMALL)
        scratch.sluice(*command)
        scratch.sluice('verify', 's3://bkt/p')
        scratch.sluice('verify', 's3://bkt/p', '--against', 'log:orders')
        scratch.sluice('import', '--from', 's3://bkt/p', '--to', 'log:back', '--event-bytes', '100KiB')
        joined = content_of(scratch, store, 's3://bkt/p', codec)
        for partition in (0, 1):
            seen, back = events.values(scratch, 'orders', partition), events.values(scratch, 'back', partition)
            expect(joined[partition] == LAYOUTS[form](seen), f'content of partition {partition}')
            if form == 'delimited':
                expect(seen == back, f'values and sequences of partition {partition}')
            else:
                expect(raw(seen) == raw(back), f'bytes of partition {partition}')
                expect({len(value) for _, value in back[:-1]} == {100 << 10}, 'size of the events')
        events.append(scratch, 'orders', 2, 100)
        scratch.sluice(*command)
        scratch.sluice('import', '--from', 's3://bkt/p', '--to', 'log:back', '--event-bytes', '100KiB')
        scratch.sluice('verify', 's3://bkt/p', '--against', 'log:orders')
        for partition in (0, 1):
            seen, back = events.values(scratch, 'orders', partition), events.values(scratch, 'back', partition)
            expect(raw(seen) == raw(back), f'bytes of partition {partition} after the second run')
            expect(form == 'raw' or seen == back, f'values of partition {partition} after the second run')


@suite.cases_for([f'{form} {size}' for form in LAYOUTS for size in ('1', '7', '300000')])
def objects_are_cut_at_the_very_byte(pair):
    form, size = pair.split()
    scratch, store = with_store()
    with scratch, store:
        lengths = (0, 1, 2, 40) if len(size) == 1 else (0, 10, 5000, 1_400_000, 2_500_000)
        lines = [json.dumps({'value': None})] + [json.dumps({'value': 'x' * length}) for length in lengths] * 2
        scratch.sluice('stream', 'create', 'orders')
        scratch.sluice('stream', 'append', 'orders', '--format', 'ndjson', stdin='\n'.join(lines) + '\n')
        scratch.sluice('export', '--from', 'orders', '--to', 's3://bkt/p', '--format', form, '--object-bytes', size)
        listed = objects(scratch, 's3://bkt/p')
        wanted = max(int(size), 5) if form == 'delimited' else int(size)
        for each in listed[:-1]:
            short = wanted - each['bytes']
            expect(0 <= short <= (4 if form == 'delimited' else 0), f'{each["key"]} has {each["bytes"]} bytes')
        seen = events.values(scratch, 'orders', 0)
        expect(content_of(scratch, store, 's3://bkt/p', 'none')[0] == LAYOUTS[form](seen), 'the content')
        scratch.sluice('verify', 's3://bkt/p', '--against', 'log:orders')
        scratch.sluice('import', '--from', 's3://bkt/p', '--to', 'log:back', '--event-bytes', '3KiB')
        back = events.values(scratch, 'back', 0)
        expect(raw(back) == raw(seen), 'bytes that came back')
        expect(form == 'raw' or back == seen, 'values that came back')


suite.run()
