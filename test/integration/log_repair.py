"""test: `sluice stream repair`: what is damaged is given up only when that is said, is told, and nothing else is lost."""
import json
import pathlib
import random
import re
import signal
import subprocess
import time

import events
from harness import Scratch, Simulator, Suite, contains, equal, expect, wait_for

suite = Suite(__file__)
MIB = 1 << 20


def folder(scratch, stream='orders', partition=0):
    return pathlib.Path(scratch.env['XDG_DATA_HOME']) / 'sluice' / stream / f'p={partition}'


def segments(scratch, stream='orders'):
    return sorted(folder(scratch, stream).glob('*.log'))


def flip(file, at):
    """Flips a bit of a byte; returns what the file is then."""
    damaged = bytearray(file.read_bytes())
    damaged[at] ^= 4
    file.write_bytes(damaged)
    return bytes(damaged)


def sequences(scratch, stream='orders'):
    return [json.loads(line)['sequence'] for line in scratch.sluice('stream', 'cat', stream).out.splitlines()]


def repaired(scratch, *words, status=0):
    return json.loads(scratch.sluice('stream', 'repair', 'orders', '--json', *words, status=status).out)


def of_segments(scratch, seed, appends):
    """A stream whose segments hold about one of the appends each."""
    rng = random.Random(seed)
    scratch.sluice('stream', 'create', 'orders', '--retain-bytes', '8MiB')
    for _ in range(appends):
        scratch.sluice('stream', 'append', 'orders', '--format', 'lines', stdin=rng.randbytes(450000).hex() + '\n')
    return segments(scratch)


@suite.case
def damage_in_the_last_segment_is_given_up_and_an_export_records_the_gap():
    with Scratch() as scratch, Simulator(scratch, '--bucket', 'bkt', '--min-part-size', '1KiB'):
        events.create(scratch, 'orders', count=300, partitions=1)
        scratch.sluice('export', '--from', 'orders', '--to', 's3://bkt/p')
        events.append(scratch, 'orders', seed=2, count=100, partitions=1)
        [segment] = segments(scratch)
        damaged = flip(segment, segment.stat().st_size - 5000)
        done = scratch.sluice('stream', 'append', 'orders', stdin='x\n', status=1)
        contains(done.err, 'stream repair', 'the way out')

        told = repaired(scratch, status=6)
        equal(told['given_up'], False, 'given up without being told to')
        [loss] = told['losses']
        equal((loss['from'], loss['to'], loss['segments']), ('0/0', '0/400', 1), 'what would be lost')
        equal(len(loss['passed']), 1, 'cursors that have not read all')
        equal(segment.read_bytes(), damaged, 'the segment')
        text = scratch.sluice('stream', 'repair', 'orders', status=6).out
        for part in ('would be given up', 'damage:', segment.name, 'nothing was changed', 'has not read all of it'):
            contains(text, part)

        equal(repaired(scratch, '--accept-loss')['losses'][0]['to'], '0/400', 'the end of what was lost')
        equal(pathlib.Path(f'{segment}.lost').read_bytes(), damaged, 'what was set aside')
        contains(scratch.sluice('stream', 'repair', 'orders').out, 'nothing is damaged')
        scratch.sluice('stream', 'verify', 'orders')
        events.append(scratch, 'orders', seed=3, count=20, partitions=1)
        equal(sequences(scratch), list(range(400, 420)), 'sequences after the loss')

        done = scratch.sluice('export', '--from', 'orders', '--to', 's3://bkt/p', status=7)
        contains(done.err, '--accept-gaps', 'the refusal')
        done = scratch.sluice('verify', 's3://bkt/p', '--against', 'orders', status=6)
        contains(done.out, 'note: events 0/300 up to 0/400 were not exported, and the stream does not have them any more')
        contains(done.out, 'not yet there: events 0/400 up to 0/420 of the stream are not exported')
        scratch.sluice('export', '--from', 'orders', '--to', 's3://bkt/p', '--accept-gaps', status=6)
        done = scratch.sluice('verify', 's3://bkt/p', '--against', 'orders', status=6)
        contains(done.out, 'events 0/300 up to 0/400 are in no object (recorded as missing')
        expect('not yet there' not in done.out and 'were not exported' not in done.out, done.out)


