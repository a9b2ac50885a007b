"""test: objects that nobody exported are imported by listing: every format, in order, stopped and continued inside an object."""
import gzip
import json
import signal
import struct
import subprocess
import time

from bucket import Bucket
from harness import Scratch, Simulator, Suite, contains, equal, expect, need, sanitized, skip, wait_for

suite = Suite(__file__)
IMPORT = ('import', '--by-listing', '--from', 's3://bkt/in', '--to', 'copy', '--quiet')


def setting():
    scratch = Scratch()
    return scratch, Simulator(scratch, '--bucket', 'bkt')


def sequences(scratch, stream='copy'):
    return [json.loads(line)['sequence'] for line in scratch.sluice('stream', 'cat', stream).out.splitlines()]


def values(scratch, stream='copy'):
    """The values in the stream, as JSON has them, and whether each sequence stands once and in order."""
    events = [json.loads(line) for line in scratch.sluice('stream', 'cat', stream).out.splitlines()]
    numbers = [one['sequence'] for one in events]
    equal(numbers, sorted(set(numbers)), 'sequences')
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


OTHERS_JSON = '\ufeff\r\n{"value":"one"}\r\n\r\n \t\n{"value":"two"}\n\n'.encode()


@suite.case
def json_lines_of_other_programs_may_have_a_mark_blank_lines_and_carriage_returns():
    with (pair := setting())[0] as scratch, pair[1] as store:
        bucket = Bucket(store, 'bkt')
        bucket.put('in/1.jsonl', OTHERS_JSON)
        bucket.put('in/2.ndjson.gz', gzip.compress(OTHERS_JSON))
        scratch.sluice(*IMPORT)
        equal(values(scratch), ['one', 'two'] * 2, 'values')
        bucket.put('in/3.ndjson', OTHERS_JSON + OTHERS_JSON)
        contains(scratch.sluice(*IMPORT, status=1).err, 's3://bkt/in/3.ndjson: line 7')

        scratch.sluice('stream', 'create', 'mine')
        scratch.sluice('stream', 'append', 'mine', '--format', 'ndjson', stdin=OTHERS_JSON)
        equal(values(scratch, 'mine'), ['one', 'two'], 'appended values')
        said = scratch.sluice('stream', 'append', 'mine', '--format', 'ndjson', stdin=OTHERS_JSON + b'?', status=1).err
        contains(said, 'line 7')


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


def page(entries, token=''):
    more = f'<IsTruncated>true</IsTruncated><NextContinuationToken>{token}</NextContinuationToken>' if token else '<IsTruncated>false</IsTruncated>'
    return f'<ListBucketResult>{more}{"".join(entries)}<KeyCount>{len(entries)}</KeyCount></ListBucketResult>'


# What a store that cannot list tells of a.txt and c.txt; the last answer is given for ever.
ODD_LISTINGS = {
    'a key again on the next page': (lambda a, c: [page([a, c], 't'), page([a])], 'not in the order of its keys'),
    'the last key again': (lambda a, c: [page([a], 't'), page([a, c])], 'not in the order of its keys'),
    'a key twice on a page': (lambda a, c: [page([a, a, c])], 'not in the order of its keys'),
    'another order': (lambda a, c: [page([c, a])], 'not in the order of its keys'),
    'a circle of tokens': (lambda a, c: [page([], f't{n % 2}') for n in range(12)], 'does not advance'),
    'the same page for ever': (lambda a, c: [page([a], 't')], 'not in the order of its keys'),
}


@suite.cases_for(ODD_LISTINGS)
def a_listing_that_is_none_is_told_and_nothing_is_doubled(kind):
    pages, says = ODD_LISTINGS[kind]
    with (pair := setting())[0] as scratch, pair[1] as store:
        bucket = Bucket(store, 'bkt')
        bucket.put('in/a.txt', b'a1\na2\n')
        bucket.put('in/c.txt', b'c1\nc2\n')
        answers = [{'operation': 'ListObjectsV2', 'nth': n + 1, 'kind': 'answer', 'phase': 'body', 'status': 200, 'body': body}
                   for n, body in enumerate(pages(*bucket.listed('in/')))]
        store.set_faults([*answers[:-1], {**answers[-1], 'count': 0}])
        done = scratch.sluice(*IMPORT, '--retry-for', '20s', status=5)
        contains(done.err, says)
        expect('trying again' not in done.err, f'it is not asked for a quarter of an hour: {done.err}')
        store.set_faults([*answers[:-1], {**answers[-1], 'count': 0}])
        contains(scratch.sluice('plan', *IMPORT[:-1], status=5).err, says)
        store.clear_faults()
        scratch.sluice(*IMPORT)
        equal(values(scratch), ['a1', 'a2', 'c1', 'c2'], 'values')


