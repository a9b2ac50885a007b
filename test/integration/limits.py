"""test: `--bwlimit` and `--max-requests`: never faster than that, whole all the same."""
import re
import time

import events
from bucket import Bucket
from harness import Scratch, Simulator, Suite, contains, equal, expect

suite = Suite(__file__)
MIB = 1 << 20
SMALL = ('--object-bytes', '2MiB', '--part-size', '512KiB')


def with_store():
    scratch = Scratch()
    return scratch, Simulator(scratch, '--bucket', 'bkt', '--bucket', 'isle', '--min-part-size', '1KiB')


def at_least(size, rate):
    """The seconds that `size` bytes take when no more than `rate` go per second: a tenth of a second's worth is
    saved up before, and a window of each of two lanes may be in debt at the end."""
    return size / rate - 0.3


def timed(run):
    began = time.monotonic()
    return run(), time.monotonic() - began


@suite.case
def an_export_and_an_import_move_no_faster_than_they_may():
    scratch, store = with_store()
    with scratch, store:
        events.create(scratch, 'orders', count=3000, large=4)
        export = ('export', '--from', 'log:orders', *SMALL, '--json')
        _, took = timed(lambda: scratch.sluice(*export, '--to', 's3://bkt/p', '--bwlimit', '4MiB/s'))
        size = sum(each['size'] for key, each in Bucket(store, 'bkt').objects('p/').items() if key.endswith('.avro'))
        expect(size > 6 * MIB, f'{size} bytes are enough to tell')
        least = at_least(size, 4 * MIB)
        expect(took >= least, f'{size} bytes took {took:.2f} s, at least {least:.2f}')
        _, took = timed(lambda: scratch.sluice(
            'import', '--from', 's3://bkt/p', '--to', 'back', '--bwlimit', '4MiB/s', '--quiet'))
        expect(took >= least, f'the import took {took:.2f} s, at least {least:.2f}')
        scratch.sluice('verify', 's3://bkt/p', '--against', 'orders')


@suite.case
def one_limit_is_shared_by_all_destinations_and_an_address_has_its_own():
    scratch, store = with_store()
    with scratch, store:
        events.create(scratch, 'orders', count=1500, large=2)
        two = ('export', '--from', 'log:orders', *SMALL, '--quiet', '--to', 's3://bkt/p', '--to')
        _, together = timed(lambda: scratch.sluice(*two, 's3://isle/p', '--bwlimit', '4MiB/s'))
        size = sum(each['size'] for key, each in Bucket(store, 'bkt').objects('p/').items() if key.endswith('.avro'))
        least = at_least(2 * size, 4 * MIB)
        expect(together >= least, f'two times {size} bytes took {together:.2f} s, at least {least:.2f}')
        _, own = timed(lambda: scratch.sluice(*two, 's3://isle/q?bwlimit=2MiB/s', '--state', scratch / 'second'))
        least = at_least(size, 2 * MIB)
        expect(own >= least, f'{size} bytes to one of them took {own:.2f} s, at least {least:.2f}')


@suite.case
def requests_are_no_more_than_were_allowed():
    scratch, store = with_store()
    with scratch, store:
        events.create(scratch, 'orders', count=1500, large=2)
        _, took = timed(lambda: scratch.sluice(
            'export', '--from', 'log:orders', '--to', 's3://bkt/p', *SMALL, '--max-requests', '40/s', '--quiet'))
        requests = sum(number for name, number in store.counters()['requests'].items())
        least = (requests - 4) / 40
        expect(requests > 60 and took >= least, f'{requests} requests took {took:.2f} s, at least {least:.2f}')


@suite.case
def a_store_that_slows_down_is_asked_less_often_and_gets_everything():
    scratch, store = with_store()
    with scratch, store:
        events.create(scratch, 'orders', count=1500, large=2)
        store.set_faults([{'operation': 'UploadPart', 'kind': 'status', 'status': 503, 'code': 'SlowDown', 'nth': 3, 'count': 12}])
        done = scratch.sluice('export', '--from', 'log:orders', '--to', 's3://bkt/p', *SMALL, '--json')
        told = re.search(r'"retries": *(\d+)', done.out)
        expect(told and int(told[1]) >= 8, f'retries in {done.out}')
        scratch.sluice('verify', 's3://bkt/p', '--against', 'orders')


@suite.case
def rates_that_are_none_are_refused_by_name():
    scratch, store = with_store()
    with scratch, store:
        events.create(scratch, 'orders', count=10)
        for words in (('--bwlimit', 'fast'), ('--max-requests', '0')):
            failed = scratch.sluice('export', '--from', 'log:orders', '--to', 's3://bkt/p', *words, status=2)
            contains(failed.err, f'{words[0]}: "{words[1]}"')
        failed = scratch.sluice('export', '--from', 'log:orders', '--to', 's3://bkt/p?bwlimit=1', status=2)
        contains(failed.err, 'bwlimit "1": must be at least 16KiB/s')
        for words, said in (
            (('--max-events', '-5'), '--max-events: -5: must not be negative'),
            (('--object-events', '-1'), '--object-events: -1: must not be negative'),
            (('--concurrency', '-1'), '--concurrency: -1: must not be negative'),
            (('--object-age', '0'), '--object-age 0: must be above zero'),
            (('--weight', '0'), '--weight must be a number from 1 to 1000'),
            (('--weight', '1001'), '--weight must be a number from 1 to 1000'),
            (('--priority', '-101'), '--priority must be a number from -100 to 100'),
        ):
            failed = scratch.sluice('export', '--from', 'log:orders', '--to', 's3://bkt/p', *words, status=2)
            contains(failed.err, said)
        for bad in ('0', '1001', 'much'):
            failed = scratch.sluice('export', '--from', 'log:orders', '--to', f's3://bkt/p?weight={bad}', status=2)
            contains(failed.err, 'weight must be a number from 1 to 1000')
            equal(len(failed.err.splitlines()), 1, 'lines')
        for words in (('--weight', '1000', '--priority', '-100'), ('--priority', '100')):
            scratch.sluice('export', '--from', 'log:orders', '--to', 's3://bkt/p?weight=1000', *words)
        for bad in ('0', 'long'):
            failed = scratch.sluice('export', '--from', 'log:orders', '--to', f's3://bkt/p?read-timeout={bad}', status=2)
            contains(failed.err, f'read-timeout "{bad}": must be a time above zero')


suite.run()