@suite.case
def what_was_lost_at_the_end_and_is_recorded_as_missing_is_not_awaited():
    with Scratch() as scratch, Simulator(scratch, '--bucket', 'bkt'):
        events.create(scratch, 'orders', count=300, partitions=1)
        scratch.sluice('export', '--from', 'orders', '--to', 's3://bkt/p')
        events.append(scratch, 'orders', seed=2, count=100, partitions=1)
        [segment] = segments(scratch)
        flip(segment, segment.stat().st_size - 5000)
        said = scratch.sluice('export', '--from', 'orders', '--to', 's3://bkt/p', status=1).err
        expect(said.startswith('sluice: stream orders: '), f'what failed comes first: {said}')
        contains(said, ' (during PutObject bkt/p/orders/partition=0/')
        repaired(scratch, '--accept-loss')
        scratch.sluice('export', '--from', 'orders', '--to', 's3://bkt/p', '--accept-gaps', status=6)
        done = scratch.sluice('verify', 's3://bkt/p', '--against', 'orders', status=6)
        contains(done.out, 'events 0/300 up to 0/400 are in no object (recorded as missing')
        expect('not yet there' not in done.out and 'were not exported' not in done.out, done.out)


@suite.case
def what_was_exported_up_to_the_loss_goes_on_without_a_gap():
    with Scratch() as scratch, Simulator(scratch, '--bucket', 'bkt'):
        events.create(scratch, 'orders', count=200, partitions=1)
        scratch.sluice('export', '--from', 'orders', '--to', 's3://bkt/p')
        [segment] = segments(scratch)
        flip(segment, 3000)
        equal(repaired(scratch, '--accept-loss')['losses'][0]['passed'], [], 'cursors with a gap')
        events.append(scratch, 'orders', seed=2, count=50, partitions=1)
        scratch.sluice('export', '--from', 'orders', '--to', 's3://bkt/p')
        scratch.sluice('verify', 's3://bkt/p')
        equal(len(scratch.sluice('cat', 's3://bkt/p').out.splitlines()), 250, 'exported events')


@suite.case
def damage_in_an_older_segment_costs_it_and_what_lies_before():
    with Scratch() as scratch:
        files = of_segments(scratch, 5, 6)
        expect(len(files) >= 3, f'several segments: {len(files)}')
        before = scratch.sluice('stream', 'cat', 'orders').out.splitlines()
        flip(files[1], 2000)
        first = int(files[2].name[13:33])
        loss = repaired(scratch, '--accept-loss')['losses'][0]
        equal((loss['from'], loss['to'], loss['segments']), ('0/0', f'0/{first}', 2), 'what was lost')
        equal(segments(scratch), files[2:], 'segments that stay')
        equal(scratch.sluice('stream', 'cat', 'orders').out.splitlines(), before[first:], 'events that stay')
        scratch.sluice('stream', 'verify', 'orders')


@suite.case
def a_missing_segment_and_all_of_them_missing_are_given_up_too():
    with Scratch() as scratch:
        files = of_segments(scratch, 6, 6)
        files[1].unlink()
        scratch.sluice('stream', 'append', 'orders', stdin='x\n', status=1)
        loss = repaired(scratch, '--accept-loss')['losses'][0]
        contains(loss['damage'], 'is missing')
        equal(segments(scratch), files[2:], 'segments that stay')
        last = sequences(scratch)[-1]
        for file in segments(scratch):
            file.unlink()
        repaired(scratch, '--accept-loss')
        scratch.sluice('stream', 'append', 'orders', stdin='x\n')
        equal(sequences(scratch), [last + 1], 'sequences after all was lost')


@suite.case
def a_lost_last_segment_is_seen_although_the_one_before_it_is_whole():
    with Scratch() as scratch:
        files = of_segments(scratch, 7, 5)
        last = sequences(scratch)[-1]
        files[-1].unlink()
        scratch.sluice('stream', 'append', 'orders', stdin='x\n', status=1)
        loss = repaired(scratch, '--accept-loss')['losses'][0]
        contains(loss['damage'], 'before its durable end')
        scratch.sluice('stream', 'append', 'orders', stdin='x\n')
        expect(sequences(scratch)[-1] > last, 'a sequence is used twice')


@suite.case
def where_nothing_tells_how_far_a_partition_went_it_is_refused():
    with Scratch() as scratch:
        events.create(scratch, 'orders', count=100, partitions=1)
        [segment] = segments(scratch)
        segment.write_bytes(b'\0' * segment.stat().st_size)
        (folder(scratch) / 'watermark').write_bytes(b'\1' * 100)
        done = scratch.sluice('stream', 'repair', 'orders', '--accept-loss', status=1)
        contains(done.err, 'nothing that is left tells how far it went')
        equal([file.name for file in segments(scratch)], [segment.name], 'files')


