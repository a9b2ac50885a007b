"""test: destinations of one export that pause, end, die, come back, are added and removed, while the others go on.

The number of random moments is SLUICE_PAUSE_RUNS; SLUICE_PAUSE_SEED repeats a sequence of choices.
"""
import json
import os
import random
import signal
import socket
import time

import events
from harness import Scratch, Simulator, Suite, contains, equal, expect, sanitized, stop, wait_for

suite = Suite(__file__)
SEED = int(os.environ.get('SLUICE_PAUSE_SEED', str(random.randrange(1 << 30))))
RUNS = int(os.environ.get('SLUICE_PAUSE_RUNS', '1' if sanitized() else '3'))
COUNT = 4000
NAMED = ('export', '--from', 'orders', '--name', 'nightly', '--part-size', '200KiB', '--object-bytes', '2MiB')
EXPORT = (*NAMED, '--concurrency', '2', '--quiet')


def setting(count=COUNT, large=2, partitions=2):
    scratch = Scratch()
    store = Simulator(scratch, '--bucket', 'bkt', '--min-part-size', '1KiB')
    scratch.__enter__()
    store.__enter__()
    events.create(scratch, 'orders', count=count, partitions=partitions, large=large)
    return Both(scratch, store)


class Both:
    """A scratch and its store, which end together."""

    def __init__(self, scratch, store):
        self.scratch, self.store = scratch, store

    def __enter__(self):
        return self.scratch, self.store

    def __exit__(self, *why):
        self.store.__exit__(*why)
        self.scratch.__exit__(*why)


def to(*letters):
    return [word for letter in letters for word in ('--to', f's3://bkt/{letter}')]


def slow(store, milliseconds=60, *more):
    """Parts take their time, so that there are moments in the middle; `more` are rules beside that."""
    store.set_faults([*delayed('UploadPart', '.', milliseconds), *delayed('PutObject', '.', milliseconds), *more])


def delayed(operation, key, milliseconds, nth=1):
    return [{'operation': operation, 'key': key, 'kind': 'delay', 'milliseconds': milliseconds, 'nth': nth, 'count': 0}]


def crawls(letter):
    """The first parts of `letter` pass; the others would take half a minute."""
    return delayed('UploadPart', f'^{letter}/', 1500, nth=12)


def unfinished(*letters):
    """Of each of them one object is completed at most, until the rules are removed: none is done before that."""
    return [{'operation': 'CompleteMultipartUpload', 'key': f'^{letter}/', 'kind': 'hold', 'nth': 2, 'count': 0}
            for letter in letters]


def shown(scratch, name='nightly'):
    return json.loads(scratch.sluice('transfer', 'show', name, '--json').out)


def destination(scratch, letter):
    found = [one for one in shown(scratch)['destinations'] if one['target'] == f's3://bkt/{letter}']
    expect(found, f'{letter} is a destination')
    return found[0]


def observed(scratch, letter):
    return destination(scratch, letter)['observed']


def committed(scratch, letter, options=''):
    seen = scratch.sluice('ls', f's3://bkt/{letter}/orders{options}', '--json', status=None)
    return sum(one['events'] for one in json.loads(seen.out)['objects']) if seen.returncode == 0 else 0


def under_way(store, letter):
    return [one for one in store.uploads() if one['key'].startswith(f'{letter}/') and len(one['parts']) > 0]


def is_whole(scratch, store, *letters):
    for letter in letters:
        seen = scratch.sluice('verify', f's3://bkt/{letter}', '--against', 'orders', '--json').out
        equal(json.loads(seen)['strays'], [], f'objects of {letter} that no commit names')
        equal(committed(scratch, letter), COUNT, f'events of {letter}')
        equal([one for one in store.uploads() if one['key'].startswith(f'{letter}/')], [], f'open uploads of {letter}')


def transfer(scratch, verb, *words, **options):
    return scratch.sluice('transfer', verb, 'nightly', *words, **options)