@suite.case
def pages_without_objects_are_passed():
    with (pair := setting())[0] as scratch, pair[1] as store:
        bucket = Bucket(store, 'bkt')
        bucket.put('in/a.txt', b'a\n')
        bucket.put('in/c.txt', b'c\n')
        a, c = bucket.listed('in/')
        store.set_faults([{'operation': 'ListObjectsV2', 'nth': n + 1, 'kind': 'answer', 'phase': 'body', 'status': 200, 'body': body}
                          for n, body in enumerate([page([], 'x'), page([a], 'y'), page([], 'x'), page([], 'z'), page([c])])])
        scratch.sluice(*IMPORT)
        equal(values(scratch), ['a', 'c'], 'values')


@suite.cases_for([('refuse-v2', 'max-keys=1'), ('v1-only', 'no-url-encoding', 'max-keys=1')])
def a_store_that_has_only_the_first_listing_is_listed(quirks):
    words = [word for quirk in quirks for word in ('--quirk', quirk)]
    with Scratch() as scratch, Simulator(scratch, '--bucket', 'bkt', *words) as store:
        bucket = Bucket(store, 'bkt')
        for key in ('a.txt', 'b/1.txt', 'b/2.txt', 'c+d e.txt', '\u00e4.txt'):
            bucket.put(f'in/{key}', key.encode() + b'\n')
        scratch.sluice(*IMPORT)
        bucket.put('in/\U0001f600.txt', b'last\n')
        scratch.sluice(*IMPORT)
        equal(values(scratch), ['a.txt', 'b/1.txt', 'b/2.txt', 'c+d e.txt', '\u00e4.txt', 'last'], 'values')
        equal(store.counters()['statuses'].get('501', 0), 2 if quirks[0] == 'refuse-v2' else 0, 'asked in vain once a run')

        # What commits tell is found in the same way, by whoever lists.
        scratch.sluice('stream', 'create', 'source', '--partitions', '2')
        scratch.sluice('stream', 'append', 'source', stdin=''.join(f'{n}\n' for n in range(500)))
        scratch.sluice('export', '--from', 'source', '--to', 's3://bkt/out', '--object-bytes', '1KiB', '--quiet')
        scratch.sluice('verify', 's3://bkt/out', '--against', 'source')
        scratch.sluice('import', '--from', 's3://bkt/out', '--to', 'back', '--quiet')
        equal(scratch.sluice('stream', 'cat', 'back').out, scratch.sluice('stream', 'cat', 'source').out, 'events')
        bucket.put('out/source/_sluice/probe/' + '0' * 32, b'left')
        bucket.put('out/source/_sluice/probe/' + '1' * 32, b'left')
        scratch.sluice('cleanup', 's3://bkt/out/source', '--older-than', '0s')
        equal(bucket.keys('out/source/_sluice/probe/'), [], 'what probes left')


