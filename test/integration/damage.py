"""test: damaged logs: truncation at every byte of the last batches, and flipped bits anywhere, are recognised."""
import pathlib
import random
import shutil

import events
from harness import Scratch, Simulator, Suite, contains, equal, expect

suite = Suite(__file__)


def segment_files(scratch, stream):
    return sorted(pathlib.Path(scratch.env['XDG_DATA_HOME']).rglob(f'{stream}/p=*/*.log'))


def count(scratch, stream, status=0):
    done = scratch.sluice('stream', 'cat', stream, '--partition', 0, status=status)
    return done.out.count('\n')


@suite.case
def flipped_bits_in_a_segment_are_found_by_verify_and_never_read():
    with Scratch() as scratch:
        events.create(scratch, 'orders', count=300, partitions=1)
        rng = random.Random(7)
        [segment] = segment_files(scratch, 'orders')
        whole = segment.read_bytes()
        for _ in range(25):
            at = rng.randrange(len(whole))
            damaged = bytearray(whole)
            damaged[at] ^= 1 << rng.randrange(8)
            segment.write_bytes(damaged)
            done = scratch.sluice('stream', 'verify', 'orders', status=None)
            expect(done.returncode in (1, 6), f'a flipped bit at byte {at} of {len(whole)}: status {done.returncode}')
            contains(done.out + done.err, 'orders', 'what verify says')
        segment.write_bytes(whole)
        scratch.sluice('stream', 'verify', 'orders')


@suite.case
def a_log_cut_short_below_its_durable_end_stops_and_nothing_is_deleted():
    with Scratch() as scratch:
        events.create(scratch, 'orders', count=300, partitions=1)
        [segment] = segment_files(scratch, 'orders')
        whole = segment.read_bytes()
        segment.write_bytes(whole[:-100])
        done = scratch.sluice('stream', 'append', 'orders', stdin='one more\n', status=1)
        contains(done.err, 'orders', 'what append says')
        equal(segment.read_bytes(), whole[:-100], 'the damaged segment')
        segment.write_bytes(whole)
        scratch.sluice('stream', 'append', 'orders', stdin='one more\n')
        equal(count(scratch, 'orders'), 301, 'events')


@suite.case
def garbage_behind_the_durable_end_is_cut_and_nothing_before_it():
    with Scratch() as scratch:
        events.create(scratch, 'orders', count=100, partitions=1)
        [segment] = segment_files(scratch, 'orders')
        whole = segment.read_bytes()
        for tail in (b'\0' * 5000, b'\xff' * 5000, whole[-3000:], whole[:200], random.Random(1).randbytes(999)):
            segment.write_bytes(segment.read_bytes() + tail)
            before = count(scratch, 'orders')
            scratch.sluice('stream', 'append', 'orders', stdin='one more\n')
            equal(count(scratch, 'orders'), before + 1, 'events')
            scratch.sluice('stream', 'verify', 'orders')


