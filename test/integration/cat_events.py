"""test: `sluice cat`: events of an export, from any place on, through the piece lists and no more than that."""
import json

import events
from harness import Scratch, Simulator, Suite, contains, equal, expect

suite = Suite(__file__)
MIB = 1 << 20


def with_store(*options):
    scratch = Scratch()
    return scratch, Simulator(scratch, '--bucket', 'bkt', '--min-part-size', '1KiB', *options)


def lines(scratch, *words):
    return scratch.sluice('cat', 's3://bkt/p', *words).raw.splitlines()


def stream_lines(scratch, *words):
    return scratch.sluice('stream', 'cat', 'orders', *words).raw.splitlines()


def objects_received(store):
    """Bytes of bodies that GETs of objects and commits have been given."""
    return store.counters()['operations']['GetObject']['bytes_out']


@suite.cases_for(('avro', 'ndjson'))
def cat_prints_what_the_stream_prints_with_large_events_joined_again(form):
    scratch, store = with_store()
    with scratch, store:
        events.create(scratch, 'orders', count=1500, large=6)
        scratch.sluice(
            'export', '--from', 'log:orders', '--to', f's3://bkt/p?format={form}', '--object-bytes', '3MiB',
            '--part-size', '1MiB',
        )
        for form in ('ndjson', 'lines', 'raw'):
            equal(lines(scratch, '--format', form), stream_lines(scratch, '--format', form), f'all events as {form}')
        expect(not any(b'"fragment":{' in line for line in lines(scratch)), 'large events are whole')
        for words in (('--from', 'seq:700'), ('--from', '1/333', '--limit', '5'), ('--from', 'latest'),
                      ('--partition', '1', '--limit', '3'), ('--from', 'seq:5000000')):
            equal(lines(scratch, *words), stream_lines(scratch, *words), f'events {words}')


def json_values(out):
    """Sequence and value of each event printed."""
    seen = [json.loads(line) for line in out]
    return [(event['sequence'], event['value']) for event in seen]


@suite.cases_for([f'{form} {codec}' for form in ('delimited', 'lines') for codec in ('none', 'zstd')])
def values_are_printed_from_any_sequence(pair):
    form, codec = pair.split()
    scratch, store = with_store()
    with scratch, store:
        events.create(scratch, 'orders', count=300, large=6, form=form)
        scratch.sluice(
            'export', '--from', 'log:orders', '--to', f's3://bkt/p?format={form}&codec={codec}', '--object-bytes', '700KiB',
            '--part-size', '100KiB',
        )
        equal(lines(scratch, '--format', 'raw'), stream_lines(scratch, '--format', 'raw'), 'all bytes')
        for words in ((), ('--from', 'seq:70'), ('--from', '1/33', '--limit', '5'), ('--from', 'latest'),
                      ('--partition', '1', '--limit', '3'), ('--from', 'seq:5000000'),
                      *(('--from', f'0/{n}', '--limit', '2') for n in range(3, 150, 9))):
            expected = json_values(stream_lines(scratch, *words))
            if form == 'lines':
                expected = [(sequence, '' if value is None else value) for sequence, value in expected]
            expect(json_values(lines(scratch, *words)) == expected, f'events {words}')
        said = scratch.sluice('cat', 's3://bkt/p', '--from', 'time:2026-11-23T10:00:00Z', status=2).err
        contains(said, f'{form} objects hold no timestamps; give seq:N')


@suite.cases_for(('none', 'gzip'))
def the_bytes_of_raw_are_printed_from_where_a_piece_begins(codec):
    scratch, store = with_store()
    with scratch, store:
        events.create(scratch, 'orders', count=300, partitions=1, large=3)
        for end in ('seq:100', 'seq:200', 'latest'):  # where a run ends, an object does
            scratch.sluice('export', '--from', 'log:orders', '--to', f's3://bkt/p?format=raw&codec={codec}', '--end', end)
        for words in ((), ('--from', 'seq:100'), ('--from', '0/200'), ('--from', 'latest')):
            got, wanted = lines(scratch, '--format', 'raw', *words), stream_lines(scratch, '--format', 'raw', *words)
            expect(got == wanted, f'bytes {words}')
        contains(scratch.sluice('cat', 's3://bkt/p', status=2).err, 'raw objects, which do not tell where events end')
        contains(scratch.sluice('cat', 's3://bkt/p', '--format', 'raw', '--limit', '1', status=2).err, 'without --limit')
        said = scratch.sluice('cat', 's3://bkt/p', '--format', 'raw', '--from', 'seq:101', status=2).err
        contains(said, 'the nearest places are 0/100 and 0/')
        said = scratch.sluice('cat', 's3://bkt/p', '--format', 'raw', '--from', 'time:2026-11-23T10:00:00Z', status=2).err
        contains(said, 'raw objects hold no timestamps; give seq:N')