@suite.case
def a_prefix_without_an_export_is_imported_by_listing_and_that_is_said():
    with (pair := setting())[0] as scratch, pair[1] as store:
        bucket = Bucket(store, 'bkt')
        bucket.put('in/a.txt', b'a\nb\n')
        command = ('import', '--from', 's3://bkt/in', '--to', 'copy')
        contains(scratch.sluice(*command, '--start', 'seq:1', status=3).err, '--by-listing imports objects of anybody')
        contains(scratch.sluice('plan', *command).out, '1 objects')
        contains(scratch.sluice(*command).err, 'no export lies here, so its objects are imported by listing')
        equal(values(scratch), ['a', 'b'], 'values')
        bucket.put('in/b.txt', b'c\n')
        scratch.sluice(*command)
        equal(values(scratch), ['a', 'b', 'c'], 'values of both runs')

        # An export that has lost its document is no such prefix: its objects mean nothing without commits.
        scratch.sluice('export', '--from', 'copy', '--to', 's3://bkt/out')
        bucket.delete('out/copy/_sluice/stream.json')
        for place in ('s3://bkt/out', 's3://bkt/out/copy', 's3://bkt'):
            scratch.sluice('import', '--from', place, '--to', 'back', status=3)


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
def an_import_goes_on_inside_an_event_of_many_fragments():
    lines = [chr(97 + n) * 3000000 for n in range(10)]
    with (pair := setting())[0] as scratch, pair[1] as store:
        Bucket(store, 'bkt').put('in/a.txt', as_lines(lines))
        for nth in (6, 12, 18):
            store.set_faults([{'operation': 'GetObject', 'nth': nth, 'count': 0, 'kind': 'stall'}])
            process = scratch.start_sluice(*IMPORT, '--memory', '1MiB', '--concurrency', '1')
            wait_for(fired_of(store), 'a request hangs', process)
            time.sleep(0.3)
            process.send_signal(signal.SIGKILL)
            process.wait(60)
            store.clear_faults()
            seen = values(scratch)
            expect(seen == lines[:len(seen)] and len(seen) < len(lines), 'a beginning is there')
        expect(len(seen) > 2, 'some of it is there')
        scratch.sluice(*IMPORT)
        expect(values(scratch) == lines, 'each line once')
        equal(sequences(scratch), list(range(len(lines))), 'sequences: an event goes on under its own')
        scratch.sluice('stream', 'verify', 'copy')


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
        contains(done.err, 'what came before that place in the object was kept and may be altered')
        contains(done.err, 's3://bkt/in/1.ndjson: line 2')
        [target] = json.loads(done.out)['progress']['targets']
        equal([each.split(': ')[0] for each in target['left_out']], ['s3://bkt/in/1.ndjson', 's3://bkt/in/2.lines.gz'], 'left out')
        equal(values(scratch), ['good', 'line', 'last'], 'values')
        scratch.sluice('stream', 'verify', 'copy')
        said = scratch.sluice(*IMPORT, status=6).err
        contains(said, 'left out earlier, and not in the stream: 2 parts: s3://bkt/in/1.ndjson, s3://bkt/in/2.lines.gz')
        bucket.put('in/4.ndjson', b'{"value":"half"}\n{"value":\n')
        scratch.sluice(*IMPORT, status=1)
        bucket.delete('in/4.ndjson')
        bucket.put('in/5.ndjson', b'{"value":"more"}\n')
        contains(scratch.sluice(*IMPORT, status=1).err, 's3://bkt/in/4.ndjson: it is gone')
        contains(scratch.sluice(*IMPORT, '--on-bad', 'skip', status=6).err, 's3://bkt/in/4.ndjson: it is gone')
        equal(values(scratch), ['good', 'line', 'last', 'half', 'more'], 'values')
        bucket.put('in/6.bin', b'what?')
        bucket.put('in/7.ndjson', b'{"value":"behind"}\n')
        contains(scratch.sluice(*IMPORT, status=2).err, '--on-bad skip')
        done = scratch.sluice(*IMPORT, '--on-bad', 'skip', '--json', status=6)
        contains(done.err, 'in/6.bin: its name and first bytes do not tell')
        equal(json.loads(done.out)['progress']['targets'][0]['objects'], 1, 'objects: the one left out is none')
        equal(values(scratch)[-1], 'behind', 'the last value')
        contains(scratch.sluice(*IMPORT, status=6).err, 'not in the stream: 4 parts: ')
        contains(scratch.sluice('stream', 'info', 'copy').out, 'left out by its import: s3://bkt/in/4.ndjson')


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


def values_of(scratch, partition, stream='copy'):
    out = scratch.sluice('stream', 'cat', stream, '--partition', partition).out
    return [json.loads(line)['value'] for line in out.splitlines()]