@suite.case
def one_of_three_pauses_the_others_go_on_and_it_stays_paused_until_it_is_resumed():
    with setting() as (scratch, store):
        slow(store, 60, *unfinished('a', 'b', 'c'))
        process = scratch.start_sluice(*EXPORT, *to('a', 'b', 'c'))
        wait_for(lambda: under_way(store, 'b'), 'parts of b are sent', process)
        said = transfer(scratch, 'pause', '--to', 's3://bkt/b').out
        contains(said, 'is paused')
        contains(said, 'sluice transfer resume nightly --to s3://bkt/b')
        equal(observed(scratch, 'b'), 'paused', 'state of b')
        equal({one['observed'] for one in destination(scratch, 'b')['lanes']}, {'paused'}, 'states of its lanes')
        equal(observed(scratch, 'a'), 'running', 'state of a')
        before = committed(scratch, 'b')
        store.clear_faults()
        equal(process.wait(60), 10, 'exit status when all but one are done')
        equal(committed(scratch, 'b'), before, 'events of b while it is paused')
        is_whole(scratch, store, 'a', 'c')
        text = transfer(scratch, 'show').out
        contains(text, 's3://bkt/b  paused (wanted: paused)')
        contains(text, 's3://bkt/a  completed')
        said = scratch.sluice(*EXPORT[:-1], *to('a', 'b', 'c'), status=10).err
        contains(said, 'resume with: sluice transfer resume nightly --to s3://bkt/b')
        equal(committed(scratch, 'b'), before, 'events of b after the same command')
        contains(transfer(scratch, 'resume', '--to', 's3://bkt/b').out, 'continue with')
        scratch.sluice(*EXPORT, *to('a', 'b', 'c'))
        equal(shown(scratch)['observed'], 'completed', 'state')
        is_whole(scratch, store, 'a', 'b', 'c')


def connections_to(store):
    """Established connections of this machine to the store."""
    port = int(store.url.rsplit(':', 1)[1])
    with open('/proc/net/tcp') as table:
        rows = [line.split() for line in table.readlines()[1:]]
    return sum(1 for row in rows if int(row[2].split(':')[1], 16) == port and row[3] == '01')


@suite.case
def a_paused_destination_holds_no_connection_and_goes_on_where_it_was():
    with setting() as (scratch, store):
        second = Simulator(scratch, '--bucket', 'bkt', '--min-part-size', '1KiB', use=False)
        with second:
            slow(store, 60, *unfinished('a'))  # it runs as long as the other one is looked at
            slow(second)
            far = f's3://bkt/far?endpoint={second.url}'
            process = scratch.start_sluice(*EXPORT, *to('a'), '--to', far)
            wait_for(lambda: under_way(second, 'far'), 'parts are sent there', process)
            expect(connections_to(second) > 0, 'there are connections')
            transfer(scratch, 'pause', '--to', 's3://bkt/far')
            wait_for(lambda: connections_to(second) == 0, 'no connection is left', process)
            key = second.uploads()[0]['key']
            transfer(scratch, 'resume', '--to', far)
            store.clear_faults()
            second.clear_faults()
            equal(process.wait(60), 0, 'exit status')
            scratch.sluice('verify', f's3://bkt/far?endpoint={second.url}', '--against', 'orders')
            kept = [one['key'] for one in second.ask('GET', '/_sim/objects')]
            expect(key in kept, 'the object under way was gone on with')
            equal(second.uploads(), [], 'open uploads')


@suite.case
def a_paused_destination_keeps_no_connection_for_later_either():
    with setting() as (scratch, store):
        second = Simulator(scratch, '--bucket', 'bkt', '--min-part-size', '1KiB', use=False)
        with second:
            there = f'?endpoint={second.url}'
            process = scratch.start_sluice(
                *EXPORT, '--follow', '--object-age', '100ms', *to('a'), '--to', f's3://bkt/far{there}'
            )
            wait_for(lambda: committed(scratch, 'far', there) == COUNT, 'all is there', process)
            # An idle connection is kept for some seconds: events bring it to life again, however long this took.
            events.append(scratch, 'orders', 2, 100)
            more = lambda: committed(scratch, 'far', there) == COUNT + 100 and connections_to(second) > 0
            wait_for(more, 'more, and a connection kept for later', process)
            transfer(scratch, 'pause', '--to', 's3://bkt/far')
            equal(connections_to(second), 0, 'connections when it is said to be paused')
            stop(process)