@suite.case
def fragments_that_make_another_event_are_not_appended():
    with Scratch() as scratch:
        scratch.sluice('stream', 'create', 'orders')
        # The event of docs/formats.md, whose two bytes are ff 00; and the same with another first byte.
        text = '{"value":{"base64":"%s"},"fragment":{"offset":0,"last":{"length":2,"crc64nvme":"1SVQR+/shyg="}}}\n'
        append = ('stream', 'append', 'orders', '--format', 'ndjson')
        scratch.sluice(*append, stdin=(text % '/wA='))
        refused = scratch.sluice(*append, stdin=(text % '/gA='), status=1)
        contains(refused.err, 'line 1: event 0: its 2 bytes, put together, do not have the length and CRC64')
        equal(len(stream_lines(scratch)), 1, 'events')


@suite.case
def cat_from_a_time_begins_at_the_first_event_that_is_not_earlier():
    scratch, store = with_store()
    with scratch, store:
        events.create(scratch, 'orders', count=1500, large=6)
        scratch.sluice('export', '--from', 'log:orders', '--to', 's3://bkt/p', '--object-bytes', '3MiB')
        everything = [json.loads(line) for line in lines(scratch, '--partition', '0')]
        for moment in ('2026-11-23T10:05:00Z', '2026-11-23T10:11:07.5Z', '2020-01-01T00:00:00Z', '2030-01-01T00:00:00Z'):
            since = moment.replace('Z', '').ljust(26, '0') if '.' in moment else moment.replace('Z', '.000000')
            at = [n for n, each in enumerate(everything) if each['timestamp'] and each['timestamp'].rstrip('Z') >= since]
            expected = everything[at[0]:] if at else []
            words = ('--partition', '0', '--from', f'time:{moment}')
            equal([json.loads(line) for line in lines(scratch, *words)], expected, f'events since {moment}')
            equal(stream_lines(scratch, *words), lines(scratch, *words), f'events of the stream since {moment}')


@suite.case
def one_event_out_of_a_256_mib_object_reads_two_pieces_at_most():
    scratch, store = with_store()
    with scratch, store:
        scratch.sluice('stream', 'create', 'orders')
        line = 'x' * (256 << 10)
        for _ in range(17):
            scratch.sluice('stream', 'append', 'orders', stdin=(line + '\n') * 64)
        scratch.sluice('export', '--from', 'log:orders', '--to', 's3://bkt/p')
        listed = json.loads(scratch.sluice('ls', 's3://bkt/p', '--json').out)['objects']
        largest = max(each['bytes'] for each in listed)
        expect(largest >= 256 * MIB, f'an object of 256 MiB is there: {largest}')
        told = json.loads(scratch.sluice('inspect', f's3://bkt/p/orders/{listed[0]["key"]}', '--json').out)
        ends = [each['at'] for each in told['pieces']] + [told['bytes']]
        piece = max(b - a for a, b in zip(ends, ends[1:]))
        commits = sum(
            each['size'] for each in store.ask('GET', '/_sim/objects') if '/_sluice/' in each['key']
        )
        for sequence in (0, 500, 517, 1023):
            before = objects_received(store)
            [got] = lines(scratch, '--from', f'seq:{sequence}', '--limit', '1')
            equal(json.loads(got)['sequence'], sequence, 'sequence')
            read = objects_received(store) - before
            expect(read <= commits + 2 * piece, f'{read} bytes were read for event {sequence}')


@suite.case
def cat_stops_at_a_damaged_piece_and_names_it():
    scratch, store = with_store()
    with scratch, store:
        events.create(scratch, 'orders', count=3000, partitions=1)
        store.set_faults([
            {'operation': 'PutObject', 'key': 'partition=0', 'kind': 'flip-bit', 'bytes': 2 * MIB, 'phase': 'effect'}])
        scratch.sluice('export', '--from', 'log:orders', '--to', 's3://bkt/p')
        store.clear_faults()
        everything = stream_lines(scratch)
        done = scratch.sluice('cat', 's3://bkt/p', status=1)
        printed = done.raw.splitlines()
        expect(0 < len(printed) < len(everything), f'{len(printed)} events before the damage')
        equal(printed, everything[:len(printed)], 'what was printed')
        contains(done.err, ', piece ', 'what cat says')


@suite.case
def wrong_words_are_refused_by_name():
    scratch, store = with_store()
    with scratch, store:
        events.create(scratch, 'orders', count=20)
        scratch.sluice('export', '--from', 'log:orders', '--to', 's3://bkt/p')
        contains(scratch.sluice('cat', 's3://bkt/p', '--from', 'time:noon', status=2).err, 'time:2026-11-23T10:00:00Z')
        contains(scratch.sluice('cat', 's3://bkt/p', '--partition', '2', status=2).err, 'partitions 0 to 1')
        contains(scratch.sluice('cat', 's3://bkt/nothing', status=3).err, 'no export lies here')
        for what in (('cat', 's3://bkt/p'), ('stream', 'cat', 'orders')):
            said = scratch.sluice(*what, '--partition', '0', '--from', '1/8', status=2).err
            contains(said, '--from 1/8 --partition 0: two partitions')
            contains(scratch.sluice(*what, '--from', '8/1', status=2).err, '--from 8/1: the stream has partitions 0 to 1')
            scratch.sluice(*what, '--partition', '1', '--from', '1/2', '--limit', '1')
            contains(scratch.sluice(*what, '--limit', '-1', status=2).err, '--limit: -1: must not be negative')


suite.run()