@suite.case
def folders_of_partitions_keep_them_when_that_is_asked_for():
    with (pair := setting())[0] as scratch, pair[1] as store:
        bucket = Bucket(store, 'bkt')
        for partition, name, text in (0, 'T+0+000', 'a\nb\n'), (2, 'T+2+000', 'x\n'), (2, 'T+2+001', 'y\n'), (0, 'T+0+002', 'c\n'):
            bucket.put(f'in/topics/T/partition={partition}/{name}.txt', text.encode())
        keep = (*IMPORT, '--partitions', 'keep')
        contains(scratch.sluice('plan', *keep[:-3], *keep[-2:]).out, '4 objects')
        scratch.sluice(*keep)
        equal([values_of(scratch, n) for n in range(3)], [['a', 'b', 'c'], [], ['x', 'y']], 'values by partition')

        # The same command goes on in each, also in one that had nothing; another way is refused by name.
        bucket.put('in/topics/T/partition=2/T+2+007.txt', b'z\n')
        bucket.put('in/topics/T/partition=1/T+1+000.txt', b'first\n')
        contains(scratch.sluice('plan', *keep[:-3], *keep[-2:]).out, '2 objects')
        scratch.sluice(*keep)
        scratch.sluice(*keep)
        equal([values_of(scratch, n) for n in range(3)], [['a', 'b', 'c'], ['first'], ['x', 'y', 'z']], 'values of all runs')
        contains(scratch.sluice(*IMPORT, status=2).err, '--partitions keep')
        bucket.put('in/topics/T/partition=0/T+0+001.txt', b'late\n')
        contains(scratch.sluice(*keep, status=6).err, '1 objects appeared or changed before the place reached')
        scratch.sluice(*keep)
        bucket.put('in/topics/T/partition=3/T+3+000.txt', b'no\n')
        contains(scratch.sluice(*keep, status=2).err, 'has 3 partitions, this import fills 4')
        bucket.delete('in/topics/T/partition=3/T+3+000.txt')
        bucket.put('in/outside.txt', b'no\n')
        contains(scratch.sluice(*keep, status=2).err, 'in/outside.txt: lies in no folder partition=N/')

        mapped = (*IMPORT[:5], 'mapped', '--quiet', '--partitions', '2=0,0=1')
        scratch.sluice(*mapped)
        equal([values_of(scratch, n, 'mapped') for n in range(2)], [['x', 'y', 'z'], ['a', 'b', 'late', 'c']], 'values as mapped')
        contains(scratch.sluice(*mapped[:-1], '0=0,2=1', status=2).err, 'give --partitions 2=0,0=1')
        equal(scratch.sluice('stream', 'info', 'mapped', '--json').out.count('"partition":'), 2, 'partitions')
        contains(scratch.sluice('import', '--from', 's3://bkt/in', '--to', 'n', '--partitions', 'keep', status=2).err, '--by-listing')


@suite.case
def partitions_that_are_kept_are_followed_and_stop_inside_an_object():
    with (pair := setting())[0] as scratch, pair[1] as store:
        bucket = Bucket(store, 'bkt')
        lines = [f'{n:060}' for n in range(40000)]
        for partition in range(3):
            bucket.put(f'in/partition={partition}/1.txt', ('\n'.join(lines) + '\n').encode())
        scratch.sluice('stream', 'create', 'copy', '--partitions', '4')
        follow = (*IMPORT, '--partitions', 'keep', '--follow', '--poll', '50ms')
        for kill in range(4):
            process = scratch.start_sluice(*follow, stderr=subprocess.DEVNULL)
            time.sleep(0.05 * kill)
            process.kill()
            process.wait()
        process = scratch.start_sluice(*follow, stderr=subprocess.PIPE)
        comes(scratch, process, 3 * len(lines), 'all that was there')
        bucket.put('in/partition=3/1.txt', b'new\n')
        bucket.put('in/partition=0/2.txt', b'more\n')
        comes(scratch, process, 3 * len(lines) + 2, 'what came later')
        ends(process)
        for partition, more in enumerate(('more', None, None)):
            equal(values_of(scratch, partition), lines + ([more] if more else []), f'values of partition {partition}')
        equal(values_of(scratch, 3), ['new'], 'values of a partition that had none')


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


def requests(store, operation):
    return store.counters()['operations'].get(operation, {}).get('requests', 0)


def numbered(first, count, width=57):
    return [f'{n:07}' + 'x' * width for n in range(first, first + count)]


def as_lines(lines):
    return '\n'.join(lines).encode() + b'\n'