@suite.case
def at_any_moment_paused_and_resumed_it_ends_as_the_others():
    rng = random.Random(SEED)
    print(f'# seed {SEED}')
    for run in range(RUNS):
        with setting() as (scratch, store):
            slow(store, rng.choice((5, 20, 40)))
            process = scratch.start_sluice(*EXPORT, *to('a', 'b', 'c'))
            wait_for(lambda: shown_or_none(scratch), 'the transfer is known', process)
            for _ in range(3):
                letter, lane = rng.choice('abc'), rng.randrange(3)
                part = ('--to', f's3://bkt/{letter}', *(('--partition', lane) if lane < 2 else ()))
                time.sleep(rng.random() * 0.3)
                transfer(scratch, 'pause', *part)
                if rng.random() < 0.3 and process.poll() is None:
                    stop(process)
                    process = scratch.start_sluice(*EXPORT, *to('a', 'b', 'c'))
                time.sleep(rng.random() * 0.2)
                transfer(scratch, 'resume', *part)
            status = process.wait(90)
            expect(status in (0, 10), f'exit status {status} of run {run}')
            store.clear_faults()
            scratch.sluice(*EXPORT, *to('a', 'b', 'c'))
            is_whole(scratch, store, 'a', 'b', 'c')


def shown_or_none(scratch):
    seen = scratch.sluice('transfer', 'show', 'nightly', '--json', status=None)
    return seen.returncode == 0 and json.loads(seen.out)['destinations']


@suite.case
def one_partition_pauses_towards_one_destination_and_towards_all():
    with setting() as (scratch, store):
        slow(store, 60, *unfinished('a', 'b'))
        process = scratch.start_sluice(*EXPORT, *to('a', 'b'))
        wait_for(lambda: under_way(store, 'a') and under_way(store, 'b'), 'parts are sent', process)
        transfer(scratch, 'pause', '--to', 's3://bkt/b', '--partition', '1')
        lanes = destination(scratch, 'b')['lanes']
        equal([(one['desired'], one['observed']) for one in lanes], [('running', 'running'), ('paused', 'paused')], 'lanes')
        contains(transfer(scratch, 'pause', '--partition', '7', status=2).err, '--partition 7')
        store.clear_faults()
        equal(process.wait(60), 10, 'exit status')
        is_whole(scratch, store, 'a')
        contains(transfer(scratch, 'show').out, 'partition 1  paused')
        transfer(scratch, 'resume', '--partition', '1')
        scratch.sluice(*EXPORT, *to('a', 'b'))
        is_whole(scratch, store, 'a', 'b')


@suite.case
def one_is_stopped_and_one_cancelled_while_the_third_goes_on():
    with setting() as (scratch, store):
        slow(store, 60, *unfinished('a', 'c'), *crawls('b'))
        process = scratch.start_sluice(*EXPORT, *to('a', 'b', 'c'))
        wait_for(lambda: under_way(store, 'b') and under_way(store, 'c'), 'parts are sent', process)
        contains(transfer(scratch, 'stop', '--to', 's3://bkt/b').out, 'is stopped')
        contains(transfer(scratch, 'cancel', '--to', 's3://bkt/c').out, 'is cancelled')
        equal((observed(scratch, 'b'), observed(scratch, 'c')), ('stopped', 'cancelled'), 'states')
        expect(committed(scratch, 'b') > 0, 'what was complete of b is published')
        for letter in 'bc':
            equal([one for one in store.uploads() if one['key'].startswith(f'{letter}/')], [], f'open uploads of {letter}')
        store.clear_faults()
        equal(process.wait(60), 10, 'exit status')
        is_whole(scratch, store, 'a')
        # Their claims are released: another transfer may export there.
        other = ('export', '--from', 'orders', '--name', 'other', '--quiet', '--state', scratch / 'other.sqlite')
        scratch.sluice(*other, *to('b', 'c'))
        is_whole(scratch, store, 'b', 'c')