@suite.case
def of_a_damaged_log_what_lies_before_the_damage_is_exported_and_printed():
    with Scratch() as scratch, Simulator(scratch, '--bucket', 'bkt') as store:
        events.create(scratch, 'orders', count=2000, partitions=1)
        [segment] = segment_files(scratch, 'orders')
        copy = scratch / 'copy.log'
        shutil.copy(segment, copy)
        whole = scratch.sluice('stream', 'cat', 'orders').raw.splitlines()
        damaged = bytearray(copy.read_bytes())
        damaged[len(damaged) // 2] ^= 4
        segment.write_bytes(damaged)
        printed = scratch.sluice('stream', 'cat', 'orders', status=1).raw.splitlines()
        expect(0 < len(printed) < len(whole), f'{len(printed)} events before the damage')
        equal(printed, whole[:len(printed)], 'what is printed')
        for _ in range(2):
            done = scratch.sluice('export', '--from', 'log:orders', '--to', 's3://bkt/p', status=1)
            contains(done.err, 'orders', 'what export says')
            equal(store.uploads(), [], 'open uploads')
            equal(scratch.sluice('cat', 's3://bkt/p').raw.splitlines(), printed, 'what was exported')
        shutil.copy(copy, segment)
        scratch.sluice('export', '--from', 'log:orders', '--to', 's3://bkt/p')
        scratch.sluice('verify', 's3://bkt/p', '--against', 'log:orders')


@suite.cases_for(['none', 'zstd'])
def a_bit_flipped_anywhere_is_never_exported(codec):
    with Scratch() as scratch, Simulator(scratch, '--bucket', 'bkt') as store:
        scratch.sluice('stream', 'create', 'orders', '--codec', codec)
        events.append(scratch, 'orders', seed=1, count=400, partitions=1, large=1)
        [segment] = segment_files(scratch, 'orders')
        content, whole = segment.read_bytes(), scratch.sluice('stream', 'cat', 'orders').raw.splitlines()
        rng, stopped = random.Random(11), 0
        for n in range(12):
            at = rng.randrange(len(content))
            segment.write_bytes(content[:at] + bytes([content[at] ^ 1 << rng.randrange(8)]) + content[at + 1:])
            place = f's3://bkt/{n}?' + ('format=avro', 'format=avro&codec=zstd', 'format=ndjson&codec=none')[n % 3]
            done = scratch.sluice('export', '--from', 'orders', '--to', place, '--quiet', status=None)
            ended = done.returncode
            expect(ended in (0, 1), f'a bit of byte {at} flipped: exit status {ended}: {done.err}')
            seen = scratch.sluice('cat', place.split('?')[0], status=None).raw.splitlines()
            equal(seen, whole[:len(seen)], f'events exported with a bit of byte {at} flipped')
            expect(ended != 0 or len(seen) == len(whole), f'a bit of byte {at} flipped: status 0 with {len(seen)} events')
            stopped += ended != 0
        expect(stopped >= 10, f'only {stopped} exports stopped')
        equal(store.uploads(), [], 'open uploads')


@suite.cases_for(['verifying first', 'verifying last'])
def what_one_store_would_refuse_the_other_does_not_get(order):
    """One store compares checksums, so that sluice need not; another does not; both get the same blocks."""
    with Scratch() as scratch, Simulator(scratch, '--bucket', 'bkt') as strict, \
            Simulator(scratch, '--bucket', 'bkt', '--no-checksums') as lax:
        events.create(scratch, 'orders', count=2000, partitions=1)
        [segment] = segment_files(scratch, 'orders')
        whole, content = scratch.sluice('stream', 'cat', 'orders').raw.splitlines(), bytearray(segment.read_bytes())
        content[len(content) // 2] ^= 4
        segment.write_bytes(content)
        stores = (strict, lax) if order == 'verifying first' else (lax, strict)
        to = [word for store in stores for word in ('--to', f's3://bkt/p?endpoint={store.url}')]
        done = scratch.sluice('export', '--from', 'orders', *to, '--quiet', status=1)
        contains(done.err, "the checksum of a batch's body does not hold", 'what export says')
        expect('BadDigest' not in done.err, f'a store speaks of damage: {done.err}')
        for store in stores:
            place = f's3://bkt/p?endpoint={store.url}'
            seen = scratch.sluice('cat', place).raw.splitlines()
            expect(0 < len(seen) < len(whole), f'{len(seen)} events before the damage')
            equal(seen, whole[:len(seen)], 'what was exported')
            equal(store.uploads(), [], 'open uploads')


@suite.case
def segments_that_are_gone_are_damage_and_not_the_end_of_the_stream():
    with Scratch() as scratch, Simulator(scratch, '--bucket', 'bkt'):
        events.create(scratch, 'orders', count=300, partitions=1)
        [segment] = segment_files(scratch, 'orders')
        segment.rename(scratch / 'aside.log')
        for command in (
            ('export', '--from', 'log:orders', '--to', 's3://bkt/p'),
            ('stream', 'cat', 'orders', '--partition', 0),
        ):
            done = scratch.sluice(*command, status=1)
            contains(done.err, 'no segment is there, though events up to 0/300 were stored', f'what {command[0]} says')
        (scratch / 'aside.log').rename(segment)
        scratch.sluice('export', '--from', 'log:orders', '--to', 's3://bkt/p')
        scratch.sluice('verify', 's3://bkt/p', '--against', 'log:orders')


@suite.case
def after_a_power_failure_an_export_waits_for_a_writer_to_find_the_end():
    with Scratch() as scratch, Simulator(scratch, '--bucket', 'bkt'):
        events.create(scratch, 'orders', count=300, partitions=1)
        mark = segment_files(scratch, 'orders')[0].parent / 'watermark'
        earlier = mark.read_bytes()
        events.append(scratch, 'orders', seed=2, count=100, partitions=1)
        scratch.sluice('export', '--from', 'log:orders', '--to', 's3://bkt/p')
        mark.write_bytes(earlier)  # it is not synced with each append
        done = scratch.sluice('export', '--from', 'log:orders', '--to', 's3://bkt/p', status=7)
        contains(done.err, 'ends at 0/300')
        contains(done.err, '`sluice stream append orders` without input')
        scratch.sluice('stream', 'append', 'orders', stdin='')
        scratch.sluice('export', '--from', 'log:orders', '--to', 's3://bkt/p')
        scratch.sluice('verify', 's3://bkt/p', '--against', 'log:orders')


suite.run()