@suite.case
def ranges_and_objects_are_fetched_ahead_and_faults_change_no_order():
    with (pair := setting())[0] as scratch, pair[1] as store:
        bucket = Bucket(store, 'bkt')
        expected = []
        for n, count in enumerate([200000, 3, 1, 90000, 2, 2, 2, 60000]):
            lines = numbered(len(expected), count)
            data = as_lines(lines)
            bucket.put(f'in/{n}.txt' + ('.gz' if n % 3 == 2 else ''), gzip.compress(data, 0) if n % 3 == 2 else data)
            expected += lines
        store.set_faults([
            {'operation': 'GetObject', 'nth': 2, 'count': 3, 'kind': 'truncate', 'bytes': 300000},
            {'operation': 'GetObject', 'nth': 6, 'count': 1, 'kind': 'delay', 'milliseconds': 700},
            {'operation': 'GetObject', 'nth': 9, 'count': 2, 'kind': 'status', 'status': 503, 'code': 'SlowDown'},
            {'operation': 'GetObject', 'nth': 13, 'count': 2, 'kind': 'reset-before'},
            {'operation': 'GetObject', 'nth': 1, 'count': 1, 'kind': 'delay', 'milliseconds': 1500},
        ])
        process = scratch.start_sluice(*IMPORT, '--memory', '16MiB')
        # The first range is late: what lies behind it is there all the same.
        wait_for(lambda: requests(store, 'GetObject') >= 8, 'requests are made ahead', process, patience=20)
        equal(process.wait(120), 0, 'exit status')
        expect(values(scratch) == expected, 'the lines of all objects, each once, in order')
        fired = [rule['fired'] for rule in store.ask('GET', '/_sim/faults')]
        expect(all(fired), f'every fault happened: {fired}')


@suite.case
def many_small_objects_take_few_syncs_and_the_requests_they_need():
    with (pair := setting())[0] as scratch, pair[1] as store:
        bucket = Bucket(store, 'bkt')
        for n in range(300):
            bucket.put(f'in/{n:04}.txt', f'{n:04}\n'.encode() if n % 7 else b'')
        began = time.monotonic()
        scratch.sluice(*IMPORT, '--concurrency', '8')
        expect(time.monotonic() - began < 20, 'they do not come one after the other')
        expected = [f'{n:04}' for n in range(300) if n % 7]
        equal(values(scratch), expected, 'values')
        equal(requests(store, 'GetObject'), len(expected), 'requests')


@suite.case
def an_object_that_is_left_out_costs_no_more_of_it_and_the_next_ones_come():
    with (pair := setting())[0] as scratch, pair[1] as store:
        bucket = Bucket(store, 'bkt')
        bucket.put('in/1.ndjson', b'{"value":"good"}\nbad\n' + b'x' * (40 << 20))
        bucket.put('in/2.ndjson', b'{"value":"next"}\n')
        said = scratch.sluice(*IMPORT, '--on-bad', 'skip', '--memory', '4MiB', '--concurrency', '4', status=6).err
        contains(said, 'left out: s3://bkt/in/1.ndjson: line 2')
        equal(values(scratch), ['good', 'next'], 'values')
        expect(requests(store, 'GetObject') < 20, 'the rest of it is not fetched')


@suite.case
def one_that_changes_between_listing_and_reading_is_told_once():
    with (pair := setting())[0] as scratch, pair[1] as store:
        bucket = Bucket(store, 'bkt')
        bucket.put('in/1.txt', as_lines(numbered(0, 100000)))
        bucket.put('in/2.txt', b'two\n')
        bucket.put('in/3.txt', b'three\n')
        store.set_faults([{'operation': 'GetObject', 'nth': 1, 'kind': 'delay', 'milliseconds': 4000}])
        process = scratch.start_sluice(*IMPORT, '--on-bad', 'skip', '--concurrency', '1', stderr=subprocess.PIPE)
        wait_for(lambda: requests(store, 'GetObject') or fired(store), 'it reads', process)
        time.sleep(1.1) # another second, so that the listing shows another time
        bucket.put('in/2.txt', b'two, changed\n')
        equal(process.wait(60), 6, 'exit status')
        contains(process.stderr.read().decode(), 's3://bkt/in/2.txt, byte 0: it has changed since it was listed')
        equal(values(scratch)[-2:], [numbered(99999, 1)[0], 'three'], 'values')
        expect('appeared' not in scratch.sluice(*IMPORT, status=6).err, 'nothing came late')
        bucket.put('in/0.txt', b'late\n')
        contains(scratch.sluice(*IMPORT, status=6).err, '1 objects appeared or changed')
        expect('appeared' not in scratch.sluice(*IMPORT, status=6).err, 'it is told once')