@suite.case
def one_is_being_stopped_when_the_whole_is_sealed():
    with setting() as (scratch, store):
        slow(store, 60, *unfinished('a', 'b'))
        process = scratch.start_sluice(*EXPORT, '--on-pause', 'seal', *to('a', 'b'))
        wait_for(lambda: under_way(store, 'a') and under_way(store, 'b'), 'parts are sent', process)
        stopping = scratch.start_sluice('transfer', 'stop', 'nightly', '--to', 's3://bkt/b')
        wait_for(lambda: destination(scratch, 'b')['desired'] == 'stopped', 'the wish is laid down', process)
        process.send_signal(signal.SIGINT)
        wait_for(lambda: shown(scratch)['observed'] == 'pausing', 'it pauses', process)
        store.clear_faults()
        equal(process.wait(60), 10, 'exit status')
        equal(stopping.wait(60), 0, 'exit status of the stop')
        equal(observed(scratch, 'b'), 'stopped', 'state of b')
        equal(shown(scratch)['observed'], 'paused', 'state of the transfer')
        equal(store.uploads(), [], 'open uploads')
        transfer(scratch, 'resume', '--to', 's3://bkt/b')
        scratch.sluice(*EXPORT, *to('a', 'b'))
        is_whole(scratch, store, 'a', 'b')


@suite.case
def one_that_was_paused_is_stopped_when_nobody_runs_the_transfer():
    with setting() as (scratch, store):
        slow(store, 60, *crawls('a'), *crawls('b'))
        process = scratch.start_sluice(*EXPORT, *to('a', 'b'))
        wait_for(lambda: under_way(store, 'b') and under_way(store, 'a'), 'parts are sent', process)
        transfer(scratch, 'pause', '--to', 's3://bkt/b')
        process.send_signal(signal.SIGINT)
        equal(process.wait(60), 10, 'exit status')
        store.clear_faults()
        open_before = len(under_way(store, 'a'))
        transfer(scratch, 'stop', '--to', 's3://bkt/b')
        equal(observed(scratch, 'b'), 'stopped', 'state of b')
        equal(under_way(store, 'b'), [], 'open uploads of b')
        equal(len(under_way(store, 'a')), open_before, 'open uploads of a, which nobody asked for')
        equal(shown(scratch)['observed'], 'paused', 'state of the transfer')
        transfer(scratch, 'resume', '--to', 's3://bkt/b')
        scratch.sluice(*EXPORT, *to('a', 'b'))
        is_whole(scratch, store, 'a', 'b')


@suite.case
def a_destination_is_added_with_a_start_of_its_own_and_removed_again():
    with setting() as (scratch, store):
        slow(store, 60, *unfinished('a'))
        process = scratch.start_sluice(*EXPORT, *to('a'))
        wait_for(lambda: under_way(store, 'a'), 'parts are sent', process)
        said = transfer(scratch, 'add-destination', f's3://bkt/late?start=seq:{COUNT // 2 - 100}&format=ndjson').out
        contains(said, 'is a destination of nightly now')
        transfer(scratch, 'add-destination', 's3://bkt/gone')
        contains(transfer(scratch, 'add-destination', 's3://bkt/gone', status=2).err, 'already')
        contains(transfer(scratch, 'add-destination', 's3://bkt/odd?format=word', status=2).err, 'word')
        transfer(scratch, 'remove-destination', 's3://bkt/odd')
        wait_for(lambda: under_way(store, 'gone'), 'parts are sent there', process)
        contains(transfer(scratch, 'remove-destination', 's3://bkt/gone').out, 'is removed')
        equal(under_way(store, 'gone'), [], 'open uploads of the removed one')
        equal(shown(scratch)['targets'], 's3://bkt/a s3://bkt/late', 'targets')
        store.clear_faults()
        equal(process.wait(60), 0, 'exit status')
        is_whole(scratch, store, 'a')
        scratch.sluice('verify', 's3://bkt/late', '--against', 'orders')
        equal(committed(scratch, 'late'), 200, 'events of the late one')
        part = committed(scratch, 'gone')
        # The same command goes on with what was added, and without what was removed.
        events.append(scratch, 'orders', 2, 200)
        scratch.sluice(*EXPORT, *to('a'))
        equal((committed(scratch, 'late'), committed(scratch, 'gone')), (400, part), 'events')
        # When nobody runs it.
        contains(transfer(scratch, 'add-destination', 's3://bkt/gone').out, 'takes it along')
        transfer(scratch, 'remove-destination', 's3://bkt/a')
        equal(shown(scratch)['observed'], 'completed', 'state, after a removal')
        said = scratch.sluice(*EXPORT, *to('a')).err
        contains(said, 's3://bkt/a was removed')
        scratch.sluice('verify', 's3://bkt/gone', '--against', 'orders')
        equal(committed(scratch, 'gone'), COUNT + 200, 'events of the one that came back')
        equal(store.uploads(), [], 'open uploads')


