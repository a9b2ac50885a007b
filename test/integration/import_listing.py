"""test: objects that nobody exported are imported by listing: every format, in order, stopped and continued inside an object."""
import gzip
import json
import signal
import struct
import subprocess

from bucket import Bucket
from harness import Scratch, Simulator, Suite, contains, equal, expect, need, wait_for

suite = Suite(__file__)
IMPORT = ('import', '--by-listing', '--from', 's3://bkt/in', '--to', 'copy', '--quiet')


def setting():
    scratch = Scratch()
    return scratch, Simulator(scratch, '--bucket', 'bkt')


def values(scratch, stream='copy'):
    """The values in the stream, as JSON has them, and whether each sequence stands once and in order."""
    events = [json.loads(line) for line in scratch.sluice('stream', 'cat', stream).out.splitlines()]
    sequences = [one['sequence'] for one in events]
    equal(sequences, sorted(set(sequences)), 'sequences')
    return [one['value'] for one in events]


def stored(scratch):
    """Whether readers see events already: they see what is durable."""
    return scratch.sluice('stream', 'cat', 'copy', status=None).out != ''


def delimited(*parts):
    return b''.join(struct.pack('>I', 0xFFFFFFFF) if one is None else struct.pack('>I', len(one)) + one for one in parts)


PLAIN = {
    'lines': (b'one\ntwo\n\nlast', ['one', 'two', '', 'last']),
    'ndjson': (b'{"value":"one","key":"k"}\n{"key":"only a key"}\n{"sequence":77,"value":"three"}\n', ['one', None, 'three']),
    'delimited': (delimited(b'one', None, b'', b'x' * 9), ['one', None, '', 'x' * 9]),
    'raw': (b'abcdefgh', ['abc', 'def', 'gh']),
}


@suite.cases_for(PLAIN)
def a_format_is_recognised_with_every_codec(form):
    need('zstd')
    content, expected = PLAIN[form]
    with (pair := setting())[0] as scratch, pair[1] as store:
        bucket = Bucket(store, 'bkt')
        bucket.put(f'in/1.{form}', content)
        bucket.put(f'in/2.{form}.gz', gzip.compress(content[:1]) + gzip.compress(content[1:]))
        bucket.put(f'in/3.{form}', subprocess.run(['zstd', '-qc'], input=content, stdout=subprocess.PIPE, check=True).stdout)
        said = scratch.sluice(*IMPORT[:-1], '--event-bytes', '3').err
        equal(said.count('whether an object is whole is known only at its end'), 1, 'lines that tell what is not known')
        equal(values(scratch), expected * 3, 'values')


@suite.cases_for(['none', 'deflate', 'zstd'])
def an_avro_object_of_the_envelope_is_numbered_anew(codec):
    with (pair := setting())[0] as scratch, pair[1] as store:
        bucket = Bucket(store, 'bkt')
        scratch.sluice('stream', 'create', 'source')
        scratch.sluice('stream', 'append', 'source', stdin='a\nb\nc\n' + 'large' * 500000 + '\n')
        scratch.sluice('export', '--from', 'source', '--to', 's3://bkt/out', '--codec', codec, '--quiet')
        exported = [key for key in bucket.keys('out/') if key.endswith('.avro')]
        equal(len(exported), 1, 'exported objects')
        for name in ('x', 'y'):
            bucket.put(f'in/{name}', bucket.get(exported[0]))
        scratch.sluice(*IMPORT)
        equal(values(scratch), ['a', 'b', 'c', 'large' * 500000] * 2, 'values')


@suite.case
def hidden_names_are_passed_over_and_new_objects_go_behind():
    with (pair := setting())[0] as scratch, pair[1] as store:
        bucket = Bucket(store, 'bkt')
        for key in ('in/_tmp/a.txt', 'in/.x.txt', 'in/d/_SUCCESS', 'in/d/', 'inside.txt'):
            bucket.put(key, b'' if key.endswith('/') else b'no\n')
        scratch.sluice(*IMPORT, status=3)
        commits = ('import', '--from', 's3://bkt/in', '--to', 'copy', '--quiet')
        contains(scratch.sluice(*commits, status=3).err, '--by-listing imports objects of anybody')
        bucket.put('in/d/b.txt', b'b\n')
        scratch.sluice(*IMPORT)
        bucket.put('in/d/c.txt', b'c\n')
        scratch.sluice(*IMPORT)
        scratch.sluice(*IMPORT)
        equal(values(scratch), ['b', 'c'], 'values')
        bucket.put('in/a.txt', b'late\n')
        bucket.put('in/e.txt', b'e\n')
        contains(scratch.sluice(*IMPORT, status=6).err, '1 objects appeared or changed before the place reached')
        equal(values(scratch), ['b', 'c', 'e'], 'values')


@suite.case
def an_import_goes_on_inside_an_object():
    lines = [f'{n:07}' + 'x' * 57 for n in range(300000)]
    content = '\n'.join(lines).encode() + b'\n'
    for name, data in (('a.txt', content), ('b.txt.gz', gzip.compress(content, 0))):
        with (pair := setting())[0] as scratch, pair[1] as store:
            Bucket(store, 'bkt').put(f'in/{name}', data)
            # The third range does not come: the import is killed with two of them in hand.
            store.set_faults([{'operation': 'GetObject', 'nth': 3, 'count': 0, 'kind': 'delay', 'milliseconds': 300000}])
            process = scratch.start_sluice(*IMPORT)
            wait_for(lambda: stored(scratch), 'events are in the stream', process)
            process.send_signal(signal.SIGKILL)
            process.wait(60)
            store.clear_faults()
            expect(0 < len(values(scratch)) < len(lines), f'{name}: a part is there')
            scratch.sluice(*IMPORT)
            expect(values(scratch) == lines, f'{name}: the lines, each once')