def fired(store):
    return any(rule['fired'] for rule in store.ask('GET', '/_sim/faults'))


@suite.case
def kills_in_the_middle_of_many_requests_lose_and_double_nothing():
    expected = numbered(0, 400000)
    with (pair := setting())[0] as scratch, pair[1] as store:
        bucket = Bucket(store, 'bkt')
        for n in range(8):
            part = expected[n * 50000:(n + 1) * 50000]
            bucket.put(f'in/{n}.txt', as_lines(part))
        kills = 0
        for nth in (3, 9, 10):
            # From the nth request on no range comes.
            store.set_faults([{'operation': 'GetObject', 'nth': nth, 'count': 0, 'kind': 'stall'}])
            process = scratch.start_sluice(*IMPORT, '--memory', '8MiB', '--concurrency', '8')
            wait_for(fired_of(store), 'a request hangs', process)
            time.sleep(0.3)
            process.send_signal(signal.SIGKILL)
            process.wait(60)
            kills += 1
            store.clear_faults()
            seen = values(scratch)
            expect(seen == expected[:len(seen)], 'what is there is a beginning')
        expect(0 < len(seen) < len(expected), f'{kills} kills came in between: {len(seen)}')
        scratch.sluice(*IMPORT, '--memory', '8MiB')
        expect(values(scratch) == expected, 'the lines, each once, in order')


def fired_of(store):
    return lambda: fired(store)