def free_port():
    with socket.socket() as one:
        one.bind(('127.0.0.1', 0))
        return one.getsockname()[1]


@suite.case
def a_dead_endpoint_costs_the_live_one_nothing_and_comes_back():
    with setting() as (scratch, store):
        port = free_port()
        dead = ('--to', f's3://bkt/far?endpoint=http://127.0.0.1:{port}')
        said = scratch.sluice(*EXPORT[:-1], *to('a'), *dead, '--retry-for', '1s', status=5).err
        contains(said, 's3://bkt/far')
        is_whole(scratch, store, 'a')
        equal((observed(scratch, 'a'), observed(scratch, 'far')), ('completed', 'failed'), 'states')
        process = scratch.start_sluice(*EXPORT, *to('a'), *dead)
        wait_for(lambda: observed(scratch, 'far') == 'running', 'it is tried again', process)
        second = Simulator(scratch, '--bucket', 'bkt', '--min-part-size', '1KiB', use=False)
        second.start(port)
        with_second = Both(scratch, second)
        try:
            equal(process.wait(60), 0, 'exit status when it has come back')
            scratch.sluice('verify', f's3://bkt/far?endpoint={second.url}', '--against', 'orders')
            equal(second.uploads(), [], 'open uploads')
        finally:
            with_second.store.stop()


@suite.case
def four_of_them_one_throttled_one_killed_and_revived_tell_four_honest_lines_and_end_right():
    with setting() as (scratch, store):
        second = Simulator(
            scratch, '--bucket', 'bkt', '--min-part-size', '1KiB', '--data-dir', scratch / 'far', use=False
        )
        with second:
            port = second.url.rsplit(':', 1)[1]
            slow(second, 500)
            log = scratch / 'lines'
            with open(log, 'wb') as lines:
                process = scratch.start_sluice(
                    *EXPORT[:-1], *to('a', 'b'), '--to', 's3://bkt/c?bwlimit=1500KiB/s',
                    '--to', f's3://bkt/far?endpoint={second.url}', '--stats', '200ms', '--json', stderr=lines,
                    stdout=open(scratch / 'end.json', 'wb'),
                )
                wait_for(lambda: under_way(second, 'far'), 'parts are sent', process)
                second.stop()
                wait_for(lambda: b'far' in log.read_bytes() and b'retries' in log.read_bytes(), 'it is told', process)
                second.start(port)
                equal(process.wait(90), 0, 'exit status')
            end = json.loads((scratch / 'end.json').read_bytes())
            targets = {one['target'][-1]: one for one in end['progress']['targets']}
            equal({one['state'] for one in targets.values()}, {'completed'}, 'states')
            equal({one['events'] for one in targets.values()}, {COUNT}, 'events')
            told = [line for line in log.read_text().splitlines() if line.startswith('s3://')]
            early = {line.split()[0][-1]: line for line in told[:8]}
            equal(set(early), {'a', 'b', 'c', 'r'}, 'lines of progress')
            is_whole(scratch, store, 'a', 'b', 'c')
            scratch.sluice('verify', f's3://bkt/far?endpoint={second.url}', '--against', 'orders')
            equal(second.uploads(), [], 'open uploads')