@suite.case
def a_damaged_object_is_named_and_nothing_behind_it_is_imported():
    with (pair := setting())[0] as scratch, pair[1] as store:
        bucket = Bucket(store, 'bkt')
        bucket.put('in/1.ndjson', b'{"value":"good"}\n{"value":\n')
        bucket.put('in/2.ndjson', b'{"value":"behind"}\n')
        said = scratch.sluice(*IMPORT, status=1).err
        contains(said, 's3://bkt/in/1.ndjson: line 2')
        equal(values(scratch), ['good'], 'values')
        bucket.put('in/1.ndjson', b'{"value":"good"}\n{"value":"mended"}\n')
        contains(scratch.sluice(*IMPORT, status=1).err, 'it has changed since 1 events of it were imported')
        equal(values(scratch), ['good'], 'values')


@suite.case
def what_is_damaged_or_gone_is_left_out_when_that_is_asked_for():
    with (pair := setting())[0] as scratch, pair[1] as store:
        bucket = Bucket(store, 'bkt')
        large = b'x' * 3000000
        bucket.put('in/1.ndjson', b'{"value":"good"}\n{"value":\n{"value":"behind"}\n')
        bucket.put('in/2.lines.gz', gzip.compress(b'line\n' + large)[:-9])
        bucket.put('in/3.ndjson', b'{"value":"last"}\n')
        done = scratch.sluice(*IMPORT, '--on-bad', 'skip', '--json', status=6)
        contains(done.err, '2 objects were left out')
        contains(done.err, 's3://bkt/in/1.ndjson: line 2')
        [target] = json.loads(done.out)['progress']['targets']
        equal([each.split(': ')[0] for each in target['left_out']], ['s3://bkt/in/1.ndjson', 's3://bkt/in/2.lines.gz'], 'left out')
        equal(values(scratch), ['good', 'line', 'last'], 'values')
        scratch.sluice('stream', 'verify', 'copy')
        scratch.sluice(*IMPORT)
        bucket.put('in/4.ndjson', b'{"value":"half"}\n{"value":\n')
        scratch.sluice(*IMPORT, status=1)
        bucket.delete('in/4.ndjson')
        bucket.put('in/5.ndjson', b'{"value":"more"}\n')
        contains(scratch.sluice(*IMPORT, status=1).err, 's3://bkt/in/4.ndjson: it is gone')
        contains(scratch.sluice(*IMPORT, '--on-bad', 'skip', status=6).err, 's3://bkt/in/4.ndjson: it is gone')
        equal(values(scratch), ['good', 'line', 'last', 'half', 'more'], 'values')
        scratch.sluice(*IMPORT)


@suite.case
def shards_have_each_object_once_and_keep_their_stream():
    with (pair := setting())[0] as scratch, pair[1] as store:
        bucket = Bucket(store, 'bkt')
        names = [f'{n:02}' for n in range(30)]
        for name in names:
            bucket.put(f'in/{name}.txt', name.encode() + b'\n')
        command = ('import', '--by-listing', '--from', 's3://bkt/in', '--quiet')
        parts = []
        for shard in ('1/3', '2/3', '3/3'):
            stream = 'part' + shard[0]
            scratch.sluice(*command, '--to', stream, '--shard', shard)
            parts.append(values(scratch, stream))
            expect(parts[-1], f'shard {shard} has objects')
        equal(sorted(sum(parts, [])), names, 'values of all shards')
        contains(scratch.sluice(*command, '--to', 'part1', '--shard', '2/3', status=2).err, 'give --shard 1/3')
        contains(scratch.sluice(*command, '--to', 'part1', status=2).err, 'give --shard 1/3')
        scratch.sluice(*command, '--to', 'part1', '--shard', '1/3')
        for wrong in ('0/3', '4/3', '1/', '/3', '1', '1/3x', '-1/3'):
            contains(scratch.sluice(*command, '--to', 'part1', f'--shard={wrong}', status=2).err, '--shard')


@suite.case
def objects_come_by_modification_when_that_is_asked_for():
    with (pair := setting())[0] as scratch, pair[1] as store:
        bucket = Bucket(store, 'bkt')
        for name in 'cab':
            bucket.put(f'in/{name}.txt', name.encode() + b'\n')
        shown = bucket.modified('in/')
        expected = [key[len('in/')] for key in sorted(shown, key=lambda key: (shown[key], key))]
        scratch.sluice(*IMPORT, '--sort', 'modified')
        equal(values(scratch), expected, 'values')
        contains(scratch.sluice(*IMPORT, status=2).err, 'give the same --sort')
        scratch.sluice(*IMPORT, '--sort', 'modified')
        equal(values(scratch), expected, 'values')


@suite.case
def a_cut_off_member_and_an_unknown_format_are_refused():
    with (pair := setting())[0] as scratch, pair[1] as store:
        bucket = Bucket(store, 'bkt')
        bucket.put('in/1.txt.gz', gzip.compress(b'line\n')[:-4])
        contains(scratch.sluice(*IMPORT, status=1).err, 'end inside a member')
        bucket.delete('in/1.txt.gz')
        bucket.put('in/data', b'what')
        other = ('import', '--by-listing', '--from', 's3://bkt/in', '--to', 'other', '--quiet')
        contains(scratch.sluice(*other, status=2).err, 'give --format')
        scratch.sluice(*other, '--format', 'lines')
        equal(values(scratch, 'other'), ['what'], 'values')


suite.run()