@suite.case
def memory_stays_what_was_given_with_large_objects():
    if sanitized():
        skip('a sanitizer has memory of its own')
    with (pair := setting())[0] as scratch, pair[1] as store:
        bucket = Bucket(store, 'bkt')
        line = 'y' * 1000
        content = (line + '\n').encode() * ((64 << 20) // 1001)
        for name in 'abc':
            bucket.put(f'in/{name}.txt', content)
        budget = 8
        process = scratch.start_sluice(*IMPORT, '--memory', f'{budget}MiB')
        most = 0
        while process.poll() is None:
            most = max(most, resident_mib(process.pid))
            time.sleep(0.005)
        equal(process.returncode, 0, 'exit status')
        expect(most <= budget + 64, f'{most} MiB of memory')
        told = json.loads(scratch.sluice('stream', 'info', 'copy', '--json').out)
        contains(json.dumps(told), str(3 * ((64 << 20) // 1001)), 'events')


def resident_mib(pid):
    """The most that was ever resident, as the kernel knows it; 0 when the process is gone."""
    try:
        with open(f'/proc/{pid}/status') as status:
            for line in status:
                if line.startswith('VmHWM:'):
                    return int(line.split()[1]) // 1024
    except OSError:
        pass
    return 0


# ---------------------------------------------------------------------------------------------- --follow

FOLLOW = (*IMPORT, '--follow', '--poll', '200ms')


def count_of(scratch, stream='copy'):
    said = scratch.sluice('stream', 'cat', stream, status=None).out
    return len(said.splitlines())


def comes(scratch, process, number, told):
    wait_for(lambda: count_of(scratch) >= number, told, process)


def ends(process, status=10, with_signal=signal.SIGINT):
    began = time.monotonic()
    process.send_signal(with_signal)
    equal(process.wait(30), status, 'exit status')
    expect(time.monotonic() - began < 5, 'it ends at once')


def target_of(scratch, name):
    row = json.loads(scratch.sluice('transfer', 'show', name, '--json').out)
    return row, (row['progress'] or {'targets': [{}]})['targets'][0]


@suite.case
def what_comes_later_is_imported_by_key_and_what_comes_too_late_is_told_once():
    with (pair := setting())[0] as scratch, pair[1] as store:
        bucket = Bucket(store, 'bkt')
        process = scratch.start_sluice(*FOLLOW, '--name', 'growing', stderr=subprocess.PIPE)
        wait_for(lambda: requests(store, 'ListObjectsV2') >= 2, 'an empty prefix is waited for', process)
        bucket.put('in/2026-01-01.txt', b'one\n')
        bucket.put('in/2026-01-02.txt', b'two\n')
        comes(scratch, process, 2, 'the first objects')
        bucket.put('in/2026-01-03.txt', b'three\n')
        comes(scratch, process, 3, 'the next one')
        wait_for(lambda: target_of(scratch, 'growing')[1].get('state') == 'waiting', 'it says that it waits', process)
        bucket.put('in/2026-01-02b.txt', b'late\n')
        bucket.put('in/2026-01-02.txt', b'changed\n')
        lists = requests(store, 'ListObjectsV2')
        wait_for(lambda: requests(store, 'ListObjectsV2') > lists + 3, 'it looks again', process)
        bucket.put('in/2026-01-04.txt', b'four\n')
        comes(scratch, process, 4, 'it goes on')
        ends(process, 6)
        said = process.stderr.read().decode()
        equal(said.count('2026-01-02b.txt'), 2, 'when it is found, and at the end')
        contains(said, '2 objects appeared or changed before the place reached')
        equal(target_of(scratch, 'growing')[0]['observed'], 'paused', 'state')
        equal(values(scratch), ['one', 'two', 'three', 'four'], 'values')
        scratch.sluice(*IMPORT, '--name', 'growing')
        bucket.put('in/2026-01-05.txt', b'five\n')
        again = scratch.start_sluice(*FOLLOW, '--name', 'growing')
        comes(scratch, again, 5, 'it continues')
        ends(again)
        equal(values(scratch), ['one', 'two', 'three', 'four', 'five'], 'values')


@suite.case
def by_modification_the_siblings_of_a_second_come_together_and_in_order():
    with (pair := setting())[0] as scratch, pair[1] as store:
        bucket = Bucket(store, 'bkt')
        process = scratch.start_sluice(*FOLLOW, '--sort', 'modified')
        # Keys that fall within each second, so that what is listed first never is the first.
        names = [f'{n:03}' for n in range(120)]
        for name in reversed(names):
            bucket.put(f'in/{name}.txt', name.encode() + b'\n')
            time.sleep(0.03)
        comes(scratch, process, len(names), 'all of them')
        ends(process)
        shown = bucket.modified('in/')
        expected = [key[len('in/'):-4] for key in sorted(shown, key=lambda key: (shown[key], key))]
        expect(len(set(shown.values())) > 2, 'several seconds')
        equal(values(scratch), expected, 'values')


@suite.case
def one_that_is_written_again_comes_again_by_modification():
    with (pair := setting())[0] as scratch, pair[1] as store:
        bucket = Bucket(store, 'bkt')
        bucket.put('in/a.txt', b'a\n')
        process = scratch.start_sluice(*FOLLOW, '--sort', 'modified')
        comes(scratch, process, 1, 'the first one')
        bucket.put('in/a.txt', b'a again\n')
        comes(scratch, process, 2, 'the same key')
        ends(process)
        equal(values(scratch), ['a', 'a again'], 'values')
        scratch.sluice(*IMPORT, '--sort', 'modified')


@suite.case
def a_follower_is_paused_and_stopped_by_another_process():
    with (pair := setting())[0] as scratch, pair[1] as store:
        bucket = Bucket(store, 'bkt')
        bucket.put('in/1.txt', b'one\n')
        patient = (*IMPORT, '--follow', '--poll', '1h', '--name', 'growing')
        process = scratch.start_sluice(*patient)
        wait_for(lambda: target_of_running(scratch, 'growing') == 'waiting', 'it waits', process)
        scratch.sluice('transfer', 'pause', 'growing')
        equal(process.wait(10), 10, 'exit status of the pause')
        bucket.put('in/2.txt', b'two\n')
        again = scratch.start_sluice(*(word for word in patient if word != '--quiet'), stderr=subprocess.PIPE)
        comes(scratch, again, 2, 'it goes on')
        scratch.sluice('transfer', 'stop', 'growing')
        equal(again.wait(10), 10, 'exit status of the stop')
        row, target = target_of(scratch, 'growing')
        equal((row['observed'], target['state']), ('stopped', 'stopped'), 'state')
        end = again.stderr.read().decode().split('import growing stopped')[1]
        expect('stopped' in end and 'paused' not in end, f'what is told of the end: {end}')
        # In the middle of an object.
        bucket.put('in/3.txt', as_lines(numbered(0, 200000)))
        store.set_faults([{'operation': 'GetObject', 'nth': 3, 'count': 0, 'kind': 'delay', 'milliseconds': 60000}])
        small = ('--memory', '1MiB', '--concurrency', '1')
        inside = scratch.start_sluice(*patient, *small)
        comes(scratch, inside, 3, 'a part of it is there')
        scratch.sluice('transfer', 'stop', 'growing', status=None)
        equal(inside.wait(30), 10, 'exit status of the stop inside')
        store.clear_faults()
        expect(2 < count_of(scratch) < 200002, 'a part of it')
        scratch.sluice(*IMPORT, '--name', 'growing')
        expect(values(scratch) == ['one', 'two'] + numbered(0, 200000), 'all of it, each line once')


def target_of_running(scratch, name):
    said = scratch.sluice('transfer', 'show', name, '--json', status=None)
    if said.returncode != 0:
        return None
    progress = json.loads(said.out).get('progress')
    return progress and progress['targets'] and progress['targets'][0]['state']


@suite.case
def a_store_that_goes_away_is_waited_for():
    scratch = Scratch()
    with scratch, Simulator(scratch, '--bucket', 'bkt', '--data-dir', scratch / 'store') as store:
        bucket = Bucket(store, 'bkt')
        bucket.put('in/1.txt', b'one\n')
        process = scratch.start_sluice(*FOLLOW)
        comes(scratch, process, 1, 'the first one')
        port = int(store.url.rsplit(':', 1)[1])
        store.stop()
        time.sleep(1)
        store.start(port)
        bucket.put('in/2.txt', b'two\n')
        comes(scratch, process, 2, 'the second one')
        ends(process)
        equal(values(scratch), ['one', 'two'], 'values')


@suite.case
def what_changes_or_goes_before_it_is_read_is_listed_again_when_following():
    with (pair := setting())[0] as scratch, pair[1] as store:
        bucket = Bucket(store, 'bkt')
        bucket.put('in/1.txt', as_lines(numbered(0, 100000)))
        bucket.put('in/2.txt', b'two\n')
        bucket.put('in/3.txt', b'three\n')
        bucket.put('in/4.txt', b'four\n')
        store.set_faults([{'operation': 'GetObject', 'nth': 1, 'kind': 'delay', 'milliseconds': 2000}])
        process = scratch.start_sluice(*FOLLOW, '--concurrency', '1', stderr=subprocess.PIPE)
        wait_for(fired_of(store), 'it reads', process)
        bucket.put('in/2.txt', b'two, changed\n')
        bucket.delete('in/3.txt')
        comes(scratch, process, 100002, 'all that is there')
        ends(process)
        equal(values(scratch)[-2:], ['two, changed', 'four'], 'values')
        contains(process.stderr.read().decode(), 's3://bkt/in/2.txt, byte 0: it has changed since it was listed; listing again')


@suite.case
def a_large_prefix_is_listed_from_the_place_reached_on():
    with (pair := setting())[0] as scratch, pair[1] as store:
        bucket = Bucket(store, 'bkt')
        for n in range(2100):
            bucket.put(f'in/{n:05}', b'')
        process = scratch.start_sluice(*FOLLOW, '--format', 'lines')
        wait_for(lambda: requests(store, 'ListObjectsV2') >= 3 + 2 + 3, 'whole, two parts, whole', process)
        bucket.put('in/00500b', b'late\n')
        bucket.put('in/02100', b'next\n')
        comes(scratch, process, 1, 'the next one')
        lists = requests(store, 'ListObjectsV2')
        wait_for(lambda: requests(store, 'ListObjectsV2') >= lists + 10, 'it looks back', process)
        ends(process, 6)
        equal(values(scratch), ['next'], 'values')


@suite.case
def words_of_following():
    with (pair := setting())[0] as scratch, pair[1]:
        contains(scratch.sluice(*IMPORT, '--poll', '1s', status=2).err, '--poll: belongs to --follow')
        contains(scratch.sluice(*IMPORT, '--follow', '--poll', '1ms', status=2).err, '--poll 1ms: must be at least')
        contains(scratch.sluice(*IMPORT, '--follow', '--poll', 'soon', status=2).err, '--poll')


suite.run()