@suite.case
def a_partition_of_an_import_pauses_while_the_other_goes_on():
    with setting() as (scratch, store):
        scratch.sluice(*EXPORT, *to('a'))
        store.set_faults([
            {'operation': 'GetObject', 'kind': 'delay', 'milliseconds': 100, 'count': 0},
            {'operation': 'GetObject', 'key': 'orders/partition=1/', 'kind': 'hold', 'nth': 2, 'count': 0},
        ])
        command = ('import', '--from', 's3://bkt/a', '--to', 'back', '--name', 'home', '--concurrency', '1', '--quiet')
        process = scratch.start_sluice(*command)
        wait_for(lambda: scratch.sluice('transfer', 'show', 'home', '--json', status=None).out.count('"partition"') >= 2,
                 'its partitions are known', process)
        contains(scratch.sluice('transfer', 'pause', 'home', '--partition', '1').out, 'is paused')
        lanes = shown(scratch, 'home')['destinations'][0]['lanes']
        equal([one['desired'] for one in lanes], ['running', 'paused'], 'wishes')
        contains(scratch.sluice('transfer', 'stop', 'home', '--partition', '1', status=2).err, 'only whole ones')
        store.clear_faults()
        equal(process.wait(60), 10, 'exit status')
        equal(events.digest(scratch, 'back')[0], events.digest(scratch, 'orders')[0], 'the partition that went on')
        expect(events.digest(scratch, 'back')[1] != events.digest(scratch, 'orders')[1], 'the other one is not there yet')
        scratch.sluice(*command, status=10)
        scratch.sluice('transfer', 'resume', 'home', '--partition', '1')
        scratch.sluice(*command)
        equal(events.digest(scratch, 'back'), events.digest(scratch, 'orders'), 'events')


@suite.case
def places_of_one_address_at_two_endpoints_are_told_apart_where_they_are_shown():
    with Scratch() as scratch, Simulator(scratch, '--bucket', 'bkt') as first:
        with Simulator(scratch, '--bucket', 'bkt', use=False) as second:
            events.create(scratch, 'orders', count=60, partitions=1)
            other = f's3://bkt/p?endpoint={second.url}'
            hosts = [store.url.split('//')[1] for store in (first, second)]
            scratch.sluice('export', '--name', 'n', '--from', 'orders', '--to', 's3://bkt/p', '--to', other)
            for words in (('list',), ('show', 'n')):
                said = scratch.sluice('transfer', *words).out
                contains(said, f's3://bkt/p at {hosts[0]} s3://bkt/p at {hosts[1]}')
            for host in hosts:
                contains(said, f'last run  s3://bkt/p at {host}: ')
            said = scratch.sluice('verify', 's3://bkt/p', other).out
            contains(said, f's3://bkt/p/orders at {hosts[0]}: 2 commits')
            contains(said, f's3://bkt/p/orders at {hosts[1]}: 2 commits')
            contains(said, f'every exported event equals that of s3://bkt/p/orders at {hosts[0]} bit for bit')
            both = json.loads(scratch.sluice('verify', 's3://bkt/p', other, '--json').out)
            equal([each['endpoint'] for each in both], hosts, 'endpoints')
            expect(' at ' not in scratch.sluice('verify', 's3://bkt/p').out, 'one alone is told without its host')
            for n, place in enumerate(('s3://bkt/q', f's3://bkt/q?endpoint={second.url}')):
                scratch.sluice('export', '--name', f'q{n}', '--from', 'orders', '--to', place)
                expect(n > 0 or 's3://bkt/q at ' not in scratch.sluice('transfer', 'list').out, 'one of this name')
            said = scratch.sluice('transfer', 'list').out
            for host in hosts:
                contains(said, f'-> s3://bkt/q at {host}\n')


suite.run()