@suite.case
def a_small_file_of_which_one_value_is_broken_is_told_and_the_other_used():
    with Scratch() as scratch:
        events.create(scratch, 'orders', count=100, partitions=1)
        scratch.sluice('stream', 'append', 'orders', stdin='x\n')
        whole = scratch.sluice('stream', 'verify', 'orders').out
        expect('note' not in whole, whole)
        for name in ('p=0/watermark', 'writer_epoch'):
            file = folder(scratch).parent / name
            kept = file.read_bytes()
            for slot in (0, 4096):
                file.write_bytes(kept[:slot + 20] + bytes([kept[slot + 20] ^ 1]) + kept[slot + 21:])
                told = scratch.sluice('stream', 'verify', 'orders').out
                contains(told, f'note: {file}: one of its two values does not check', name)
                done = scratch.sluice('stream', 'append', 'orders', stdin='x\n')
                contains(done.err, f'warning: {file}: one of its two values does not check', 'what append says')
                # Writing twice mends it.
                scratch.sluice('stream', 'append', 'orders', stdin='x\n')
                expect('note' not in scratch.sluice('stream', 'verify', 'orders').out, 'it is mended by writing')
                kept = file.read_bytes()
        equal(sequences(scratch), list(range(109)), 'nothing was lost')


@suite.case
def verify_reads_no_faster_than_it_is_told_to():
    with Scratch() as scratch:
        scratch.sluice('stream', 'create', 'orders')
        scratch.sluice('stream', 'append', 'orders', '--format', 'lines', stdin=('x' * 65536 + '\n') * 32)
        began = time.monotonic()
        scratch.sluice('stream', 'verify', 'orders', '--bwlimit', '2MiB/s')
        expect(time.monotonic() - began > 0.7, 'two MiB in less than 0.7 s')
        done = scratch.sluice('stream', 'verify', 'orders', '--bwlimit', 'fast', status=2)
        contains(done.err, '--bwlimit "fast"')


def listens(process):
    """Whether it catches SIGINT by now."""
    status = pathlib.Path(f'/proc/{process.pid}/status').read_text()
    caught = next(line for line in status.splitlines() if line.startswith('SigCgt'))
    return int(caught.split()[1], 16) & 1 << signal.SIGINT - 1


@suite.case
def verify_that_was_stopped_goes_on_where_it_stood():
    with Scratch() as scratch:
        scratch.sluice('stream', 'create', 'orders', '--partitions', '2')
        for n in range(6):
            scratch.sluice('stream', 'append', 'orders', '--partition', n % 2, stdin=('x' * 8192 + '\n') * 4)
        verify = ('stream', 'verify', 'orders')
        process = scratch.start_sluice(*verify, '--bwlimit', '16KiB/s', stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        wait_for(lambda: listens(process), 'it listens to SIGINT', process)
        process.send_signal(signal.SIGINT)
        out, err = (text.decode() for text in process.communicate(timeout=60))
        equal(process.returncode, 10, f'exit status, with {out}{err}')
        place = re.search(r'whole up to (\d/\d+)\n$', out).group(1)
        contains(err, f'continue with: sluice stream verify orders --bwlimit 16KiB/s --from {place}\n'.split('sluice ', 1)[1])
        contains(scratch.sluice(*verify, '--from', place).out, f'whole from {place}\n')

        seen, runs, place = 0, 0, '0/0'
        while place:
            done = scratch.sluice(
                *verify, '--bwlimit', '64KiB/s', '--max-duration', '300ms', '--json', '--from', place, status=None
            )
            told = json.loads(done.out)
            equal((done.returncode, told['whole']), (8, False) if told['stopped_at'] else (0, True), 'how it ended')
            equal(told['from'], place, 'where it began')
            seen, runs, place = seen + told['events'], runs + 1, told['stopped_at']
            expect(runs < 100, 'it comes to an end')
        equal(seen, 24, f'events that were checked in {runs} runs')
        expect(runs > 1, 'it was stopped')

        for wrong, says in (('latest', 'must be partition/sequence'), ('2/0', 'there is no 2'), ('1/13', 'ends at 1/12')):
            done = scratch.sluice(*verify, '--from', wrong, status=None)
            expect(done.returncode in (1, 2, 7), f'status {done.returncode}')
            contains(done.err, says, wrong)
        [segment] = segments(scratch)
        flip(segment, 5000)
        contains(scratch.sluice(*verify, '--from', '0/4').out, 'whole from 0/4')
        scratch.sluice(*verify, status=6)


suite.run()
